// Reports through nginx while nginx and the listener behind it come and go: what was answered 2xx
// is in Kafka, and what wasn't comes again, as carriers do.
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/nginx/front.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class NginxLasting : public front {
protected:
    explicit NginxLasting(std::function<void(toml_tables&)> more = {}) : front(std::move(more)) {
        stack.start_callback();
        stack.wait_until_ready("callback");
        start_nginx();
    }
};

constexpr const char* report = R"({"results":[{"messageId":"7","status":{"id":5}}]})";

// Carriers, each of which posts one report after the other until it is answered 2xx.
class carriers_at_work {
public:
    static constexpr int how_many = 3;

    // `path_of`: of the nth report; called from several threads.
    carriers_at_work(https_how how, std::function<std::string(int)> path_of)
        : how_(std::move(how)), path_of_(std::move(path_of)) {
        for (int i = 0; i < how_many; ++i)
            threads_.emplace_back([this] { work(); });
    }
    ~carriers_at_work() { stop(); }

    void stop() {
        enough_ = true;
        for (auto& one : threads_)
            if (one.joinable()) one.join();
    }
    int answered() const { return answered_; }
    // After stop().
    const std::set<int>& accepted() const { return accepted_; }
    const std::set<int>& statuses() const { return statuses_; }

private:
    void work() {
        std::unique_ptr<https_caller> line;  // kept while it holds, as carriers keep theirs
        while (!enough_) {
            const int mine = next_++;
            for (bool done = false; !done && !enough_;)
                done = post(line, mine);
            act_slowly(5ms);  // a bounded load
        }
    }

    bool post(std::unique_ptr<https_caller>& line, int which) {
        int status = 0;
        try {
            if (!line) line = std::make_unique<https_caller>(how_);
            status = line->call("POST", path_of_(which), report).status;
        } catch (const std::runtime_error&) {
            line.reset();
        }
        if (status == 0 || status / 100 == 5)
            act_slowly(20ms);  // a carrier waits before it retries
        const std::lock_guard lock(mutex_);
        statuses_.insert(status);
        if (status / 100 != 2) return false;
        accepted_.insert(which);
        ++answered_;
        return true;
    }

    const https_how how_;
    const std::function<std::string(int)> path_of_;
    std::atomic<bool> enough_ = false;
    std::atomic<int> next_ = 0;
    std::atomic<int> answered_ = 0;
    std::mutex mutex_;
    std::set<int> accepted_;  // answered 2xx
    std::set<int> statuses_;
    std::vector<std::thread> threads_;
};

TEST_F(NginxLasting, NoReportThatWasAnsweredIsLost) {
    carriers_at_work carriers(to(dlr_name), [this](int which) {
        return stack.dlr_path("infobip", fmt::format("{:032x}", which));
    });
    const auto more = [&] {
        const int before = carriers.answered();
        return eventually(
            [&] { return carriers.answered() > before + 20; }, soon, "more reports answered"
        );
    };
    const auto restarted = [&](int signal) {
        stack.process("callback").kill(signal);
        ASSERT_TRUE(stack.process("callback").wait(soon)) << stack.tails();
        stack.start_callback();
        stack.wait_until_ready("callback");
    };
    std::size_t seen = 0;  // of the callback's log
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(more()) << stack.tails();
        node->reload();
        ASSERT_TRUE(more()) << stack.tails();
        ASSERT_NO_FATAL_FAILURE(restarted(round == 0 ? SIGTERM : SIGKILL));
        ASSERT_TRUE(more()) << stack.tails();
        stack.process("callback").kill(SIGHUP);  // it reads its file anew
        node->reload();
        const auto reloaded = [&] {
            return stack.log("callback").find("event=reloaded", seen) != std::string::npos;
        };
        ASSERT_TRUE(eventually(reloaded, soon, "a new life")) << stack.tails();
        seen = stack.log("callback").size();
    }
    ASSERT_TRUE(more()) << stack.tails();
    carriers.stop();
    std::set<std::string> kept;
    for (const auto& one : read_topic(stack.bootstrap(), stack.topic("dlrs")))
        kept.insert(one.key);
    for (const int one : carriers.accepted())
        EXPECT_TRUE(kept.contains(fmt::format("{:032x}", one))) << one << " was answered and lost";
    for (const int status : carriers.statuses())
        EXPECT_TRUE(status == 0 || status == 200 || status / 100 == 5) << status;
}

class NginxIdle : public NginxLasting {
protected:
    NginxIdle()
        : NginxLasting([](toml_tables& to) { to["callback"]["idle_timeout"] = quoted_toml("50ms"); }
          ) {}
};

// The listener drops idle connections at just the moment when nginx uses one: a report is put once
// more, and nobody is told.
TEST_F(NginxIdle, AConnectionThatEndsUnderAReportCostsNothing) {
    const auto target = path("infobip");
    https_caller caller(to(dlr_name));
    for (int i = 0; i < 120; ++i) {
        EXPECT_EQ(caller.call("POST", target, report).status, 200) << i;
        act_slowly(std::chrono::milliseconds(40 + i % 20));
    }
}

}  // namespace
}  // namespace pinwire::test
