// Infobip number lookup: which status and error mean what.
#include <gtest/gtest.h>

#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup {
namespace {

lookup_result read(const std::string& body, unsigned status = 200) {
    return test::read("infobip", body, status);
}

std::string answered(int status, int error, const char* more = "") {
    return R"({"bulkId":"b","results":[{"to":"34600000000","mccMnc":"21407",)"
           R"("imsi":"214070000000000",)"
           R"("originalNetwork":{"networkName":"N"},"ported":true,"roaming":false,)" +
           std::string(more) + R"("status":{"groupId":3,"id":)" + std::to_string(status) +
           R"(,"name":"S"},"error":{"id":)" + std::to_string(error) +
           R"(,"name":"EC_E","permanent":false}}]})";
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

}  // namespace
}  // namespace pinwire::lookup
