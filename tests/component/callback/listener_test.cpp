// What a carrier's post becomes in pin.dlrs, over real HTTP and a real Kafka.
#include "callback/listener.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <list>
#include <utility>

#include "common/carriers/registry.hpp"
#include "common/core/call_words.hpp"
#include "common/core/dlr.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/http/client.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/telemetry/log.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/component/http/raw_socket.hpp"
#include "tests/support/kafka_cluster.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

key_ring one_key() {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(1);
    return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true) + "\n");
}

attempt_id attempt(char last) {
    return *attempt_id::parse(std::string(31, 'a') + last);
}

class Listener : public testing::Test {
protected:
    Listener() {
        where_.bootstrap_servers = pinwire::test::kafka_cluster::shared_bootstrap();
        settings_.kafka.topics.dlrs = make_topic("dlrs");
        settings_.kafka.topics.dlrs_dead = make_topic("dlrs.dead");
        settings_.callback.listen.port = 0;
        for (const char* kind : {"vonage", "infobip", "360nrs", "twilio", "kannel", "jasmin"}) {
            auto& carrier = settings_.carriers[carrier_name(kind)];
            carrier.translator.kind = kind;
            carrier.translator.name = carrier_name(kind);
        }
    }

    std::string make_topic(const std::string& kind) const {
        kafka::topic_spec spec;
        const auto now = std::chrono::system_clock::now().time_since_epoch().count();
        spec.name =
            "test.listener." + kind + "." + std::to_string(::getpid()) + "." + std::to_string(now);
        spec.partitions = 1;
        kafka::create_topics(where_, {spec});
        return spec.name;
    }

    // One request to a listener of its own; its answer.
    http::response send(http::request what) {
        kafka::producer producer(on_.context.get_executor(), where_);
        listener here(on_.context, settings_, keys_, producer, counts_);
        here.start();
        http::resolver names(on_.context, {});
        http::client client(on_.context, names, {});
        http::endpoint to(false, "127.0.0.1", here.local_endpoint().port);
        auto got = on_.run(client.send(std::move(to), std::move(what), {}));
        client.close_idle();
        on_.run(finished(here));
        return std::move(got.answer);
    }
    http::response ask(const std::string& carrier, http::request what) {
        what.target = path(carrier) + what.target;
        return send(std::move(what));
    }
    unsigned post(const std::string& carrier, http::request what) {
        return ask(carrier, std::move(what)).status;
    }
    // What a listener of its own says to these bytes; so many others are connected before.
    std::string say(const std::string& bytes, int others = 0) {
        kafka::producer producer(on_.context.get_executor(), where_);
        listener here(on_.context, settings_, keys_, producer, counts_);
        here.start();
        const auto said = on_.beside([this, &bytes, others, port = here.local_endpoint().port] {
            std::list<http::test::raw_socket> before;
            for (int i = 0; i < others; ++i)
                before.push_back(http::test::raw_socket::connect(port));
            auto peer = http::test::raw_socket::connect(port);
            peer.send(bytes);
            std::string heard;
            ended_ = peer.ends(&heard);
            return heard;
        });
        on_.run(finished(here));
        return said;
    }
    std::string path(const std::string& carrier) const {
        return "/dlr/" + carrier + "/" + keys_.dlr_token(carrier_name(carrier), attempt('0'));
    }
    static awaitable<bool> finished(listener& here) {
        co_await here.stop(1s);
        co_return true;
    }
    static http::request json(const std::string& body) {
        http::request made("POST", "");
        made.fields.add("Content-Type", "application/json");
        made.body = body;
        return made;
    }

    std::vector<kafka::record> records(const std::string& topic) const {
        std::vector<kafka::offset_range> ranges;
        for (const auto& one : kafka::end_offsets(where_, topic)) {
            kafka::offset_range range;
            range.at = one.at;
            range.from = one.first;
            range.end = one.end;
            ranges.push_back(range);
        }
        std::vector<kafka::record> made;
        kafka::read_ranges(where_, ranges, [&made](kafka::record one) {
            made.push_back(std::move(one));
        });
        return made;
    }
    std::vector<std::string> payloads(const std::string& topic) const {
        std::vector<std::string> made;
        for (const auto& one : records(topic))
            made.push_back(one.payload.value_or(""));
        return made;
    }
    std::vector<dlr> taken() const {
        std::vector<dlr> made;
        for (const auto& one : payloads(settings_.kafka.topics.dlrs))
            made.push_back(*decode_dlr(one));
        return made;
    }

    kafka::settings where_;
    http::test::loop on_;
    const key_ring keys_ = one_key();
    config::settings settings_;
    telemetry::metrics metrics_{"callback"};
    figures counts_{metrics_};
    bool ended_ = false;  // by the listener, what it was said to last
};

TEST_F(Listener, OneBadEntryCostsOnlyItself) {
    const auto good = R"({"messageId":")" + attempt('1').hex() +
                      R"(","status":{"groupId":3,"id":5,"name":"DELIVERED_TO_HANDSET"}})";
    EXPECT_EQ(post("infobip", json(R"({"results":[)" + good + ",7," + good + "]}")), 200U);
    ASSERT_EQ(taken().size(), 2U);
    EXPECT_EQ(taken()[0].reference, attempt('1'));
    EXPECT_FALSE(taken()[0].token) << "of several it proves only the carrier";
    EXPECT_EQ(payloads(settings_.kafka.topics.dlrs_dead).size(), 1U);
    EXPECT_EQ(counts_.dlrs_unreadable.value(), 1);
}

// What reads a letter again must know how it came, and whether the token speaks for it.
TEST_F(Listener, ALetterSaysHowItsReportCame) {
    EXPECT_EQ(post("infobip", json(R"({"results":[7]})")), 200U);
    EXPECT_EQ(post("infobip", json(R"({"results":[7,8]})")), 200U);
    EXPECT_EQ(post("kannel", http::request("GET", "?smsid=7")), 200U);
    const auto letters = records(settings_.kafka.topics.dlrs_dead);
    ASSERT_EQ(letters.size(), 4U);
    for (const auto& one : letters)
        EXPECT_EQ(*one.find_header("x-attempt"), attempt('0').hex());
    EXPECT_EQ(*letters[0].find_header("x-content-type"), "application/json");
    EXPECT_EQ(*letters[0].find_header("x-alone"), "1");
    EXPECT_EQ(letters[1].find_header("x-alone"), nullptr);
    EXPECT_EQ(letters[2].find_header("x-alone"), nullptr);
    EXPECT_EQ(letters[3].find_header("x-content-type"), nullptr);
    EXPECT_EQ(*letters[3].find_header("x-alone"), "1");
}

// Asked to come again, the carrier would for ever.
TEST_F(Listener, ABodyTooLargeForARecordIsKeptCutAndTaken) {
    settings_.callback.body_max = 2 << 20;
    const std::string body = "{" + std::string(1 << 20, 'x');
    EXPECT_EQ(post("infobip", json(body)), 200U);
    EXPECT_EQ(counts_.own_trouble.value(), 0);
    EXPECT_EQ(counts_.dlrs_unreadable.value(), 1);
    const auto letters = records(settings_.kafka.topics.dlrs_dead);
    ASSERT_EQ(letters.size(), 1U);
    const auto& one = letters[0];
    const auto kept = keys_.unseal(one.payload.value_or(""), "dlr:infobip");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->reveal(), body.substr(0, 16 * 1024));
    EXPECT_EQ(*one.find_header("x-attempt"), attempt('0').hex());
    EXPECT_EQ(*one.find_header("x-content-type"), "application/json");
    ASSERT_NE(one.find_header("x-sha256"), nullptr);
    EXPECT_EQ(*one.find_header("x-sha256"), hex_encode(sha256(body)));
    EXPECT_EQ(*one.find_header("x-bytes"), std::to_string(body.size()));
}

// Anybody can make one up, so it must not look like trouble of ours; and who is told must be able
// to judge it.
TEST_F(Listener, ATokenOfAnUnknownKeyIsCountedApartAndNamedInTheLog) {
    std::string log;
    telemetry::log_options options;
    options.sink = [&log](std::string_view line) { log += std::string(line) + '\n'; };
    telemetry::open_log(options);
    auto made_up = attempt('0').hex() + "zz9" + std::string(32, '0');
    EXPECT_EQ(send(http::request("POST", "/dlr/vonage/" + made_up)).status, 503U);
    telemetry::open_log({});
    EXPECT_EQ(counts_.unknown_key.value(), 1);
    EXPECT_EQ(counts_.own_trouble.value(), 0);
    EXPECT_EQ(counts_.refused_stranger.value(), 0);
    EXPECT_NE(
        log.find("dlr_key_unknown carrier=vonage key=zz9 client=127.0.0.0/24"), std::string::npos
    ) << log;
}

struct arriving {
    const char* carrier;
    const char* method;
    const char* query;
    const char* type;
    const char* body;
    std::size_t entries = 1;
};

constexpr const char* as_form = "application/x-www-form-urlencoded; charset=utf-8";
constexpr const char* as_json = "application/json";

// Every way that carriers have of posting: each becomes what it says, and hears its own word.
TEST_F(Listener, TakesEveryCarriersReportsHoweverTheyCome) {
    const arriving rows[] = {
        {"kannel", "GET", "?status=1&smsid=7&at=1772359205", "", ""},
        {"jasmin", "GET", "?id=7&message_status=DELIVRD&err=0", "", ""},
        {"jasmin", "POST", "", as_form, "id=7&message_status=DELIVRD&err=0"},
        {"twilio", "POST", "", as_form, "MessageSid=SM7&MessageStatus=delivered"},
        {"twilio", "GET", "?MessageSid=SM7&MessageStatus=delivered", "", ""},
        {"vonage", "POST", "", as_json, R"({"messageId":"7","status":"delivered"})"},
        {"vonage", "POST", "", as_form, "messageId=7&status=delivered"},
        {"vonage", "GET", "?messageId=7&status=delivered", "", ""},
        {"360nrs", "POST", "", as_json, R"({"sms_id":"7","status":"DELIVRD"})"},
        {"360nrs",
         "POST",
         "",
         as_json,
         R"([{"sms_id":"7","status":"DELIVRD"},{"sms_id":"8","status":"DELIVRD"}])",
         2},
        {"infobip",
         "POST",
         "",
         as_json,
         R"({"results":[{"messageId":"7","status":{"id":5}},{"messageId":"8","status":{"id":5}}]})",
         2},
    };
    std::size_t before = 0;
    for (const auto& row : rows) {
        http::request asked(row.method, row.query);
        if (*row.type != '\0') asked.fields.add("Content-Type", row.type);
        asked.body = row.body;
        const auto answer = ask(row.carrier, std::move(asked));
        const auto& translator = settings_.carriers[carrier_name(row.carrier)].translator;
        const auto expected = carriers::make_carrier(translator)->acknowledgement();
        EXPECT_EQ(answer.status, expected.status) << row.carrier << row.query << row.body;
        EXPECT_EQ(answer.body, expected.body) << row.carrier;
        const auto all = taken();
        ASSERT_EQ(all.size(), before + row.entries) << row.carrier << row.query << row.body;
        for (std::size_t i = before; i < all.size(); ++i) {
            EXPECT_EQ(all[i].status, dlr_status::delivrd) << row.carrier;
            EXPECT_EQ(all[i].carrier, carrier_name(row.carrier));
            EXPECT_EQ(all[i].token.has_value(), row.entries == 1);
        }
        before = all.size();
    }
    EXPECT_TRUE(payloads(settings_.kafka.topics.dlrs_dead).empty());
}

// The list of addresses counts for the address that the proxy vouches for, never for its own.
TEST_F(Listener, KnowsWhoPostsThroughATrustedProxy) {
    auto& auth = settings_.carriers[carrier_name("kannel")].dlr_auth;
    auth.cidrs = {*cidr::parse("192.0.2.0/24")};
    settings_.callback.trusted_proxies = {*cidr::parse("127.0.0.0/8")};
    const auto request = [this](const std::string& fields) {
        return "GET " + path("kannel") + "?status=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
               fields + "\r\n";
    };
    EXPECT_TRUE(say(request("X-Forwarded-For: 192.0.2.7\r\n")).starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(say(request("X-Forwarded-For: 198.51.100.7\r\n")).starts_with("HTTP/1.1 403 "));
    EXPECT_TRUE(say(request("X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 198.51.100.7\r\n"))
                    .starts_with("HTTP/1.1 403 ")
    ) << "the proxy's line is the last, what stands before it is anybody's";
    EXPECT_TRUE(say(request("")).starts_with("HTTP/1.1 403 "));
    settings_.callback.proxy_protocol = true;
    const auto line = [](const std::string& from) {
        return "PROXY TCP4 " + from + " 10.0.0.1 1 2\r\n";
    };
    EXPECT_TRUE(say(line("192.0.2.7") + request("")).starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(say(line("198.51.100.7") + request("")).starts_with("HTTP/1.1 403 "));
    EXPECT_TRUE(say(line("198.51.100.7") + request("X-Forwarded-For: 192.0.2.7\r\n"))
                    .starts_with("HTTP/1.1 403 ")
    ) << "whom the proxy names is no proxy";
    settings_.callback.trusted_proxies = {*cidr::parse("10.0.0.0/8")};
    EXPECT_TRUE(say(line("192.0.2.7") + request("")).starts_with("HTTP/1.1 400 "))
        << "nobody trusts this one";
    EXPECT_EQ(taken().size(), 2U);
    EXPECT_EQ(counts_.refused_stranger.value(), 5);
}

// A stranger learns a number and nothing else, however near he comes.
TEST_F(Listener, SaysNothingToAStranger) {
    settings_.carriers[carrier_name("kannel")].dlr_auth.cidrs = {*cidr::parse("192.0.2.0/24")};
    const auto get = [this](const std::string& target) {
        return say("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    };
    const auto bare = [](const std::string& status) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    };
    EXPECT_EQ(get("/"), bare("404 Not Found"));
    EXPECT_EQ(get("/dlr/nobody/x"), bare("404 Not Found"));
    EXPECT_EQ(get("/dlr/kannel"), bare("404 Not Found"));
    EXPECT_EQ(get("/dlr/kannel/x"), bare("403 Forbidden"));
    EXPECT_EQ(get(path("kannel")), bare("403 Forbidden"));
    EXPECT_EQ(get("/dlr/jasmin/x"), bare("403 Forbidden"));
    EXPECT_EQ(counts_.refused_stranger.value(), 6);
}

TEST_F(Listener, AnUnknownWordIsKeptAndGetsTheNearestMeaning) {
    const auto entry = [](const std::string& word) {
        return R"({"messageId":"m1","status":")" + word + "\"}";
    };
    EXPECT_EQ(post("vonage", json(entry("Undelivered"))), 200U);
    EXPECT_EQ(post("vonage", json(entry("pondering"))), 200U);
    const auto all = taken();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].status, dlr_status::undeliv);
    EXPECT_EQ(all[0].raw_status, "Undelivered");
    EXPECT_EQ(all[1].status, dlr_status::acceptd);
    EXPECT_EQ(all[1].raw_status, "pondering");
    EXPECT_EQ(counts_.dlrs_unknown_status.value(), 2);
}

TEST_F(Listener, AnUnknownFieldIsNamedAndCounted) {
    EXPECT_EQ(post("vonage", json(R"({"messageId":"m1","status":"delivered"})")), 200U);
    EXPECT_EQ(counts_.dlrs_unknown_fields.value(), 0);
    const auto body = R"({"messageId":"m1","status":"delivered","note":"483920 is your code"})";
    EXPECT_EQ(post("vonage", json(body)), 200U);
    const auto all = taken();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].raw, R"({"messageId":"m1","others":["note"],"status":"delivered"})");
    EXPECT_EQ(all[1].status, dlr_status::delivrd);
    EXPECT_EQ(counts_.dlrs_unknown_fields.value(), 1);
}

TEST_F(Listener, SaysWhichReportsAreOfOnePart) {
    EXPECT_EQ(post("vonage", json(R"({"messageId":"m1","status":"delivered"})")), 200U);
    auto call = json(R"({"uuid":"u1","status":"completed"})");
    call.target = "?channel=voice";
    EXPECT_EQ(post("vonage", std::move(call)), 200U);
    settings_.carriers[carrier_name("vonage")].translator.parts =
        carriers::settings::part_reports::whole;
    EXPECT_EQ(post("vonage", json(R"({"messageId":"m2","status":"delivered"})")), 200U);
    const auto all = taken();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_TRUE(all[0].part);
    EXPECT_FALSE(all[1].part);
    EXPECT_FALSE(all[2].part);
}

TEST_F(Listener, CountsWhoItRefusesAndTakesNothingOfHis) {
    auto& auth = settings_.carriers[carrier_name("vonage")].dlr_auth;
    auth.signature = config::dlr_auth_settings::signature_kind::vonage;
    auth.signature_secret.value = secret("hush");
    EXPECT_EQ(post("vonage", json(R"({"messageId":"m1","status":"delivered"})")), 503U);
    auto wrong = json(R"({"messageId":"m1","status":"delivered"})");
    wrong.fields.add("Authorization", "Bearer x.y.z");
    EXPECT_EQ(post("vonage", std::move(wrong)), 403U);
    EXPECT_TRUE(taken().empty());
    EXPECT_EQ(counts_.refused_stranger.value(), 2);
}

// What happens at each bound is the server's own test; here, that the settings are its bounds.
TEST_F(Listener, KeepsTheBoundsThatAreSet) {
    const auto head = "POST " + path("vonage") + " HTTP/1.1\r\nHost: x\r\nContent-Length: ";
    auto& bounds = settings_.callback;
    bounds.body_max = 2000;
    EXPECT_TRUE(say(head + "2001\r\n\r\n").starts_with("HTTP/1.1 413 "));
    bounds.request_timeout = 200ms;
    EXPECT_TRUE(say(head + "2000\r\n\r\nhalf").starts_with("HTTP/1.1 408 "));
    bounds.request_timeout = 1h;
    bounds.header_timeout = 200ms;
    EXPECT_TRUE(say("POST / HTTP/1.1\r\nHost: ").starts_with("HTTP/1.1 408 "));
    bounds.header_timeout = 1h;
    bounds.idle_timeout = 200ms;
    const auto stays = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";  // nobody ends it but the listener
    const auto closes = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_TRUE(say(stays).starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(ended_);
    bounds.idle_timeout = 1h;
    for (auto* most : {&bounds.connections_max, &bounds.connections_per_address}) {
        const auto before = std::exchange(*most, 2);
        EXPECT_TRUE(say(closes, 1).starts_with("HTTP/1.1 404 "));
        EXPECT_TRUE(say("", 2).starts_with("HTTP/1.1 503 "));
        *most = before;
    }
    EXPECT_TRUE(taken().empty());
}

class ListenerAskedForWords : public Listener {
protected:
    static constexpr const char* spoken = "<Response><Say>4, 8, 3, 9</Say></Response>";
    static constexpr const char* hang_up = "<Response><Hangup/></Response>";

    // Of a call that may be heard for another minute.
    static call_words words(std::string text = spoken) {
        call_words made;
        made.text = secret(std::move(text));
        made.until = std::chrono::system_clock::now() + 1min;
        return made;
    }
    std::string target_of(const call_words& what, const std::string& carrier = "twilio") const {
        const nonce96 nonce{7};
        return words_url("", keys_, carrier_name(carrier), attempt('0'), what, nonce);
    }
    http::response call(const std::string& target, const std::string& answered_by = "human") {
        http::request made("POST", target);
        made.fields.add("Content-Type", "application/x-www-form-urlencoded");
        made.body = "CallSid=CA1&CallStatus=in-progress&AnsweredBy=" + answered_by;
        return send(std::move(made));
    }
};

TEST_F(ListenerAskedForWords, TellsThemToAHumanAndNobodyElse) {
    const auto said = call(target_of(words()));
    EXPECT_EQ(said.status, 200U);
    EXPECT_EQ(said.body, spoken);
    EXPECT_EQ(said.fields.get("Content-Type"), "application/xml");
    EXPECT_EQ(call(target_of(words()), "machine_start").body, hang_up);
    EXPECT_EQ(call(target_of(words()), "unknown").body, hang_up);
    EXPECT_TRUE(taken().empty()) << "it is no report";
    EXPECT_EQ(counts_.refused_stranger.value(), 0);
}

TEST_F(ListenerAskedForWords, HangsUpWhenTheirTimeIsOver) {
    auto late = words();
    late.until = std::chrono::system_clock::now() - 2s;
    const auto said = call(target_of(late));
    EXPECT_EQ(said.status, 200U);
    EXPECT_EQ(said.body, hang_up);
}

// As long as a platform's URL may be.
TEST_F(ListenerAskedForWords, TakesALongUrl) {
    const auto text = std::string(2850, 'x');
    const auto target = target_of(words(text));
    EXPECT_GT(target.size(), 3900U);
    EXPECT_EQ(call(target).body, text);
}

TEST_F(ListenerAskedForWords, AnswersEveryStrangerAlike) {
    const auto good = target_of(words());
    auto of_another_attempt = good;
    const auto sealed = good.rfind('/') + 1;
    const auto others =
        seal_words(keys_, carrier_name("twilio"), attempt('1'), words(), nonce96{8});
    of_another_attempt.replace(sealed, std::string::npos, others);
    auto of_another_carrier = good;
    of_another_carrier.replace(
        sealed,
        std::string::npos,
        seal_words(keys_, carrier_name("vonage"), attempt('0'), words(), nonce96{9})
    );
    auto changed = good;
    changed[sealed + 30] = changed[sealed + 30] == 'A' ? 'B' : 'A';
    auto forged = good;
    forged[sealed - 3] = forged[sealed - 3] == '0' ? '1' : '0';
    const std::string strange[] = {
        of_another_attempt, of_another_carrier, changed, forged, good.substr(0, sealed) + "words"};
    for (const auto& target : strange) {
        const auto said = call(target);
        EXPECT_EQ(said.status, 403U) << target;
        EXPECT_EQ(said.body, "") << target;
    }
    EXPECT_EQ(counts_.refused_stranger.value(), 5);
}

TEST_F(ListenerAskedForWords, TellsNothingByACarrierThatDoesNotAsk) {
    const auto said = call(target_of(words(), "infobip"));
    EXPECT_EQ(said.status, 404U);
    EXPECT_EQ(said.body, "");
}

}  // namespace
}  // namespace pinwire::callback
