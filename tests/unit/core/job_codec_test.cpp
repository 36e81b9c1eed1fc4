// Jobs from pin.jobs: what is taken, what is refused and with which reason. The messages stand in
// tests/golden/jobs; bad/expected.txt says what each bad one must be called.
#include "common/core/job_codec.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/core/hex.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

namespace fs = std::filesystem;

const fs::path jobs_folder = fs::path(PINWIRE_SOURCE_DIR) / "tests/golden/jobs";
const auto recorded_at = *parse_rfc3339("2026-06-01T12:00:00Z");

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

job good(std::string_view stem) {
    const auto bytes = read_file(jobs_folder / "good" / fmt::format("{}.json", stem));
    return decode_job(bytes, recorded_at).value();
}

std::string with(std::string_view fields) {
    return fmt::format(
        R"({{"job_id":"j-1","account":"acme","to":"447700900123"{}{}}})",
        fields.empty() ? "" : ",",
        fields
    );
}

TEST(JobCodec, RefusesEveryBadMessageWithItsReasonAndField) {
    std::istringstream expected(read_file(jobs_folder / "bad/expected.txt"));
    std::string line;
    int seen = 0;
    while (std::getline(expected, line)) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream words(line);
        std::string stem, reason, field;
        words >> stem >> reason >> field;
        const auto bytes = read_file(jobs_folder / "bad" / (stem + ".json"));
        const auto decoded = decode_job(bytes, recorded_at);
        ++seen;
        ASSERT_FALSE(decoded) << stem;
        EXPECT_EQ(decoded.error().reason, reason) << stem;
        EXPECT_EQ(decoded.error().field, field == "-" ? "" : field) << stem;
        EXPECT_FALSE(decoded.error().rule.empty()) << stem;
    }
    const auto files = std::distance(fs::directory_iterator(jobs_folder / "bad"), {});
    EXPECT_EQ(seen + 1, files);  // each file stands in the list
    EXPECT_GT(seen, 90);
}

TEST(JobCodec, AnErrorKeepsTheNamesThatCouldBeRead) {
    const auto decoded = decode_job(with(R"("channel":"fax")"), recorded_at);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().account, "acme");
    EXPECT_EQ(decoded.error().job_id, "j-1");
    const auto half = decode_job(R"({"job_id":"j-1","account":"a/b"})", recorded_at);
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().account, "");
    EXPECT_EQ(half.error().job_id, "j-1");
    const auto other = decode_job(R"({"job_id":7,"account":"acme"})", recorded_at);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().field, "job_id");
    EXPECT_EQ(other.error().account, "acme");
}

TEST(JobCodec, AnErrorNeverQuotesTheValue) {
    const auto decoded = decode_job(with(R"("text":"your pin 847291")"), recorded_at);
    ASSERT_FALSE(decoded);
    const auto& error = decoded.error();
    EXPECT_EQ((error.reason + error.field + error.rule).find("847291"), std::string::npos);
    try {
        (void)decoded.value();
        FAIL() << "a bad message has no value";
    } catch (const std::runtime_error& thrown) {
        EXPECT_EQ(std::string(thrown.what()).find("847291"), std::string::npos);
    }
}

TEST(JobCodec, RefusesMoreThan64KiB) {
    const std::string head = with("");
    const std::string fits = head + std::string(job_bytes_max - head.size(), ' ');
    EXPECT_TRUE(decode_job(fits, recorded_at));
    const auto decoded = decode_job(fits + ' ', recorded_at);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason, "too_large");
}

TEST(JobCodec, SurvivesAMillionBrackets) {
    const auto decoded = decode_job(std::string(job_bytes_max, '['), recorded_at);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason, "too_deep");
}

TEST(JobCodec, RefusesBadUtf8) {
    const auto decoded = decode_job(with("\"reference\":\"\xFF\""), recorded_at);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().reason, "not_json");
}

TEST(JobCodec, FillsInTheDefaults) {
    const job made = good("minimal");
    EXPECT_EQ(made.id, job_id("j-1"));
    EXPECT_EQ(made.account, account_name("acme"));
    EXPECT_EQ(made.channel, channel::sms);
    EXPECT_EQ(made.to.digits(), "447700900123");
    EXPECT_TRUE(made.from.empty());
    EXPECT_EQ(made.text, "{PIN} is your verification code.");
    EXPECT_EQ(made.dialect, dialect::nrs360);
    EXPECT_EQ(made.voice, voice_options());
    EXPECT_FALSE(made.pin);
    EXPECT_FALSE(made.pin_given);
    EXPECT_EQ(made.pin_or_default(), pin_parameters());
    EXPECT_TRUE(made.pin_sealed.empty());
    EXPECT_EQ(made.lookup, lookup_policy::hlr_lookup);
    EXPECT_TRUE(made.report_url.empty());
    EXPECT_EQ(made.report_format, report_format::nrs360);
    EXPECT_TRUE(made.report_refusal);
    EXPECT_EQ(made.requested_at, recorded_at);
    EXPECT_EQ(made.send_within, std::chrono::hours(1));
}

TEST(JobCodec, ReadsEveryField) {
    const job made = good("everything");
    EXPECT_EQ(made.from, sender_name("123456789012345"));
    EXPECT_EQ(made.text, "Línea uno\n{PIN}");
    EXPECT_EQ(made.pin, pin_id("ctx.1"));
    const pin_parameters wanted{pin_type::hex, 16, std::chrono::seconds(0), 0};
    EXPECT_EQ(made.pin_given, wanted);
    EXPECT_EQ(made.report_url, "http://example.com:8080/r");
    EXPECT_EQ(made.report_format, report_format::standard);
    EXPECT_FALSE(made.report_refusal);
    EXPECT_EQ(format_rfc3339(made.requested_at), "2026-01-02T03:04:05.678000Z");
    EXPECT_EQ(made.send_within, std::chrono::hours(7 * 24));
    EXPECT_EQ(made.send_by(), made.requested_at + std::chrono::hours(7 * 24));

    const job voice = good("voice_full");
    EXPECT_EQ(voice.channel, channel::voice);
    EXPECT_EQ(voice.voice.language, "pt_br");
    EXPECT_EQ(voice.voice.speech_rate, 1.0);
    EXPECT_EQ(voice.voice.repeat_dtmf, "1#");
    EXPECT_EQ(voice.voice.voice, "Camila");
    EXPECT_EQ(voice.lookup, lookup_policy::skip);

    const job infobip = good("infobip_sms");
    EXPECT_EQ(infobip.report_format, report_format::infobip);
    EXPECT_EQ(infobip.reference, "order 7 ü");

    const job sealed = good("sealed");
    EXPECT_TRUE(sealed.pin_sealed.starts_with("v1.k1."));
    EXPECT_EQ(sealed.pin_given->length, 4);
}

TEST(JobCodec, TakesAnyWayOfWritingTheNumber) {
    EXPECT_EQ(good("integer_number").to, good("minimal").to);
    EXPECT_EQ(good("number_with_00_and_dots").to, good("minimal").to);
}

TEST(JobCodec, IgnoresUnknownFields) {
    EXPECT_EQ(to_spec(good("unknown_fields")), to_spec(good("minimal")));
}

TEST(JobCodec, ReadsAPlan) {
    const auto made = good("steps");
    const std::vector<plan_step> steps{
        {channel::sms, std::chrono::seconds(20)},
        {channel::sms, std::chrono::seconds(20)},
        {channel::voice, std::chrono::seconds(0)}};
    EXPECT_EQ(made.steps, steps);
    EXPECT_EQ(made.limits, (plan_limits{3, 250'000}));
    EXPECT_EQ(made.channel, channel::sms);
    EXPECT_TRUE(good("minimal").steps.empty());
}

TEST(JobCodec, APlansFirstStepSaysTheChannelAndWithItTheLookup) {
    const auto made =
        decode_job(with(R"("steps":[{"channel":"voice","after":9},{}])"), recorded_at).value();
    EXPECT_EQ(made.channel, channel::voice);
    EXPECT_EQ(made.lookup, lookup_policy::skip);
}

TEST(JobCodec, StepsThatMeanTheSameAreTheSameContent) {
    const auto hash = [](std::string_view fields) {
        return content_hash(decode_job(with(fields), recorded_at).value(), "");
    };
    EXPECT_EQ(
        hash(R"("steps":[{"after":20},{"channel":"voice"}])"),
        hash(R"("channel":"sms","limits":{},"steps":[{"after":20,"channel":"sms","x":1},)"
             R"({"channel":"voice"}])")
    );
}

TEST(JobCodec, PassesIndiasIdsThrough) {
    const auto made = good("india_dlt");
    EXPECT_EQ(made.dlt.principal_entity_id, "1201160000000000001");
    EXPECT_EQ(made.dlt.content_template_id, "1207160000000000002");
    EXPECT_EQ(made.dlt.telemarketer_id, "1202160000000000003,1202160000000000004");
    EXPECT_EQ(from_spec(to_spec(made)).dlt, made.dlt);
    EXPECT_EQ(decode_job(encode_job(made), recorded_at).value().dlt, made.dlt);
    EXPECT_TRUE(good("minimal").dlt.empty());
    EXPECT_EQ(to_spec(good("minimal")).find("india_dlt"), std::string::npos);
}

TEST(JobCodec, ChoosesTheLookupPolicy) {
    struct row {
        const char* fields;
        lookup_policy expected;
    };
    const row rows[] = {
        {"", lookup_policy::hlr_lookup},
        {R"("hlr_lookup":1)", lookup_policy::hlr_lookup},
        {R"("hlr_lookup":"1")", lookup_policy::hlr_lookup},
        {R"("hlr_lookup":0)", lookup_policy::skip},
        {R"("hlr_lookup":"0")", lookup_policy::skip},
        {R"("ncNeeded":true)", lookup_policy::nc_needed},
        {R"("ncNeeded":false)", lookup_policy::skip},
        {R"("dialect":"infobip")", lookup_policy::nc_needed},
        {R"("dialect":"infobip","hlr_lookup":1)", lookup_policy::hlr_lookup},
        {R"("channel":"voice")", lookup_policy::skip},
        {R"("channel":"voice","dialect":"infobip")", lookup_policy::skip},
        {R"("channel":"voice","hlr_lookup":1)", lookup_policy::hlr_lookup},
        {R"("channel":"voice","ncNeeded":true)", lookup_policy::nc_needed},
    };
    for (const auto& row : rows)
        EXPECT_EQ(decode_job(with(row.fields), recorded_at).value().lookup, row.expected)
            << row.fields;
}

TEST(JobCodec, RequestedAtIsNeverLaterThanTheRecord) {
    const auto later = with(R"("requested_at":"2026-06-01T12:00:01Z")");
    EXPECT_EQ(decode_job(later, recorded_at).value().requested_at, recorded_at);
    const auto earlier = with(R"("requested_at":"2026-06-01T11:59:59+00:00")");
    const auto expected = recorded_at - std::chrono::seconds(1);
    EXPECT_EQ(decode_job(earlier, recorded_at).value().requested_at, expected);
}

TEST(JobCodec, SendWithinDefaultsToThePinsLifeOrAnHour) {
    const auto within = [](const char* fields) {
        return decode_job(with(fields), recorded_at).value().send_within.count();
    };
    EXPECT_EQ(within(R"("pin":{"expires_in":120})"), 120);
    EXPECT_EQ(within(R"("pin":{"expires_in":86400})"), 3600);
    EXPECT_EQ(within(R"("pin":{"expires_in":0})"), 3600);
    EXPECT_EQ(within(R"("pin":{"expires_in":120},"send_within":300)"), 300);
}

TEST(JobCodec, NoPinParametersNamedMeansNoneGiven) {
    EXPECT_FALSE(decode_job(with(R"("pin":{})"), recorded_at).value().pin_given);
    const auto length = decode_job(with(R"("pin":{"length":8})"), recorded_at).value();
    EXPECT_EQ(length.pin_given->length, 8);
    EXPECT_EQ(length.pin_given->max_tries, 3U);
}

TEST(JobCodec, TheDefaultTextsCanBeSet) {
    const job_defaults defaults{"A {PIN}", "B {{pin}}"};
    const auto nrs = decode_job(with(""), recorded_at, defaults).value();
    EXPECT_EQ(nrs.text, "A {PIN}");
    const auto infobip = decode_job(with(R"("dialect":"infobip")"), recorded_at, defaults).value();
    EXPECT_EQ(infobip.text, "B {{pin}}");
}

TEST(JobCodec, TheStoredFormReadsBackToTheSameJob) {
    for (const auto* stem :
         {"minimal",
          "integer_number",
          "hlr_lookup_text_0",
          "unknown_fields",
          "infobip_sms",
          "voice_full",
          "india_dlt",
          "everything"}) {
        const job made = good(stem);
        const job again = from_spec(to_spec(made));
        EXPECT_EQ(to_spec(again), to_spec(made)) << stem;
        EXPECT_EQ(content_hash(again, ""), content_hash(made, "")) << stem;
        EXPECT_EQ(again.requested_at, made.requested_at) << stem;
        EXPECT_EQ(again.pin_given, made.pin_given) << stem;
    }
}

TEST(JobCodec, TheStoredFormLeavesTheSealedCodeOut) {
    EXPECT_EQ(to_spec(good("sealed")).find("v1.k1"), std::string::npos);
    EXPECT_TRUE(from_spec(to_spec(good("sealed"))).pin_sealed.empty());
}

TEST(JobCodec, AStoredFormThatIsNoneThrows) {
    const std::string spec = to_spec(good("minimal"));
    EXPECT_THROW(from_spec(""), std::runtime_error);
    EXPECT_THROW(from_spec("[]"), std::runtime_error);
    EXPECT_THROW(from_spec(R"({"v":2})"), std::runtime_error);
    std::string broken = spec;
    broken.replace(broken.find("447700900123"), 12, "x");
    EXPECT_THROW(from_spec(broken), std::runtime_error);
}

TEST(JobCodec, EqualContentHashesEqualHoweverItIsWritten) {
    const auto hash = [](std::string_view fields) {
        return content_hash(decode_job(with(fields), recorded_at).value(), "");
    };
    const auto plain = hash("");
    EXPECT_EQ(hash(R"("channel":"sms","dialect":"360nrs","hlr_lookup":"1")"), plain);
    EXPECT_EQ(hash(R"("pin":{"length":6},"send_within":3600)"), plain);
    EXPECT_EQ(hash(R"("text":"{PIN} is your verification code.")"), plain);
    EXPECT_EQ(hash(R"("requested_at":"2026-01-01T00:00:00Z")"), plain);
    EXPECT_EQ(hash(R"("unknown":1)"), plain);
}

TEST(JobCodec, EveryFieldMovesTheContentHash) {
    const auto plain = content_hash(good("minimal"), "");
    for (const auto* fields :
         {R"("from":"Acme")",
          R"("channel":"voice","hlr_lookup":1)",
          R"("text":"Code {PIN}")",
          R"("dialect":"infobip","hlr_lookup":1,"report_format":"360nrs")",
          R"("language":"de")",
          R"("speech_rate":1.5)",
          R"("repeat_dtmf":"1")",
          R"("voice":"Ann")",
          R"("pin_id":"p")",
          R"("pin":{"type":"hex"})",
          R"("pin":{"length":5})",
          R"("pin":{"expires_in":3601})",
          R"("pin":{"max_tries":4})",
          R"("hlr_lookup":0)",
          R"("report_url":"https://example.com/")",
          R"("report_format":"standard")",
          R"("report_refusal":false)",
          R"("reference":"r")",
          R"("send_within":60)",
          R"("steps":[{"channel":"sms"}])",
          R"("steps":[{"after":20},{}])",
          R"("steps":[{"after":21},{}])",
          R"("steps":[{"after":20},{}],"limits":{"cost":5})",
          R"("india_dlt":{"principal_entity_id":"1"})",
          R"("india_dlt":{"principal_entity_id":"1","content_template_id":"2"})",
          R"("india_dlt":{"principal_entity_id":"1","telemarketer_id":"2"})"}) {
        const auto changed = decode_job(with(fields), recorded_at).value();
        EXPECT_NE(content_hash(changed, ""), plain) << fields;
    }
    EXPECT_NE(content_hash(good("minimal"), "digest"), plain);
}

// Rows from an older version must still compare equal after an upgrade.
TEST(JobCodec, TheContentHashIsTheSameForever) {
    EXPECT_EQ(
        hex_encode(content_hash(good("everything"), "d")),
        "a7b927d87480074d932e5dae3e0caac30c4700413fc622e15fd28bdf7a33fa4b"
    );
}

TEST(JobCodec, WordsReadBackToThemselves) {
    for (const auto value : {channel::sms, channel::voice})
        EXPECT_EQ(parse_channel(to_string(value)), value);
    for (const auto value : {dialect::nrs360, dialect::infobip})
        EXPECT_EQ(parse_dialect(to_string(value)), value);
    for (const auto value :
         {report_format::nrs360, report_format::infobip, report_format::standard})
        EXPECT_EQ(parse_report_format(to_string(value)), value);
    for (const auto value :
         {pin_type::numeric, pin_type::alpha, pin_type::alphanumeric, pin_type::hex})
        EXPECT_EQ(parse_pin_type(to_string(value)), value);
    for (const auto value :
         {lookup_policy::skip, lookup_policy::hlr_lookup, lookup_policy::nc_needed})
        EXPECT_EQ(parse_lookup_policy(to_string(value)), value);
}

TEST(JobCodec, ReadsBackWhatItEncodes) {
    int seen = 0;
    for (const auto& file : fs::directory_iterator(jobs_folder / "good")) {
        if (file.path().extension() != ".json") continue;
        const auto was = decode_job(read_file(file.path()), recorded_at).value();
        const auto again = decode_job(encode_job(was), recorded_at);
        ASSERT_TRUE(again) << file.path() << ' ' << again.error().field;
        EXPECT_EQ(to_spec(*again), to_spec(was)) << file.path();
        EXPECT_EQ(again->pin_sealed, was.pin_sealed) << file.path();
        ++seen;
    }
    EXPECT_GT(seen, 3);
}

TEST(JobCodec, TheLengthOfAnExistingPinIsRoomInTheTextAndNothingElse) {
    const auto resend = good("resend");
    EXPECT_EQ(resend.pin_length, 16);
    EXPECT_EQ(resend.room_for_pin(), 16U);
    EXPECT_FALSE(resend.pin_given) << "the claim would insist on it";
    EXPECT_EQ(from_spec(to_spec(resend)).pin_length, 16);
    auto unknown = resend;
    unknown.pin_length = 0;
    EXPECT_EQ(unknown.room_for_pin(), 6U);
    EXPECT_EQ(content_hash(resend, ""), content_hash(unknown, ""));
    unknown.pin_given = pin_parameters();
    unknown.pin_given->length = 8;
    EXPECT_EQ(unknown.room_for_pin(), 8U);
}

TEST(JobCodec, ASingleUsePinIsOtherContent) {
    const auto plain = decode_job(with(R"("pin":{"length":6})"), recorded_at).value();
    const auto once =
        decode_job(with(R"("pin":{"length":6,"single_use":true})"), recorded_at).value();
    EXPECT_TRUE(once.pin_or_default().single_use);
    EXPECT_NE(content_hash(plain, ""), content_hash(once, ""));
    EXPECT_TRUE(from_spec(to_spec(once)).pin_or_default().single_use);
    EXPECT_FALSE(decode_job(with(R"("pin":{"single_use":1})"), recorded_at));
}

}  // namespace
}  // namespace pinwire
