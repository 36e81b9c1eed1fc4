// A stranger's report_url: what is read can be written and read again, and says the same; and the
// C library, which reads addresses in every odd spelling, finds none in a host that we take for a
// name.
#include <arpa/inet.h>

#include <cstdint>
#include <string_view>

#include "common/core/address_policy.hpp"
#include "common/core/form.hpp"
#include "common/core/url.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::is_visible;
using fuzz::must;

void check_address(const url& read) {
    in_addr seen{};
    const bool is_v4 = ::inet_aton(read.host().c_str(), &seen) != 0;
    must(is_v4 == read.host_is_ipv4());
    in6_addr ignored{};
    must((::inet_pton(AF_INET6, read.host().c_str(), &ignored) == 1) == read.host_is_ipv6());
    if (!read.host_is_ipv4() && !read.host_is_ipv6()) return;
    const auto literal = ip_address::parse(read.host());
    must(literal.has_value());
    ip_address::v4_bytes bytes{};
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&seen.s_addr), bytes.size(), bytes.begin());
    if (is_v4) must(literal->v4() == bytes);
    // nothing is dialled by default that isn't public, nor on any port
    const auto verdict = address_policy().judge(*literal, read.port());
    if (verdict != address_verdict::allowed) return;
    must(is_public_unicast(*literal));
    must(read.port() == 443 || read.port() == 8443);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = url::parse(text);
    if (!read) return 0;
    const auto again = url::parse(read->to_string());
    must(again && *again == *read);
    must(text.size() <= url_length_max && read->port() > 0);
    must(is_visible(read->target()) && read->target().starts_with('/'));
    must(read->target().find('#') == std::string::npos);
    must(!read->host().empty() && is_visible(read->host()));
    must(read->host().find_first_of("@/?#%[]\\") == std::string::npos);
    must(read->origin().ends_with(":" + std::to_string(read->port())));
    check_address(*read);
    return 0;
}
