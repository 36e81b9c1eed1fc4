// Which addresses are this machine's. Method: what the system lists as its interfaces.
#include "common/http/local_address.hpp"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

namespace pinwire::http {
namespace {

ip_address ip(std::string_view text) {
    return *ip_address::parse(text);
}

TEST(LocalAddress, IsWhatAnInterfaceHas) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) GTEST_SKIP() << "the interfaces can't be listed here";
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    int seen = 0;
    for (const auto* one = list; one != nullptr; one = one->ifa_next) {
        const bool up = (one->ifa_flags & IFF_UP) != 0;
        if (!up || one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
        sockaddr_in from;
        std::memcpy(&from, one->ifa_addr, sizeof from);
        ip_address::v4_bytes bytes;
        std::memcpy(bytes.data(), &from.sin_addr, bytes.size());
        EXPECT_TRUE(is_local_address(ip_address(bytes))) << ip_address(bytes).to_string();
        ++seen;
    }
    EXPECT_GT(seen, 0) << "loopback at least";
    EXPECT_TRUE(is_local_address(ip("::ffff:127.0.0.1")));
}

TEST(LocalAddress, IsNobodyElses) {
    for (const auto* text : {"192.0.2.1", "8.8.8.8", "255.255.255.255", "2001:db8::1", "ff02::1"})
        EXPECT_FALSE(is_local_address(ip(text))) << text;
}

TEST(LocalAddress, KnowsLoopback) {
    for (const auto* text : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is_loopback(ip(text))) << text;
    for (const auto* text : {"128.0.0.1", "::2", "::ffff:10.0.0.1", "0.0.0.0"})
        EXPECT_FALSE(is_loopback(ip(text))) << text;
}

}  // namespace
}  // namespace pinwire::http
