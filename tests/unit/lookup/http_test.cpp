// Kind "http": what becomes of the operator's description.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup {
namespace {

using test::noon;
using test::number;
using test::settings_of;

http_request request_of(const settings& given) {
    return make_provider(given)->to_request(number(), noon);
}

std::string header_of(const http_request& request, std::string_view name) {
    return std::string(find_header(request.headers, name));
}

TEST(HttpLookup, EscapesWhatItPutsInAsThePlaceDemands) {
    auto given = settings_of("http");
    given.api_key = secret("a&b={number}");
    const auto request = request_of(given);
    EXPECT_EQ(request.target, "/sim/hlr/34600000000?key=a%26b%3D%7Bnumber%7D");
    const auto body = nlohmann::json::parse(request.body);
    EXPECT_EQ(body.at("number"), "+34600000000");
    EXPECT_EQ(body.at("token"), "secret \"of\" it");
    EXPECT_EQ(body.at("wish"), "{State}") << "a plain brace";
    EXPECT_EQ(header_of(request, "Authorization"), "Bearer a&b={number}");
}

TEST(HttpLookup, EscapesAFormAndLeavesOtherTextAlone) {
    auto given = settings_of("http");
    given.http.body = "to={+number}&token={secret}";
    given.http.content_type = "application/x-www-form-urlencoded";
    EXPECT_EQ(request_of(given).body, "to=%2B34600000000&token=secret+%22of%22+it");
    given.http.content_type = "text/plain";
    EXPECT_EQ(request_of(given).body, "to=+34600000000&token=secret \"of\" it");
    EXPECT_EQ(header_of(request_of(given), "Content-Type"), "text/plain");
}

TEST(HttpLookup, GetsWithoutABodyAndPostsWithOne) {
    auto given = settings_of("http");
    EXPECT_EQ(request_of(given).method, "POST");
    EXPECT_EQ(header_of(request_of(given), "Content-Type"), "application/json");
    given.http.body.clear();
    EXPECT_EQ(request_of(given).method, "GET");
    EXPECT_EQ(header_of(request_of(given), "Content-Type"), "");
    given.http.method = "POST";
    EXPECT_EQ(request_of(given).method, "POST");
}

TEST(HttpLookup, SendsNoKeyHeaderUnlessOneIsNamed) {
    auto given = settings_of("http");
    given.http.key_header.clear();
    for (const auto& [name, value] : request_of(given).headers)
        EXPECT_EQ(value.find("key-of-the-provider"), std::string::npos) << name;
}

TEST(HttpLookup, TakesOnly200UnlessToldOtherwise) {
    auto given = settings_of("http");
    given.http.success_statuses.clear();
    const std::string dead = R"({"result":{"number":"34600000000","state":"DEAD"}})";
    const auto read = [&](unsigned status) {
        return make_provider(given)->read_answer({status, {}, dead}, number()).outcome;
    };
    EXPECT_EQ(read(200), lookup_outcome::invalid);
    for (const unsigned status : {201U, 204U, 404U})
        EXPECT_EQ(read(status), lookup_outcome::unknown) << status;
}

TEST(HttpLookup, TheFirstPointerWhoseValueIsListedDecides) {
    const auto read = [](const std::string& result) {
        return test::read("http", R"({"result":{"number":"34600000000",)" + result + "}}").outcome;
    };
    EXPECT_EQ(read(R"("state":"DEAD","live":true)"), lookup_outcome::invalid);
    EXPECT_EQ(read(R"("state":"odd","live":true)"), lookup_outcome::reachable);
    EXPECT_EQ(read(R"("state":null,"live":3)"), lookup_outcome::absent);
    EXPECT_EQ(read(R"("state":null,"live":4)"), lookup_outcome::unknown);
}

TEST(HttpLookup, AnUnlistedVerdictIsUnknownButNotTheProvidersTrouble) {
    const auto read =
        test::read("http", R"({"result":{"number":"34600000000","state":"PENDING 34600000000"}})");
    EXPECT_EQ(read.outcome, lookup_outcome::unknown);
    EXPECT_EQ(read.error, "UNLISTED(PENDING#)");
    EXPECT_FALSE(read.trouble);
}

TEST(HttpLookup, WithoutANumberPointerItTakesTheAnswerAsGiven) {
    auto given = settings_of("http");
    given.http.number_at.clear();
    const auto read =
        make_provider(given)->read_answer({200, {}, R"({"result":{"state":"ALIVE"}})"}, number());
    EXPECT_EQ(read.outcome, lookup_outcome::reachable);
}

}  // namespace
}  // namespace pinwire::lookup
