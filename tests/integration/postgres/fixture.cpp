#include "tests/integration/postgres/fixture.hpp"

#include <atomic>
#include <cstdlib>

#include "common/postgres/array_literal.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::postgres::test {

time_point now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

template <class Id>
Id fresh_id() {
    static std::atomic<std::uint64_t> counter{1};
    const auto number = counter++;
    std::array<std::uint8_t, 10> tail{};
    for (int i = 0; i < 8; ++i)
        tail[9 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return Id::time_ordered(std::chrono::system_clock::now(), tail);
}
template message_id fresh_id<message_id>();
template attempt_id fresh_id<attempt_id>();
template claim_id fresh_id<claim_id>();
template epoch_id fresh_id<epoch_id>();
template report_id fresh_id<report_id>();

claim_request sms_request(const std::string& job) {
    claim_request out;
    out.id = fresh_id<message_id>();
    out.account = account_name("acme");
    out.job = job_id(job);
    out.claim = fresh_id<claim_id>();
    out.content_hash.fill(1);
    out.to = *msisdn::parse("447700900123");
    out.spec = R"({"text":"{PIN} is it"})";
    out.report_url = "https://customer.example/dlr";
    out.requested_at = now();
    out.send_by = now() + 1h;
    pin_request pin;
    pin.id = pinwire::pin_id("pin-" + job);
    pin.sealed = "v1.k." + job;
    out.pin = pin;
    attempt_request attempt;
    attempt.id = fresh_id<attempt_id>();
    attempt.route = route_name("r1");
    attempt.carrier = carrier_name("c1");
    attempt.start = true;
    attempt.next_at = now() + 30s;
    attempt.deadline = now() + 2h;
    out.attempt = attempt;
    return out;
}

dlr_entry dlr_for(const attempt_id& token, dlr_status status) {
    dlr_entry out;
    out.token = token;
    out.carrier = carrier_name("c1");
    out.status = status;
    out.at = now();
    out.alone = true;
    out.entry = "{}";
    return out;
}

record_request sent_record(const attempt_id& attempt, const std::string& carrier_id) {
    record_request out;
    out.attempt = attempt;
    out.result = record_result::sent;
    out.carrier_message_id = carrier_id;
    out.next_at = now() + 2h;
    return out;
}

record_request failed_record(const attempt_id& attempt, const std::string& error) {
    record_request out;
    out.attempt = attempt;
    out.result = record_result::not_sent;
    out.error = error;
    return out;
}

connection_settings settings_for(const std::string& conninfo) {
    connection_settings out;
    out.conninfo = conninfo;
    out.statement_timeout = 30s;
    out.lock_timeout = 20s;
    return out;
}

std::filesystem::path sql_directory() {
    return std::filesystem::path(PINWIRE_SOURCE_DIR) / "sql";
}

database::database() : database_(pinwire::test::migrated_database()) {
    session_ = another();
}

database::~database() = default;

connection_settings database::settings(std::string_view role) const {
    return settings_for(database_->conninfo(role));
}

std::unique_ptr<session> database::another(std::string_view role) const {
    return std::make_unique<session>(settings(role));
}

std::string database::value(const std::string& sql) {
    const auto rows = db().query(sql);
    return rows.one().is_null(0) ? "null" : rows.one().text(0);
}

int database::count(const std::string& from_where) {
    return std::stoi(value("select count(*) from " + from_where));
}

std::string database::job_column(const message_id& job, const std::string& column) {
    return value("select " + column + " from job where id = '" + job.hex() + "'");
}

claim_answer database::claim_one(const claim_request& request) {
    return claim(db(), epoch_, {&request, 1}).front();
}

settle_answer database::settle_all(std::vector<dlr_entry> entries) {
    settle_request request;
    request.entries = std::move(entries);
    return settle(db(), epoch_, request);
}

std::vector<report_row> database::all_reports() {
    std::vector<report_row> out;
    const auto rows = db().query("select * from report order by seq");
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_report(rows[i]));
    return out;
}

void database::heartbeat_of(const epoch_id& epoch, std::chrono::milliseconds ago) {
    heartbeat beating;
    beating.epoch = epoch;
    beating.program = "worker";
    beating.instance = epoch.hex();
    beating.host = "here";
    beat(db(), beating);
    db().query(
        "update process set beat_at = clock_timestamp() - $2::interval where epoch = $1::uuid",
        {epoch.hex(), interval_text(ago)}
    );
}

}  // namespace pinwire::postgres::test
