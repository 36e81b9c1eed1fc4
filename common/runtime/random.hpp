// Random bytes from the kernel (getrandom(2)), for PINs, nonces and ids. Any thread. Throws
// std::system_error when the kernel has none to give, which never happens after boot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pinwire {

void fill_random(std::span<std::uint8_t> bytes);

template <std::size_t Size>
std::array<std::uint8_t, Size> random_bytes() {
    std::array<std::uint8_t, Size> bytes;
    fill_random(bytes);
    return bytes;
}

// One byte at a time out of a buffer, so that minting a PIN costs no system call per character.
class random_source {
public:
    random_source() = default;
    random_source(const random_source&) = delete;
    random_source& operator=(const random_source&) = delete;
    ~random_source();  // wipes what is left: it would become somebody's PIN

    std::uint8_t next();

private:
    std::array<std::uint8_t, 256> buffer_{};
    std::size_t used_ = 256;
};

}  // namespace pinwire
