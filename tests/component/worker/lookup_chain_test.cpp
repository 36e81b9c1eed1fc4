// The chain of lookup providers when they misbehave: who is asked next, who is passed over, and
// that no lookup outlives its deadline. Providers are infobip's kind behind a gateway that plays
// them.
#include <gtest/gtest.h>

#include <map>

#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"
#include "tests/component/runtime/run_loop.hpp"
#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

enum class plays {
    reachable,
    absent,
    cant_tell,  // an answer that is none about reachability
    odd,        // 400: this one number
    garbage,
    throttled,
    patient,  // 429, and when to come again: after a second
    broken,   // 500
    dead,     // nobody listens
    silent,   // until its time is over
    waits     // for `go_on`, then reachable
};

http::exchange answering(const std::string& number, int status, int error) {
    return test::answered(
        200,
        R"({"results":[{"to":")" + number + R"(","mccMnc":"23410","status":{"id":)" +
            std::to_string(status) + R"(},"error":{"id":)" + std::to_string(error) + "}}]}"
    );
}

class playing_gateway final : public gateway {
public:
    explicit playing_gateway(executor ex) : go_on(std::move(ex)) {}

    std::map<std::string, plays> roles;  // by provider
    std::vector<std::string> asked;
    wakeup go_on;

    awaitable<http::exchange> to_carrier(
        carrier_name,
        http_request,
        config::request_times,
        std::function<bool()>,  // may_send
        std::function<void()>   // on_first_byte
    ) override {
        throw std::logic_error("a lookup sends nothing");
    }
    awaitable<http::exchange> ask_carrier(carrier_name, http_request) override {
        throw std::logic_error("a lookup asks no carrier");
    }
    awaitable<http::exchange> ask_balance(carrier_name, http_request) override {
        throw std::logic_error("a lookup asks no carrier");
    }

    awaitable<http::exchange> to_provider(
        provider_name name, http_request request, steady_clock::time_point by
    ) override {
        asked.push_back(name.str());
        const auto number = request.body.substr(request.body.find("[\"") + 2, 12);
        switch (roles.at(name.str())) {
            case plays::reachable:
                co_return answering(number, 5, 0);
            case plays::absent:
                co_return answering(number, 9, 27);
            case plays::cant_tell:
                co_return answering(number, 9, 255);
            case plays::odd:
                co_return test::answered(400);
            case plays::garbage:
                co_return test::answered(200, "<html>");
            case plays::throttled:
                co_return test::answered(429);
            case plays::patient: {
                auto said = test::answered(429);
                said.answer.fields.set("Retry-After", "1");
                co_return said;
            }
            case plays::broken:
                co_return test::answered(500);
            case plays::dead:
                co_return test::unanswered(http::progress::not_connected, http::failure::connect);
            case plays::silent:
                co_await sleep_until(by);
                co_return test::silent();
            case plays::waits:
                co_await go_on.wait();
                co_return answering(number, 5, 0);
        }
        throw std::logic_error("no such role");
    }
};

config::settings with_providers(std::vector<std::pair<std::string, int>> names_and_orders) {
    auto made = test::settings();
    const auto like = made.providers.at(provider_name("hlr"));
    made.providers.clear();
    for (const auto& [name, order] : names_and_orders) {
        auto one = like;
        one.translator.name = provider_name(name);
        one.order = order;
        made.providers.emplace(provider_name(name), one);
    }
    return made;
}

struct chain {
    explicit chain(config::settings with = with_providers({{"first", 0}, {"second", 1}}))
        : settings(std::move(with)),
          providers(loop.ex()),
          metrics("worker"),
          counts(metrics),
          look_up(loop.ex(), settings, providers, counts),
          jobs(loop.ex(), nullptr) {
        for (const auto& [name, one] : settings.providers)
            providers.roles[name.str()] = plays::reachable;
    }

    // The n-th of many numbers.
    awaitable<looked_up> ask(int n, lookup_policy policy = lookup_policy::hlr_lookup) {
        arrived from;
        from.job.to = *msisdn::parse(std::to_string(447700900000LL + n));
        from.job.lookup = policy;
        auto found = co_await look_up.run(std::move(from));
        co_return found;
    }

    awaitable<void> ask_into(int n, std::vector<looked_up>& into) {
        auto found = co_await ask(n);
        into.push_back(std::move(found));
    }

    void also(int n, std::vector<looked_up>& into) {
        auto task = ask_into(n, into);
        jobs.spawn(std::move(task), "lookup");
    }

    void run(std::function<awaitable<void>()> body) { loop.run(body()); }

    long asked(const std::string& name) const {
        return std::count(providers.asked.begin(), providers.asked.end(), name);
    }
    double metric(const std::string& line) {
        const auto text = metrics.text();
        const auto at = text.find("\n" + line + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 2));
    }

    pinwire::test::loop loop;
    const config::settings settings;
    playing_gateway providers;
    telemetry::metrics metrics;
    figures counts;
    look_up_step look_up;
    task_group jobs;
};

using names = std::vector<std::string>;

TEST(LookupChain, AsksInTheOrderGivenAndThenByName) {
    chain c(with_providers({{"a", 5}, {"b", -1}, {"c", 0}, {"d", 0}}));
    for (auto& [name, role] : c.providers.roles)
        role = plays::cant_tell;
    c.run([&]() -> awaitable<void> { co_await c.ask(0); });
    EXPECT_EQ(c.providers.asked, (names{"b", "c", "d", "a"}));
}

TEST(LookupChain, WhoeverFailsOrCantTellIsFollowedByTheNext) {
    auto settings = with_providers({{"first", 0}, {"second", 1}});
    settings.providers.at(provider_name("first")).timeout = 50ms;
    for (const auto role :
         {plays::cant_tell,
          plays::odd,
          plays::garbage,
          plays::throttled,
          plays::broken,
          plays::dead,
          plays::silent}) {
        chain c(settings);
        c.providers.roles["first"] = role;
        c.run([&]() -> awaitable<void> {
            const auto found = co_await c.ask(0);
            EXPECT_EQ(found.lookup.outcome, lookup_outcome::reachable) << static_cast<int>(role);
            EXPECT_EQ(found.lookup.provider.str(), "second");
            EXPECT_EQ(found.lookup.mccmnc, "23410");
        });
        EXPECT_EQ(c.providers.asked, (names{"first", "second"}));
    }
}

TEST(LookupChain, TheFirstThatKnowsEndsIt) {
    chain c;
    c.providers.roles["first"] = plays::absent;
    c.run([&]() -> awaitable<void> {
        const auto found = co_await c.ask(0);
        EXPECT_EQ(found.lookup.outcome, lookup_outcome::absent);
    });
    EXPECT_EQ(c.providers.asked, names{"first"});
}

TEST(LookupChain, WhenAllFailNothingIsKnownAndNothingKept) {
    chain c;
    c.providers.roles["first"] = plays::broken;
    c.providers.roles["second"] = plays::throttled;
    c.run([&]() -> awaitable<void> {
        const auto strict = co_await c.ask(0);
        EXPECT_EQ(strict.lookup.outcome, lookup_outcome::unknown);
        EXPECT_EQ(strict.verdict.nc, nc_status::unknown);
        EXPECT_EQ(strict.verdict.action, lookup_action::refuse);
        const auto lenient = co_await c.ask(0, lookup_policy::nc_needed);
        EXPECT_EQ(lenient.verdict.action, lookup_action::send);
    });
    EXPECT_EQ(c.providers.asked, (names{"first", "second", "first", "second"}));
}

TEST(LookupChain, ADeadProviderIsPassedOverOnceItsBreakerIsOpen) {
    chain c;
    c.providers.roles["first"] = plays::dead;
    c.run([&]() -> awaitable<void> {
        for (int n = 0; n < 30; ++n) {
            const auto found = co_await c.ask(n);
            EXPECT_EQ(found.lookup.outcome, lookup_outcome::reachable);
        }
    });
    EXPECT_EQ(c.asked("first"), 10);
    EXPECT_EQ(c.asked("second"), 30);
    EXPECT_EQ(c.look_up.doubts(), "passed over, because they failed too often: first");
    const std::string of = "{provider=\"first\"";
    EXPECT_EQ(c.metric("pinwire_lookup_breaker" + of + "}"), 2);
    EXPECT_EQ(c.metric("pinwire_lookup_breaker{provider=\"second\"}"), 0);
    EXPECT_EQ(c.metric("pinwire_lookup_answers_total{outcome=\"failed\",provider=\"first\"}"), 10);
    EXPECT_EQ(
        c.metric("pinwire_lookup_skips_total{provider=\"first\",reason=\"breaker_open\"}"), 20
    );
    EXPECT_EQ(
        c.metric("pinwire_lookup_answers_total{outcome=\"reachable\",provider=\"second\"}"), 30
    );
}

TEST(LookupChain, WhenAllArePassedOverNothingIsKnown) {
    chain c(with_providers({{"only", 0}}));
    c.providers.roles["only"] = plays::garbage;
    c.run([&]() -> awaitable<void> {
        for (int n = 0; n < 11; ++n) {
            const auto found = co_await c.ask(n);
            EXPECT_EQ(found.lookup.outcome, lookup_outcome::unknown);
            EXPECT_EQ(found.verdict.nc, nc_status::unknown) << "not: no provider";
        }
    });
    EXPECT_EQ(c.asked("only"), 10);
}

TEST(LookupChain, OddNumbersAndNumbersThatNobodyCanTellTakeNoProviderAway) {
    for (const auto role : {plays::odd, plays::cant_tell}) {
        chain c;
        c.providers.roles["first"] = role;
        c.run([&]() -> awaitable<void> {
            for (int n = 0; n < 50; ++n)
                co_await c.ask(n);
        });
        EXPECT_EQ(c.asked("first"), 50);
        EXPECT_EQ(c.look_up.doubts(), "");
    }
}

TEST(LookupChain, AProviderThatRecoversIsAskedAgain) {
    chain c;
    c.providers.roles["first"] = plays::dead;
    c.run([&]() -> awaitable<void> {
        for (int n = 0; n < 10; ++n)
            co_await c.ask(n);
        c.providers.roles["first"] = plays::reachable;
        const auto limit = steady_clock::now() + 20s;  // the first probe is due after five
        for (int n = 10; !c.look_up.doubts().empty() && steady_clock::now() < limit; ++n) {
            co_await c.ask(n);
            co_await sleep_for(50ms);
        }
    });
    EXPECT_EQ(c.look_up.doubts(), "");
    EXPECT_EQ(c.metric("pinwire_lookup_breaker{provider=\"first\"}"), 0);
}

// The pure breaker, with what a provider's is made of: at every moment of a long outage the next
// try is at most so far away.
TEST(LookupChain, AnOutageLastsNotMuchLongerThanItIs) {
    config::lookup_settings from;
    EXPECT_EQ(from.probe_last, 30s);
    breaker subject(breaker_of(from));
    auto now = steady_clock::time_point() + 1h;
    for (int n = 0; n < 10; ++n)
        subject.failed(now, subject.try_pass(now));
    for (int n = 0; n < 100; ++n) {
        ASSERT_EQ(subject.state(), breaker::phase::open);
        EXPECT_LE(subject.probe_at(), now + from.probe_last);
        now = subject.probe_at();
        subject.failed(now, subject.try_pass(now));
    }
    now = subject.probe_at();
    subject.succeeded(now, subject.try_pass(now));
    EXPECT_EQ(subject.state(), breaker::phase::closed);
}

TEST(LookupChain, WhoAsksForPatienceIsLeftAloneWhileAnotherIsAsked) {
    chain c;
    c.providers.roles["first"] = plays::patient;
    c.run([&]() -> awaitable<void> {
        for (int n = 0; n < 30; ++n) {
            const auto found = co_await c.ask(n);
            EXPECT_EQ(found.lookup.provider.str(), "second");
        }
        EXPECT_EQ(c.asked("first"), 1);
        c.providers.roles["first"] = plays::reachable;
        const auto limit = steady_clock::now() + 5s;
        for (int n = 30; c.asked("first") < 2 && steady_clock::now() < limit; ++n) {
            co_await c.ask(n);
            co_await sleep_for(20ms);
        }
    });
    EXPECT_EQ(c.asked("first"), 2);
    EXPECT_EQ(c.look_up.doubts(), "") << "it is alive";
    EXPECT_GE(c.metric("pinwire_lookup_skips_total{provider=\"first\",reason=\"throttled\"}"), 29);
}

TEST(LookupChain, TheOnlyOneIsWaitedForWhereThatLeavesTheTime) {
    auto settings = with_providers({{"only", 0}});
    settings.providers.at(provider_name("only")).timeout = 4s;
    chain c(settings);
    c.providers.roles["only"] = plays::patient;
    c.run([&]() -> awaitable<void> {
        std::vector<looked_up> got;
        c.also(0, got);
        const auto asked = [&] { return c.asked("only") == 1; };
        co_await test::until(asked);
        c.providers.roles["only"] = plays::reachable;
        c.also(1, got);
        co_await c.jobs.drain(10s);
        EXPECT_EQ(got.size(), 2U);
        for (const auto& one : got)
            EXPECT_EQ(one.lookup.outcome, lookup_outcome::reachable);
    });
    EXPECT_EQ(c.asked("only"), 3);
}

TEST(LookupChain, TheOnlyOneIsNotWaitedForInVain) {
    auto settings = with_providers({{"only", 0}});
    settings.providers.at(provider_name("only")).timeout = 500ms;
    chain c(settings);
    c.providers.roles["only"] = plays::patient;
    c.run([&]() -> awaitable<void> {
        const auto began = steady_clock::now();
        for (int n = 0; n < 20; ++n) {
            const auto found = co_await c.ask(n);
            EXPECT_EQ(found.lookup.outcome, lookup_outcome::unknown);
        }
        EXPECT_LT(steady_clock::now() - began, 1s);
    });
    EXPECT_EQ(c.asked("only"), 1);
    EXPECT_EQ(c.look_up.doubts(), "");
}

TEST(LookupChain, NeverOutlivesItsDeadlineHoweverManyAreSilent) {
    auto settings = with_providers({{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}});
    settings.lookup.deadline = 100ms;
    for (auto& [name, one] : settings.providers)
        one.timeout = 60ms;
    chain c(settings);
    for (auto& [name, role] : c.providers.roles)
        role = plays::silent;
    c.run([&]() -> awaitable<void> {
        const auto began = steady_clock::now();
        const auto found = co_await c.ask(0);
        const auto took = steady_clock::now() - began;
        EXPECT_EQ(found.lookup.outcome, lookup_outcome::unknown);
        EXPECT_GE(took, 100ms);
        EXPECT_LT(
            took, 1s
        ) << "four times 60 ms would be 240; the bound leaves room for a busy machine";
    });
    EXPECT_LE(c.providers.asked.size(), 2U);
}

TEST(LookupChain, ASlowProviderLeavesTimeForTheNext) {
    auto settings = with_providers({{"first", 0}, {"second", 1}});
    settings.providers.at(provider_name("first")).timeout = 50ms;
    chain c(settings);
    c.providers.roles["first"] = plays::silent;
    c.run([&]() -> awaitable<void> {
        const auto began = steady_clock::now();
        const auto found = co_await c.ask(0);
        EXPECT_GE(steady_clock::now() - began, 50ms);
        EXPECT_EQ(found.lookup.provider.str(), "second");
    });
}

TEST(LookupChain, WithoutAFreePlaceTheNextIsAskedAndNobodyIsBlamed) {
    auto settings = with_providers({{"first", 0}, {"second", 1}});
    settings.providers.at(provider_name("first")).max_in_flight = 1;
    settings.providers.at(provider_name("first")).timeout = 60ms;
    chain c(settings);
    c.providers.roles["first"] = plays::waits;
    std::vector<looked_up> got;
    c.run([&]() -> awaitable<void> {
        c.also(0, got);
        c.also(1, got);
        const auto one_done = [&] { return got.size() == 1; };
        co_await test::until(one_done);
        c.providers.go_on.notify();
        co_await c.jobs.drain(5s);
    });
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].lookup.provider.str(), "second");
    EXPECT_EQ(got[1].lookup.provider.str(), "first");
    EXPECT_EQ(c.metric("pinwire_lookup_skips_total{provider=\"first\",reason=\"busy\"}"), 1);
    EXPECT_EQ(c.metric("pinwire_lookup_answers_total{outcome=\"failed\",provider=\"first\"}"), 0);
}

TEST(LookupChain, TwinsShareTheWholeChain) {
    chain c;
    c.providers.roles["first"] = plays::broken;
    c.providers.roles["second"] = plays::waits;
    std::vector<looked_up> got;
    c.run([&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i)
            c.also(0, got);
        const auto second_asked = [&] { return c.asked("second") == 1; };
        co_await test::until(second_asked);
        co_await pinwire::test::yield(20);
        c.providers.go_on.notify();
        co_await c.jobs.drain(5s);
    });
    EXPECT_EQ(c.providers.asked, (names{"first", "second"}));
    ASSERT_EQ(got.size(), 5U);
    for (const auto& one : got)
        EXPECT_EQ(one.lookup.outcome, lookup_outcome::reachable);
    EXPECT_EQ(c.counts.lookup_cache_misses.value(), 1);
    EXPECT_EQ(c.counts.lookup_twins.value(), 4);
    EXPECT_EQ(c.metric("pinwire_lookup_cache_entries"), 1);
}

TEST(LookupChain, ACancelledLookupGivesItsPlaceBackAndIsHeldAgainstNobody) {
    auto settings = with_providers({{"only", 0}});
    settings.providers.at(provider_name("only")).max_in_flight = 1;
    chain c(settings);
    c.providers.roles["only"] = plays::waits;
    c.run([&]() -> awaitable<void> {
        for (int n = 0; n < 12; ++n) {
            task_group lost(c.loop.ex(), nullptr);
            std::vector<looked_up> none;
            auto task = c.ask_into(n, none);
            lost.spawn(std::move(task), "lost");
            const auto asked = [&] { return c.asked("only") == n + 1; };
            co_await test::until(asked);
            co_await lost.drain(0ms);
            EXPECT_TRUE(none.empty());
        }
        c.providers.roles["only"] = plays::reachable;
        const auto found = co_await c.ask(100);
        EXPECT_EQ(found.lookup.outcome, lookup_outcome::reachable);
    });
    EXPECT_EQ(c.look_up.doubts(), "");
}

TEST(LookupChain, ACancelledProbeIsFollowedByAnother) {
    chain c(with_providers({{"only", 0}}));
    c.providers.roles["only"] = plays::dead;
    c.run([&]() -> awaitable<void> {
        int n = 0;
        for (; n < 10; ++n)
            co_await c.ask(n);
        c.providers.roles["only"] = plays::waits;
        const auto before = c.asked("only");
        task_group lost(c.loop.ex(), nullptr);
        const auto probed = [&] { return c.asked("only") > before; };
        const auto limit = steady_clock::now() + 20s;
        std::vector<looked_up> none;
        while (!probed() && steady_clock::now() < limit) {
            auto task = c.ask_into(++n, none);
            lost.spawn(std::move(task), "probe");
            co_await sleep_for(50ms);
        }
        co_await lost.drain(0ms);
        c.providers.roles["only"] = plays::reachable;
        const auto found = co_await c.ask(++n);
        EXPECT_EQ(found.lookup.outcome, lookup_outcome::reachable);
    });
    EXPECT_EQ(c.look_up.doubts(), "");
}

TEST(LookupChain, GoesToWhoCoversTheNumberAndSaysWhenNobodyDoes) {
    auto settings = with_providers({{"first", 0}, {"second", 1}});
    settings.providers.at(provider_name("first")).translator.countries = {"34"};
    settings.providers.at(provider_name("second")).translator.countries = {"44", "351"};
    chain c(settings);
    c.run([&]() -> awaitable<void> {
        const auto found = co_await c.ask(0);
        EXPECT_EQ(found.lookup.provider.str(), "second");
    });
    EXPECT_EQ(c.providers.asked, names{"second"});
    chain nobody(with_providers({}));
    nobody.run([&]() -> awaitable<void> {
        const auto found = co_await nobody.ask(0);
        EXPECT_EQ(found.verdict.nc, nc_status::not_configured);
        EXPECT_EQ(found.verdict.action, lookup_action::refuse);
    });
    EXPECT_NE(nobody.look_up.doubts().find("NC_NOT_CONFIGURED"), std::string::npos);
}

TEST(LookupChain, WithoutACacheEachLookupIsAsked) {
    auto settings = with_providers({{"only", 0}});
    settings.lookup.cache_entries = 0;
    chain c(settings);
    c.run([&]() -> awaitable<void> {
        co_await c.ask(0);
        co_await c.ask(0);
    });
    EXPECT_EQ(c.asked("only"), 2);
    EXPECT_EQ(c.counts.lookup_cache_misses.value(), 2);
    EXPECT_EQ(c.counts.lookup_cache_hits.value(), 0);
}

}  // namespace
}  // namespace pinwire::worker
