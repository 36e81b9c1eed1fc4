#include "tests/support/pg_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinwire::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string length_of(std::size_t size) {
    const auto whole = size + 4;
    return {0, 0, static_cast<char>(whole / 256), static_cast<char>(whole % 256)};
}

std::string message(char type, const std::string& body) {
    return type + length_of(body.size()) + body;
}

const std::string zero(1, '\0');
const std::string start_up =
    length_of(4 + 5 + 2 + 1) + std::string("\0\3\0\0", 4) + "user" + zero + "a" + zero + zero;
const std::string tls_request = length_of(4) + std::string("\x04\xd2\x16\x2f", 4);

std::string parse(const std::string& name, const std::string& text) {
    return message('P', name + zero + text + zero + std::string(2, '\0'));
}
std::string bind(const std::string& name) {
    return message('B', zero + name + zero + std::string(6, '\0'));
}
const std::string execute = message('E', zero + std::string(4, '\0'));
const std::string sync = message('S', "");

TEST(PgClientMessages, NameAStatementOnceItsSyncIsThere) {
    pg_client_messages said;
    EXPECT_THAT(said.read(start_up + parse("s1", "select 1") + sync), IsEmpty());
    EXPECT_THAT(said.read(bind("s1") + execute), IsEmpty());
    EXPECT_THAT(said.read(sync), ElementsAre("select 1"));
    EXPECT_THAT(said.read(sync), IsEmpty());
}

TEST(PgClientMessages, AreReadInPiecesOfAnySize) {
    const auto all = tls_request + start_up + parse("s1", "select 1") + parse("s2", "commit") +
                     sync + bind("s2") + execute + sync + message('Q', "begin" + zero) +
                     bind("s1") + execute + sync;
    for (std::size_t size = 1; size < all.size(); ++size) {
        pg_client_messages said;
        std::vector<std::string> texts;
        for (std::size_t at = 0; at < all.size(); at += size)
            for (auto& one : said.read(std::string_view(all).substr(at, size)))
                texts.push_back(one);
        EXPECT_THAT(texts, ElementsAre("commit", "begin", "select 1")) << size;
    }
}

TEST(PgServerMessages, CountWhenItIsReady) {
    pg_server_messages heard;
    const auto ready = message('Z', "I");
    EXPECT_EQ(heard.read(message('1', "") + ready + message('C', "Z" + zero) + ready), 2);
    EXPECT_EQ(heard.read(ready.substr(0, 3)), 0);
    EXPECT_EQ(heard.read(ready.substr(3)), 1);
}

}  // namespace
}  // namespace pinwire::test
