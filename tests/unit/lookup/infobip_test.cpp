#include <gtest/gtest.h>

#include "common/lookup/registry.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire::lookup {
namespace {

settings settings_of(std::string kind) {
    settings given;
    given.name = provider_name("numbers");
    given.kind = std::move(kind);
    given.base_url = "https://api.example.com/sim";
    given.api_key = secret("key-of-the-provider");
    return given;
}

msisdn number(const char* text = "34600000000") {
    return *msisdn::parse(text);
}

lookup_result read(const std::string& body, unsigned status = 200) {
    const auto provider = make_provider(settings_of("infobip"));
    return provider->read_answer({status, {}, body}, number());
}

std::string answered(int status, int error, const char* more = "") {
    return R"({"bulkId":"b","results":[{"to":"34600000000","mccMnc":"21407",)"
           R"("imsi":"214070000000000",)"
           R"("originalNetwork":{"networkName":"N"},"ported":true,"roaming":false,)" +
           std::string(more) + R"("status":{"groupId":3,"id":)" + std::to_string(status) +
           R"(,"name":"S"},"error":{"id":)" + std::to_string(error) +
           R"(,"name":"EC_E","permanent":false}}]})";
}

TEST(InfobipLookup, WritesTheDocumentedRequest) {
    const auto request = make_provider(settings_of("infobip"))->to_request(number());
    std::string text = request.method + " " + request.target + "\n";
    for (const auto& [name, value] : request.headers)
        text += name + ": " + value + "\n";
    golden::expect("lookup/infobip.request", text + "\n" + request.body + "\n");
}

TEST(InfobipLookup, MapsEveryDocumentedOutcome) {
    struct outcome_case {
        int status;
        int error;
        lookup_outcome outcome;
    };
    const outcome_case cases[] = {
        {5, 0, lookup_outcome::reachable},
        {9, 1, lookup_outcome::invalid},
        {9, 27, lookup_outcome::absent},
        {9, 6, lookup_outcome::absent},
        {9, 5, lookup_outcome::unknown},
        {9, 13, lookup_outcome::unknown},
        {9, 255, lookup_outcome::unknown},
        {9, 0, lookup_outcome::unknown},
        {2, 0, lookup_outcome::unknown},
        {3, 1, lookup_outcome::unknown},
        {12, 0, lookup_outcome::unknown},
        {52, 1, lookup_outcome::unknown},
        {4711, 27, lookup_outcome::unknown},
    };
    for (const auto& expected : cases) {
        const auto result = read(answered(expected.status, expected.error));
        EXPECT_EQ(to_string(result.outcome), to_string(expected.outcome))
            << expected.status << " " << expected.error;
        EXPECT_EQ(result.error.empty(), expected.outcome == lookup_outcome::reachable);
    }
    EXPECT_EQ(read(answered(9, 27)).error, "EC_E(27)");
    EXPECT_EQ(read(answered(12, 0)).error, "S(12)");
}

TEST(InfobipLookup, TakesTheNetworkAndKeepsNoImsi) {
    const auto result = read(answered(5, 0));
    EXPECT_EQ(result.provider.str(), "numbers");
    EXPECT_EQ(result.mccmnc, "21407");
    EXPECT_TRUE(result.ported);
    EXPECT_FALSE(result.roaming);
    EXPECT_EQ(result.error.find("214070000000000"), std::string::npos);
}

TEST(InfobipLookup, AnUnreadableAnswerIsUnknownAndNeverThrows) {
    const std::string other_number =
        R"({"results":[{"to":"34699999999","status":{"id":9},"error":{"id":1}}]})";
    for (const std::string& body :
         {std::string(),
          std::string("<html>"),
          std::string("[]"),
          std::string("{}"),
          std::string(R"({"results":{}})"),
          std::string(R"({"results":[]})"),
          std::string(R"({"results":[5,null,"x"]})"),
          other_number,
          std::string(R"({"results":[{"to":"34600000000","status":7,"error":[]}]})"),
          std::string(R"({"results":[{"to":"34600000000","status":{"id":"5"}}]})"),
          std::string(R"({"results":[{"to":"34600000000","status":{"id":5.0}}]})")}) {
        const auto result = read(body);
        EXPECT_EQ(result.outcome, lookup_outcome::unknown) << body;
        EXPECT_EQ(result.error, "UNREADABLE_ANSWER") << body;
    }
}

TEST(InfobipLookup, TheProvidersTroubleIsUnknownWhateverTheBodySays) {
    for (const unsigned status : {301u, 400u, 401u, 403u, 404u, 429u, 500u, 503u}) {
        const auto result = read(answered(9, 1), status);
        EXPECT_EQ(result.outcome, lookup_outcome::unknown) << status;
        EXPECT_EQ(result.error, "HTTP(" + std::to_string(status) + ")");
    }
}

TEST(LookupProvider, CoversTheCountriesItIsBoundTo) {
    auto given = settings_of("infobip");
    EXPECT_TRUE(make_provider(given)->covers(number()));
    EXPECT_FALSE(make_provider(given)->covers(msisdn()));
    given.countries = {"34", "351"};
    const auto bound = make_provider(given);
    EXPECT_TRUE(bound->covers(number("34600000000")));
    EXPECT_TRUE(bound->covers(number("351910000000")));
    EXPECT_FALSE(bound->covers(number("352910000000")));
    EXPECT_FALSE(bound->covers(number("44700000000")));
}

TEST(LookupRegistry, MakesEveryKindItNamesAndNoOther) {
    EXPECT_EQ(known_kinds(), (std::vector<std::string>{"infobip"}));
    EXPECT_TRUE(make_provider(settings_of("infobip")));
    EXPECT_FALSE(make_provider(settings_of("crystal ball")));
}

}  // namespace
}  // namespace pinwire::lookup
