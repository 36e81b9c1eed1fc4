#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;
using samples::text_of;

dlr_request asked(std::string query) {
    dlr_request request;
    request.method = "GET";
    request.target = "/dlr/acme/token" + query;
    return request;
}

TEST(KannelCarrier, WritesTheDocumentedRequest) {
    const auto carrier = carrier_of("kannel");
    golden::expect(
        "carriers/kannel-gsm7.request", text_of(carrier->to_request(samples::sms_order()))
    );
    auto given = samples::settings_of("kannel");
    given.smsc = "smsc-2";
    auto order = samples::sms_order();
    order.text = secret("483920 — это ваш код");
    order.dlr_url += "?a=%20";
    golden::expect(
        "carriers/kannel-ucs2.request", text_of(make_carrier(std::move(given))->to_request(order))
    );
}

TEST(KannelCarrier, PassesIndiasIdsOnUnderTheNamesOfItsTlvs) {
    auto order = samples::sms_order();
    order.dlt = samples::dlt();
    const auto said = [&order](std::vector<std::string> names) {
        auto given = samples::settings_of("kannel");
        given.dlt_tlvs = std::move(names);
        const auto request = make_carrier(std::move(given))->to_request(order);
        return std::string(find_header(request.headers, "X-Kannel-Meta-Data"));
    };
    EXPECT_EQ(said({}), "") << "Kannel knows no such group";
    EXPECT_EQ(
        said({"PE_ID", "TEMPLATE_ID"}),
        "?smpp?PE_ID=1201160000000000001&TEMPLATE_ID=1207160000000000002"
    );
    order.dlt.content_template_id.clear();
    EXPECT_EQ(
        said({"PE_ID", "TEMPLATE_ID", "TM_ID"}),
        "?smpp?PE_ID=1201160000000000001&TM_ID=1202160000000000003%2C1202160000000000004"
    );
    order.dlt = {};
    EXPECT_EQ(said({"PE_ID", "TEMPLATE_ID"}), "");
}

TEST(KannelCarrier, PutsNeitherPinNorPasswordIntoTheUrl) {
    const auto request = carrier_of("kannel")->to_request(samples::sms_order());
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/cgi-bin/sendsms");
}

TEST(KannelCarrier, NeverAsksForTheTextOfTheReceipt) {
    for (const auto& [name, value] : carrier_of("kannel")->to_request(samples::sms_order()).headers)
        EXPECT_EQ(value.find("%A"), std::string::npos) << name;
}

TEST(KannelCarrier, LetsNoValueStartAHeaderOfItsOwn) {
    auto given = samples::settings_of("kannel");
    given.password = secret("one\r\nX-Kannel-To: 1");
    const auto request = make_carrier(std::move(given))->to_request(samples::sms_order());
    EXPECT_EQ(find_header(request.headers, "X-Kannel-Password"), "oneX-Kannel-To: 1");
}

TEST(KannelCarrier, ClassesEveryDocumentedAnswer) {
    struct answer_case {
        unsigned status;
        const char* body;
    };
    const answer_case cases[] = {
        {202, "0: Accepted for delivery"},
        {202, "3: Queued for later delivery"},
        {202, "Sent."},
        {200, "0: Accepted for delivery"},
        {202, ""},
        {200, "<html>It works!</html>"},
        {400, "DLR-URL field misformed, rejected"},
        {400, "Missing receiver number, rejected"},
        {400, "Missing receiver(s) number(s), rejected"},
        {400, "Number(s) has/have been denied by white- and/or black-lists."},
        {400, "Sender missing and no global set, rejected"},
        {403, "Authorization failed for sendsms"},
        {403, "Not routable. Do not try again."},
        {404, ""},
        {408, ""},
        {429, ""},
        {500, "Sending failed."},
        {502, "Bad Gateway"},
        {503, "Temporal failure, try again later."},
        {503, "upstream is away"},
    };
    const auto carrier = carrier_of("kannel");
    std::string made;
    for (const auto& given : cases) {
        const auto said = carrier->read_answer({given.status, {}, given.body}, channel::sms);
        made += std::to_string(given.status) + " " + given.body + "\n  " + text_of(said) + "\n";
    }
    golden::expect("carriers/kannel.answers", made);
}

TEST(KannelCarrier, ReadsTheDocumentedReports) {
    const char* queries[] = {
        "?status=1&smsid=4a5b6c&at=1772359205",
        "?status=2&smsid=4a5b6c&at=1772359205",
        "?status=4&smsid=&at=1772359205",
        "?status=8&smsid=&at=",
        "?status=16&smsid=&at=never",
        "?status=64&smsid=&at=1772359205",
        "?status=delivered",
        "?status=1&smsid=x&answer=483920+is+your+code",
        "?smsid=4a5b6c",
        "?status=",
        "?status=%zz",
        "",
    };
    std::string made;
    for (const char* query : queries) {
        const auto reading = carrier_of("kannel")->read_dlrs(asked(query), channel::sms);
        EXPECT_EQ(reading.entries.size() + reading.unreadable.size(), 1u);
        made += std::string(query) + "\n" + text_of(reading);
    }
    golden::expect("carriers/kannel-dlr.entries", made);
}

TEST(KannelCarrier, DropsWhatQuotesTheMessageFromAReport) {
    const auto request = asked("?status=1&answer=483920+is+your+code");
    const auto reading = carrier_of("kannel")->read_dlrs(request, channel::sms);
    EXPECT_EQ(reading.entries.at(0).raw, R"({"others":["answer"],"status":"1"})");
}

}  // namespace
}  // namespace pinwire::carriers
