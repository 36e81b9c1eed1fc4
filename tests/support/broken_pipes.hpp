// OpenSSL writes with no flag against it: a peer that has gone is an error, not this process's end.
// For the calling thread.
#pragma once

#include <csignal>

namespace pinwire::test {

inline void mask_broken_pipes() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace pinwire::test
