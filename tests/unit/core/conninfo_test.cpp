// What libpq's connection text says.
#include "common/core/conninfo.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using values = std::map<std::string, std::string>;

TEST(Conninfo, ReadsValuesAsLibpqDoes) {
    EXPECT_EQ(
        read_conninfo("host=db.inner port = 5433\tdbname='two words' user='o\\'neil' x=a\\ b")
            .values,
        (values{
            {"host", "db.inner"},
            {"port", "5433"},
            {"dbname", "two words"},
            {"user", "o'neil"},
            {"x", "a b"}})
    );
    EXPECT_EQ(read_conninfo("host=a host=b").values, (values{{"host", "b"}}));
    EXPECT_EQ(read_conninfo("host='' port=").values, (values{{"host", ""}, {"port", ""}}));
    EXPECT_TRUE(read_conninfo("").values.empty());
}

TEST(Conninfo, SaysWhatIsWrong) {
    for (const auto* text : {"postgres://db", "host", "=x", "host=a b", "host='a", "host='a\\'"}) {
        const auto read = read_conninfo(text);
        EXPECT_NE(read.wrong, "") << text;
        EXPECT_TRUE(read.values.empty()) << text;
    }
}

}  // namespace
}  // namespace pinwire
