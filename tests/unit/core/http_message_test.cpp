#include "common/core/http_message.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(HttpMessage, FindsTheFirstHeaderOfThatNameInAnyCase) {
    const http_headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
    EXPECT_EQ(find_header(headers, "content-type"), "text/plain");
    EXPECT_EQ(find_header(headers, "X-A"), "1");
    EXPECT_EQ(find_header(headers, "X-AB"), "");
    EXPECT_EQ(find_header({}, "X-A"), "");
}

}  // namespace
}  // namespace pinwire
