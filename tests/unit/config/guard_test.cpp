// [guard]: what is read, what is off by default, and what is refused.
#include <gtest/gtest.h>

#include "common/config/loader.hpp"
#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using namespace std::chrono_literals;
using test::changed;
using test::config_folder;

constexpr auto listed = "[guard]\ncountries = [\"34\", \"44\"]\n";

TEST(Guard, ReadsDestinationsCapsOverridesAndConversion) {
    const config_folder folder;
    const auto result = folder.load(changed(listed, R"([guard]
countries = ["34"]
blocked_prefixes = ["3490"]
blocked_numbers = ["34600000001"]
refuse_premium = false
[guard.caps]
number = "10/1d"
total_money = "50000000/1d"
[guard.accounts.acme]
number = ""
prefix = "5/1h"
[guard.conversion]
warn_below = 0.3
stop_below = 0.1
least = 20
window = "30m"
)"));
    ASSERT_TRUE(result) << (result.mistakes.empty() ? "" : result.mistakes[0].to_string());
    const auto& guard = result.settings->guard;
    EXPECT_EQ(guard.destinations.countries, std::vector<std::string>{"34"});
    EXPECT_EQ(guard.destinations.blocked_numbers.at(0), "34600000001");
    EXPECT_FALSE(guard.destinations.refuse_premium);
    EXPECT_EQ(guard.caps.at(cap::number), (rate_limit{10, 24h}));
    EXPECT_EQ(guard.caps.at(cap::total_money), (rate_limit{50'000'000, 24h}));
    const auto& own = guard.accounts.at(account_name("acme"));
    EXPECT_FALSE(own.at(cap::number).bounded());
    EXPECT_EQ(own.at(cap::prefix), (rate_limit{5, 1h}));
    EXPECT_TRUE(guard.counts());
    EXPECT_TRUE(guard.conversion.on());
    EXPECT_EQ(guard.conversion.least, 20);
    EXPECT_EQ(guard.conversion.window, 30min);
    // and says so when it is printed
    const auto again = folder.load(print_settings(*result.settings));
    ASSERT_TRUE(again);
    EXPECT_EQ(again.settings->guard.accounts, guard.accounts);
    EXPECT_EQ(again.settings->guard.caps, guard.caps);
}

TEST(Guard, IsOffByDefaultAndSaysThatEveryCountryIsOpen) {
    const config_folder folder;
    const auto result = folder.load(changed(listed, ""));
    ASSERT_TRUE(result);
    EXPECT_FALSE(result.settings->guard.destinations.countries);
    EXPECT_FALSE(result.settings->guard.counts());
    EXPECT_FALSE(result.settings->guard.conversion.on());
    bool warned = false;
    for (const auto& one : result.warnings)
        warned = warned || one.key == "guard.countries";
    EXPECT_TRUE(warned);
}

TEST(Guard, RefusesWhatCantBeMeant) {
    const config_folder folder;
    const std::pair<const char*, const char*> wrong[] = {
        {"[guard]\ncountries = []\n", "guard.countries"},
        {"[guard]\ncountries = [\"es\"]\n", "guard.countries"},
        {"[guard.caps]\nnumber = \"10\"\n", "guard.caps.number"},
        {"[guard.caps]\nnumbers = \"10/1d\"\n", "guard.caps.numbers"},
        {"[guard.accounts.acme]\ntotal = \"10/1d\"\n", "guard.accounts.acme.total"},
        {"[guard.conversion]\nwarn_below = 0.1\nstop_below = 0.2\n", "guard.conversion.stop_below"},
        {"[guard.conversion]\nwarn_below = 30\n", "guard.conversion.warn_below"},
    };
    for (const auto& [text, key] : wrong) {
        const auto result = folder.load(changed(listed, text));
        ASSERT_EQ(result.mistakes.size(), 1U) << text;
        EXPECT_EQ(result.mistakes[0].key, key);
    }
}

}  // namespace
}  // namespace pinwire::config
