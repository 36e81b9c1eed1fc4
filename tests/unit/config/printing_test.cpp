// Durations, the printed settings, the example file and the reference: all from one table.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using namespace std::chrono_literals;
using test::config_folder;
using test::good_config;

std::string read(const std::string& name) {
    std::ifstream in(std::filesystem::path(PINWIRE_SOURCE_DIR) / name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string messages(const load_result& result) {
    std::string text;
    for (const auto& one : result.mistakes)
        text += one.to_string() + "\n";
    return text;
}

TEST(Duration, CarriesItsUnit) {
    EXPECT_EQ(parse_duration("1500ms"), 1500ms);
    EXPECT_EQ(parse_duration("0s"), 0ms);
    EXPECT_EQ(parse_duration("2m"), 2min);
    EXPECT_EQ(parse_duration("30d"), 720h);
    for (const auto* text :
         {"",
          "5",
          "s",
          "5 s",
          "-5s",
          "+5s",
          "1.5s",
          "5S",
          "5sec",
          "5s ",
          "99999999999999999999s",
          "9223372036854775807d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenInItsLargestWholeUnit) {
    for (const auto* text : {"0s", "1ms", "1500ms", "90s", "48m", "36h", "2d"})
        EXPECT_EQ(to_duration_text(*parse_duration(text)), text);
}

TEST(PrintedSettings, LoadAgainToTheSame) {
    const config_folder folder;
    const auto first = folder.load(good_config("[worker]\nretry_max = \"90s\"\n"));
    ASSERT_TRUE(first) << messages(first);
    const auto text = print_settings(*first.settings);
    const auto second = folder.load(text);
    ASSERT_TRUE(second) << text << messages(second);
    EXPECT_EQ(print_settings(*second.settings), text);
    EXPECT_NE(text.find("retry_max = \"90s\""), std::string::npos);
}

TEST(PrintedSettings, HoldNoSecret) {
    const config_folder folder;
    const auto result = folder.load(good_config());
    ASSERT_TRUE(result);
    const auto text = print_settings(*result.settings);
    EXPECT_EQ(text.find("hush"), std::string::npos);
    EXPECT_EQ(text.find("whsec_"), std::string::npos);
    EXPECT_NE(text.find("secrets/kannel-password\""), std::string::npos);
}

TEST(ExampleFile, LoadsWithItsSecretsWithoutAWarning) {
    const config_folder folder;
    const auto result = folder.load(read("docs/examples/pinwire.toml"));
    ASSERT_TRUE(result) << messages(result);
    EXPECT_EQ(result.settings->routes.size(), 6U);
    for (const auto& one : result.warnings)
        ADD_FAILURE() << one.to_string();
}

TEST(ConfigurationReference, HoldsEveryKeyWithItsTypeDefaultAndRange) {
    const auto text = read("docs/configuration.md");
    const auto all = keys();
    EXPECT_GT(all.size(), 100U);
    for (const auto& key : all) {
        auto fallback = key.fallback.empty() ? std::string("none") : "`" + key.fallback + "`";
        if (key.required) fallback = "required";
        const auto row =
            "\n| `" + key.key + "` | " + key.type + " | " + fallback + " | " + key.allowed + " | ";
        EXPECT_NE(text.find(row), std::string::npos) << row;
    }
}

}  // namespace
}  // namespace pinwire::config
