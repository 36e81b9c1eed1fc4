#include "tests/support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pqxx/pqxx>

#include "tests/support/eventually.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class stream {
public:
    explicit stream(int handle) : handle_(handle) {
        const timeval patience{20, 0};
        ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~stream() { ::close(handle_); }
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    void say(const std::string& text) const {
        ::send(handle_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // So many bytes; fewer if it ends before, and then why: "" (in order) or the error's name.
    std::string hear(std::size_t size) {
        std::string all(size, '\0');
        std::size_t got = 0;
        while (got < size) {
            const auto n = ::recv(handle_, all.data() + got, size - got, 0);
            if (n < 0) error_ = errno;
            if (n <= 0) break;
            got += static_cast<std::size_t>(n);
        }
        all.resize(got);
        return all;
    }
    int error() const { return error_; }
    bool has_something() const {
        char byte = 0;
        return ::recv(handle_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
    }
    void finish() const { ::shutdown(handle_, SHUT_WR); }

private:
    int handle_;
    int error_ = 0;
};

class port {
public:
    port() : handle_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto where = address(0);
        socklen_t size = sizeof where;
        auto* const raw = reinterpret_cast<sockaddr*>(&where);
        EXPECT_EQ(::bind(handle_, raw, size), 0);
        EXPECT_EQ(::listen(handle_, 16), 0);
        ::getsockname(handle_, raw, &size);
        number_ = ntohs(where.sin_port);
    }
    ~port() { ::close(handle_); }
    std::string name() const { return fmt::format("127.0.0.1:{}", number_); }
    std::unique_ptr<stream> accept() const {
        return std::make_unique<stream>(::accept(handle_, nullptr, nullptr));
    }
    static sockaddr_in address(std::uint16_t number) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        made.sin_port = htons(number);
        return made;
    }

private:
    int handle_;
    std::uint16_t number_ = 0;
};

class FaultProxy : public testing::Test {
protected:
    std::unique_ptr<stream> call() {
        const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto where = port::address(proxy_.port());
        EXPECT_EQ(::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
        return std::make_unique<stream>(made);
    }
    testing::AssertionResult counts(const std::function<bool(const proxy_counts&)>& what) {
        return eventually([&] { return what(proxy_.counts()); }, 20s, "what the proxy counts");
    }

    port server_;
    fault_proxy proxy_{server_.name()};
};

TEST_F(FaultProxy, PassesAllBothWaysAndEnds) {
    const auto client = call();
    const auto far = server_.accept();
    const std::string much(3'000'000, 'x');
    std::thread sender([&] {
        client->say(much);
        client->finish();
    });
    EXPECT_EQ(far->hear(much.size()), much);
    EXPECT_EQ(far->hear(1), "");
    EXPECT_EQ(far->error(), 0);
    sender.join();
    far->say("answer");
    EXPECT_EQ(client->hear(6), "answer");
    far->finish();
    EXPECT_EQ(client->hear(1), "");
    EXPECT_EQ(client->error(), 0);
    EXPECT_TRUE(counts([](const proxy_counts& of) { return of.open == 0; }));
    EXPECT_EQ(proxy_.counts().up, much.size());
    EXPECT_EQ(proxy_.counts().down, 6U);
    EXPECT_EQ(proxy_.counts().broken, 0);
}

TEST_F(FaultProxy, CutsInOrderAndResetsNot) {
    for (const bool hard : {false, true}) {
        const auto client = call();
        const auto far = server_.accept();
        client->say("a");
        ASSERT_EQ(far->hear(1), "a");
        hard ? proxy_.reset() : proxy_.cut();
        for (auto* one : {client.get(), far.get()}) {
            EXPECT_EQ(one->hear(1), "");
            EXPECT_EQ(one->error(), hard ? ECONNRESET : 0);
        }
    }
    EXPECT_EQ(proxy_.counts().broken, 2);
}

TEST_F(FaultProxy, RefusesWhereItShouldAndWhereNobodyIs) {
    proxy_.fail({.what = fault::refuse});
    EXPECT_EQ(call()->hear(1), "");
    proxy_.heal();
    proxy_.aim_at("/nowhere/at/all");
    EXPECT_EQ(call()->hear(1), "");
    EXPECT_EQ(proxy_.counts().refused, 2);
}

TEST_F(FaultProxy, KeepsInABlackHoleWhatGoesOnLater) {
    const auto client = call();
    const auto far = server_.accept();
    proxy_.fail({.what = fault::blackhole});
    client->say("late");
    ASSERT_TRUE(counts([](const proxy_counts& of) { return of.held == 4; }));
    const auto another = call();
    another->say("too");
    another->finish();
    ASSERT_TRUE(counts([](const proxy_counts& of) { return of.held == 7; }));
    EXPECT_FALSE(far->has_something());
    proxy_.heal();
    EXPECT_EQ(far->hear(4), "late");
    const auto far_too = server_.accept();
    EXPECT_EQ(far_too->hear(4), "too");
    EXPECT_EQ(far_too->error(), 0);
}

TEST_F(FaultProxy, LosesInABlackHoleWhatIsCutAfter) {
    const auto client = call();
    const auto far = server_.accept();
    proxy_.fail({.what = fault::blackhole});
    client->say("lost");
    ASSERT_TRUE(counts([](const proxy_counts& of) { return of.held == 4; }));
    proxy_.reset();
    EXPECT_EQ(far->hear(1), "");
    EXPECT_EQ(far->error(), ECONNRESET);
}

TEST_F(FaultProxy, DelaysAndDripsWithoutChangingAnything) {
    const auto client = call();
    const auto far = server_.accept();
    proxy_.fail({.what = fault::delay, .pause = 100ms});
    auto began = clock::now();
    client->say("ping");
    EXPECT_EQ(far->hear(4), "ping");
    far->say("pong");
    EXPECT_EQ(client->hear(4), "pong");
    EXPECT_GE(clock::now() - began, 200ms);
    proxy_.fail({.what = fault::drip, .pause = 10ms, .piece = 3});
    std::string text;
    for (int i = 0; i < 10; ++i)
        text += std::to_string(i * 111);
    began = clock::now();
    client->say(text);
    EXPECT_EQ(far->hear(text.size()), text);
    EXPECT_GE(clock::now() - began, 10ms * (text.size() / 3));
}

TEST_F(FaultProxy, ResetsItsShareOfRequestsTheSameWithTheSameSeed) {
    const auto fates = [this](std::uint32_t seed) {
        proxy_.fail({.what = fault::reset_some, .share = 0.5, .seed = seed});
        std::string made;
        for (int i = 0; i < 24; ++i) {
            const auto client = call();
            const auto far = server_.accept();
            client->say("?");
            made += far->hear(1) == "?" ? '.' : 'x';
        }
        return made;
    };
    const auto once = fates(7);
    EXPECT_EQ(fates(7), once);
    EXPECT_NE(fates(8), once);
    EXPECT_NE(once.find('.'), std::string::npos);
    EXPECT_NE(once.find('x'), std::string::npos);
}

class PostgresThroughAProxy : public testing::Test {
protected:
    PostgresThroughAProxy() { run(direct_, "create table seen (n integer)"); }

    // of what postgres_cluster hands out: "host=DIR port=N ..."
    static std::string socket_of(const std::string& conninfo) {
        const auto value = [&](const std::string& name) {
            const auto at = conninfo.find(name + "=") + name.size() + 1;
            return conninfo.substr(at, conninfo.find(' ', at) - at);
        };
        return value("host") + "/.s.PGSQL." + value("port");
    }
    static pqxx::result run(pqxx::connection& on, const std::string& sql) {
        return pqxx::nontransaction(on).exec(sql);
    }
    int rows() { return run(direct_, "select count(*) from seen")[0][0].as<int>(); }
    std::unique_ptr<pqxx::connection> through_proxy() {
        return std::make_unique<pqxx::connection>(fmt::format(
            "{} host=127.0.0.1 port={} sslmode=disable gssencmode=disable",
            database_->conninfo(),
            proxy_.port()
        ));
    }

    std::unique_ptr<test_database> database_ = postgres_cluster::shared().fresh_database();
    fault_proxy proxy_{socket_of(postgres_cluster::shared().conninfo()), language::postgres};
    pqxx::connection direct_{database_->conninfo()};
};

TEST_F(PostgresThroughAProxy, HasCommittedWhatItsClientWasCutAfter) {
    for (int i = 1; i <= 6; ++i) {
        const auto through = through_proxy();
        through->prepare("add", "insert into seen values ($1)");
        proxy_.fail({.what = fault::after_statement, .statement = "insert into seen", .every = 1});
        run(*through, "select 1");
        if (i % 2 == 0) {
            EXPECT_THROW(run(*through, "insert into seen values (0)"), pqxx::broken_connection);
        } else {
            pqxx::nontransaction work(*through);
            EXPECT_THROW(work.exec_prepared("add", i), pqxx::broken_connection);
        }
        EXPECT_EQ(rows(), i);
        EXPECT_EQ(proxy_.counts().after_statement, i);
    }
}

}  // namespace
}  // namespace pinwire::test
