// librdkafka makes its threads by C11's thrd_create(), which g++ 12's ThreadSanitizer doesn't know:
// such a thread crashes in the first call that the sanitizer watches. Only in its builds these two
// stand in for glibc's.
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

namespace {

struct start {
    thrd_start_t function;
    void* argument;
};

void* run(void* given) {
    const std::unique_ptr<start> what(static_cast<start*>(given));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(what->function(what->argument)));
}

}  // namespace

extern "C" int thrd_create(thrd_t* made, thrd_start_t function, void* argument) {
    auto what = std::make_unique<start>();
    what->function = function;
    what->argument = argument;
    if (pthread_create(made, nullptr, run, what.get()) != 0) return thrd_error;
    what.release();
    return thrd_success;
}

extern "C" int thrd_join(thrd_t thread, int* result) {
    void* value = nullptr;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    return thrd_success;
}
