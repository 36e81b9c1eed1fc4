// Both readings of each carrier's protocol against each other: what common/carriers writes, the
// simulator takes, word for word whatever the text, and its answers and reports are read back. A
// carrier that is described speaks to the same endpoints without a file of its own.
#include <gtest/gtest.h>

#include <random>

#include "common/carriers/registry.hpp"
#include "common/http/message.hpp"
#include "tests/component/sim/sim_fixture.hpp"
#include "tests/support/private_key.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;
using carriers::verdict;
using request_template = carriers::http_request_template;

struct speaker {
    std::string name;
    carriers::settings how;
};

carriers::settings settings_of(std::string kind, std::string path) {
    carriers::settings made;
    made.name = carrier_name("acme");
    made.kind = std::move(kind);
    made.base_url = "http://127.0.0.1:1/" + path;
    made.username = "pinwire";
    made.password = secret("sim-key");
    return made;
}

// 360NRS by description.
carriers::settings described_json() {
    auto made = settings_of("http", "360nrs");
    auto& how = made.http;
    how.sms.target = "/api/3.0/sms/send";
    how.sms.body = R"({"api_key":"{secret}","report_url":"{dlr_url}","messages":[)"
                   R"({"from":"{from}","to":"{to}","text":"{text}","custom":"{reference}"}]})";
    how.answer.success_pointer = "/result/0/status";
    how.answer.success_values = {"ok"};
    how.answer.id_pointer = "/result/0/sms_id";
    how.answer.error_pointer = "/result/0/error_id";
    how.answer.errors = {
        {"INVALID_NUMBER", verdict::not_sent_final},
        {"NOT_ENOUGH_BALANCE", verdict::not_sent_next}};
    how.dlr.reference = "/custom";
    how.dlr.id = "/sms_id";
    how.dlr.to = "/to";
    how.dlr.status = "/status";
    how.dlr.statuses = {{"DELIVRD", dlr_status::delivrd}, {"UNDELIV", dlr_status::undeliv}};
    how.pull.request.method = "POST";
    how.pull.request.target = "/api/3.0/sms/get-reports";
    how.pull.request.body = R"({"api_key":"{secret}","custom":"{reference}"})";
    how.pull.entries = "/result";
    how.pull.reference = "/custom";
    how.pull.to = "/to";
    how.pull.status = "/status";
    return made;
}

// Twilio's SMS by description: the message that is asked about by its id doesn't say whose it is.
carriers::settings described_resource() {
    auto made = settings_of("http", "twilio");
    auto& how = made.http;
    const std::string account = "/2010-04-01/Accounts/{username}";
    const std::string proof = "Authorization: Basic cGlud2lyZTpzaW0ta2V5";  // pinwire:sim-key
    how.sms.target = account + "/Messages.json";
    how.sms.headers = {proof};
    how.sms.kind = request_template::body_kind::form;
    how.sms.body = "To={to_plus}&From={from}&Body={text}&StatusCallback={dlr_url}";
    how.answer.success_pointer = "/sid";
    how.answer.id_pointer = "/sid";
    how.dlr.kind = carriers::http_dlr::body_kind::form;
    how.dlr.id = "MessageSid";
    how.dlr.status = "MessageStatus";
    how.dlr.statuses = {{"delivered", dlr_status::delivrd}};
    how.pull.request.target = account + "/Messages/{id}.json";
    how.pull.request.headers = {proof};
    how.pull.to = "/to";
    how.pull.status = "/status";
    return made;
}

// Jasmin by description.
carriers::settings described_form() {
    auto made = settings_of("http", "jasmin");
    auto& how = made.http;
    how.sms.target = "/send";
    how.sms.kind = request_template::body_kind::form;
    how.sms.body =
        "username={username}&password={secret}&from={from}&to={to}&content={text}"
        "&dlr=yes&dlr-level=2&dlr-method=POST&dlr-url={dlr_url}";
    how.answer.kind = carriers::http_answer::body_kind::text;
    how.answer.success_prefix = "Success";
    how.answer.id_after = "Success \"";
    how.answer.errors = {{"Error \"No route", verdict::not_sent_next}};
    how.dlr.kind = carriers::http_dlr::body_kind::form;
    how.dlr.id = "id";
    how.dlr.status = "message_status";
    how.dlr.statuses = {{"DELIVRD", dlr_status::delivrd}};
    how.dlr.ack_body = "ACK/Jasmin";
    return made;
}

carriers::settings newer_infobip() {
    auto made = settings_of("infobip", "infobip");
    made.api = carriers::settings::api_version::v3;
    return made;
}

std::vector<speaker> speakers() {
    return {
        {"infobip", settings_of("infobip", "infobip")},
        {"infobip v3", newer_infobip()},
        {"twilio", settings_of("twilio", "twilio")},
        {"vonage", settings_of("vonage", "vonage")},
        {"360nrs", settings_of("360nrs", "360nrs")},
        {"kannel", settings_of("kannel", "kannel")},
        {"jasmin", settings_of("jasmin", "jasmin")},
        {"http, as 360nrs", described_json()},
        {"http, as jasmin", described_form()},
    };
}

// Pieces that break out of places; not longer than the strictest carrier takes.
std::string random_text(std::mt19937& draws) {
    static const std::string pieces[] = {
        "\"", "'", "\\", "{",   "}", "{to}", "\n", "&", "<", ">",
        "=",  "+", "%",  "%41", " ", "a",    "é",  "€", "ж", "\xF0\x9F\x94\x91",
        "~",  "|"};
    std::uniform_int_distribution<std::size_t> which(0, std::size(pieces) - 1);
    std::string made = "1";
    for (int i = 0; i < 30; ++i)
        made += pieces[which(draws)];
    return made + "2";
}

class Translators : public sim_fixture {
protected:
    carriers::order order_for(const std::string& number, std::string text) {
        carriers::order made;
        made.attempt = *attempt_id::parse("0193500b7c00a1b2c3d4e5f60718293a");
        made.to = *msisdn::parse(number);
        made.from = sender_name("ACME");
        made.text = secret(std::move(text));
        made.validity = 600s;
        made.dlr_url = callback_url("/dlr/token");
        return made;
    }

    awaitable<http_response> send(const carriers::carrier& carrier, const carriers::order& order) {
        auto asked = carrier.to_request(order);
        co_return co_await exchange(std::move(asked));
    }

    awaitable<http_response> exchange(http_request asked) {
        http::request what(asked.method, asked.target);
        for (auto& [name, value] : asked.headers)
            what.fields.set(name, value);
        what.body = std::move(asked.body);
        auto ended = co_await call(std::move(what), 5000ms);
        co_return http::to_core(std::move(ended.answer));
    }

    static carriers::dlr_request request_of(const callback& came) {
        carriers::dlr_request made;
        made.method = came.method;
        made.target = came.target;
        made.content_type = came.content_type;
        made.body = came.body;
        return made;
    }
};

TEST_F(Translators, EveryTextArrivesAsItWas) {
    run([this]() -> awaitable<void> {
        for (const auto& one : speakers()) {
            const auto carrier = carriers::make_carrier(one.how);
            std::mt19937 draws(3);
            for (int i = 0; i < 50; ++i) {
                const auto text = random_text(draws);
                auto order = order_for("34600000003", text);  // no reports
                auto id = order.attempt.hex();
                id[31] = "0123456789abcdef"[i % 16];
                id[30] = "0123456789abcdef"[i / 16];
                order.attempt = *attempt_id::parse(id);
                const auto answer = co_await send(*carrier, order);
                const auto said = carrier->read_answer(answer, channel::sms);
                EXPECT_EQ(said.verdict, verdict::sent) << one.name << ": " << answer.body;
                const json inbox = co_await get_json("/inbox/34600000003");
                EXPECT_EQ(inbox.at("last").at("text"), text) << one.name;
            }
            co_await post("/admin/reset", "");
        }
    });
}

TEST_F(Translators, EveryReportIsReadAndAcknowledged) {
    run([this]() -> awaitable<void> {
        for (const auto& one : speakers()) {
            const auto carrier = carriers::make_carrier(one.how);
            callback_answer = carrier->acknowledgement().body;
            callbacks.clear();
            const auto order = order_for("34600000000", "123456 is your code");
            const auto answer = co_await send(*carrier, order);
            const auto said = carrier->read_answer(answer, channel::sms);
            co_await callbacks_reach(1);
            co_await reports_drain();
            std::optional<dlr_status> last;
            for (const auto& came : callbacks) {
                const auto read = carrier->read_dlrs(request_of(came), channel::sms);
                EXPECT_EQ(read.entries.size(), 1U) << one.name << ": " << came.body;
                for (const auto& entry : read.entries) {
                    last = entry.status;
                    EXPECT_EQ(entry.raw.find("123456"), std::string::npos) << one.name;
                    if (!said.carrier_message_id.empty() && !entry.carrier_message_id.empty()) {
                        EXPECT_EQ(entry.carrier_message_id, said.carrier_message_id) << one.name;
                    }
                }
            }
            EXPECT_EQ(last, dlr_status::delivrd) << one.name;
            const auto lines = co_await log("dlr");
            EXPECT_EQ(lines.size(), callbacks.size()) << one.name << ": tried again";
            co_await post("/admin/reset", "");
        }
    });
}

// Those that place calls; vonage's with a key made for the test.
std::vector<speaker> callers() {
    auto vonage = settings_of("vonage", "vonage");
    vonage.application = "app";
    vonage.password = secret(pinwire::test::new_private_key());
    auto key_first = settings_of("infobip", "infobip");
    key_first.press_key = true;
    key_first.scenarios = {{"es", "E83E787CF2613450157ADA3476171E3F"}};
    auto inline_words = settings_of("twilio", "twilio");
    inline_words.machine_detection = false;
    return {
        {"infobip", settings_of("infobip", "infobip")},
        {"infobip, a key first", key_first},
        {"twilio", settings_of("twilio", "twilio")},
        {"twilio, whoever answers", inline_words},
        {"vonage", vonage},
    };
}

carriers::order call_of(carriers::order order) {
    order.channel = channel::voice;
    order.from = sender_name("34911000000");
    order.text = secret("L'1, 2 & <3> \"4\".\nL'1, 2 & <3> \"4\".");
    order.voice.language = "es";
    order.dlr_url += "?channel=voice";
    order.words_url = "http://127.0.0.1:1/say/token/words";
    order.now = std::chrono::system_clock::now();
    return order;
}

struct end_case {
    const char* number;
    call_status call;
    bool heard = false;
};

// Of a call whose words are asked for when somebody answers.
constexpr end_case ends_when_asked[] = {
    {"34600000200", call_status::processed, true},
    {"34600000201", call_status::answered_machine},
    {"34600000023", call_status::answered_machine},
    {"34600000205", call_status::answered_machine},
    {"34600000202", call_status::error_user_busy},
    {"34600000203", call_status::error_no_answer},
    {"34600000204", call_status::error},
};

TEST_F(Translators, WhoAsksForTheWordsOfACallTellsThemToAHumanAlone) {
    run([this]() -> awaitable<void> {
        const auto carrier = carriers::make_carrier(settings_of("twilio", "twilio"));
        for (const auto& expected : ends_when_asked) {
            callbacks.clear();
            auto order = call_of(order_for(expected.number, ""));
            order.words_url = callback_url("/say/token/" + std::string(3000, 'w'));
            const auto words = carrier->words(order);
            // the callback is the listener of such a question as well
            callback_status = [&](const callback& came) {
                const bool asks = came.target.starts_with("/say/");
                callback_answer = asks ? carrier->say(words, request_of(came)).body : "";
                return 200U;
            };
            const auto answer = co_await send(*carrier, order);
            const auto said = carrier->read_answer(answer, channel::voice);
            EXPECT_EQ(said.verdict, verdict::sent) << answer.body;
            co_await callbacks_reach(1);
            co_await reports_drain();
            std::optional<call_status> known;
            for (const auto& came : callbacks) {
                if (came.target.starts_with("/say/")) continue;
                const auto read = carrier->read_dlrs(request_of(came), channel::voice);
                EXPECT_EQ(read.entries.size(), 1U) << came.body;
                for (const auto& entry : read.entries)
                    if (entry.call) known = fold(known, *entry.call);
            }
            EXPECT_EQ(known, expected.call) << expected.number;
            const json inbox = co_await get_json("/inbox/" + std::string(expected.number));
            const std::string heard = expected.heard ? std::string(order.text.reveal()) : "";
            EXPECT_EQ(inbox.at("last").at("text"), heard) << expected.number;
        }
        const auto spoken = co_await log("spoken");
        EXPECT_EQ(spoken.size(), 3U) << "who isn't there, or has gone, is told nothing";
    });
}

TEST_F(Translators, EveryCallIsSpokenAndItsEndIsRead) {
    run([this]() -> awaitable<void> {
        const end_case ends[] = {
            {"34600000200", call_status::processed},
            {"34600000201", call_status::answered_machine},
            {"34600000202", call_status::error_user_busy},
            {"34600000203", call_status::error_no_answer},
            {"34600000204", call_status::error},
        };
        auto all = callers();
        std::erase_if(all, [](const speaker& one) {
            return one.name == "twilio";  // it asks for the words: above
        });
        for (const auto& one : all) {
            const auto carrier = carriers::make_carrier(one.how);
            for (auto expected : ends) {
                // who isn't told from a human hears the words, and counts as one
                if (!one.how.machine_detection && expected.call == call_status::answered_machine)
                    expected.call = call_status::processed;
                callbacks.clear();
                auto order = call_of(order_for(expected.number, ""));
                auto id = order.attempt.hex();
                id.back() = expected.number[10];
                order.attempt = *attempt_id::parse(id);
                EXPECT_EQ(carrier->refuses(order), "") << one.name;
                const auto answer = co_await send(*carrier, order);
                const auto said = carrier->read_answer(answer, channel::voice);
                EXPECT_EQ(said.verdict, verdict::sent) << one.name << ": " << answer.body;
                EXPECT_EQ(said.call, call_status::pending_accepted) << one.name;
                const json inbox = co_await get_json("/inbox/" + std::string(expected.number));
                EXPECT_EQ(inbox.at("last").at("text"), order.text.reveal()) << one.name;
                co_await callbacks_reach(1);
                co_await reports_drain();
                std::optional<call_status> known;
                for (const auto& came : callbacks) {
                    const auto read = carrier->read_dlrs(request_of(came), channel::voice);
                    EXPECT_EQ(read.entries.size(), 1U) << one.name << ": " << came.body;
                    for (const auto& entry : read.entries)
                        if (entry.call) known = fold(known, *entry.call);
                }
                EXPECT_EQ(known, expected.call) << one.name << " " << expected.number;
            }
            co_await post("/admin/reset", "");
        }
    });
}

// What the simulator took without an answer that arrived is found by asking.
TEST_F(Translators, WhoCanBeAskedFindsWhatWasTaken) {
    run([this]() -> awaitable<void> {
        auto vonage = settings_of("vonage", "vonage");
        vonage.inquiry_url = vonage.base_url;
        auto all = callers();
        std::erase_if(all, [](const speaker& one) {
            return one.how.kind == "infobip";  // it can't be asked
        });
        all.push_back({"vonage, sms", vonage});
        all.push_back({"twilio, sms", settings_of("twilio", "twilio")});
        all.push_back({"360nrs, sms", settings_of("360nrs", "360nrs")});
        for (auto& one : all) {
            one.how.absent_after = 1s;
            const bool sms = one.name.ends_with("sms");
            const auto carrier = carriers::make_carrier(one.how);
            auto order = order_for("34600000020", "123456 is your code");  // takes, says garbage
            if (!sms) order = call_of(std::move(order));
            carriers::inquiry about;
            about.attempt = order.attempt;
            about.channel = order.channel;
            about.to = order.to;
            about.text = order.text;
            about.patience = 5s;
            about.began = std::chrono::system_clock::now();
            about.now = about.began + about.patience + 2s;
            auto question = carrier->to_inquiry(about);
            const auto before = co_await exchange(std::move(*question));
            const auto nothing = carrier->read_inquiry(before, about);
            using kind = carriers::inquiry_answer::kind;
            const bool proves = one.how.kind != "360nrs";
            EXPECT_EQ(nothing.what, proves ? kind::absent : kind::unknown)
                << one.name << ": " << before.body;
            const auto answer = co_await send(*carrier, order);
            const auto said = carrier->read_answer(answer, order.channel);
            EXPECT_EQ(said.verdict, verdict::in_doubt) << one.name;
            question = carrier->to_inquiry(about);
            const auto after = co_await exchange(std::move(*question));
            const auto found = carrier->read_inquiry(after, about);
            EXPECT_EQ(found.what, kind::found) << one.name << ": " << after.body;
            const json taken = co_await get_json("/admin/acceptances?number=34600000020");
            EXPECT_EQ(taken.at(0).at("carrier_id"), found.carrier_message_id) << one.name;
            co_await post("/admin/reset", "");
        }
    });
}

// A report that was posted to nobody is told to who asks for it; one that is still to come isn't.
TEST_F(Translators, WhoFetchesReportsIsToldWhatWasLost) {
    run([this]() -> awaitable<void> {
        auto vonage = settings_of("vonage", "vonage");
        vonage.inquiry_url = vonage.base_url;
        auto quiet = settings_of("twilio", "twilio");
        quiet.machine_detection = false;
        const std::vector<speaker> all = {
            {"infobip", settings_of("infobip", "infobip")},
            {"infobip v3", newer_infobip()},
            {"360nrs", settings_of("360nrs", "360nrs")},
            {"vonage", vonage},
            {"twilio", quiet},
            {"twilio, call", quiet},
            {"http, as 360nrs", described_json()},
            {"http, as twilio", described_resource()}};
        for (const auto& one : all) {
            for (const auto* number : {"34600000024", "34600000003"}) {
                const auto carrier = carriers::make_carrier(one.how);
                auto order = order_for(number, "123456 is your code");
                if (one.name.ends_with("call")) order = call_of(std::move(order));
                const auto answer = co_await send(*carrier, order);
                carriers::pull::overdue about;
                about.attempt = order.attempt;
                about.carrier_message_id =
                    carrier->read_answer(answer, order.channel).carrier_message_id;
                about.to = order.to;
                carriers::pull wanted;
                wanted.channel = order.channel;
                wanted.about.push_back(about);
                wanted.now = std::chrono::system_clock::now();
                auto question = carrier->to_pull(wanted);
                const auto told = co_await exchange(std::move(question));
                const auto read = carrier->read_pull(told, wanted);
                EXPECT_TRUE(read.readable) << one.name << ": " << told.body;
                EXPECT_EQ(read.entries.size(), 1U) << one.name << ": " << told.body;
                // a call that is under way has been answered: that much is told of it
                const bool told_so =
                    std::string_view(number).ends_with("24") || order.channel == channel::voice;
                for (const auto& entry : read.entries) {
                    EXPECT_EQ(entry.status == dlr_status::delivrd, told_so)
                        << one.name << told.body;
                    EXPECT_EQ(entry.to, order.to) << one.name;
                    EXPECT_TRUE(
                        entry.reference == order.attempt ||
                        entry.carrier_message_id == about.carrier_message_id
                    ) << one.name;
                }
                co_await post("/admin/reset", "");
            }
        }
    });
}

TEST_F(Translators, EveryBalanceIsToldToWhoHasTheKey) {
    run([this]() -> awaitable<void> {
        for (const auto* kind : {"infobip", "360nrs", "jasmin", "twilio", "vonage"}) {
            for (const bool right : {true, false}) {
                auto how = settings_of(kind, kind);
                if (!right) how.password = secret("another");
                const auto carrier = carriers::make_carrier(how);
                auto question = carrier->to_balance_request();
                EXPECT_TRUE(question) << kind;
                const auto answer = co_await exchange(std::move(*question));
                const auto left = carrier->read_balance(answer);
                EXPECT_EQ(left.has_value(), right) << kind << ": " << answer.body;
                if (left) {
                    EXPECT_EQ(left->amount, 1000) << kind;
                }
            }
        }
    });
}

TEST_F(Translators, EveryRefusalIsClassed) {
    run([this]() -> awaitable<void> {
        for (const auto& one : speakers()) {
            const auto carrier = carriers::make_carrier(one.how);
            const auto verdict_of = [&](const char* number) -> awaitable<verdict> {
                const auto order = order_for(number, "123456 is your code");
                const auto answer = co_await send(*carrier, order);
                co_return carrier->read_answer(answer, channel::sms).verdict;
            };
            const auto refused = co_await verdict_of("34600000010");
            EXPECT_EQ(refused, verdict::not_sent_next) << one.name;
            const auto throttled = co_await verdict_of("34600000012");
            EXPECT_EQ(throttled, verdict::not_sent_later) << one.name;
            const auto broken = co_await verdict_of("34600000021");
            EXPECT_EQ(broken, verdict::in_doubt) << one.name;
            const auto garbage = co_await verdict_of("34600000016");
            EXPECT_EQ(garbage, verdict::in_doubt) << one.name;
        }
    });
}

}  // namespace
}  // namespace pinwire::sim::test
