// Text that must not be printed: a PIN, a password, a rendered message. It has no operator<<, no
// formatter and no conversion; whoever needs the clear text says reveal(), which is easy to search
// for. Wiped on destruction.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace pinwire {

class secret {
public:
    secret() = default;
    explicit secret(std::string clear) : clear_(std::move(clear)) { wipe(clear); }
    secret(const secret&) = default;
    secret(secret&& other) noexcept : clear_(std::move(other.clear_)) { other.wipe(); }
    secret& operator=(const secret& other) {
        if (this != &other) {
            wipe();
            clear_ = other.clear_;
        }
        return *this;
    }
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            wipe();
            clear_ = std::move(other.clear_);
            other.wipe();
        }
        return *this;
    }
    ~secret() { wipe(); }

    std::string_view reveal() const noexcept { return clear_; }
    bool empty() const noexcept { return clear_.empty(); }

    // Constant-time in the contents (not in the length).
    friend bool operator==(const secret& left, const secret& right);

private:
    void wipe() noexcept { wipe(clear_); }
    // The whole buffer, not the length: a short string that was moved from still holds its bytes.
    static void wipe(std::string& text) noexcept;

    std::string clear_;
};

}  // namespace pinwire
