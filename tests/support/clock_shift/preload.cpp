// Loaded into a program by LD_PRELOAD: its wall clock is off by as many nanoseconds as the first
// eight bytes of a file say, the one that PINWIRE_CLOCK_SHIFT names, and follows it while the
// program runs. Steady and boot clocks are left alone, as somebody who sets a machine's clock
// leaves them. timespec_get, too: waits of the C library with an absolute end are told by the
// kernel's clock, which nobody moves. No dlsym: jemalloc asks for the time before it can allocate.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t second = 1'000'000'000;

const std::int64_t* shift = nullptr;

__attribute__((constructor)) void find_shift() {
    const char* const name = std::getenv("PINWIRE_CLOCK_SHIFT");
    if (name == nullptr) return;
    const int file = ::open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void* const there = ::mmap(nullptr, sizeof(*shift), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (there != MAP_FAILED) shift = static_cast<const std::int64_t*>(there);
}

int shifted(clockid_t which, timespec* to) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_clock_gettime, which, to));
    const bool wall = which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE;
    if (result != 0 || !wall || shift == nullptr) return result;
    const auto now = to->tv_sec * second + to->tv_nsec + __atomic_load_n(shift, __ATOMIC_RELAXED);
    to->tv_sec = now / second;
    to->tv_nsec = now % second;
    return 0;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* to) noexcept {
    return shifted(which, to);
}

int gettimeofday(timeval* to, void* /* of a time zone there is none */) noexcept {
    timespec now{};
    const int result = shifted(CLOCK_REALTIME, &now);
    to->tv_sec = now.tv_sec;
    to->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t* to) noexcept {
    timespec now{};
    shifted(CLOCK_REALTIME_COARSE, &now);
    if (to != nullptr) *to = now.tv_sec;
    return now.tv_sec;
}

}  // extern "C"
