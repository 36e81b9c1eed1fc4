// Examples: the PROXY protocol's specification, sections 2.1 and 2.2.
#include "common/core/proxy_header.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using state = proxy_header::state;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(unsigned version_command, unsigned family, const std::string& rest) {
    std::string made = signature;
    made += static_cast<char>(version_command);
    made += static_cast<char>(family);
    made += static_cast<char>(rest.size() >> 8);
    made += static_cast<char>(rest.size() & 0xff);
    return made + rest;
}

const std::string tcp4_rest("\xc0\x00\x02\x07\xc6\x33\x64\x01\x1f\x90\x01\xbb", 12);

std::string source_of(const std::string& bytes) {
    const auto read = read_proxy_header(bytes);
    if (read.what != state::done) return "none";
    return read.source ? read.source->to_string() + " " + std::to_string(read.port) : "own";
}

TEST(ProxyHeader, ReadsALineOfText) {
    EXPECT_EQ(source_of("PROXY TCP4 192.0.2.7 198.51.100.1 8080 443\r\n"), "192.0.2.7 8080");
    EXPECT_EQ(source_of("PROXY TCP6 2001:db8::7 2001:db8::1 65535 0\r\n"), "2001:db8::7 65535");
    EXPECT_EQ(source_of("PROXY UNKNOWN\r\n"), "own");
    EXPECT_EQ(source_of("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "own");
}

TEST(ProxyHeader, ReadsTheBinaryForm) {
    EXPECT_EQ(source_of(v2(0x21, 0x11, tcp4_rest)), "192.0.2.7 8080");
    EXPECT_EQ(
        source_of(v2(0x21, 0x11, tcp4_rest + "TLVs that nobody asked for")), "192.0.2.7 8080"
    );
    const std::string v6 =
        std::string(15, '\0') + '\1' + std::string(16, '\0') + "\x1f\x90\x01\xbb";
    EXPECT_EQ(source_of(v2(0x21, 0x21, v6)), "::1 8080");
    EXPECT_EQ(source_of(v2(0x20, 0x00, "")), "own") << "LOCAL: the proxy's own health check";
    EXPECT_EQ(source_of(v2(0x20, 0x11, tcp4_rest)), "own");
    EXPECT_EQ(source_of(v2(0x21, 0x31, std::string(216, 'x'))), "own") << "a Unix socket";
}

TEST(ProxyHeader, SaysWhereTheConnectionsOwnBytesBegin) {
    const std::string line = "PROXY TCP4 192.0.2.7 198.51.100.1 8080 443\r\n";
    EXPECT_EQ(read_proxy_header(line + "GET / HTTP/1.1\r\n").length, line.size());
    const auto binary = v2(0x21, 0x11, tcp4_rest + "tlv");
    EXPECT_EQ(read_proxy_header(binary + "GET").length, binary.size());
}

TEST(ProxyHeader, WantsMoreOfEveryBeginningAndNothingOfTheWhole) {
    for (const std::string& whole :
         {std::string("PROXY TCP6 2001:db8::7 2001:db8::1 8080 443\r\n"),
          std::string("PROXY UNKNOWN\r\n"),
          v2(0x21, 0x11, tcp4_rest)}) {
        for (std::size_t i = 0; i < whole.size(); ++i)
            EXPECT_EQ(read_proxy_header(whole.substr(0, i)).what, state::more) << i;
        EXPECT_EQ(read_proxy_header(whole).what, state::done);
    }
}

TEST(ProxyHeader, TakesNothingElseForOne) {
    const std::string odd[] = {
        "GET / HTTP/1.1\r\n",
        "PROXI",
        "PROXY TCP4 192.0.2.7 198.51.100.1 8080\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 8080 443 \r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 8080 443 1\r\n",
        "PROXY TCP4 192.0.2.7  198.51.100.1 8080 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 080 443\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
        "PROXY TCP4 192.0.2.07 198.51.100.1 1 443\r\n",
        "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        "PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY tcp4 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY \r\n",
        "PROXY " + std::string(200, 'x'),
        v2(0x11, 0x11, tcp4_rest),
        v2(0x22, 0x11, tcp4_rest),
        v2(0x21, 0x11, "short"),
        v2(0x21, 0x11, std::string(1025, 'x')),
    };
    for (const auto& bytes : odd)
        EXPECT_EQ(read_proxy_header(bytes).what, state::none) << bytes;
}

}  // namespace
}  // namespace pinwire
