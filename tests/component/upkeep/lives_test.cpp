// One life after the other in one process. Method: a service that does nothing but tell what it was
// made of, real signals, a real file.
#include "common/upkeep/lives.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/core/key_ring.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/random.hpp"
#include "common/runtime/wakeup.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/upkeep/lasting.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

class installation {
public:
    installation() {
        write("ring", key_ring::make_line(key_id("k1"), random_bytes<32>(), true) + "\n");
        write("carrier", "a-password\n");
        configure(10);
    }
    // `tps` is how lives tell the files apart.
    void configure(int tps, const std::string& more = "") const {
        write(
            "pinwire.toml",
            R"([kafka]
bootstrap_servers = "127.0.0.1:1"
[postgres]
conninfo = "host=/nowhere"
[keys]
ring_file = "ring"
[accounts.acme]
[carriers.alpha]
kind = "infobip"
base_url = "http://127.0.0.1:9"
password_file = "carrier"
[callback]
public_url = "http://127.0.0.1:8081"
[routes.all]
carrier = "alpha"
tps = )" + std::to_string(tps) +
                "\n" + (more.empty() ? state() : more)
        );
    }
    std::string state() const {
        return "[worker]\nstate_dir = \"" + (folder_ / "state").string() + "\"\n";
    }
    std::string file() const { return (folder_ / "pinwire.toml").string(); }
    nlohmann::json told() const {
        return nlohmann::json::parse(
            test::read_file(folder_ / "state" / "fake-1" / "reload.json"), nullptr, false
        );
    }

private:
    void write(const std::string& name, const std::string& text) const {
        const auto to = folder_ / name;
        std::ofstream(to) << text;
        ::chmod(to.c_str(), 0600);
    }
    test::temp_dir folder_;
};

// What one life does, and what all of them saw.
struct script {
    const installation& at;
    std::vector<double> tps;              // of each life, in order
    std::vector<double> made;             // each one that was tried
    std::function<void(int life)> works;  // in each life, once it works
    bool leaves_nothing = true;
    int never_makes = 0;  // tps of a file that no life can be made of
};

class fake_life final : public life {
public:
    fake_life(
        boost::asio::io_context& io,
        const std::shared_ptr<const config::settings>& settings,
        const run_options& options,
        script& in
    )
        : script_(in), across_(*options.across), stopping_(io.get_executor()) {
        const auto tps = settings->routes.at(route_name("all")).tps;
        in.made.push_back(tps);
        if (tps == in.never_makes) throw std::runtime_error("no life can be made of this");
        across_.hold(settings->worker.state_dir, "fake-1");
        across_.begin_life(options.fingerprint, metrics_);
        in.tps.push_back(tps);
    }
    awaitable<int> run() override {
        across_.works();
        script_.works(static_cast<int>(script_.tps.size()));
        while (!stopped_)
            co_await stopping_.wait();
        across_.end_life(script_.leaves_nothing);
        co_return 0;
    }
    void stop() override {
        stopped_ = true;
        stopping_.notify();
    }

private:
    telemetry::metrics metrics_{"fake"};
    script& script_;
    lasting& across_;
    wakeup stopping_;
    bool stopped_ = false;
};

int run(script& in) {
    const make_life make = [&in](auto& io, auto settings, const run_options& options) {
        return std::make_unique<fake_life>(io, settings, options, in);
    };
    return run_lives(in.at.file(), run_options(), make);
}

void tell_myself(int signal) {
    ::kill(::getpid(), signal);
}

TEST(Lives, EndWithTheFirstOneWhenNobodyReloads) {
    const installation here;
    script in{here, {}, {}, [](int) { tell_myself(SIGTERM); }};
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.tps, std::vector<double>{10});
    EXPECT_TRUE(here.told().is_discarded());
}

TEST(Lives, GoOnWithWhatTheFileSaysNow) {
    const installation here;
    script in{here, {}, {}, [&](int life) {
                  here.configure(10 + life);
                  tell_myself(life < 3 ? SIGHUP : SIGINT);
              }};
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.tps, (std::vector<double>{10, 11, 12}));
    EXPECT_EQ(here.told()["result"], "applied");
    EXPECT_EQ(here.told()["number"], 2);
}

// The life that works is the witness: it is asked to end by a second signal only.
TEST(Lives, RefuseAFileWithAMistakeNameItAndKeepTheirSettings) {
    const installation here;
    script in{here, {}, {}, [&](int) {
                  here.configure(0);
                  tell_myself(SIGHUP);
                  tell_myself(SIGTERM);
              }};
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.tps, std::vector<double>{10});
    const auto told = here.told();
    EXPECT_EQ(told["result"], "refused");
    ASSERT_EQ(told["why"].size(), 1U) << told;
    EXPECT_NE(told["why"][0].get<std::string>().find("routes.all.tps"), std::string::npos);
}

TEST(Lives, RefuseWhatAReloadCannotChange) {
    const installation here;
    const test::temp_dir elsewhere;
    script in{here, {}, {}, [&](int) {
                  const auto other = elsewhere.path().string();
                  here.configure(11, "[worker]\nstate_dir = \"" + other + "\"\n");
                  tell_myself(SIGHUP);
                  tell_myself(SIGTERM);
              }};
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.tps, std::vector<double>{10});
    EXPECT_NE(here.told()["why"][0].get<std::string>().find("worker.state_dir"), std::string::npos)
        << here.told();
}

TEST(Lives, GoBackToTheSettingsOfBeforeWhenNoneCanBeMadeOfTheNewOnes) {
    const installation here;
    script in{here, {}, {}, [&](int life) {
                  here.configure(66);
                  tell_myself(life == 1 ? SIGHUP : SIGTERM);
              }};
    in.never_makes = 66;
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.made, (std::vector<double>{10, 66, 10}));
    EXPECT_EQ(in.tps, (std::vector<double>{10, 10}));
    EXPECT_EQ(here.told()["result"], "failed");
    EXPECT_EQ(here.told()["why"][0], "no life can be made of this");
}

TEST(Lives, LeaveTheNextToANewProcessWhenSomethingOfTheOldOneRemains) {
    const installation here;
    script in{here, {}, {}, [&](int) {
                  here.configure(11);
                  tell_myself(SIGHUP);
              }};
    in.leaves_nothing = false;
    EXPECT_EQ(run(in), 0);
    EXPECT_EQ(in.tps, std::vector<double>{10});
}

TEST(Lives, DoNotBeginWithAFileThatIsWrong) {
    const installation here;
    here.configure(0);
    script in{here, {}, {}, [](int) {}};
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(in), 2);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("routes.all.tps"), std::string::npos);
    EXPECT_TRUE(in.made.empty());
}

TEST(Lasting, KeepsASocketAndRefusesAnotherAddressForIt) {
    lasting across;
    config::listen_address where;
    where.address = "127.0.0.1";
    const auto& first = across.door("api.listen", where);
    EXPECT_EQ(&first, &across.door("api.listen", where));
    config::settings next;
    next.api.listen = where;
    EXPECT_TRUE(across.unchangeable(next).empty());
    next.api.listen.port = 8082;
    next.callback.listen.port = 1;  // not ours
    const auto refused = across.unchangeable(next);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].key, "api.listen");
}

// Nobody is left waiting in the queue of a process that won't come back.
TEST(Lasting, ClosesItsDoorsWhenAReloadBecomesTheEnd) {
    using boost::asio::ip::tcp;
    lasting across;
    config::listen_address where;
    where.address = "127.0.0.1";
    boost::asio::io_context io;
    tcp::acceptor copy(io, tcp::v4(), across.door("api.listen", where).duplicate());
    const auto at = copy.local_endpoint();
    copy.close();
    across.begin_reload();
    tcp::socket early(io);
    EXPECT_NO_THROW(early.connect(at));
    across.drop_reload();
    tcp::socket late(io);
    EXPECT_THROW(late.connect(at), boost::system::system_error);
}

TEST(Lasting, CountsReloadsOnFromLifeToLife) {
    lasting across;
    telemetry::metrics first("first");
    across.begin_life("a1", first);
    across.refuse({});
    const std::string refused = R"(pinwire_config_reloads_total{result="refused"} 1)";
    EXPECT_NE(first.text().find(refused), std::string::npos) << first.text();
    across.begin_reload();
    across.end_life(true);
    telemetry::metrics second("second");
    across.begin_life("b2", second);
    across.works();
    EXPECT_NE(second.text().find(refused), std::string::npos);
    EXPECT_NE(
        second.text().find(R"(pinwire_config_reloads_total{result="applied"} 1)"), std::string::npos
    );
    EXPECT_NE(second.text().find(R"(pinwire_config_info{fingerprint="b2"} 1)"), std::string::npos);
}

}  // namespace
}  // namespace pinwire::upkeep
