#include "common/core/event.hpp"

#include <gtest/gtest.h>

#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

status_event full() {
    status_event event;
    event.account = account_name("acme");
    event.job_id = job_id("j-1");
    event.message_id = *message_id::parse("0190a8b1c2d3e4f50123456789abcdef");
    event.pin_id = pin_id("p");
    event.version = 3;
    event.at = *parse_rfc3339("2026-06-01T12:00:00.5Z");
    event.to = *msisdn::parse("447700900123");
    event.nc_status = nc_status::reachable;
    event.sms_status = sms_status::sent;
    event.call_status = call_status::processing;
    event.dlr_status = dlr_status::enroute;
    event.reason = "because";
    event.final = true;
    event.in_doubt = true;
    event.reference = "order 7";
    event.repeat = true;
    event.put_sender = "18005550100";
    event.doubt = "asked_found";
    return event;
}

TEST(Event, HasExactlyTheDocumentedNames) {
    EXPECT_EQ(
        encode_event(full()),
        R"({"account":"acme","at":"2026-06-01T12:00:00.500000Z","call_status":"PROCESSING",)"
        R"("dlr_status":"ENROUTE","doubt":"asked_found","final":true,"in_doubt":true,)"
        R"("job_id":"j-1",)"
        R"("message_id":"0190a8b1c2d3e4f50123456789abcdef","nc_status":"NC_DESTINATION_REACHABLE",)"
        R"("pin_id":"p","put_sender":"18005550100","reason":"because","reference":"order 7",)"
        R"("repeat":true,)"
        R"("sms_status":"MESSAGE_SENT","to":"447700900123","version":3})"
    );
}

TEST(Event, ReadsBackWhatItWrote) {
    const auto read = decode_event(encode_event(full()));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(encode_event(*read), encode_event(full()));
    EXPECT_EQ(read->version, 3);
    EXPECT_EQ(read->sms_status, sms_status::sent);
    auto own = full();
    own.put_sender = "";
    EXPECT_EQ(decode_event(encode_event(own))->put_sender, "") << "the carrier's own";
    own.put_sender.reset();
    EXPECT_FALSE(decode_event(encode_event(own))->put_sender);
}

// As Postgres writes it: nulls for what is none, a uuid with dashes, an offset for UTC.
TEST(Event, ReadsTheFormOfTheDatabase) {
    const auto read = decode_event(R"({
        "account": "acme", "job_id": "j-1", "version": 1, "pin_id": null,
        "message_id": "0190a8b1-c2d3-e4f5-0123-456789abcdef",
        "at": "2026-06-01T12:00:00.5+00:00", "to": "447700900123", "nc_status": null,
        "sms_status": "MESSAGE_SENT", "call_status": null, "dlr_status": null, "reason": null,
        "final": false, "in_doubt": null, "reference": null, "repeat": false, "new_field": {}})");
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->message_id, full().message_id);
    EXPECT_EQ(read->at, full().at);
    EXPECT_FALSE(read->nc_status);
    EXPECT_FALSE(read->in_doubt);
}

TEST(Event, OfADeadLetterHasNoMessageId) {
    status_event event;
    event.account = account_name("acme");
    event.job_id = job_id("j-1");
    event.reason = "both_policies";
    event.final = true;
    const auto read = decode_event(encode_event(event));
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->message_id.none());
    EXPECT_TRUE(read->to.empty());
    EXPECT_EQ(read->reason, "both_policies");
}

TEST(Event, AnErrorNamesTheField) {
    const std::string head =
        R"({"account":"a","job_id":"j","version":1,"at":"2026-06-01T00:00:00Z")";
    ASSERT_TRUE(decode_event(head + "}"));
    for (const auto* member :
         {R"("message_id":"x")",
          R"("to":7)",
          R"("nc_status":"NC_NOT_REACHABLE")",
          R"("sms_status":"SENT")",
          R"("call_status":1)",
          R"("dlr_status":"")",
          R"("reason":[])",
          R"("final":1)",
          R"("in_doubt":"no")",
          R"("put_sender":1)",
          R"("doubt":true)",
          R"("repeat":0)"}) {
        const auto read = decode_event(head + "," + member + "}");
        ASSERT_FALSE(read) << member;
        const std::string name(std::string_view(member).substr(1, read.error().find(':')));
        EXPECT_TRUE(std::string_view(member).substr(1).starts_with(name)) << read.error();
    }
    for (const auto* bytes :
         {"",
          "[]",
          "{}",
          R"({"account":"a","job_id":"j","at":"2026-06-01T00:00:00Z"})",
          R"({"account":"a","job_id":"j","version":-1,"at":"2026-06-01T00:00:00Z"})",
          R"({"account":"a","job_id":"j","version":1})",
          R"({"account":"a","version":1,"at":"2026-06-01T00:00:00Z"})"})
        EXPECT_FALSE(decode_event(bytes)) << bytes;
}

}  // namespace
}  // namespace pinwire
