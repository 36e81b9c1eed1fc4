// The rules on the project's own sources: a failure lists every offence as file:line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/tidy/rules.hpp"

namespace pinwire::tidy {
namespace {

const source_tree& project() {
    static const auto tree = read_tree(PINWIRE_SOURCE_DIR);
    return tree;
}

void expect_none(const offences& found) {
    std::string list;
    for (const auto& one : found)
        list += fmt::format("{}:{}: {}\n", one.path, one.line, one.text);
    EXPECT_TRUE(found.empty()) << found.size() << " offences\n" << list;
}

TEST(Tidy, FindsTheSources) {
    EXPECT_GT(project().files.size(), 10U);
    EXPECT_GT(project().texts.size(), 3U);
}

TEST(Tidy, LinesFitAHundredColumns) {
    expect_none(check_line_length(project()));
}

TEST(Tidy, FunctionsFitAScreen) {
    expect_none(check_function_length(project()));
}

TEST(Tidy, NoBannedWords) {
    expect_none(check_banned_words(project()));
}

TEST(Tidy, NothingIsLeftToDo) {
    expect_none(check_leftover_markers(project()));
}

TEST(Tidy, NamesThingsBeforeItAwaitsThem) {
    expect_none(check_co_await(project()));
}

TEST(Tidy, ArrowsPointDown) {
    expect_none(check_layers(project()));
}

TEST(Tidy, HeadersIntroduceThemselvesAndAreUsed) {
    expect_none(check_headers(project()));
}

TEST(Tidy, IncludesAreRooted) {
    expect_none(check_includes_exist(project()));
}

}  // namespace
}  // namespace pinwire::tidy
