// `pinwire routes test` against a carrier that says what the test wants, and `pinwire reload` where
// nobody runs. The reload of real services is tests/faults/reload_test.cpp.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

#include "common/core/call_words.hpp"
#include "common/core/form.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/free_port.hpp"

namespace pinwire::cli {
namespace {

// Answers one request, and keeps it.
class carrier_at_hand {
public:
    explicit carrier_at_hand(std::string body)
        : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        auto* generic = reinterpret_cast<sockaddr*>(&where);
        EXPECT_EQ(::bind(descriptor_, generic, size), 0);
        EXPECT_EQ(::listen(descriptor_, 8), 0);
        ::getsockname(descriptor_, generic, &size);
        port_ = ntohs(where.sin_port);
        thread_ = std::thread([this, body = std::move(body)] { serve(body); });
    }
    ~carrier_at_hand() { end(); }
    std::uint16_t port() const { return port_; }
    // Ends it; what it was asked, empty if nobody came.
    std::string request() {
        end();
        return request_;
    }

private:
    void end() {
        if (!thread_.joinable()) return;
        ::shutdown(descriptor_, SHUT_RDWR);
        thread_.join();
        ::close(descriptor_);
    }
    bool whole() const {
        const auto head = request_.find("\r\n\r\n");
        const auto length = request_.find("Content-Length: ");
        if (head == std::string::npos || length == std::string::npos) return false;
        const auto body = std::strtoul(request_.c_str() + length + 16, nullptr, 10);
        return request_.size() >= head + 4 + body;
    }
    void serve(const std::string& body) {
        const int peer = ::accept(descriptor_, nullptr, nullptr);
        if (peer < 0) return;
        char bytes[4096];
        while (!whole()) {
            const auto n = ::recv(peer, bytes, sizeof bytes, 0);
            if (n <= 0) break;
            request_.append(bytes, static_cast<std::size_t>(n));
        }
        const auto answer = fmt::format(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            body.size(),
            body
        );
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::close(peer);
    }

    int descriptor_;
    std::uint16_t port_ = 0;
    std::string request_;
    std::thread thread_;
};

constexpr const char* took_it =
    R"({"messages":[{"messageId":"m-1","status":{"id":26,"name":"PENDING_ACCEPTED"}}]})";
constexpr const char* refused_it =
    R"({"messages":[{"messageId":"m-1","status":{"id":12,"name":"REJECTED_NOT_ENOUGH_CREDITS"}}]})";

class RoutesTest : public cli_test {
protected:
    void point_at(std::uint16_t port) {
        write_config(
            replaced(config(), "http://127.0.0.1:9", fmt::format("http://127.0.0.1:{}", port))
        );
    }
    ran test(std::vector<std::string> more) {
        std::vector<std::string> all = {"routes", "test", "all", "+34600000001", "--from", "ACME"};
        all.insert(all.end(), more.begin(), more.end());
        return run(std::move(all));
    }
};

TEST_F(RoutesTest, SendsTheTextAndShowsWhatWasSaidWithTheSecretMasked) {
    carrier_at_hand carrier(took_it);
    point_at(carrier.port());
    const auto done = test({"--yes", "--text", "Hello there"});
    EXPECT_EQ(done.code, 0) << done.out << done.err;
    const auto request = carrier.request();
    EXPECT_NE(request.find("Hello there"), std::string::npos) << request;
    EXPECT_NE(request.find("App a-password"), std::string::npos) << request;
    EXPECT_NE(done.out.find("> Authorization: ****"), std::string::npos) << done.out;
    EXPECT_EQ(done.out.find("a-password"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("< 200"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("\nsent\n"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("its id: m-1"), std::string::npos) << done.out;
}

TEST_F(RoutesTest, SaysHowARefusalIsClassed) {
    carrier_at_hand carrier(refused_it);
    point_at(carrier.port());
    const auto done = test({"--yes", "--json"});
    EXPECT_EQ(done.code, 1) << done.err;
    const auto said = done.json();
    EXPECT_EQ(said["sent"], false);
    EXPECT_EQ(said["status"], 200);
    EXPECT_NE(said["verdict"].get<std::string>().find("another route"), std::string::npos);
    EXPECT_NE(said["error"].get<std::string>().find("NOT_ENOUGH_CREDITS"), std::string::npos);
    EXPECT_EQ(said["request"]["headers"]["Authorization"], "****");
    EXPECT_NE(carrier.request().find("Pinwire test by route all"), std::string::npos);
}

TEST_F(RoutesTest, TellsACarrierThatIsAwayFromOneThatMayHaveIt) {
    point_at(test::free_port());
    const auto away = test({"--yes"});
    EXPECT_EQ(away.code, 1);
    EXPECT_NE(away.out.find("surely not sent"), std::string::npos) << away.out;
    EXPECT_NE(away.out.find("error: connect: Connection refused"), std::string::npos) << away.out;
    carrier_at_hand carrier("<html>");
    point_at(carrier.port());
    const auto nonsense = test({"--yes"});
    EXPECT_EQ(nonsense.code, 1);
    EXPECT_NE(nonsense.out.find("in doubt"), std::string::npos) << nonsense.out;
}

TEST_F(RoutesTest, SendsNothingWhereNobodyCanBeAskedOrSomethingIsWrong) {
    carrier_at_hand carrier(took_it);
    point_at(carrier.port());
    const auto unasked = test({});
    EXPECT_EQ(unasked.code, 2);
    EXPECT_NE(unasked.err.find("--yes"), std::string::npos) << unasked.err;
    EXPECT_EQ(run({"routes", "test", "none", "+34600000001", "--yes"}).code, 2);
    EXPECT_EQ(run({"routes", "test", "all", "nobody", "--yes"}).code, 2);
    EXPECT_EQ(test({"--yes", "--from", "A sender too long"}).code, 2);
    EXPECT_EQ(carrier.request(), "");
}

// The callback tells it to whoever answers, as it does with a job's call.
TEST_F(RoutesTest, PlacesACallThatAsksWhatToSay) {
    carrier_at_hand carrier(R"({"sid":"CA1","status":"queued"})");
    auto text = replaced(config(), "\"infobip\"", "\"twilio\"\nusername = \"AC1\"");
    text = replaced(text, "http://127.0.0.1:9", fmt::format("http://127.0.0.1:{}", carrier.port()));
    write_config(replaced(text, "carrier = \"alpha\"", "carrier = \"alpha\"\nchannel = \"voice\""));
    const auto done = run(
        {"routes",
         "test",
         "all",
         "+34600000001",
         "--from",
         "34911000000",
         "--text",
         "Hello there",
         "--yes"}
    );
    EXPECT_EQ(done.code, 0) << done.out << done.err;
    const auto request = carrier.request();
    const auto asked = form::parse(request.substr(request.find("\r\n\r\n") + 4));
    ASSERT_TRUE(asked) << request;
    ASSERT_NE(asked->find("Url"), nullptr) << request;
    EXPECT_EQ(request.find("Hello"), std::string::npos) << request;
    const std::string start = "http://127.0.0.1:8081/say/alpha/";
    const auto url = *asked->find("Url");
    ASSERT_TRUE(url.starts_with(start)) << url;
    const auto slash = url.find('/', start.size());
    const auto keys = key_ring::parse(test::read_file(directory_ / "ring"));
    const auto attempt = keys.verify_dlr_token(
        carrier_name("alpha"),
        url.substr(start.size(), slash - start.size()),
        std::chrono::system_clock::now()
    );
    ASSERT_TRUE(attempt) << url;
    const auto words = open_words(keys, carrier_name("alpha"), *attempt, url.substr(slash + 1));
    ASSERT_TRUE(words);
    EXPECT_NE(words->text.reveal().find("Hello there"), std::string_view::npos);
}

class ReloadCommand : public cli_test {};

TEST_F(ReloadCommand, FindsNobodyWhereNobodyRuns) {
    const auto state = directory_ / "state";
    write_config(config() + "[worker]\nstate_dir = \"" + state.string() + "\"\n");
    const auto none = run({"reload"});
    EXPECT_EQ(none.code, 1);
    EXPECT_NE(none.err.find(state.string()), std::string::npos) << none.err;
    // A lock of an instance that has ended, with the number of a process that lives: nobody's.
    std::filesystem::create_directories(state / "worker-1");
    write("state/worker-1/instance.lock", fmt::format("{:032} pid {}", 1, ::getpid()));
    const auto ended = run({"reload"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_NE(ended.err.find("no service holds a lock"), std::string::npos) << ended.err;
    EXPECT_EQ(run({"reload", "worker-1"}).code, 1);
}

TEST_F(ReloadCommand, AsksNobodyToReadAFileThatIsWrong) {
    write_config(replaced(config(), "carrier = \"alpha\"", "carrier = \"beta\""));
    const auto refused = run({"reload"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("routes.all.carrier"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace pinwire::cli
