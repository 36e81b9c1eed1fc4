// The worker's translators and the simulator, written apart from the same documents, understand
// each other: what a provider's file asks is taken, and what it is told means what was meant.
#include "common/lookup/registry.hpp"
#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;
using pinwire::lookup_outcome;

lookup::settings provider_of(const std::string& kind, const std::string& key = "sim-key") {
    lookup::settings made;
    made.name = provider_name("numbers");
    made.kind = kind;
    made.api_key = secret(kind == "twilio" ? "AC0000" : key);
    made.api_secret = secret(key);
    made.base_url = "http://127.0.0.1/" + kind;
    if (kind == "gateway360") made.base_url = "http://127.0.0.1/360nrs";
    if (kind == "hlr_lookups") made.base_url = "http://127.0.0.1/hlr_lookups/api/v2";
    if (kind != "http") return made;
    made.base_url = "http://127.0.0.1/some/360nrs";
    made.http.target = "/api/hlr/request";
    made.http.body = R"({"api_key":"{key}","msisdn":"{number}"})";
    made.http.verdict_at = {"/result/success"};
    made.http.values = {{"true", lookup_outcome::reachable}, {"false", lookup_outcome::invalid}};
    return made;
}

struct expectation {
    const char* kind;
    lookup_outcome ordinary;
    lookup_outcome absent;    // 0100
    lookup_outcome nobody;    // 0101
    lookup_outcome landline;  // 0104
};

constexpr auto reachable = lookup_outcome::reachable;
constexpr auto absent = lookup_outcome::absent;
constexpr auto invalid = lookup_outcome::invalid;
constexpr auto valid_only = lookup_outcome::valid_only;

const expectation expected[] = {
    {"infobip", reachable, absent, invalid, invalid},
    {"gateway360", reachable, reachable, invalid, invalid},
    {"hlr_lookups", reachable, absent, invalid, invalid},
    {"twilio", valid_only, valid_only, invalid, lookup_outcome::landline},
    {"http", reachable, reachable, invalid, invalid},
};

class Lookups : public sim_fixture {
protected:
    awaitable<lookup_result> ask(lookup::settings wanted, std::string number) {
        const auto provider = lookup::make_provider(std::move(wanted));
        const auto asked = *msisdn::parse(number);
        http::request what(provider->to_request(asked, std::chrono::system_clock::now()));
        auto got = co_await call(std::move(what), 300ms);
        lookup_result failed;
        failed.error = http::to_string(got.why);
        if (!got.answered()) co_return failed;
        const auto answer = http::to_core(std::move(got.answer));
        co_return provider->read_answer(answer, asked);
    }

    awaitable<void> expect(const expectation& one) {
        const std::pair<std::string, lookup_outcome> cases[] = {
            {"34600000000", one.ordinary},
            {"34600000100", one.absent},
            {"34600000101", one.nobody},
            {"34600000104", one.landline},
            {"34600000102", lookup_outcome::unknown},
            {"34600000103", lookup_outcome::unknown}};
        for (const auto& [number, outcome] : cases) {
            auto wanted = provider_of(one.kind);
            const auto read = co_await ask(std::move(wanted), number);
            EXPECT_EQ(to_string(read.outcome), to_string(outcome))
                << one.kind << " " << number << " " << read.error;
        }
    }
};

TEST_F(Lookups, AreUnderstoodInEveryProvidersShape) {
    run([this]() -> awaitable<void> {
        for (const auto& one : expected)
            co_await expect(one);
    });
}

TEST_F(Lookups, WithAWrongKeyAreRefusedByEveryProvider) {
    run([this]() -> awaitable<void> {
        for (const auto& kind : lookup::known_kinds()) {
            auto wanted = provider_of(kind, "another-key");
            const auto read = co_await ask(std::move(wanted), "34600000000");
            EXPECT_EQ(read.outcome, lookup_outcome::unknown) << kind;
            EXPECT_TRUE(read.trouble) << kind << " " << read.error;
        }
    });
}

TEST_F(Lookups, MisbehaveByRuleInEveryShape) {
    run([this]() -> awaitable<void> {
        co_await set_rule(R"({"kind":"lookup","action":"throttle"})");
        for (const auto& kind : lookup::known_kinds()) {
            auto wanted = provider_of(kind);
            const auto read = co_await ask(std::move(wanted), "34600000000");
            EXPECT_NE(read.error.find("(429)"), std::string::npos) << kind << " " << read.error;
            EXPECT_TRUE(read.trouble) << kind;
        }
        co_await set_rule(R"({"kind":"lookup","action":"garbage"})");
        for (const auto& kind : lookup::known_kinds()) {
            auto wanted = provider_of(kind);
            const auto read = co_await ask(std::move(wanted), "34600000000");
            EXPECT_EQ(read.error, "UNREADABLE_ANSWER") << kind;
        }
    });
}

}  // namespace
}  // namespace pinwire::sim::test
