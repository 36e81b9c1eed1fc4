// The strict URL reader and the form codec. Method: tables of what must be read and what must be
// refused.
#include "common/core/url.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "common/core/form.hpp"

namespace pinwire {
namespace {

TEST(Url, ReadsWhatIsSound) {
    struct row {
        const char* text;
        const char* origin;
        const char* authority;
        const char* target;
    };
    const row rows[] = {
        {"https://example.com", "https://example.com:443", "example.com", "/"},
        {"HTTP://Example.COM:8080/A?b=C", "http://example.com:8080", "example.com:8080", "/A?b=C"},
        {"https://example.com?x=1", "https://example.com:443", "example.com", "/?x=1"},
        {"https://xn--bcher-kva.example/%20",
         "https://xn--bcher-kva.example:443",
         "xn--bcher-kva.example",
         "/%20"},
        {"http://192.0.2.7/", "http://192.0.2.7:80", "192.0.2.7", "/"},
        {"https://[2001:DB8::0:1]:8443/p",
         "https://[2001:db8::1]:8443",
         "[2001:db8::1]:8443",
         "/p"},
        {"https://localhost/a:b@c", "https://localhost:443", "localhost", "/a:b@c"},
        {"https://1a.2b/", "https://1a.2b:443", "1a.2b", "/"},
    };
    for (const auto& row : rows) {
        const auto read = url::parse(row.text);
        ASSERT_TRUE(read) << row.text << ": " << to_string(read.error());
        EXPECT_EQ(read->origin(), row.origin);
        EXPECT_EQ(read->authority(), row.authority);
        EXPECT_EQ(read->target(), row.target);
        const auto again = url::parse(read->to_string());
        ASSERT_TRUE(again) << row.text;
        EXPECT_EQ(*again, *read);
    }
}

TEST(Url, KnowsLiteralsFromNames) {
    EXPECT_TRUE(url::parse("http://10.0.0.1/")->host_is_ipv4());
    EXPECT_TRUE(url::parse("http://[::1]/")->host_is_ipv6());
    EXPECT_EQ(url::parse("http://[::1]/")->host(), "::1");
    EXPECT_FALSE(url::parse("http://a.example/")->host_is_ipv4());
}

// Every spelling of an IPv4 address that the C library knows: one to four parts, each decimal,
// octal or hex. But for the dotted quad all are refused.
TEST(Url, TakesNoOddSpellingOfAnAddress) {
    const auto spelt = [](std::uint32_t part, int base) {
        char text[32];
        const char* const forms[] = {"%u", "0%o", "0x%x", "0X%X", "00%o"};
        std::snprintf(text, sizeof text, forms[base], part);
        return std::string(text);
    };
    const std::vector<std::vector<std::uint32_t>> splits = {
        {0x7f000001}, {0x7f, 1}, {0x7f, 0, 1}, {0x7f, 0, 0, 1}, {0xa9fea9fe}, {0xa9, 0xfea9fe}};
    for (const auto& parts : splits) {
        for (int choice = 0; choice < 625; ++choice) {
            std::string host;
            int left = choice;
            for (const auto part : parts) {
                host += (host.empty() ? "" : ".") + spelt(part, left % 5);
                left /= 5;
            }
            in_addr taken{};
            ASSERT_NE(::inet_aton(host.c_str(), &taken), 0) << host;
            const auto read = url::parse("https://" + host + "/");
            const bool quad = host == "127.0.0.1";
            EXPECT_EQ(read.has_value(), quad) << host;
            if (!read) {
                EXPECT_EQ(to_string(read.error()), to_string(url_fault::odd_ipv4)) << host;
            }
        }
    }
}

TEST(Url, NamesTheRuleThatIsBroken) {
    using enum url_fault;
    const std::pair<std::string, url_fault> rows[] = {
        {"", bad_scheme},
        {"example.com/", bad_scheme},
        {"ftp://example.com/", bad_scheme},
        {"https:/example.com/", bad_scheme},
        {"https://user@example.com/", has_userinfo},
        {"https://a.example:x@169.254.169.254/", has_userinfo},
        {"https://example.com/#top", has_fragment},
        {"https://example.com#@10.0.0.1/", has_fragment},
        {"https://exa mple.com/", bad_character},
        {"https://example.com/\r\nX: y", bad_character},
        {std::string("https://example.com/\0", 21), bad_character},
        {"https://b\xc3\xbc"
         "cher.example/",
         bad_character},
        {"https://example.com\\@10.0.0.1/", bad_character},
        {"https://example.com/%", bad_escape},
        {"https://example.com/%4", bad_escape},
        {"https://example.com/%zz", bad_escape},
        {"https://", bad_host},
        {"https:///path", bad_host},
        {"https://:443/", bad_host},
        {"https://a..example/", bad_host},
        {"https://.example/", bad_host},
        {"https://example./", bad_host},
        {"https://-a.example/", bad_host},
        {"https://a-.example/", bad_host},
        {"https://a_b.example/", bad_host},
        {"https://%61.example/", bad_host},
        {"https://" + std::string(64, 'a') + ".example/", bad_host},
        {"https://2130706433/", odd_ipv4},
        {"https://0x7f000001/", odd_ipv4},
        {"https://0x7f.0.0.1/", odd_ipv4},
        {"https://127.0.0.0x1/", odd_ipv4},
        {"https://0177.0.0.1/", odd_ipv4},
        {"https://127.1/", odd_ipv4},
        {"https://127.0.0.01/", odd_ipv4},
        {"https://127.0.0.256/", odd_ipv4},
        {"https://127.0.0.1./", odd_ipv4},
        {"https://1.2.3.4.5/", odd_ipv4},
        {"https://a.example.0x/", odd_ipv4},
        {"https://[::1/", bad_ipv6},
        {"https://[fe80::1%25eth0]/", bad_ipv6},
        {"https://[127.0.0.1]/", bad_ipv6},
        {"https://[::1]x/", bad_ipv6},
        {"https://example.com:/", bad_port},
        {"https://example.com:0/", bad_port},
        {"https://example.com:65536/", bad_port},
        {"https://example.com:+80/", bad_port},
        {"https://example.com:080/", bad_port},
        {"https://a:b:80/", bad_port},
        {"https://example.com/" + std::string(2048, 'a'), too_long},
    };
    for (const auto& [text, fault] : rows) {
        const auto read = url::parse(text);
        ASSERT_TRUE(read.has_error()) << text;
        EXPECT_EQ(to_string(read.error()), to_string(fault)) << text;
    }
}

TEST(Form, ComesBackAsItWasWritten) {
    form written;
    std::string every;
    for (int c = 0; c < 256; ++c)
        every += static_cast<char>(c);
    written.add("a b", "1+1=2&3");
    written.add("every", every);
    written.add("", "");
    const auto read = form::parse(written.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->all(), written.all());
}

TEST(Form, ReadsWhatOthersWrite) {
    const auto read = form::parse("&&a=1&b&c=%c3%BC+x&a=2&d==");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->all().size(), 5u);
    EXPECT_EQ(*read->find("a"), "1");
    EXPECT_EQ(*read->find("b"), "");
    EXPECT_EQ(*read->find("c"), "\xc3\xbc x");
    EXPECT_EQ(*read->find("d"), "=");
    EXPECT_EQ(read->find("e"), nullptr);
}

TEST(Form, RefusesTooManyAndBrokenEscapes) {
    EXPECT_TRUE(form::parse("a&b&c", 3));
    EXPECT_FALSE(form::parse("a&b&c", 2));
    EXPECT_FALSE(form::parse("a=%"));
    EXPECT_FALSE(form::parse("a=%1"));
    EXPECT_FALSE(form::parse("%gg=1"));
}

TEST(Percent, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("aZ09-._~ +/%"), "aZ09-._~%20%2B%2F%25");
    EXPECT_EQ(percent_decode("a+%20"), "a+ ");
}

TEST(Target, SplitsAtTheFirstQuestionMark) {
    EXPECT_EQ(path_of("/a?b?c"), "/a");
    EXPECT_EQ(query_of("/a?b?c"), "b?c");
    EXPECT_EQ(query_of("/a"), "");
}

}  // namespace
}  // namespace pinwire
