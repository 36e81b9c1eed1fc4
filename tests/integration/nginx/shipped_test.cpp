// The figures of the shipped files against the defaults of pinwire.toml: two sides that must agree,
// whatever either of them is changed to.
#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <set>

#include "common/config/settings.hpp"
#include "tests/support/nginx_node.hpp"

namespace pinwire::test {
namespace {

using std::chrono::milliseconds;

// From `begin`, which must be there, to `end` or the file's.
std::string part(const std::string& text, const std::string& begin, const std::string& end = "") {
    const auto from = text.find(begin);
    if (from == std::string::npos) throw std::runtime_error(begin + " is not shipped");
    return text.substr(from, end.empty() ? end.npos : text.find(end, from) - from);
}

std::string word(const std::string& in, const std::string& directive) {
    std::smatch found;
    if (!std::regex_search(in, found, std::regex("\n *" + directive + " ([^; ]+);")))
        throw std::runtime_error(directive + " is not shipped");
    return found[1];
}

std::size_t number(const std::string& in, const std::string& directive) {
    return std::stoul(word(in, directive));
}

std::size_t kilobytes(const std::string& in, const std::string& directive) {
    const auto said = word(in, directive);
    if (said.back() != 'k') throw std::runtime_error(directive + " is not in k");
    return std::stoul(said) * 1024;
}

milliseconds seconds(const std::string& in, const std::string& directive) {
    const auto said = word(in, directive);
    if (said.back() != 's') throw std::runtime_error(directive + " is not in s");
    return std::chrono::seconds(std::stoul(said));
}

std::set<std::string> ports_of(const std::string& text) {
    const std::regex line("\n *listen ([^; ]*:)?([0-9]+)[; ]");
    std::set<std::string> made;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), line);
         at != std::sregex_iterator();
         ++at)
        made.insert((*at)[2]);
    return made;
}

constexpr std::size_t workers_max = 4;  // that the idle connections are counted for

class ShippedNginx : public testing::Test {
protected:
    const std::string text = shipped_nginx("pinwire.conf");
    const std::string dlr = part(text, "\n# Delivery reports", "\n# The API.");
    const std::string api = part(text, "\n# The API.", "\n# Nothing in the clear");
    const std::string to_dlr = part(text, "upstream pinwire_dlr", "}");
    const std::string to_api = part(text, "upstream pinwire_api", "}");
    const config::callback_settings callback;
    const config::api_settings caller;
};

TEST_F(ShippedNginx, LetsGoOfIdleConnectionsBeforeTheListenersDo) {
    EXPECT_LT(seconds(to_dlr, "keepalive_timeout"), callback.idle_timeout);
    EXPECT_LT(seconds(to_api, "keepalive_timeout"), caller.idle_timeout);
    const auto stream = shipped_nginx("pinwire-stream.conf");
    EXPECT_GT(seconds(stream, "proxy_timeout"), callback.idle_timeout) << "the other way round";
    EXPECT_GT(seconds(stream, "proxy_timeout"), callback.request_timeout);
}

TEST_F(ShippedNginx, WaitsLongerThanAnAnswerMayTake) {
    EXPECT_GT(seconds(dlr, "proxy_read_timeout"), callback.produce_timeout);
    EXPECT_GT(seconds(api, "proxy_read_timeout"), caller.answer_within + caller.produce_timeout);
    EXPECT_LE(seconds(dlr, "client_header_timeout"), callback.header_timeout);
    EXPECT_LE(seconds(api, "client_header_timeout"), caller.header_timeout);
}

TEST_F(ShippedNginx, RefusesTheSameBodiesAndKeepsTheOthersInMemory) {
    EXPECT_EQ(kilobytes(dlr, "client_max_body_size"), callback.body_max);
    EXPECT_EQ(kilobytes(api, "client_max_body_size"), caller.body_max);
    EXPECT_EQ(kilobytes(dlr, "client_body_buffer_size"), callback.body_max);
    EXPECT_EQ(kilobytes(api, "client_body_buffer_size"), caller.body_max);
}

TEST_F(ShippedNginx, OpensFewerConnectionsThanTheListenersTakeFromOneAddress) {
    const auto most = [](const std::string& server, const std::string& upstream) {
        return number(server, "limit_conn of_pinwire") +
               workers_max * number(upstream, "keepalive");
    };
    EXPECT_LE(most(dlr, to_dlr), static_cast<std::size_t>(callback.connections_per_address));
    EXPECT_LE(most(api, to_api), static_cast<std::size_t>(caller.connections_per_address));
    EXPECT_LT(number(dlr, "limit_conn of_client"), number(dlr, "limit_conn of_pinwire"))
        << "one client leaves room for others";
    EXPECT_LT(number(api, "limit_conn of_client"), number(api, "limit_conn of_pinwire"));
}

// The API's server stays in pinwire.conf when reports go by the other file: nginx wouldn't start.
TEST_F(ShippedNginx, TakesNoPortTwiceInTheTwoFiles) {
    const auto http = ports_of(text);
    const auto stream = ports_of(shipped_nginx("pinwire-stream.conf"));
    EXPECT_EQ(http, (std::set<std::string>{"443", "80"}));
    ASSERT_EQ(stream.size(), 1U);
    EXPECT_FALSE(http.contains(*stream.begin())) << *stream.begin();
}

TEST_F(ShippedNginx, RepeatsReportsAndNeverOrders) {
    EXPECT_NE(dlr.find("proxy_next_upstream error timeout non_idempotent;"), dlr.npos);
    EXPECT_NE(api.find("proxy_next_upstream error timeout;"), api.npos);
    EXPECT_EQ(api.find("non_idempotent"), api.npos);
}

}  // namespace
}  // namespace pinwire::test
