// Each kind's request, and what each of its documented answers is read as: golden files, one answer
// a file (NAME.STATUS.json), all of a kind in its expected.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/golden/golden.hpp"
#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup {
namespace {

using test::noon;
using test::number;
using test::settings_of;

std::string line_of(const lookup_result& read) {
    std::string line(to_string(read.outcome));
    if (read.permanent) line += " permanent";
    if (read.trouble) line += " trouble";
    line += " mccmnc=" + read.mccmnc + " line=" + std::string(to_string(read.line));
    if (read.ported) line += " ported";
    if (read.roaming) line += " roaming";
    if (read.cost_micros) line += " cost=" + std::to_string(*read.cost_micros);
    if (!read.error.empty()) line += " error=" + read.error;
    return line;
}

std::vector<std::filesystem::path> answers_of(const std::string& kind) {
    std::vector<std::filesystem::path> files;
    for (const auto& one : std::filesystem::directory_iterator(golden::path_of("lookup/" + kind)))
        if (one.path().extension() == ".json") files.push_back(one.path());
    std::sort(files.begin(), files.end());
    return files;
}

// The number before the last extension.
unsigned status_of(const std::filesystem::path& file) {
    return static_cast<unsigned>(std::stoul(file.stem().extension().string().substr(1)));
}

class Provider : public ::testing::TestWithParam<std::string> {};

TEST_P(Provider, WritesItsRequest) {
    const auto request = make_provider(settings_of(GetParam()))->to_request(number(), noon);
    std::string text = request.method + " " + request.target + "\n";
    for (const auto& [name, value] : request.headers)
        text += name + ": " + value + "\n";
    golden::expect("lookup/" + GetParam() + ".request", text + "\n" + request.body + "\n");
}

TEST_P(Provider, ReadsEachDocumentedAnswer) {
    const auto provider = make_provider(settings_of(GetParam()));
    std::string text;
    for (const auto& file : answers_of(GetParam())) {
        const auto name = file.filename().string();
        const auto body = golden::read("lookup/" + GetParam() + "/" + name);
        const auto read = provider->read_answer({status_of(file), {}, body}, number());
        EXPECT_EQ(read.provider.str(), "numbers");
        text += name + ": " + line_of(read) + "\n";
    }
    EXPECT_FALSE(text.empty());
    golden::expect("lookup/" + GetParam() + "/expected.txt", text);
}

TEST_P(Provider, KeepsNothingOfTheSubscriber) {
    const auto provider = make_provider(settings_of(GetParam()));
    for (const auto& file : answers_of(GetParam())) {
        const auto name = file.filename().string();
        const auto body = golden::read("lookup/" + GetParam() + "/" + name);
        const auto line = line_of(provider->read_answer({status_of(file), {}, body}, number()));
        for (const auto* secret : {"214071234567890", "1234567890", "34609090909", "600000000"})
            EXPECT_EQ(line.find(secret), std::string::npos) << name;
    }
}

TEST_P(Provider, NeverRefusesForGoodWhatItCantRead) {
    const auto provider = make_provider(settings_of(GetParam()));
    for (const std::string body :
         {"",
          "<html>",
          "[]",
          "{}",
          "null",
          "5",
          "\"DEAD\"",
          R"({"results":{}})",
          R"({"results":[5,null,"x"]})",
          R"({"status":"ok","result":{"success":"false"}})",
          R"({"msisdn":["+34600000000"],"connectivity_status":{}})",
          R"({"phone_number":"+34600000000","valid":"false"})",
          R"({"result":{"number":"34600000000","state":["DEAD"]}})",
          R"({"result":{"number":"34600000000","state":"DEAD","state":"DEAD"}})"}) {
        const auto read = provider->read_answer({200, {}, body}, number());
        EXPECT_EQ(read.outcome, lookup_outcome::unknown) << body;
        EXPECT_EQ(read.error, "UNREADABLE_ANSWER") << body;
        EXPECT_TRUE(read.trouble) << body;
    }
}

TEST_P(Provider, AnOddNumberIsNotItsTroubleButRefusedKeysAndFullQueuesAre) {
    const auto provider = make_provider(settings_of(GetParam()));
    const auto trouble = [&](unsigned status) {
        const auto read = provider->read_answer({status, {}, "{}"}, number());
        EXPECT_EQ(read.outcome, lookup_outcome::unknown) << status;
        EXPECT_EQ(read.error, "HTTP(" + std::to_string(status) + ")");
        return read.trouble;
    };
    for (const unsigned status : {400U, 422U})
        EXPECT_FALSE(trouble(status)) << status;
    for (const unsigned status : {301U, 401U, 402U, 403U, 429U, 500U, 502U, 503U})
        EXPECT_TRUE(trouble(status)) << status;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Provider, ::testing::ValuesIn(known_kinds()), [](const auto& one) {
    return one.param;
});

}  // namespace
}  // namespace pinwire::lookup
