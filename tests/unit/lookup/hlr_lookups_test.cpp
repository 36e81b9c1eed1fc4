// hlr-lookups.com: what is signed, and when.
#include <gtest/gtest.h>

#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup {
namespace {

using test::noon;
using test::number;
using test::settings_of;

http_request request_at(wall_time now) {
    auto given = settings_of("hlr_lookups");
    given.base_url = "https://www.hlr-lookups.com/api/v2";
    given.api_secret = secret("s3cret");
    given.route.clear();
    given.storage.clear();
    return make_provider(given)->to_request(number(), now);
}

// The digest was made with another tool, over the text below.
TEST(HlrLookups, SignsEndpointTimeMethodAndBody) {
    const auto request = request_at(noon);
    EXPECT_EQ(request.target, "/api/v2/hlr-lookup");
    EXPECT_EQ(request.body, R"({"msisdn":"+34600000000"})");
    EXPECT_EQ(find_header(request.headers, "x-digest-timestamp"), "1790000000");
    EXPECT_EQ(
        find_header(request.headers, "x-digest-signature"),
        "c0cad521e4cb95ce82928ea16334bafd8184d0a64fdf28593775d67032a7e74b"
    );
    const auto text = R"(/hlr-lookup1790000000POST{"msisdn":"+34600000000"})";
    EXPECT_EQ(
        find_header(request.headers, "x-digest-signature"), hex_encode(hmac_sha256("s3cret", text))
    );
}

TEST(HlrLookups, SignsTheSecondOfEachRequest) {
    const auto later = request_at(noon + std::chrono::milliseconds(1999));
    EXPECT_EQ(find_header(later.headers, "x-digest-timestamp"), "1790000001");
    EXPECT_NE(
        find_header(later.headers, "x-digest-signature"),
        find_header(request_at(noon).headers, "x-digest-signature")
    );
}

TEST(HlrLookups, NamesRouteAndStorageOnlyWhenTheOperatorDoes) {
    EXPECT_EQ(request_at(noon).body.find("route"), std::string::npos);
    const auto named = make_provider(settings_of("hlr_lookups"))->to_request(number(), noon);
    EXPECT_EQ(named.body, R"({"msisdn":"+34600000000","route":"IP1","storage":"PINS"})");
}

}  // namespace
}  // namespace pinwire::lookup
