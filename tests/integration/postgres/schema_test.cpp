// What the tables make is what docs/schemas says: events as they go to pin.events, and reports in
// each dialect, of jobs that ended in every way they can.
#include <nlohmann/json.hpp>

#include "common/postgres/endpoints.hpp"
#include "common/postgres/outbox.hpp"
#include "common/reports/dialect.hpp"
#include "tests/integration/postgres/fixture.hpp"
#include "tests/unit/reports/schema_check.hpp"

namespace pinwire::postgres::test {
namespace {

using nlohmann::json;

class described : public database {
protected:
    claim_request claimed(const std::string& name, bool voice = false) {
        auto request = sms_request(name);
        request.reference = "ref-" + name;
        if (voice) request.channel = channel::voice;
        claim_one(request);
        return request;
    }
    void recorded(const claim_request& of, record_result result, const std::string& error = "") {
        auto one = sent_record(of.attempt->id, "id-" + of.job.str());
        one.result = result;
        one.error = error;
        if (result != record_result::sent) one.carrier_message_id.clear();
        record(db(), epoch_, {&one, 1});
    }
    // Each way in which a job begins, goes on and ends.
    void live() {
        db().query("insert into account (name, report_events) values ('acme', 'all')");
        for (int status = 1; status <= 8; ++status) {
            const auto job = claimed("sent-" + std::to_string(status), status % 2 == 0);
            recorded(job, record_result::sent);
            settle_all({dlr_for(job.attempt->id, static_cast<dlr_status>(status))});
        }
        recorded(claimed("refused"), record_result::not_sent, "REJECTED(12)");
        recorded(claimed("unknown"), record_result::in_doubt, "timeout");
        auto withheld = sms_request("withheld");
        withheld.reason = "lookup_refused";
        withheld.attempt.reset();
        withheld.pin.reset();
        claim_one(withheld);
        announce_again(db(), epoch_, std::vector<repeat>{{withheld.id, ""}});
    }
};

TEST_F(described, EveryEventIsAsItsSchemaSays) {
    live();
    const auto schema = schema_check::read("event");
    int seen = 0;
    bool final = false;
    bool repeated = false;
    for (const auto& row : read_outbox(db(), epoch_, {}, 1000, 1h)) {
        for (const auto& one : row.events) {
            const auto event = json::parse(one.json);
            EXPECT_EQ(schema_check::fault_of(schema, event), "") << one.json;
            final = final || event.value("final", false);
            repeated = repeated || event.value("repeat", false);
            ++seen;
        }
    }
    EXPECT_GE(seen, 20);
    EXPECT_TRUE(final);
    EXPECT_TRUE(repeated);
}

// Both stand in one topic: a consumer tells them apart by what each alone has.
TEST_F(described, EventsOfEndpointsHaveASchemaOfTheirOwn) {
    const endpoint_name where{account_name("acme"), "https://one.example:443"};
    endpoint_note failed;
    failed.name = where;
    failed.failures = 10;
    failed.failing_from = now() - 2h;
    failed.last_error = "HTTP 503";
    EXPECT_EQ(note_endpoints(db(), epoch_, 24h, {&failed, 1}).size(), 1U);
    failed.failing_from = now() - 25h;
    EXPECT_EQ(note_endpoints(db(), epoch_, 24h, {&failed, 1}).size(), 1U);
    EXPECT_TRUE(enable_endpoint(db(), where, "ann"));
    EXPECT_TRUE(disable_endpoint(db(), epoch_id(), where, "they asked", "ann"));
    const auto of_endpoints = schema_check::read("endpoint-event");
    const auto of_jobs = schema_check::read("event");
    std::string types;
    for (const auto& row : read_outbox(db(), epoch_, {}, 1000, 0ms)) {
        for (const auto& one : row.events) {
            const auto event = json::parse(one.json);
            EXPECT_EQ(schema_check::fault_of(of_endpoints, event), "") << one.json;
            EXPECT_NE(schema_check::fault_of(of_jobs, event), "") << one.json;
            EXPECT_EQ(one.key, "acme");
            types += event.at("type").get<std::string>().substr(9) + ' ';
        }
    }
    EXPECT_EQ(types, "failing disabled enabled disabled ");
    EXPECT_FALSE(of_jobs.at("properties").contains("type")) << "a job's event has no type";
}

TEST_F(described, EveryReportIsAsItsDialectsSchemaSays) {
    live();
    const std::pair<report_format, json> all[] = {
        {report_format::nrs360, schema_check::read("report-360nrs")},
        {report_format::infobip, schema_check::read("report-infobip")},
        {report_format::standard, schema_check::read("report-standard")}};
    const auto rows = all_reports();
    EXPECT_GE(rows.size(), 10U);
    for (const auto& row : rows) {
        const auto content = decode_report_payload(row.id, row.payload);
        for (const auto& [format, schema] : all) {
            const auto body = reports::dialect_of(format).body({&content, 1}, "UTC");
            EXPECT_EQ(schema_check::fault_of(schema, json::parse(body)), "") << body;
        }
    }
}

}  // namespace
}  // namespace pinwire::postgres::test
