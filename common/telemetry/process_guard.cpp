#include "common/telemetry/process_guard.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace pinwire::telemetry {

namespace {

void check(bool done, const char* what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void harden_process(bool allow_core) {
    check(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR, "ignoring SIGPIPE");
    if (allow_core) return;
    check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "PR_SET_DUMPABLE");
    const rlimit none{0, 0};
    check(::setrlimit(RLIMIT_CORE, &none) == 0, "RLIMIT_CORE");
}

}  // namespace pinwire::telemetry
