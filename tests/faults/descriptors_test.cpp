// A process that may open nothing more: no connection, no file. It goes on with what it has, says
// so, and is well again by itself when it may.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <utility>

#include "tests/faults/network.hpp"
#include "tests/faults/steady_load.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

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
    stack.start();
    steady_load load(stack, net.jobs());
    load.until([&] { return stack.acceptances() > 10; }, 0ms, "jobs under way");
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
    load.run(500ms);
    EXPECT_TRUE(stack.process("worker-1").running()) << stack.tails();
    EXPECT_TRUE(stack.process("callback").running()) << stack.tails();
    EXPECT_TRUE(oracle(stack).holds(90s));
}

}  // namespace
}  // namespace pinwire::test
