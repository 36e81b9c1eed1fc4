#include "common/core/dlr.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

const auto intake = *parse_rfc3339("2026-06-01T12:00:00.123456Z");

dlr full() {
    dlr made;
    made.carrier = carrier_name("infobip");
    made.token = attempt_id::parse("0190a8b1c2d3e4f50123456789abcdef");
    made.reference = attempt_id::parse("0190a8b1c2d3e4f50123456789abcdee");
    made.carrier_message_id = "2250be2d-1";
    made.part = true;
    made.to = msisdn::parse("447700900123");
    made.status = dlr_status::delivrd;
    made.call = call_status::processed;
    made.raw_status = "DELIVERED_TO_HANDSET";
    made.error_code = "0";
    made.done_at = *parse_rfc3339("2026-06-01T11:59:58Z");
    made.intake_at = intake;
    made.raw = R"({"x":"ü"})";
    return made;
}

TEST(Dlr, ReadsBackWhatItWrote) {
    const dlr given = full();
    const auto read = decode_dlr(encode_dlr(given));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->carrier, given.carrier);
    EXPECT_EQ(read->token, given.token);
    EXPECT_EQ(read->reference, given.reference);
    EXPECT_EQ(read->carrier_message_id, given.carrier_message_id);
    EXPECT_EQ(read->part, given.part);
    EXPECT_EQ(read->to, given.to);
    EXPECT_EQ(read->status, given.status);
    EXPECT_EQ(read->call, given.call);
    EXPECT_EQ(read->raw_status, given.raw_status);
    EXPECT_EQ(read->error_code, given.error_code);
    EXPECT_EQ(read->done_at, given.done_at);
    EXPECT_EQ(read->intake_at, given.intake_at);
    EXPECT_EQ(read->raw, given.raw);
}

TEST(Dlr, LeavesOutWhatIsNotKnown) {
    dlr bare;
    bare.carrier = carrier_name("kannel");
    bare.intake_at = intake;
    EXPECT_EQ(
        encode_dlr(bare), R"({"carrier":"kannel","intake_at":"2026-06-01T12:00:00.123456Z"})"
    );
    const auto read = decode_dlr(encode_dlr(bare));
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->token || read->reference || read->to || read->status || read->call);
    EXPECT_FALSE(read->done_at);
}

TEST(Dlr, CarriesWhateverBytesACarrierSent) {
    dlr odd = full();
    odd.raw = std::string("a\0b\xFF", 4) + std::string(5000, 'x');
    odd.raw_status = std::string("D\0", 2);
    const std::string bytes = encode_dlr(odd);
    EXPECT_EQ(bytes.find("\\u0000"), std::string::npos);  // Postgres takes no NUL
    const auto read = decode_dlr(bytes);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->raw_status, "D\xEF\xBF\xBD");
    EXPECT_LE(read->raw.size(), 4096U);
    EXPECT_TRUE(read->raw.starts_with("a\xEF\xBF\xBD\x62\xEF\xBF\xBD"));
}

TEST(Dlr, AnErrorNamesTheField) {
    struct row {
        const char* field;
        const char* value;
    };
    const row rows[] = {
        {"carrier", "7"},
        {"carrier", "\"\""},
        {"token", "\"xyz\""},
        {"reference", "1"},
        {"carrier_message_id", "1"},
        {"to", "\"12\""},
        {"dlr_status", "\"DELIVERED\""},
        {"call_status", "\"OK\""},
        {"raw_status", "[]"},
        {"error_code", "0"},
        {"done_at", "\"yesterday\""},
        {"intake_at", "null"},
        {"raw", "{}"},
    };
    for (const auto& row : rows) {
        auto root = nlohmann::json::parse(encode_dlr(full()));
        root[row.field] = nlohmann::json::parse(row.value);
        const auto read = decode_dlr(root.dump());
        ASSERT_FALSE(read) << row.field;
        EXPECT_TRUE(read.error().starts_with(row.field)) << read.error();
    }
    for (const auto* bytes : {"", "[]", "{}", "{\"carrier\":\"a\"}", "\xFF"})
        EXPECT_FALSE(decode_dlr(bytes)) << bytes;
}

TEST(Dlr, AMarkerIsNoDlrAndADlrIsNoMarker) {
    const std::string marker = encode_dlr_marker(intake);
    EXPECT_EQ(decode_dlr_marker(marker), intake);
    EXPECT_FALSE(decode_dlr(marker));
    EXPECT_FALSE(decode_dlr_marker(encode_dlr(full())));
    EXPECT_FALSE(decode_dlr_marker("{\"marker\":7}"));
    dlr least;
    least.carrier = carrier_name("x");
    EXPECT_FALSE(decode_dlr_marker(encode_dlr(least)));
    EXPECT_FALSE(decode_dlr_marker(""));
}

}  // namespace
}  // namespace pinwire
