// A lookup provider that the operator described, and its words: whatever place the verdict is said
// to stand at and whatever stands there, the record keeps the rules of every other kind. The first
// lines are the description, the rest is the answer.
#include <cstdint>
#include <string>

#include "common/core/json_pointer.hpp"
#include "tests/fuzz/lookup_harness.hpp"

using namespace pinwire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    auto given = lookup::test::settings_of("http");
    auto& how = given.http;
    how.values = {{"good", lookup_outcome::reachable}, {"none", lookup_outcome::invalid}};
    how.values.emplace(from.line(), lookup_outcome::landline);
    how.verdict_at = {std::string(from.line()), std::string(from.line())};
    for (auto* place :
         {&how.number_at,
          &how.mccmnc_at,
          &how.ported_at,
          &how.roaming_at,
          &how.error_at,
          &how.cost_at})
        *place = from.line();
    for (const auto* place :
         {&how.verdict_at[0],
          &how.verdict_at[1],
          &how.number_at,
          &how.mccmnc_at,
          &how.ported_at,
          &how.roaming_at,
          &how.error_at,
          &how.cost_at})
        if (!is_json_pointer(*place)) return 0;
    const auto provider = lookup::make_provider(std::move(given));
    const std::string body(from.rest());
    for (const unsigned status : {200U, 404U, 500U}) {
        const auto read = provider->read_answer({status, {}, body}, lookup::test::number());
        lookup::harness::check_record(read);
    }
    return 0;
}
