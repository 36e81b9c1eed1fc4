#include "common/runtime/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace pinwire {

void fill_random(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::getrandom(bytes.data() + done, bytes.size() - done, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        done += static_cast<std::size_t>(got);
    }
}

random_source::~random_source() {
    ::explicit_bzero(buffer_.data(), buffer_.size());
}

std::uint8_t random_source::next() {
    if (used_ == buffer_.size()) {
        fill_random(buffer_);
        used_ = 0;
    }
    const auto byte = buffer_[used_];
    buffer_[used_++] = 0;
    return byte;
}

}  // namespace pinwire
