// Strings that can't be mixed up: an account's name is no route's name, a job id is no PIN id.
// Each is a plain std::string inside; construction is explicit and unchecked (decoders check),
// comparison is only with its own kind. For 128-bit ids see ids.hpp, for numbers msisdn.hpp, for
// secrets secret.hpp.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pinwire {

template <class Tag>
class named {
public:
    named() = default;
    explicit named(std::string value) : value_(std::move(value)) {}
    explicit named(std::string_view value) : value_(value) {}
    explicit named(const char* value) : value_(value) {}

    const std::string& str() const noexcept { return value_; }
    std::string_view view() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

    friend bool operator==(const named&, const named&) = default;
    friend auto operator<=>(const named&, const named&) = default;

private:
    std::string value_;
};

using account_name = named<struct account_name_tag>;  // whose job it is
using job_id = named<struct job_id_tag>;  // the producer's idempotency key within its account
using pin_id = named<struct pin_id_tag>;  // a PIN context within its account
using route_name = named<struct route_name_tag>;        // [routes.NAME]
using carrier_name = named<struct carrier_name_tag>;    // [carriers.NAME]
using provider_name = named<struct provider_name_tag>;  // [providers.NAME]
using sender_name = named<struct sender_name_tag>;      // what stands as the sender on the handset
using key_id = named<struct key_id_tag>;                // names one key of the ring

}  // namespace pinwire

template <class Tag>
struct std::hash<pinwire::named<Tag>> {
    std::size_t operator()(const pinwire::named<Tag>& name) const noexcept {
        return std::hash<std::string_view>{}(name.view());
    }
};
