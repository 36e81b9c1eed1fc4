// A process that may open nothing more: no connection, no file. It goes on with what it has, says
// so, and is well again by itself when it may.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <utility>

#include "tests/faults/network.hpp"
#include "tests/faults/steady_traffic.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class descriptors_denied {
public:
    explicit descriptors_denied(pid_t to) : to_(to) {
        EXPECT_EQ(::prlimit(to_, RLIMIT_NOFILE, nullptr, &before_), 0);
        auto none = before_;
        none.rlim_cur = 1;  // of those that are open none is lost
        EXPECT_EQ(::prlimit(to_, RLIMIT_NOFILE, &none, nullptr), 0);
    }
    ~descriptors_denied() { ::prlimit(to_, RLIMIT_NOFILE, &before_, nullptr); }
    descriptors_denied(const descriptors_denied&) = delete;
    descriptors_denied& operator=(const descriptors_denied&) = delete;

private:
    pid_t to_;
    rlimit before_{};
};

TEST(OutOfDescriptors, LosesAndRepeatsNothing) {
#if defined(PINWIRE_SANITIZE_UNDEFINED)
    GTEST_SKIP() << "UBSan looks at memory through a pipe and aborts without descriptors";
#endif
    network net;
    pinwire_stack stack(net.options());
    steady_traffic load(stack, net.jobs(), net.report_url());
    load.begin();
    const std::pair<const char*, part> each[] = {
        {"worker-1", part::carriers}, {"callback", part::customers}};
    for (const auto& [name, where] : each) {
        SCOPED_TRACE(name);
        auto& way = net.to(where);
        const auto denied = std::make_unique<descriptors_denied>(stack.process(name).pid());
        const auto cut_off = [&way] {
            way.cut();
            return way.counts().open == 0;
        };
        load.until(cut_off, 0ms, "no connections");
        const auto before = way.counts().connections;
        load.run(2s);
        EXPECT_EQ(way.counts().connections, before) << "it was not denied anything";
        net.to(part::database).cut();  // nor can it come back there
        net.to(part::listener).cut();
        load.run(1s);
    }
    {
        // Who calls it now waits in line, and asks the other next.
        const descriptors_denied denied(stack.process("api-1").pid());
        load.orders().hinder("api-1", hindrance::kind::stopped);
        net.to(part::database).cut();
        const auto noticed = [&] { return one_said(stack, {"api-1"}, {"Too many open files"}); };
        load.until(noticed, 3s, "an API that may open nothing");
    }
    load.run(500ms);
    load.orders().let_go("api-1");
    EXPECT_TRUE(stack.process("worker-1").running()) << stack.tails();
    EXPECT_TRUE(stack.process("callback").running()) << stack.tails();
    EXPECT_TRUE(load.ends_well(90s));
}

}  // namespace
}  // namespace pinwire::test
