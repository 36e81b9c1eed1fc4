// Small texts that stand in carriers' answers, calls and files: numbers, times, ids, base64,
// senders. What is read is in its range, and written and read again the same. The first byte
// chooses the reader.
#include <chrono>
#include <cstdint>
#include <string>

#include "common/core/base64.hpp"
#include "common/core/ids.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/retry_schedule.hpp"
#include "common/core/sender.hpp"
#include "common/core/sms_encoding.hpp"
#include "common/core/text.hpp"
#include "common/core/time_format.hpp"
#include "common/core/zone_offset.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

constexpr auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void times(std::string_view text) {
    // digits below the microsecond are cut
    if (const auto read = parse_rfc3339(text)) {
        const auto written = format_rfc3339(*read);
        must(format_rfc3339(*parse_rfc3339(written)) == written);
    }
    if (const auto read = parse_plain(text)) must(parse_plain(format_plain(*read)) == read);
    if (const auto wait = parse_retry_after(text, now))
        must(wait->count() >= 0 && wait->count() <= 366L * 24 * 3600);
    if (const auto offset = zone_offset(text))
        must(std::chrono::abs(*offset) <= std::chrono::hours(24));
}

void codes(std::string_view text) {
    if (const auto read = base64_decode(text)) must(base64_encode(bytes_of(*read)) == text);
    if (const auto read = base64url_decode(text)) must(base64url_encode(bytes_of(*read)) == text);
    if (const auto read = attempt_id::parse(text)) must(attempt_id::parse(read->hex()) == read);
}

void numbers(std::string_view text) {
    if (const auto read = msisdn::parse(text)) {
        must(read->digits().size() >= 7 && read->digits().size() <= 15);
        must(msisdn::parse(read->with_plus()) == read);
        must(read->masked().size() == read->digits().size());
    }
    if (is_sender(text)) must(!text.empty() && text.size() <= 15 && is_utf8(text));
}

void messages(std::string_view text) {
    const auto units = sms_units(text);
    const auto parts = sms_parts(text);
    must(parts >= 1 && parts <= units / 60 + 1);
    must(parts * (is_gsm7(text) ? 160 : 70) >= units);
    must(utf16be(text).size() % 2 == 0);
    if (!is_gsm7(text)) must(utf16be(text).size() == units * 2);
    const auto plain = transliterate(text);
    must(transliterate(plain) == plain);
    if (is_gsm7(text)) must(plain == text);
    if (is_utf8(text)) must(is_utf8(plain));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    switch (from.byte() % 4) {
        case 0:
            times(from.rest());
            break;
        case 1:
            codes(from.rest());
            break;
        case 2:
            numbers(from.rest());
            break;
        default:
            messages(from.rest());
    }
    return 0;
}
