// What one version or one configuration couldn't read, and the next one can: from what was kept.
#include "common/carriers/reread.hpp"

#include <gtest/gtest.h>

#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::carrier_of;

dlr_reading again(const std::string& kind, const std::string& raw, const std::string& type = "") {
    return read_again(*carrier_of(kind), raw, type, channel::sms);
}

TEST(Reread, FindsTheFormOfWhatWasKept) {
    struct kept {
        const char* kind;
        std::string raw;
        std::string type;
    };
    const kept all[] = {
        {"kannel", "/dlr/kannel/T?status=1&smsid=7", ""},
        {"jasmin", "/dlr/jasmin/T?id=7&message_status=DELIVRD", ""},
        {"jasmin", "id=7&message_status=DELIVRD", ""},
        {"twilio", "MessageSid=SM7&MessageStatus=delivered", "application/x-www-form-urlencoded"},
        {"vonage", R"({"messageId":"7","status":"delivered"})", "application/json"},
        {"vonage", R"({"messageId":"7","status":"delivered"})", ""},
        {"vonage", "messageId=7&status=delivered", ""},
        {"360nrs", R"({"sms_id":"7","status":"DELIVRD"})", ""},
        {"infobip", R"({"results":[{"messageId":"7","status":{"id":5}}]})", "application/json"},
        {"infobip", R"({"messageId":"7","status":{"id":5}})", "application/json"},
        {"http", R"({"reports":[{"id":"7","state":{"name":"delivered"}}]})", ""},
        {"http", R"({"id":"7","state":{"name":"delivered"}})", "application/json"},
    };
    for (const auto& one : all) {
        const auto read = again(one.kind, one.raw, one.type);
        ASSERT_EQ(read.entries.size(), 1U) << one.kind << " " << one.raw;
        EXPECT_TRUE(read.unreadable.empty());
        EXPECT_FALSE(read.entries[0].carrier_message_id.empty()) << one.kind << " " << one.raw;
    }
}

TEST(Reread, ABodyOfManyGivesThoseThatCanBeRead) {
    const auto read = again(
        "infobip",
        R"({"results":[{"messageId":"7","status":{"id":5}},7,{"messageId":"8","status":{"id":5}}]})"
    );
    EXPECT_EQ(read.entries.size(), 2U);
    EXPECT_EQ(read.unreadable.size(), 1U);
}

TEST(Reread, WhatIsStillUnreadableIsHandedBackWhole) {
    for (const auto* kind : {"infobip", "360nrs", "kannel", "twilio", "http"}) {
        const auto read = again(kind, "nonsense");
        EXPECT_TRUE(read.entries.empty()) << kind;
        EXPECT_EQ(read.unreadable, std::vector<std::string>{"nonsense"});
    }
}

}  // namespace
}  // namespace pinwire::carriers
