#include "common/upkeep/program.hpp"

#include <gtest/gtest.h>

namespace pinwire::upkeep {
namespace {

template <std::size_t Count>
std::optional<int> read(const char* const (&words)[Count], command_line& into) {
    return read_command_line(static_cast<int>(Count), words, "A service", into);
}

TEST(CommandLine, HasADefaultForEverything) {
    command_line given;
    EXPECT_EQ(read({"pinwire-worker"}, given), std::nullopt);
    EXPECT_EQ(given.config_file, "/etc/pinwire/pinwire.toml");
    EXPECT_EQ(given.options.instance, "1");
}

TEST(CommandLine, NamesTheConfigurationAndTheInstance) {
    command_line given;
    const auto code = read({"pinwire-worker", "--config", "a.toml", "--instance", "west"}, given);
    EXPECT_EQ(code, std::nullopt);
    EXPECT_EQ(given.config_file, "a.toml");
    EXPECT_EQ(given.options.instance, "west");
}

TEST(CommandLine, EndsTheProgramWellAfterTheVersion) {
    command_line given;
    testing::internal::CaptureStdout();
    EXPECT_EQ(read({"pinwire-worker", "--version"}, given), 0);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), PINWIRE_VERSION "\n");
}

TEST(CommandLine, EndsTheProgramWithTwoAfterAMistake) {
    command_line given;
    testing::internal::CaptureStderr();
    const auto code = read({"pinwire-worker", "--instnace", "west"}, given);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("--instnace"), std::string::npos);
    EXPECT_EQ(code, 2);
}

}  // namespace
}  // namespace pinwire::upkeep
