// Carriers that are described: requests through each kind of body, answers by pointer and by
// beginning, reports as JSON, form and query. Mistakes in a description: tests/unit/config.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "common/core/form.hpp"
#include "common/core/sms_encoding.hpp"
#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using body_kind = http_request_template::body_kind;
using samples::carrier_of;
using samples::text_of;

std::unique_ptr<carrier> carrier_with(http_description described) {
    auto given = samples::settings_of("http");
    given.http = std::move(described);
    return make_carrier(std::move(given));
}

http_description text_sample() {
    auto given = samples::http_sample();
    given.answer = {};
    given.answer.kind = http_answer::body_kind::text;
    given.answer.success_prefix = "OK";
    given.answer.id_after = "id:";
    given.answer.errors = {
        {"ERR 1", verdict::not_sent_next},
        {"ERR 12", verdict::not_sent_final},
        {"ERR 7", verdict::not_sent_later}};
    given.answer.error_statuses = {
        {"503", verdict::not_sent_later}, {"402", verdict::not_sent_next}};
    return given;
}

TEST(HttpCarrier, WritesTheRequestThatIsDescribed) {
    const auto carrier = carrier_of("http");
    golden::expect("carriers/http-sms.request", text_of(carrier->to_request(samples::sms_order())));
    golden::expect(
        "carriers/http-voice.request", text_of(carrier->to_request(samples::voice_order()))
    );
    auto described = samples::http_sample();
    described.sms = {};
    described.sms.kind = body_kind::xml;
    described.sms.method = "PUT";
    described.sms.target = "/sms/{to}";
    described.sms.body = "<sms key=\"{secret}\" from=\"{from}\"><text>{text}</text></sms>";
    auto order = samples::sms_order();
    order.text = secret("483920 <is> \"your\" & 'code'\nнового");
    golden::expect(
        "carriers/http-xml.request", text_of(carrier_with(described)->to_request(order))
    );
}

TEST(HttpCarrier, DoesTheChannelsThatAreDescribed) {
    auto described = samples::http_sample();
    described.voice = {};
    EXPECT_TRUE(carrier_with(described)->can(channel::sms));
    EXPECT_FALSE(carrier_with(described)->can(channel::voice));
    EXPECT_FALSE(carrier_with({})->can(channel::sms));
}

TEST(HttpCarrier, HasNoBodyWhereNoneIsDescribed) {
    auto described = samples::http_sample();
    described.sms = {};
    described.sms.method = "GET";
    described.sms.target = "/send?to={to}&text={text}";
    const auto request = carrier_with(described)->to_request(samples::sms_order());
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.body, "");
    EXPECT_TRUE(request.headers.empty());
    EXPECT_EQ(*form::parse(query_of(request.target))->find("to"), "34600000000");
}

TEST(HttpCarrier, TheValidityIsNeverBelowOneUnit) {
    auto described = samples::http_sample();
    described.sms.kind = body_kind::text;
    described.sms.body = "{validity_minutes} {validity_seconds}";
    const auto carrier = carrier_with(described);
    const auto body = [&carrier](int seconds) {
        auto order = samples::sms_order();
        order.validity = std::chrono::seconds(seconds);
        return carrier->to_request(order).body;
    };
    EXPECT_EQ(body(599), "9 599");
    EXPECT_EQ(body(59), "1 59");
    EXPECT_EQ(body(0), "1 1");
}

// What stands between two marks.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    if (begin == std::string::npos) return "no " + from;
    const auto start = begin + from.size();
    return text.substr(start, text.find(to, start) - start);
}

std::string without_entities(std::string text) {
    const std::pair<std::string, std::string> entities[] = {
        {"&lt;", "<"},
        {"&gt;", ">"},
        {"&quot;", "\""},
        {"&#39;", "'"},
        {"&#9;", "\t"},
        {"&#10;", "\n"},
        {"&#13;", "\r"},
        {"&amp;", "&"}};
    for (const auto& [entity, character] : entities)
        for (auto at = text.find(entity); at != std::string::npos;
             at = text.find(entity, at + character.size()))
            text.replace(at, entity.size(), character);
    return text;
}

// Random texts of what breaks out of places most often.
std::string random_text(std::mt19937& draws) {
    static const std::string pieces[] = {
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "{to}",
        "{text}",
        "{secret}",
        "\n",
        "\r\n",
        "\t",
        "&",
        "&amp;",
        "<",
        ">",
        "]]>",
        "=",
        "+",
        "%",
        "%41",
        ";",
        " ",
        "a",
        "0",
        "é",
        "€",
        "ж",
        "漢",
        "\\u00e9",
        "/*",
        "--",
        "\xF0\x9F\x94\x91",
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
        "~",
        "|"};
    std::uniform_int_distribution<std::size_t> which(0, std::size(pieces) - 1);
    std::uniform_int_distribution<int> length(0, 40);
    std::string made;
    for (int left = length(draws); left > 0; --left)
        made += pieces[which(draws)];
    return made;
}

TEST(HttpCarrier, AnyTextGoesOutUnharmedThroughEveryTemplate) {
    auto described = samples::http_sample();
    auto& sms = described.sms;
    sms.target = "/{text}?q={text}";
    struct kind_case {
        body_kind kind;
        const char* body;
        std::function<std::string(const std::string&)> read;
    };
    const kind_case cases[] = {
        {body_kind::json,
         R"({"a":{"b":"x{text}y"}})",
         [](const std::string& body) {
             return nlohmann::json::parse(body)["a"]["b"].get<std::string>();
         }},
        {body_kind::form,
         "n=1&t=x{text}y&m=2",
         [](const std::string& body) { return *form::parse(body)->find("t"); }},
        {body_kind::xml,
         "<a><t>x{text}y</t></a>",
         [](const std::string& body) { return without_entities(between(body, "<t>", "</t>")); }},
        {body_kind::text, "x{text}y", [](const std::string& body) { return body; }},
    };
    for (const auto& given : cases) {
        sms.kind = given.kind;
        sms.body = given.body;
        const auto carrier = carrier_with(described);
        std::mt19937 draws(7);
        for (int i = 0; i < 2000; ++i) {
            const auto text = random_text(draws);
            auto order = samples::sms_order();
            order.text = secret(std::string(text));
            const auto request = carrier->to_request(order);
            ASSERT_EQ(given.read(request.body), "x" + text + "y") << "draw " << i;
            ASSERT_EQ(percent_decode(path_of(request.target).substr(1)), text) << "draw " << i;
            ASSERT_EQ(*form::parse(query_of(request.target))->find("q"), text) << "draw " << i;
        }
    }
}

// What the other carriers make of the same texts: read back by the rules of their own wire.
TEST(Carriers, AnyTextGoesOutUnharmed) {
    std::mt19937 draws(11);
    const auto as_json = [](const std::string& body) {
        return nlohmann::json::parse(body)["messages"][0]["text"].get<std::string>();
    };
    for (int i = 0; i < 2000; ++i) {
        const auto text = random_text(draws);
        auto order = samples::sms_order();
        order.text = secret(std::string(text));
        const auto body = [&order](const char* kind) {
            return carrier_of(kind)->to_request(order).body;
        };
        ASSERT_EQ(as_json(body("infobip")), text);
        ASSERT_EQ(as_json(body("360nrs")), text);
        ASSERT_EQ(body("kannel"), text);
        const auto fields = form::parse(body("jasmin"));
        ASSERT_TRUE(fields);
        if (const auto* content = fields->find("content")) {
            ASSERT_EQ(*content, text);
        } else {
            const auto units = utf16be(text);
            std::string hex;
            for (const char c : units)
                for (const int half : {(c >> 4) & 15, c & 15})
                    hex += "0123456789abcdef"[half];
            ASSERT_EQ(*fields->find("hex-content"), hex);
        }
    }
}

struct answer_case {
    unsigned status;
    const char* body;
};

std::string said_of(const carrier& carrier, const answer_case& given, channel on) {
    http_response response;
    response.status = given.status;
    response.body = given.body;
    if (given.status == 429) response.headers = {{"Retry-After", "30"}};
    const auto said = carrier.read_answer(response, on);
    EXPECT_EQ(said.error.find("483920"), std::string::npos);
    return std::to_string(given.status) + " " + given.body + "\n  " + text_of(said) + "\n";
}

TEST(HttpCarrier, ClassesJsonAnswers) {
    const answer_case cases[] = {
        {200, R"({"status":"queued","id":"m-1"})"},
        {202, R"({"status":"accepted","id":17})"},
        {200, R"({"status":"accepted"})"},
        {204, ""},
        {206, R"({"status":"queued","id":"m-1"})"},
        {200, R"({"status":"perhaps","id":"m-1"})"},
        {200, R"({"status":"queued","error":{"code":"BAD_NUMBER"}})"},
        {200, R"({"error":{"code":"TOO_FAST"}})"},
        {200, R"({"error":{"code":17}})"},
        {200, R"({"error":{"code":"NEVER 483920 HEARD"}})"},
        {200, R"([])"},
        {200, "<html>"},
        {400, R"({"error":{"code":"BAD_NUMBER"}})"},
        {400, R"({"error":{"code":"NEVER_HEARD"}})"},
        {402, R"({"error":{"code":"NO_CREDIT"}})"},
        {409, R"({"error":{"code":"SEEN"},"id":"m-1"})"},
        {429, ""},
        {500, R"({"error":{"code":"NO_CREDIT"}})"},
        {500, R"({"error":{"code":"TIMEOUT"}})"},
        {502, "Bad Gateway"},
    };
    std::string made;
    for (const auto& given : cases)
        made += said_of(*carrier_of("http"), given, channel::sms);
    golden::expect("carriers/http-json.answers", made);
}

TEST(HttpCarrier, ClassesTextAnswers) {
    const answer_case cases[] = {
        {200, "OK id: 0a1b,parts 1"},
        {200, "OK"},
        {201, "OKAY id:0a1b\n"},
        {200, " OK"},
        {200, "ERR 1 no credit"},
        {200, "ERR 1"},
        {200, "ERR 12: bad number"},
        {200, "ERR 123"},
        {200, "ERR 7"},
        {200, "483920"},
        {402, "pay first"},
        {404, "ERR 12"},
        {429, ""},
        {503, "upstream"},
        {500, "oops"},
    };
    const auto carrier = carrier_with(text_sample());
    std::string made;
    for (const auto& given : cases)
        made += said_of(*carrier, given, channel::sms);
    golden::expect("carriers/http-text.answers", made);
}

TEST(HttpCarrier, ACallThatWasTakenIsPendingAndOneThatWasRefusedAnError) {
    const auto carrier = carrier_of("http");
    const auto call = [&carrier](unsigned status, const char* body) {
        return carrier->read_answer({status, {}, body}, channel::voice).call;
    };
    EXPECT_EQ(call(200, R"({"status":"queued"})"), call_status::pending_accepted);
    EXPECT_EQ(call(200, R"({"error":{"code":"BAD_NUMBER"}})"), call_status::error);
    EXPECT_EQ(call(429, ""), std::nullopt);
    EXPECT_EQ(call(500, ""), std::nullopt);
}

TEST(HttpCarrier, ANumberIsComparedWhole) {
    auto described = text_sample();
    described.answer.success_prefix = "0";
    const auto carrier = carrier_with(described);
    EXPECT_EQ(carrier->read_answer({200, {}, "0"}, channel::sms).verdict, verdict::sent);
    EXPECT_EQ(carrier->read_answer({200, {}, "0|id:1"}, channel::sms).verdict, verdict::sent);
    EXPECT_EQ(carrier->read_answer({200, {}, "01"}, channel::sms).verdict, verdict::in_doubt);
}

TEST(HttpCarrier, ReadsReportsInAnArray) {
    const auto body = golden::read("carriers/http-dlr.json");
    const auto carrier = carrier_of("http");
    const auto reading = carrier->read_dlrs(samples::posted(body), channel::sms);
    golden::expect("carriers/http-dlr.entries", text_of(reading));
}

TEST(HttpCarrier, ReadsTheStatusesOfCallsByTheirOwnTable) {
    const auto carrier = carrier_of("http");
    const auto read = [&carrier](const std::string& state) {
        const auto body = R"({"reports":[{"state":{"name":")" + state + R"("}}]})";
        return carrier->read_dlrs(samples::posted(body), channel::voice).entries.at(0);
    };
    EXPECT_EQ(read("answered").call, call_status::processed);
    EXPECT_EQ(read("answered").status, dlr_status::delivrd);
    EXPECT_EQ(read("busy").call, call_status::error_user_busy);
    EXPECT_EQ(read("delivered").call, std::nullopt);
    EXPECT_EQ(read("delivered").status, std::nullopt);
}

TEST(HttpCarrier, ABodyMayBeOneEntryOrTheArrayItself) {
    auto described = samples::http_sample();
    described.dlr.entries.clear();
    const auto carrier = carrier_with(described);
    const std::string one = R"({"id":"a","state":{"name":"delivered"}})";
    EXPECT_EQ(carrier->read_dlrs(samples::posted(one), channel::sms).entries.size(), 1u);
    const auto two = "[" + one + "," + one + ",7]";
    const auto reading = carrier->read_dlrs(samples::posted(two), channel::sms);
    EXPECT_EQ(reading.entries.size(), 2u);
    EXPECT_EQ(reading.unreadable, std::vector<std::string>{"7"});
}

http_description form_dlrs(http_dlr::body_kind kind) {
    auto given = samples::http_sample();
    given.dlr.kind = kind;
    given.dlr.entries.clear();
    given.dlr.id = "msg";
    given.dlr.reference = "ref";
    given.dlr.to = "to";
    given.dlr.status = "status";
    given.dlr.error = "err";
    given.dlr.done_at = "at";
    given.dlr.done_at_as = http_dlr::time_kind::unix_s;
    return given;
}

TEST(HttpCarrier, ReadsReportsFromFormsAndQueries) {
    const std::string fields =
        "status=delivered&msg=m%2D1&ref=" + std::string(samples::attempt_hex) +
        "&to=%2B34600000000&err=000&at=1772359205&text=483920+is";
    auto in_body = samples::posted(fields);
    in_body.content_type = "application/x-www-form-urlencoded";
    dlr_request in_query;
    in_query.method = "GET";
    in_query.target = "/dlr/acme/token?" + fields;
    const auto by_form = carrier_with(form_dlrs(http_dlr::body_kind::form));
    const auto by_query = carrier_with(form_dlrs(http_dlr::body_kind::query));
    const auto made = text_of(by_form->read_dlrs(in_body, channel::sms));
    EXPECT_EQ(made, text_of(by_query->read_dlrs(in_query, channel::sms)));
    golden::expect("carriers/http-dlr-form.entries", made);
    EXPECT_EQ(by_form->read_dlrs(in_query, channel::sms).unreadable.size(), 1u);
}

TEST(HttpCarrier, ReadsTimesAsTheyAreDescribed) {
    using time = http_dlr::time_kind;
    const auto done_at = [](time as, const std::string& text, const char* zone) {
        auto given = samples::settings_of("http");
        given.http = form_dlrs(http_dlr::body_kind::query);
        given.http.dlr.done_at_as = as;
        given.time_zone = zone;
        form fields;
        fields.add("status", "delivered");
        fields.add("at", text);
        dlr_request request;
        request.method = "GET";
        request.target = "/dlr/acme/token?" + fields.encode();
        const auto carrier = make_carrier(std::move(given));
        return carrier->read_dlrs(request, channel::sms).entries.at(0).done_at;
    };
    const auto at = parse_rfc3339("2026-03-01T10:00:05Z");
    EXPECT_EQ(done_at(time::rfc3339, "2026-03-01T11:00:05+01:00", "UTC"), at);
    EXPECT_EQ(done_at(time::plain, "2026-03-01 12:00:05", "+02:00"), at);
    EXPECT_EQ(done_at(time::short_form, "260301120005", "+02:00"), at);
    EXPECT_EQ(done_at(time::unix_s, "1772359205", "UTC"), at);
    EXPECT_EQ(done_at(time::unix_ms, "1772359205000", "UTC"), at);
    for (const char* bad : {"", "-1", "0", "99999999999999999999", "soon", "7258118400"})
        EXPECT_EQ(done_at(time::unix_s, bad, "UTC"), std::nullopt) << bad;
    EXPECT_EQ(done_at(time::unix_ms, "9223372036854775807", "UTC"), std::nullopt);
}

TEST(HttpCarrier, KeepsOnlyTheFieldsThatAreDescribed) {
    const std::string body =
        R"({"reports":[{"state":{"name":"sent","text":"483920"},"text":"483920 is"}]})";
    const auto reading = carrier_of("http")->read_dlrs(samples::posted(body), channel::sms);
    EXPECT_EQ(reading.entries.at(0).raw, R"({"/state/name":"sent"})");
}

TEST(HttpCarrier, KeepsAWholeBodyThatIsNoReport) {
    for (const char* body :
         {"", "no", "7", "{}", R"({"reports":7})", R"({"reports":[],"reports":[]})"}) {
        const auto reading = carrier_of("http")->read_dlrs(samples::posted(body), channel::sms);
        EXPECT_TRUE(reading.entries.empty());
        ASSERT_EQ(reading.unreadable.size(), 1u) << body;
        EXPECT_EQ(reading.unreadable[0], body);
    }
}

TEST(HttpCarrier, AcknowledgesAsItIsDescribed) {
    const auto said = carrier_of("http")->acknowledgement();
    EXPECT_EQ(said.status, 200u);
    EXPECT_EQ(said.body, "OK");
    EXPECT_EQ(find_header(said.headers, "Content-Type"), "text/plain");
}

TEST(HttpCarrier, PassesOnIndiasIdsAndThatAKeyIsAskedFor) {
    auto given = samples::settings_of("http");
    given.http.sms.body = R"({"to":"{to}","text":"{text}","e":"{dlt_entity}","c":"{dlt_template}",)"
                          R"("t":"{dlt_telemarketer}"})";
    given.http.voice.body = "to={to}&say={text}&key={press_key}";
    given.press_key = true;
    const auto carrier = make_carrier(given);
    auto order = samples::sms_order();
    EXPECT_NE(carrier->to_request(order).body.find(R"("e":"","c":"","t":""})"), std::string::npos);
    order.dlt = samples::dlt();
    EXPECT_NE(
        carrier->to_request(order).body.find(
            R"("e":"1201160000000000001","c":"1207160000000000002",)"
        ),
        std::string::npos
    );
    const auto call = carrier->to_request(samples::voice_order()).body;
    EXPECT_TRUE(call.ends_with("&key=true")) << call;
}

}  // namespace
}  // namespace pinwire::carriers
