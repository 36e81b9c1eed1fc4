#include "common/core/json_pointer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pinwire {
namespace {

const nlohmann::json sample =
    nlohmann::json::parse(R"({"a":{"b/c":[10,{"~":"x"}],"":"empty"},"0":"zero"})");

TEST(JsonPointer, FindsWhatStandsThere) {
    EXPECT_EQ(*at_pointer(sample, ""), sample);
    EXPECT_EQ(*at_pointer(sample, "/a/b~1c/0"), 10);
    EXPECT_EQ(*at_pointer(sample, "/a/b~1c/1/~0"), "x");
    EXPECT_EQ(*at_pointer(sample, "/a/"), "empty");
    EXPECT_EQ(*at_pointer(sample, "/0"), "zero");
}

TEST(JsonPointer, FindsNothingElse) {
    for (const auto* pointer :
         {"a",
          "/b",
          "/a/b~1c/2",
          "/a/b~1c/01",
          "/a/b~1c/-",
          "/a/b~1c/",
          "/a/b~1c/+1",
          "/a/b~1c/18446744073709551616",
          "/a/b~1c/0/0",
          "/a/b~2c",
          "/a/b~",
          "/0/0"})
        EXPECT_EQ(at_pointer(sample, pointer), nullptr) << pointer;
}

TEST(JsonPointer, IsToldFromOtherText) {
    for (const auto* good : {"", "/", "/a", "/a//b", "/~0~1"})
        EXPECT_TRUE(is_json_pointer(good)) << good;
    for (const auto* bad : {"a", "a/b", "/~", "/~2", "/a/~b", "$.a"})
        EXPECT_FALSE(is_json_pointer(bad)) << bad;
}

}  // namespace
}  // namespace pinwire
