#include "common/upkeep/signal_descriptor.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace pinwire::upkeep {

signal_descriptor::signal_descriptor() {
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int one : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&ours, one);
    const int blocked = ::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
    if (blocked != 0) throw std::system_error(blocked, std::generic_category(), "signals");
    descriptor_ = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

signal_descriptor::~signal_descriptor() {
    ::close(descriptor_);
}

std::vector<int> signal_descriptor::take() const {
    std::vector<int> all;
    signalfd_siginfo one{};
    while (::read(descriptor_, &one, sizeof one) == static_cast<ssize_t>(sizeof one))
        all.push_back(static_cast<int>(one.ssi_signo));
    return all;
}

}  // namespace pinwire::upkeep
