// What holds for every kind of provider, and the table of their names.
#include <gtest/gtest.h>

#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup {
namespace {

using test::number;
using test::settings_of;

TEST(LookupProvider, CoversTheCountriesItIsBoundTo) {
    auto given = settings_of("infobip");
    EXPECT_TRUE(make_provider(given)->covers(number()));
    EXPECT_FALSE(make_provider(given)->covers(msisdn()));
    given.countries = {"34", "351"};
    const auto bound = make_provider(given);
    EXPECT_TRUE(bound->covers(number("34600000000")));
    EXPECT_TRUE(bound->covers(number("351910000000")));
    EXPECT_FALSE(bound->covers(number("352910000000")));
    EXPECT_FALSE(bound->covers(number("44700000000")));
}

TEST(LookupRegistry, MakesEveryKindItNamesAndNoOther) {
    EXPECT_EQ(
        known_kinds(),
        (std::vector<std::string>{"gateway360", "hlr_lookups", "http", "infobip", "twilio"})
    );
    for (const auto& kind : known_kinds()) {
        EXPECT_TRUE(make_provider(settings_of(kind))) << kind;
        EXPECT_TRUE(needs_of(kind).known) << kind;
    }
    EXPECT_FALSE(make_provider(settings_of("crystal ball")));
    EXPECT_FALSE(needs_of("crystal ball").known);
}

}  // namespace
}  // namespace pinwire::lookup
