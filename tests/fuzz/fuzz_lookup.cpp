// Whatever a lookup provider answers, read by every kind: nothing throws, what can't be read
// refuses nobody, and no telephone number or IMSI gets into an error code. Each input is a body as
// it is, so that the golden answers (tests/golden/lookup/KIND) are the corpus; the kind isn't part
// of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/unit/lookup/samples.hpp"

namespace {

using namespace pinwire;

void check(bool holds) {
    if (!holds) std::abort();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t longest_run_of_digits(std::string_view text) {
    std::size_t longest = 0;
    std::size_t now = 0;
    for (const char c : text) {
        now = is_digit(c) ? now + 1 : 0;
        longest = std::max(longest, now);
    }
    return longest;
}

void check_record(const lookup_result& read) {
    check(read.provider.str() == "numbers");
    check(read.outcome != lookup_outcome::no_provider);
    check(read.error.size() <= 160);
    check(longest_run_of_digits(read.error) <= 7);
    check(std::all_of(read.error.begin(), read.error.end(), [](char c) {
        return c > ' ' && c < 0x7f;
    }));
    check(read.mccmnc.empty() || read.mccmnc.size() == 5 || read.mccmnc.size() == 6);
    check(std::all_of(read.mccmnc.begin(), read.mccmnc.end(), is_digit));
    check(!read.trouble || read.outcome == lookup_outcome::unknown);
    check(!read.cost_micros || (*read.cost_micros >= 0 && *read.cost_micros <= 1'000'000'000'000));
    if (read.permanent)
        check(read.outcome == lookup_outcome::invalid || read.outcome == lookup_outcome::landline);
}

const auto& all_kinds() {
    static const auto made = [] {
        std::vector<std::unique_ptr<lookup::provider>> all;
        for (const auto& kind : lookup::known_kinds())
            all.push_back(lookup::make_provider(lookup::test::settings_of(kind)));
        return all;
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(reinterpret_cast<const char*>(data), size);
    const auto asked = lookup::test::number();
    for (const auto& provider : all_kinds()) {
        check_record(provider->read_answer({200, {}, body}, asked));
        for (const unsigned status : {400U, 401U, 503U}) {
            const auto refused = provider->read_answer({status, {}, body}, asked);
            check_record(refused);
            check(refused.outcome == lookup_outcome::unknown);
        }
    }
    return 0;
}
