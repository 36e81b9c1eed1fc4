// A developer's test report through a running API: what an operator set for the endpoint goes along
// as with real reports, and nobody but the endpoint sees it.
#include "tests/integration/api/served.hpp"

namespace pinwire::test {
namespace {

using nlohmann::json;

class TestReportOfTheApi : public served {
protected:
    static constexpr const char* password = "open-sesame";

    std::string url() const { return stack.sim() + "/customer/acme"; }
    // As they came to the customer; header names in lower case.
    std::vector<json> requests() {
        std::vector<json> made;
        std::istringstream lines(
            http_call(stack.sim(), "GET", "/customer/acme/requests?max=100").body
        );
        for (std::string line; std::getline(lines, line);)
            made.push_back(json::parse(line));
        return made;
    }
    static std::string header_of(const json& request, const std::string& name) {
        for (const auto& [field, value] : request["headers"].items()) {
            if (std::equal(
                    field.begin(),
                    field.end(),
                    name.begin(),
                    name.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; }
                ))
                return value.get<std::string>();
        }
        return "";
    }
    void set_basic() {
        const temp_dir files;
        const auto file = files / "password";
        std::ofstream(file) << password << '\n';
        std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        stack.pinwire(
            {"endpoints",
             "set",
             "acme",
             url(),
             "--basic-user",
             "gate",
             "--basic-password-file",
             file.string()}
        );
    }
};

TEST_F(TestReportOfTheApi, CarriesWhatAnOperatorSetAsTheCommandDoes) {
    const auto ask = [&] {
        return caller->call("POST", "/pinwire/1/test-report", {{"url", url()}});
    };
    const auto plain = ask();
    EXPECT_EQ(plain.status, 200) << plain;
    EXPECT_EQ(plain.body["taken"], true) << plain;
    EXPECT_TRUE(plain.body["answer"].is_string());
    ASSERT_EQ(requests().size(), 1U);
    EXPECT_EQ(header_of(requests()[0], "authorization"), "");

    set_basic();
    const auto known = ask();
    EXPECT_EQ(known.body["taken"], true) << known;
    EXPECT_TRUE(known.body["answer"].is_null()) << known;
    stack.pinwire({"endpoints", "test", "acme", url()});
    const auto came = requests();
    ASSERT_EQ(came.size(), 3U);
    const std::string credentials = "Basic Z2F0ZTpvcGVuLXNlc2FtZQ==";
    for (const auto i : {1U, 2U}) {
        EXPECT_EQ(header_of(came[i], "authorization"), credentials) << came[i];
        EXPECT_EQ(header_of(came[i], "pinwire-test"), "1");
    }
    for (const auto* hidden : {password, "Z2F0ZTpvcGVuLXNlc2FtZQ"}) {
        EXPECT_EQ(known.body.dump().find(hidden), std::string::npos);
        EXPECT_EQ(stack.log("api-1").find(hidden), std::string::npos);
    }
}

}  // namespace
}  // namespace pinwire::test
