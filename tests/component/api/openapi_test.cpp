// The document that the API serves about itself; what it says is held against the golden
// conversations by tests/openapi.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "api/openapi_side.hpp"
#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

http::response ask(const std::string& method) {
    openapi_side side;
    return run(side.serve(a_call(method, "/openapi.json").get()));
}

std::string source() {
    std::ifstream file(PINWIRE_SOURCE_DIR "/api/openapi.json");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(Openapi, IsServedAsItStandsInTheSource) {
    const auto answer = ask("GET");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.fields.get("Content-Type"), "application/json");
    EXPECT_EQ(answer.body, source());
    EXPECT_EQ(nlohmann::json::parse(answer.body)["openapi"], "3.1.0");
}

TEST(Openapi, IsOnlyToBeRead) {
    const auto answer = ask("DELETE");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_EQ(answer.fields.get("Allow"), "GET");
}

TEST(Openapi, NamesNoPathThatTheFiguresDoNotKnow) {
    const auto document = nlohmann::json::parse(openapi_document());
    for (const auto& [path, item] : document["paths"].items())
        EXPECT_NE(endpoint_of(path), "other") << path;
}

}  // namespace
}  // namespace pinwire::api::test
