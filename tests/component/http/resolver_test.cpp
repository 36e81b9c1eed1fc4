// Names to addresses, and the address check on top of it. Method: a name server of our own on
// loopback that counts what it is asked.
#include "common/http/resolver.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/core/address_policy.hpp"
#include "common/http/client.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/name_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::http::test {
namespace {

using pinwire::test::name_entry;
using pinwire::test::name_server;

name_entry with(std::vector<std::string> addresses, std::uint32_t ttl = 60) {
    name_entry out;
    out.addresses = std::move(addresses);
    out.ttl = ttl;
    return out;
}

name_entry failing(int rcode) {
    name_entry out;
    out.rcode = rcode;
    return out;
}

name_entry quiet() {
    name_entry out;
    out.silent = true;
    return out;
}

name_entry slow(int ms) {
    auto out = with({"192.0.2.9"});
    out.delay_ms = ms;
    return out;
}

name_entry both(std::vector<std::string> four, std::vector<std::string> six) {
    auto out = with(std::move(four));
    out.v6 = std::move(six);
    return out;
}

name_entry quiet_about_v6() {
    auto out = with({"192.0.2.4"});
    out.silent_v6 = true;
    return out;
}

name_entry endless() {
    auto out = with({});
    for (int i = 0; i < 24; ++i)
        out.addresses.push_back("192.0.2." + std::to_string(i));
    return out;
}

class Resolver : public testing::Test {
protected:
    resolver& make(resolver_settings settings = {}) {
        settings.servers = {server.address()};
        names = std::make_unique<resolver>(on.context, settings);
        return *names;
    }
    resolved ask(std::string name, std::chrono::milliseconds patience_ms = 5000ms) {
        if (!names) make();
        return on.run(names->resolve(std::move(name), steady::now() + patience_ms));
    }
    std::vector<std::string> addresses(const std::string& name) {
        std::vector<std::string> out;
        for (const auto& one : ask(name).addresses)
            out.push_back(one.to_string());
        std::sort(out.begin(), out.end());
        return out;
    }

    name_server server{{
        {"two.example", with({"192.0.2.1", "192.0.2.2"})},
        {"short.example", with({"192.0.2.3"}, 0)},
        {"broken.example", failing(2)},
        {"silent.example", quiet()},
        {"slow.example", slow(100)},
        {"inside.example", with({"127.0.0.1"})},
        {"both.example", both({"192.0.2.1"}, {"2001:db8::1", "2001:db8::2", "2001:db8::3"})},
        {"six.example", both({}, {"2001:db8::1"})},
        {"half.example", quiet_about_v6()},
        {"long.example", endless()},
        {"dead6.example", both({"127.0.0.1"}, {"::1", "::2", "::3", "::4", "::5"})},
        {"mixed6.example", both({"127.0.0.1"}, {"fe80::1"})},
        {"mixed.example", with({"93.184.216.34", "10.0.0.1"})},
    }};
    loop on;
    std::unique_ptr<resolver> names;
};

using strings = std::vector<std::string>;

TEST_F(Resolver, GivesAllAddressesAndAsksOnce) {
    EXPECT_EQ(addresses("two.example"), (strings{"192.0.2.1", "192.0.2.2"}));
    EXPECT_EQ(addresses("two.example"), (strings{"192.0.2.1", "192.0.2.2"}));
    EXPECT_EQ(server.asked("two.example"), 1);
    EXPECT_EQ(names->counts().hits, 1u);
}

TEST_F(Resolver, GivesBothFamiliesByTurns) {
    strings given;
    for (const auto& one : ask("both.example").addresses)
        given.push_back(one.to_string());
    EXPECT_EQ(given, (strings{"192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"}));
    EXPECT_EQ(addresses("six.example"), strings{"2001:db8::1"});
}

// A name server that drops what it doesn't know is an ordinary fault.
TEST_F(Resolver, DoesNotWaitForAFamilyWhoseQuestionIsDropped) {
    resolver_settings settings;
    settings.time_max = 60s;  // of the question; the test would give up long before
    make(settings);
    EXPECT_EQ(addresses("half.example"), strings{"192.0.2.4"});
    EXPECT_EQ(addresses("half.example"), strings{"192.0.2.4"});
    EXPECT_EQ(server.asked("half.example"), 1) << "and remembers what it has";
}

TEST_F(Resolver, AddsTheOtherFamilyWhenItComesLate) {
    resolver_settings settings;
    settings.other_family = 0ms;
    make(settings);
    server.set("late.example", both({"192.0.2.1"}, {"2001:db8::1"}));
    on.until([&] { return ask("late.example").addresses.size() == 2; });
    EXPECT_EQ(server.asked("late.example"), 1);
}

TEST_F(Resolver, TakesNoMoreOfALongListThanItsBound) {
    EXPECT_EQ(ask("long.example").addresses.size(), resolved_max);
}

TEST_F(Resolver, AsksASecondServerWhenTheFirstSaysNothing) {
    name_server silent{{{"two.example", quiet()}}};
    resolver_settings settings;
    settings.servers = {silent.address(), server.address()};
    names = std::make_unique<resolver>(on.context, settings);
    EXPECT_EQ(addresses("two.example"), (strings{"192.0.2.1", "192.0.2.2"}));
    EXPECT_GT(silent.asked("two.example"), 0);
}

TEST_F(Resolver, OneSilentNameDelaysNoOther) {
    resolver_settings settings;
    settings.time_max = 60s;
    make(settings);
    auto stuck = on.start(names->resolve("silent.example", steady::now() + 60s));
    EXPECT_EQ(addresses("two.example"), (strings{"192.0.2.1", "192.0.2.2"}));
    EXPECT_FALSE(stuck->done);
    names.reset();
    EXPECT_EQ(on.finish(stuck).fault, resolve_fault::cancelled);
}

TEST_F(Resolver, AsksNobodyForALiteral) {
    EXPECT_EQ(addresses("192.0.2.77"), strings{"192.0.2.77"});
    EXPECT_EQ(addresses("::1"), strings{"::1"});
    EXPECT_EQ(names->counts().lookups, 0u);
}

TEST_F(Resolver, ReadsTheHostsFile) {
    const auto found = addresses("localhost");
    EXPECT_NE(std::find(found.begin(), found.end(), "127.0.0.1"), found.end());
    EXPECT_EQ(server.asked("localhost"), 0);
}

TEST_F(Resolver, SharesOneLookupAmongAllAskers) {
    make();
    std::vector<std::shared_ptr<outcome<resolved>>> askers;
    for (int i = 0; i < 20; ++i) {
        askers.push_back(on.start(names->resolve("slow.example", steady::now() + 5s)));
    }
    for (auto& one : askers)
        EXPECT_EQ(on.finish(one).addresses.size(), 1u);
    EXPECT_EQ(server.asked("slow.example"), 1);
    EXPECT_EQ(names->counts().joined, 19u);
}

TEST_F(Resolver, RemembersThatANameIsAbsent) {
    EXPECT_EQ(ask("absent.example").fault, resolve_fault::no_such_name);
    EXPECT_EQ(ask("absent.example").fault, resolve_fault::no_such_name);
    EXPECT_EQ(server.asked("absent.example"), 1);
}

TEST_F(Resolver, RemembersATransientFailureOnlyForAMoment) {
    resolver_settings settings;
    settings.keep_transient = std::chrono::seconds(0);
    make(settings);
    EXPECT_EQ(ask("broken.example").fault, resolve_fault::server_failed);
    const auto first = server.asked("broken.example");
    EXPECT_EQ(ask("broken.example").fault, resolve_fault::server_failed);
    EXPECT_GT(server.asked("broken.example"), first);
}

TEST_F(Resolver, KeepsAnAnswerNoShorterThanTheFloor) {
    resolver_settings settings;
    settings.ttl_min = std::chrono::seconds(0);
    make(settings);
    addresses("short.example");
    addresses("short.example");
    EXPECT_EQ(server.asked("short.example"), 2);
    make();
    addresses("short.example");
    addresses("short.example");
    EXPECT_EQ(server.asked("short.example"), 3);
}

TEST_F(Resolver, EndsInBoundedTimeWhenTheServerIsSilent) {
    resolver_settings settings;
    settings.time_max = 200ms;
    make(settings);
    const auto started = steady::now();
    EXPECT_EQ(ask("silent.example").fault, resolve_fault::timed_out);
    EXPECT_LT(steady::now() - started, 2s);
    // And an asker's own deadline counts as well, while the lookup goes on for others.
    make();
    const auto again = steady::now();
    EXPECT_EQ(ask("silent.example", 50ms).fault, resolve_fault::timed_out);
    EXPECT_LT(steady::now() - again, 2s);
}

TEST_F(Resolver, EndsItsAskersWhenItIsDestroyed) {
    make();
    auto asker = on.start(names->resolve("silent.example", steady::now() + 5s));
    on.context.run_for(20ms);
    names.reset();
    EXPECT_EQ(on.finish(asker).fault, resolve_fault::cancelled);
}

// The system's name servers, as a resolv.conf of our own names them. Nobody listens at 127.0.0.2.
class SystemsServers : public Resolver {
protected:
    SystemsServers() {
        settings.resolv_conf = (folder / "resolv.conf").string();
        settings.resolv_conf_every = 0ms;
        settings.default_port = server.port();
        settings.keep_transient = std::chrono::seconds(0);
    }
    void write(const std::string& text) { std::ofstream(settings.resolv_conf) << text; }
    void start(const std::string& text) {
        write(text);
        names = std::make_unique<resolver>(on.context, settings);
    }

    pinwire::test::temp_dir folder;
    resolver_settings settings;
};

constexpr auto nobody = "nameserver 127.0.0.2\n";
constexpr auto somebody = "# the new one\nnameserver 127.0.0.1\n";

TEST_F(SystemsServers, ThatChangeAreAskedWithoutARestart) {
    start(nobody);
    EXPECT_TRUE(addresses("two.example").empty());
    write(somebody);
    EXPECT_EQ(addresses("two.example"), (strings{"192.0.2.1", "192.0.2.2"}));
}

// c-ares asks this machine while nobody is named.
TEST_F(SystemsServers, ThatAreNamedOnlyAfterTheStartAreAsked) {
    start("");
    EXPECT_EQ(addresses("two.example").size(), 2u);
    write(nobody);
    EXPECT_TRUE(addresses("both.example").empty());
}

TEST_F(SystemsServers, ThatWereAskedStillAnswerWhenOthersAreNamed) {
    start(somebody);
    auto asker = on.start(names->resolve("slow.example", steady::now() + 5s));
    on.until([&] { return names->counts().lookups == 1; });
    write(nobody);
    EXPECT_TRUE(addresses("two.example").empty());
    EXPECT_EQ(on.finish(asker).addresses.size(), 1u);
}

TEST_F(SystemsServers, EndTheirAskersWhenTheResolverIsDestroyed) {
    start(somebody);
    auto asker = on.start(names->resolve("silent.example", steady::now() + 5s));
    on.until([&] { return server.asked("silent.example") > 0; });
    write(nobody);
    EXPECT_TRUE(addresses("two.example").empty());
    names.reset();
    EXPECT_EQ(on.finish(asker).fault, resolve_fault::cancelled);
}

TEST_F(SystemsServers, AreKeptWhileTheirFileIsEmptyOrAway) {
    start(nobody);
    write("");
    EXPECT_TRUE(addresses("two.example").empty()) << "c-ares would ask this machine";
    std::filesystem::remove(settings.resolv_conf);
    EXPECT_TRUE(addresses("two.example").empty());
}

TEST_F(SystemsServers, AreLookedForNoOftenerThanIsSaid) {
    settings.resolv_conf_every = 1h;
    start(nobody);
    write(somebody);
    EXPECT_TRUE(addresses("two.example").empty());
}

class CheckedClient : public Resolver {
protected:
    exchange get(const std::string& host, std::uint16_t port, address_rules rules) {
        if (!names) make();
        if (!client_) client_ = std::make_unique<client>(on.context, *names, client_settings{});
        auto check = std::make_shared<address_check>();
        check->id = ++checks_;
        check->judge = [policy = address_policy(std::move(rules))](
                           const ip_address& address, std::uint16_t number
                       ) { return policy.judge(address, number); };
        call_options how;
        how.check = check;
        return on.run(client_->send(endpoint(false, host, port), request("GET", "/"), how));
    }
    std::unique_ptr<client> client_;
    std::uint64_t checks_ = 0;
};

awaitable<response> fine(request&&, const peer&) {
    co_return response(200);
}

TEST_F(CheckedClient, DialsNothingForANameThatLeadsInside) {
    running_server here(on, {}, fine);
    address_rules rules;
    rules.ports = {here.port()};
    for (const auto* host : {"inside.example", "127.0.0.1", "mixed.example", "mixed6.example"}) {
        const auto got = get(host, here.port(), rules);
        EXPECT_EQ(got.how_far, progress::refused_by_policy) << host;
        EXPECT_EQ(got.why, failure::address);
    }
    EXPECT_EQ(here.counts().accepted, 0u);
    EXPECT_EQ(client_->counts().dialled, 0u);
}

TEST_F(CheckedClient, RefusesAnAnswerForOneBadAddressInEitherFamily) {
    running_server here(on, {}, fine);
    address_rules rules;
    rules.ports = {here.port()};
    rules.allow.push_back(*cidr::parse("127.0.0.0/8"));
    EXPECT_TRUE(get("inside.example", here.port(), rules).answered());
    EXPECT_EQ(get("mixed6.example", here.port(), rules).how_far, progress::refused_by_policy);
}

TEST_F(CheckedClient, ReachesTheOtherFamilyBehindManyDeadAddresses) {
    running_server here(on, {}, fine);
    address_rules rules;
    rules.ports = {here.port()};
    rules.allow.push_back(*cidr::parse("127.0.0.0/8"));
    rules.allow.push_back(*cidr::parse("::/0"));
    EXPECT_TRUE(get("dead6.example", here.port(), rules).answered());
}

TEST_F(CheckedClient, DialsNothingOnAPortThatIsNotListed) {
    running_server here(on, {}, fine);
    address_rules rules;
    rules.allow.push_back(*cidr::parse("127.0.0.0/8"));
    EXPECT_EQ(get("inside.example", here.port(), rules).how_far, progress::refused_by_policy);
    rules.ports = {here.port()};
    EXPECT_TRUE(get("inside.example", here.port(), rules).answered());
    EXPECT_EQ(here.counts().accepted, 1u);
}

TEST_F(CheckedClient, DoesNotLendAConnectionToAnotherPolicy) {
    running_server here(on, {}, fine);
    address_rules open;
    open.allow.push_back(*cidr::parse("127.0.0.0/8"));
    open.ports = {here.port()};
    EXPECT_TRUE(get("inside.example", here.port(), open).answered());
    EXPECT_EQ(client_->counts().idle, 1u);
    address_rules strict;
    strict.ports = {here.port()};
    EXPECT_EQ(get("inside.example", here.port(), strict).how_far, progress::refused_by_policy);
}

TEST_F(CheckedClient, SaysNotConnectedForANameThatDoesNotExist) {
    const auto got = get("absent.example", 443, {});
    EXPECT_EQ(got.how_far, progress::not_connected);
    EXPECT_EQ(got.why, failure::name_not_found);
}

}  // namespace
}  // namespace pinwire::http::test
