// Whatever a lookup provider answers, read by every kind: nothing throws, what can't be read
// refuses nobody, and no telephone number or IMSI gets into an error code. Each input is a body as
// it is, so that the golden answers (tests/golden/lookup/KIND) are the corpus; the kind isn't part
// of it.
#include <cstdint>
#include <string>

#include "tests/fuzz/lookup_harness.hpp"

namespace {

using namespace pinwire;

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
        lookup::harness::check_record(provider->read_answer({200, {}, body}, asked));
        for (const unsigned status : {400U, 401U, 503U}) {
            const auto refused = provider->read_answer({status, {}, body}, asked);
            lookup::harness::check_record(refused);
            fuzz::must(refused.outcome == lookup_outcome::unknown);
        }
    }
    return 0;
}
