// The DLR listener behind nginx as a proxy of TCP, with the shipped file: the PROXY header says
// whose a connection is, and the listener itself counts and judges that address.
#include "tests/integration/nginx/front.hpp"

namespace pinwire::test {
namespace {

class NginxStream : public front {
protected:
    NginxStream()
        : front([](toml_tables& to) {
              to["callback"]["proxy_protocol"] = "true";
              to["callback"]["connections_per_address"] = "2";
              to["carriers.kannel.dlr_auth"]["cidrs"] = R"(["127.0.0.77", "127.0.0.79"])";
          }) {
        stack.start_callback();
        stack.wait_until_ready("callback");
        nginx_changes changes;
        const auto certificate = authority.make(dlr_name);
        const std::string live = std::string("/etc/letsencrypt/live/") + dlr_name;
        changes.replaced = {
            {live + "/fullchain.pem", certificate},
            {live + "/privkey.pem", certificate},
            {"127.0.0.1:8081", stack.dlr_door()}};
        node = std::make_unique<nginx_node>("pinwire-stream.conf", std::move(changes));
    }
};

TEST_F(NginxStream, TheListenerKnowsAndCountsTheClientsAddress) {
    const auto target = path("kannel") + "?status=1";
    EXPECT_EQ(get(to(dlr_name, "127.0.0.77"), target), 200);
    EXPECT_EQ(get(to(dlr_name, "127.0.0.78"), target), 403);
    EXPECT_EQ(get(to(dlr_name, "127.0.0.78"), target, "X-Forwarded-For: 127.0.0.77\r\n"), 403);
    auto forged = to(dlr_name, "127.0.0.78");
    forged.before = "PROXY TCP4 127.0.0.77 127.0.0.1 1 2\r\n";
    EXPECT_THROW(get(forged, target), std::runtime_error);
    https_caller first(to(dlr_name, "127.0.0.79"));
    https_caller second(to(dlr_name, "127.0.0.79"));
    EXPECT_EQ(first.call("GET", target).status, 200);
    EXPECT_EQ(second.call("GET", target).status, 200);
    https_caller third(to(dlr_name, "127.0.0.79"));
    EXPECT_EQ(third.answer().status, 503) << "it has two";
    EXPECT_EQ(first.call("GET", target).status, 200);
    EXPECT_TRUE(eventually(
        [&] { return get(to(dlr_name, "127.0.0.77"), target) == 200; }, soon, "another's turn"
    )) << "its own connections are its own";
}

}  // namespace
}  // namespace pinwire::test
