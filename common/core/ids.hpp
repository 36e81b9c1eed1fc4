// 128-bit ids: of a job in every report (message_id), of an attempt (the reference that carriers
// get), of a claim, of a process (epoch) and of a report. Written as 32 lower-case hex digits;
// Postgres takes and gives them as uuid. Time-ordered ids carry Unix milliseconds in their first 48
// bits, so that indexes grow at one end.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pinwire {

// 32 lower-case hex digits of 16 bytes.
std::string to_hex(std::span<const std::uint8_t, 16> bytes);
// Takes 32 hex digits, either case, with or without the four dashes of a uuid.
std::optional<std::array<std::uint8_t, 16>> parse_hex128(std::string_view text);

template <class Tag>
class id128 {
public:
    using bytes_type = std::array<std::uint8_t, 16>;

    constexpr id128() = default;  // all zero: "none"
    constexpr explicit id128(const bytes_type& bytes) : bytes_(bytes) {}

    // Random bytes come from the caller (runtime has the generator): core knows no randomness.
    static id128 time_ordered(
        std::chrono::system_clock::time_point now, std::span<const std::uint8_t, 10> random
    ) {
        bytes_type bytes{};
        const auto since = now.time_since_epoch();
        const auto ms = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(since).count()
        );
        for (int i = 0; i < 6; ++i)
            bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
        for (int i = 0; i < 10; ++i)
            bytes[6 + i] = random[i];
        return id128(bytes);
    }

    static std::optional<id128> parse(std::string_view text) {
        const auto bytes = parse_hex128(text);
        if (!bytes) return std::nullopt;
        return id128(*bytes);
    }

    std::string hex() const { return to_hex(bytes_); }
    const bytes_type& bytes() const noexcept { return bytes_; }
    bool none() const noexcept { return bytes_ == bytes_type{}; }

    friend bool operator==(const id128&, const id128&) = default;
    friend auto operator<=>(const id128&, const id128&) = default;

private:
    bytes_type bytes_{};
};

using message_id = id128<struct message_id_tag>;  // a job, as customers and events see it
using attempt_id = id128<struct attempt_id_tag>;  // one reference given to one carrier
using claim_id = id128<struct claim_id_tag>;      // one message's one try to become a job
using epoch_id = id128<struct epoch_id_tag>;      // one life of one process
using report_id = id128<struct report_id_tag>;    // one report to a customer, stable over retries

}  // namespace pinwire

template <class Tag>
struct std::hash<pinwire::id128<Tag>> {
    std::size_t operator()(const pinwire::id128<Tag>& id) const noexcept {
        std::size_t value = 0;  // the last bytes are random
        for (int i = 8; i < 16; ++i)
            value = (value << 8) | id.bytes()[i];
        return value;
    }
};
