#include "sim/protocol.hpp"

#include <fmt/format.h>

#include <ctime>

#include "common/core/base64.hpp"

namespace pinwire::sim {

const protocol* find_protocol(std::string_view kind) {
    if (kind == "infobip") return &infobip_protocol();
    if (kind == "360nrs") return &nrs360_protocol();
    if (kind == "kannel") return &kannel_protocol();
    if (kind == "jasmin") return &jasmin_protocol();
    if (kind == "twilio") return &twilio_protocol();
    if (kind == "vonage") return &vonage_protocol();
    return nullptr;
}

std::optional<std::string> digits_of(std::string_view number) {
    if (number.starts_with('+')) {
        number.remove_prefix(1);
    } else if (number.starts_with("00")) {
        number.remove_prefix(2);
    }
    if (number.size() < 5 || number.size() > 15) return std::nullopt;
    for (const char digit : number)
        if (digit < '0' || digit > '9') return std::nullopt;
    return std::string(number);
}

std::string basic_password(const http::request& asked) {
    const std::string_view proof = asked.fields.get("Authorization");
    if (!proof.starts_with("Basic ")) return {};
    const auto pair = base64_decode(proof.substr(6)).value_or("");
    const auto colon = pair.find(':');
    return colon == std::string::npos ? std::string() : pair.substr(colon + 1);
}

std::string space_time(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        utc.tm_year + 1900,
        utc.tm_mon + 1,
        utc.tm_mday,
        utc.tm_hour,
        utc.tm_min,
        utc.tm_sec
    );
}

std::string last_segment(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    while (url.ends_with('/'))
        url.remove_suffix(1);
    const auto slash = url.rfind('/');
    return std::string(slash == url.npos ? url : url.substr(slash + 1));
}

}  // namespace pinwire::sim
