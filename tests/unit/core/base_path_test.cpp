#include "common/core/base_path.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(BasePath, IsWhatStandsBehindTheHost) {
    EXPECT_EQ(base_path("https://api.example.com/sms"), "/sms");
    EXPECT_EQ(base_path("http://127.0.0.1:8080/a/b"), "/a/b");
}

TEST(BasePath, EndsWithoutASlash) {
    EXPECT_EQ(base_path("https://api.example.com/sms//"), "/sms");
    EXPECT_EQ(base_path("https://api.example.com/"), "");
}

TEST(BasePath, IsEmptyWithoutOne) {
    EXPECT_EQ(base_path("https://api.example.com"), "");
    EXPECT_EQ(base_path("api.example.com/sms"), "");
}

}  // namespace
}  // namespace pinwire
