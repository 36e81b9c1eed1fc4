// The worker's memory forgets: what is freed is wiped first, so that a core dump of a worker holds
// no PIN of a request that is done (P8). Strings, JSON and buffers on the way to a carrier are all
// freed through here; the one buffer that is kept, the connection's, wipes itself. Replaces the
// global functions of the whole program (C++ [replacement.functions]).
#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept {
    if (memory == nullptr) return;
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

// The compiler knows what was asked for: nothing was ever written behind it.
void operator delete(void* memory, std::size_t size) noexcept {
    if (memory == nullptr) return;
    ::explicit_bzero(memory, size);
    std::free(memory);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
    operator delete(memory);
}
