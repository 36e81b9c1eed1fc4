// An operator's switches and the guard's caps in running processes: no restart between.
#include "tests/integration/api/served.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

stack_options with_guard() {
    stack_options made;
    made.edit = [](toml_tables& to) {
        to["guard"]["countries"] = R"(["34", "44"])";
        to["guard.caps"]["number"] = R"("2/1h")";
    };
    return made;
}

class Guarded : public served {
protected:
    Guarded() : served(with_guard()) {}

    static std::string error_of(const told& answer) { return answer.body.value("error_id", ""); }

    // Straight into Kafka; the job's reason, once it is final (or its first status).
    std::string reason_of(const std::string& number) {
        const auto id = "direct-" + std::to_string(++made_);
        auto one = stack.jobs().sms(id, "34", "0000");
        one.key = number;
        one.body["to"] = number;
        stack.produce({one});
        const auto claimed = [&] {
            return stack.count("select count(*) from job where job_id = '" + id + "'") == 1;
        };
        EXPECT_TRUE(eventually(claimed, soon, "the claim")) << stack.tails();
        const auto row = stack.query(
            "select coalesce(reason, ''), final_at is not null from job where job_id = '" + id + "'"
        );
        return row.one().text(0);
    }

private:
    int made_ = 0;
};

TEST_F(Guarded, ASuspensionTakesEffectEverywhereWithoutARestartAndSoDoesItsEnd) {
    EXPECT_EQ(caller->request("34600317001").status, 200);
    EXPECT_EQ(reason_of("34600317002"), "");
    stack.pinwire({"suspend", "prefix", "3460031", "--reason", "pumping"});
    const auto refused = [&] {
        return error_of(caller->request("34600317003")) == "INVALID_NUMBER";
    };
    EXPECT_TRUE(eventually(refused, soon, "the API's refusal")) << stack.tails();
    const auto worker_too = [&] { return reason_of("34600317004") == "prefix_suspended"; };
    EXPECT_TRUE(eventually(worker_too, soon, "the worker's refusal")) << stack.tails();
    EXPECT_EQ(caller->request("34600327001").status, 200) << "its neighbours are served";
    stack.pinwire({"resume", "prefix", "3460031"});
    const auto served_again = [&] { return caller->request("34600317005").status == 200; };
    EXPECT_TRUE(eventually(served_again, soon, "the API's answer"));
    const auto sent_again = [&] { return reason_of("34600317006").empty(); };
    EXPECT_TRUE(eventually(sent_again, soon, "the worker's sending"));
    EXPECT_NE(
        stack.metrics("worker-1").find("pinwire_refused_total{reason=\"prefix_suspended\"}"),
        std::string::npos
    );

    stack.pinwire({"suspend", "account", "acme", "--reason", "unpaid"});
    const auto out = [&] { return caller->request("34600327002").status == 401; };
    EXPECT_TRUE(eventually(out, soon, "the account's end")) << stack.tails();
}

TEST_F(Guarded, ACapAndACountryAreToldTruthfully) {
    EXPECT_EQ(error_of(caller->request("351910000001")), "INVALID_NUMBER");
    EXPECT_EQ(reason_of("351910000002"), "country_not_allowed");
    json looked;
    looked["hlr_lookup"] = 1;
    EXPECT_EQ(caller->request("34600330000", looked).status, 200);
    EXPECT_EQ(caller->request("34600330000", looked).status, 200);
    const auto full = caller->request("34600330000", looked);
    EXPECT_EQ(full.status, 429) << full;
    EXPECT_EQ(error_of(full), "UNKNOWN_ERROR");
    EXPECT_FALSE(full.retry_after.empty());
    EXPECT_EQ(pins_on_handset(stack, "34600330000").size(), 2U);
}

TEST_F(Guarded, APausedRouteSendsNothingAndAResumedOneSendsWhatWaited) {
    for (const auto* route : {"es_first", "es_second"})
        stack.pinwire({"routes", "pause", route});
    const auto paused = [&] {
        const auto log = stack.log("worker-1");
        return log.find("route=es_first condition=paused") != std::string::npos &&
               log.find("route=es_second condition=paused") != std::string::npos;
    };
    ASSERT_TRUE(eventually(paused, soon, "the worker's look")) << stack.tails();
    EXPECT_EQ(caller->request("34600340000").status, 200);
    const auto waits = [&] {
        return stack.count("select count(*) from attempt where state = 1") == 1;
    };
    EXPECT_TRUE(eventually(waits, soon, "the waiting attempt")) << stack.tails();
    EXPECT_TRUE(pins_on_handset(stack, "34600340000").empty());
    stack.pinwire({"routes", "resume", "es_second"});
    stack.pinwire({"routes", "resume", "es_first"});
    EXPECT_EQ(pin_on_handset(stack, "34600340000").size(), 6U);
}

}  // namespace
}  // namespace pinwire::test
