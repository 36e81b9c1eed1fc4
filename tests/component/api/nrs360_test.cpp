// Conversations with the 360NRS dialect, as they stand in tests/golden/api/nrs360, each held under
// both forms of the paths and compared to the byte. A file reads like a wire: lines with '>' are
// what the caller sends, lines with '<' what it must be answered; "given:" changes the world before
// the next call, '#' says why. {api} stands for /api and for /api/3.0.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/nrs360/dialect.hpp"
#include "common/core/time_format.hpp"
#include "tests/component/api/fakes.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire::api::test {
namespace {

using namespace std::chrono_literals;

struct exchange {
    std::vector<std::string> given;
    std::vector<std::string> sent;      // lines without their '>'
    std::vector<std::string> answered;  // lines without their '<'
};

std::string after_mark(const std::string& line) {
    return line.size() > 2 ? line.substr(2) : std::string();
}

std::vector<exchange> read_conversation(const std::string& text) {
    constexpr std::string_view given = "given: ";
    std::vector<exchange> all;
    exchange one;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool answers = line.starts_with('<');
        if (!answers && !one.answered.empty()) all.push_back(std::exchange(one, {}));
        if (answers) {
            one.answered.push_back(after_mark(line));
        } else if (line.starts_with('>')) {
            one.sent.push_back(after_mark(line));
        } else if (line.starts_with(given)) {
            one.given.push_back(line.substr(given.size()));
        } else if (!line.empty() && !line.starts_with('#')) {
            throw std::runtime_error("neither >, <, given: nor #: " + line);
        }
    }
    if (!one.answered.empty()) all.push_back(std::move(one));
    return all;
}

// First line, headers, an empty line, the body.
struct message {
    std::string first;
    http::headers fields;
    std::string body;
};

message message_of(const std::vector<std::string>& lines) {
    message made;
    made.first = lines.at(0);
    std::size_t at = 1;
    for (; at < lines.size() && !lines[at].empty(); ++at) {
        const auto colon = lines[at].find(": ");
        made.fields.add(lines[at].substr(0, colon), lines[at].substr(colon + 2));
    }
    for (++at; at < lines.size(); ++at)
        made.body += (made.body.empty() ? "" : "\n") + lines[at];
    return made;
}

// "A B the rest": as many words as there are arguments, the last one takes what is left.
std::vector<std::string> words_of(const std::string& text, std::size_t most) {
    std::vector<std::string> words;
    std::string rest = text;
    while (words.size() + 1 < most && rest.find(' ') != std::string::npos) {
        words.push_back(rest.substr(0, rest.find(' ')));
        rest.erase(0, rest.find(' ') + 1);
    }
    words.push_back(rest);
    return words;
}

class Nrs360Conversation : public testing::TestWithParam<std::tuple<std::string, std::string>> {
protected:
    Nrs360Conversation() {
        // the key of the documents' samples
        w.gate.by_key["399d2b438a53ebed3db8a7d52107f846"] = w.shop;
    }

    void set(const std::string& what) {
        const auto words = words_of(what, 2);
        const auto& value = words.back();
        if (words[0] == "pin") return set_pin(words_of(value, 3));
        if (words[0] == "desk") return set_desk(words_of(value, 2));
        if (words[0] == "account") return set_account(words_of(value, 2));
        if (words[0] == "from") {
            address = value;
        } else if (what == "database away") {
            w.pins.broken = true;
        } else {
            throw std::runtime_error("given what? " + what);
        }
    }

    void set_pin(const std::vector<std::string>& words) {
        const auto id = "PIN" + std::to_string(++pins);
        auto& pin = w.pins.add(w.shop->name, pin_id(id), number(words.at(0)), secret(words.at(1)));
        const auto state = words.size() > 2 ? words[2] : "";
        if (state == "unlimited") pin.story.tries_left.reset();
        if (state == "expired") pin.story.expires_at = w.now;
        if (state == "limited") pin.verify_limit = rate_limit{1, 60s};
    }

    void set_desk(const std::vector<std::string>& words) {
        using kind = placed_order::kind;
        const std::map<std::string, kind> kinds{
            {"cancelled", kind::cancelled},
            {"limited", kind::limited},
            {"no_credit", kind::no_credit},
            {"key_reused", kind::key_reused},
            {"unavailable", kind::unavailable},
            {"uncertain", kind::uncertain}};
        if (words[0] == "throws") {
            w.desk.on_place = [](const order&) { throw std::runtime_error("no memory"); };
            return;
        }
        placed_order next;
        if (const auto named = kinds.find(words[0]); named != kinds.end()) {
            next.what = named->second;
            if (words.size() > 1) next.retry_after = std::chrono::seconds(std::stoi(words[1]));
        } else {
            next.what = kind::taken;
            next.now = status_event();
            next.now->final = true;
            next.now->reason = words[0];
            if (words.back() != "unasked")
                next.now->nc_status =
                    words.back() == "reachable" ? nc_status::reachable : nc_status::not_reachable;
        }
        w.desk.answers.push_back(std::move(next));
    }

    void set_account(const std::vector<std::string>& words) {
        auto& shop = *w.shop;
        const auto& value = words.back();
        if (words[0] == "default_sender") shop.default_sender = sender_name(value);
        if (words[0] == "senders") shop.senders.emplace_back(value);
        if (words[0] == "allow_http") shop.allow_http = true;
        if (words[0] == "strict") shop.strict = true;
        if (words[0] == "suspended") shop.suspended = true;
        if (words[0] == "callers") shop.callers.push_back(*cidr::parse(value));
        if (words[0] == "blocked") shop.blocked_prefixes.push_back(value);
    }

    call call_of(const message& sent) const {
        const auto space = sent.first.find(' ');
        auto target = sent.first.substr(space + 1);
        target.replace(target.find("{api}"), 5, std::get<1>(GetParam()));
        a_call made(sent.first.substr(0, space), target);
        for (const auto& [name, value] : sent.fields) {
            if (name == "Idempotency-Key")
                made.key(value);
            else
                made.with(name, value);
        }
        return made.from(address).body(sent.body);
    }

    void hold(const exchange& one) {
        for (const auto& what : one.given)
            set(what);
        const auto sent = message_of(one.sent);
        const auto wanted = message_of(one.answered);
        const auto asked = call_of(sent);
        ASSERT_TRUE(dialect.serves(asked.request.method, asked.path));
        const auto got = run(dialect.serve(asked));
        const auto where = sent.first + "\n" + sent.body;
        EXPECT_EQ(std::to_string(got.status), wanted.first) << where;
        EXPECT_EQ(got.body, wanted.body) << where;
        EXPECT_EQ(got.fields.get("Content-Type"), "application/json") << where;
        for (const char* name : {"Retry-After", "Allow"})
            EXPECT_EQ(got.fields.get(name), wanted.fields.get(name)) << where;
    }

    world w;
    nrs360_dialect dialect{w.settings, w.gate, w.desk, w.guess, w.pins, w.clock};
    std::string address = "192.0.2.10";
    int pins = 0;
};

TEST_P(Nrs360Conversation, IsHeldToTheByte) {
    const auto name = "api/nrs360/" + std::get<0>(GetParam()) + ".txt";
    const auto all = read_conversation(golden::read(name));
    ASSERT_FALSE(all.empty());
    for (const auto& one : all)
        hold(one);
    EXPECT_TRUE(w.desk.answers.empty()) << "an answer of the order desk was never asked for";
}

std::vector<std::string> conversations() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(golden::path_of("api/nrs360")))
        names.push_back(file.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(
    Golden,
    Nrs360Conversation,
    testing::Combine(testing::ValuesIn(conversations()), testing::Values("/api", "/api/3.0")),
    [](const auto& of) {
        auto name = std::get<0>(of.param);
        std::replace(name.begin(), name.end(), '-', '_');
        return name + (std::get<1>(of.param) == "/api" ? "" : "_3_0");
    }
);

// ---- what the order desk is given

class Nrs360Order : public testing::Test {
protected:
    http::response ask(const std::string& members, const std::string& key = "") {
        const auto body =
            R"({"api_key":"shop-key","msisdn":"+34 666666111","sender":"SHOP")" + members + "}";
        a_call made("POST", "/api/2fa/request");
        made.json(body);
        if (!key.empty()) made.key(key);
        return run(dialect.serve(made));
    }

    static std::string error_of(const http::response& answer) {
        return nlohmann::json::parse(answer.body).value("error_id", "");
    }

    const job& ordered(const std::string& members = "") {
        EXPECT_EQ(ask(members).body, R"({"status":"ok"})");
        return w.desk.last().job;
    }

    world w;
    nrs360_dialect dialect{w.settings, w.gate, w.desk, w.guess, w.pins, w.clock};
};

TEST_F(Nrs360Order, CarriesTheDefaultsOfTheDocuments) {
    const auto& job = ordered();
    EXPECT_EQ(job.account, account_name("shop"));
    EXPECT_EQ(job.channel, channel::sms);
    EXPECT_EQ(job.to.digits(), "34666666111");
    EXPECT_EQ(job.from, sender_name("SHOP"));
    EXPECT_EQ(job.text, "{PIN} is your verification code.");
    EXPECT_EQ(job.dialect, pinwire::dialect::nrs360);
    EXPECT_FALSE(job.pin);
    EXPECT_EQ(job.pin_given, pin_parameters());
    EXPECT_EQ(job.lookup, lookup_policy::hlr_lookup);
    EXPECT_TRUE(job.report_url.empty());
    EXPECT_EQ(job.report_format, report_format::nrs360);
    EXPECT_FALSE(job.report_refusal) << "the answer tells it";
    EXPECT_TRUE(job.reference.empty());
    EXPECT_EQ(job.requested_at, w.now);
    EXPECT_EQ(job.send_within, 1h);
    const auto& order = w.desk.last();
    EXPECT_EQ(order.answer, answer_when::looked_up);
    EXPECT_FALSE(order.resend);
    EXPECT_TRUE(order.own_code.empty());
    EXPECT_TRUE(order.idempotency_key.empty());
    EXPECT_FALSE(order.per_application.bounded());
    EXPECT_EQ(order.per_number, w.shop->per_number);
}

TEST_F(Nrs360Order, CarriesWhatTheCallerWrote) {
    const auto& job = ordered(R"(,"hlr_lookup":"0","sms_text":"Code {PIN}","custom":"order 17",)"
                              R"("report_url":"https://shop.example/dlr?a=b","pin_params":[{)"
                              R"("type":"alphanumeric","length":"8","expires_in":60,)"
                              R"("max_tries":0}])");
    EXPECT_EQ(job.lookup, lookup_policy::skip);
    EXPECT_EQ(job.text, "Code {PIN}");
    EXPECT_EQ(job.reference, "order 17");
    EXPECT_EQ(job.report_url, "https://shop.example/dlr?a=b");
    EXPECT_TRUE(job.report_refusal);
    pin_parameters pin;
    pin.type = pin_type::alphanumeric;
    pin.length = 8;
    pin.expires_in = 60s;
    pin.max_tries = 0;
    EXPECT_EQ(job.pin_given, pin);
    EXPECT_EQ(job.send_within, 60s);
    EXPECT_EQ(w.desk.last().answer, answer_when::durable);
}

TEST_F(Nrs360Order, FallsBackToTheAccountsSenderAndText) {
    w.shop->default_sender = sender_name("ACME");
    w.shop->text_360nrs = "ACME: {PIN}";
    a_call made("POST", "/api/3.0/2fa/request");
    made.json(R"({"api_key":"shop-key","msisdn":34666666111})");
    EXPECT_EQ(run(dialect.serve(made)).status, 200U);
    EXPECT_EQ(w.desk.last().job.from, sender_name("ACME"));
    EXPECT_EQ(w.desk.last().job.text, "ACME: {PIN}");
}

TEST_F(Nrs360Order, KeepsItsIdempotencyKeysApartFromOtherEndpoints) {
    ask("", "abc");
    EXPECT_EQ(w.desk.last().idempotency_key, "request:abc");
}

TEST_F(Nrs360Order, CarriesTheCallersOwnCodeAndThePinThatFitsIt) {
    const auto& numeric = ordered(R"(,"pin_params":{"code":"0042"})");
    EXPECT_EQ(w.desk.last().own_code.reveal(), "0042");
    EXPECT_EQ(numeric.pin_given->type, pin_type::numeric);
    EXPECT_EQ(numeric.pin_given->length, 4);
    const auto& mixed = ordered(R"(,"pin_params":{"code":"ab12cd"})");
    EXPECT_EQ(w.desk.last().own_code.reveal(), "AB12CD");
    EXPECT_EQ(mixed.pin_given->type, pin_type::alphanumeric);
    EXPECT_EQ(mixed.pin_given->length, 6);
    EXPECT_EQ(mixed.text.find("AB12CD"), std::string::npos);
}

TEST_F(Nrs360Order, LowersTheDefaultsOfAStrictAccount) {
    w.shop->strict = true;
    const auto& job = ordered();
    EXPECT_EQ(job.pin_given->length, 6);
    EXPECT_EQ(job.pin_given->expires_in, 600s);
}

TEST_F(Nrs360Order, IsNotMadeOfWhatIsRefused) {
    ask(R"(,"hlr_lookup":5)");
    ask(R"(,"sms_text":"none")");
    w.shop->blocked_prefixes.push_back("34");
    ask("");
    EXPECT_TRUE(w.desk.orders.empty());
}

TEST_F(Nrs360Order, IsNotMadeForANumberThatTheGateDoesNotServe) {
    w.gate.unserved = {"34666"};
    EXPECT_EQ(error_of(ask("")), "INVALID_NUMBER");
    EXPECT_TRUE(w.desk.orders.empty());
}

TEST_F(Nrs360Order, TellsOfWhatAWorkersGuardRefused) {
    for (const auto& [reason, error] : std::vector<std::pair<std::string, std::string>>{
             {"prefix_suspended", "INVALID_NUMBER"},
             {"country_not_allowed", "INVALID_NUMBER"},
             {"account_suspended", "UNAUTHORIZED"}}) {
        placed_order made;
        made.what = placed_order::kind::taken;
        made.now.emplace();
        made.now->final = true;
        made.now->reason = reason;
        w.desk.answers = {made, made};
        EXPECT_EQ(error_of(ask("")), error) << reason;
        EXPECT_EQ(ask(R"(,"hlr_lookup":0)").status, 200U) << "nobody waited for a verdict";
    }
}

TEST_F(Nrs360Order, ServesItsFourPathsAndNoOther) {
    EXPECT_TRUE(dialect.serves("POST", "/api/2fa/request"));
    EXPECT_TRUE(dialect.serves("DELETE", "/api/3.0/2fa/verify"));
    EXPECT_FALSE(dialect.serves("POST", "/api/2fa/request/"));
    EXPECT_FALSE(dialect.serves("POST", "/api/4.0/2fa/request"));
    EXPECT_FALSE(dialect.serves("POST", "/2fa/1/pin"));
}

TEST_F(Nrs360Order, CancellingItIsNoTroubleOfOurs) {
    w.desk.on_place = [](const order&) {
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    };
    EXPECT_THROW(ask(""), boost::system::system_error);
}

}  // namespace
}  // namespace pinwire::api::test
