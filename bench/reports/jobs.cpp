#include "bench/reports/jobs.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "common/core/time_format.hpp"
#include "common/postgres/array_literal.hpp"

namespace pinwire::bench {
namespace {

constexpr const char* ids =
    "with i as materialized (select n, ($1 || lpad(to_hex(n), 16, '0'))::uuid as job,"
    " ($2 || lpad(to_hex(n), 16, '0'))::uuid as attempt"
    " from generate_series($3::bigint, $4::bigint) n)";

key_ring read_ring(const std::string& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return key_ring::parse(text);
}

// Ids of one run grow with time, as in earnest.
std::string hex_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format(
        "{:012x}", std::chrono::duration_cast<std::chrono::milliseconds>(now).count()
    );
}

std::string number_text(std::size_t job) {
    return fmt::format("{:016x}", job);
}

std::string phone_of(std::size_t job) {
    return fmt::format("346{:09}", job);
}

std::string format_text(report_format format) {
    return std::to_string(static_cast<int>(format));
}

}  // namespace

postgres::connection_settings patient(const std::string& conninfo) {
    postgres::connection_settings made;
    made.conninfo = conninfo;
    made.statement_timeout = std::chrono::hours(1);
    made.lock_timeout = std::chrono::minutes(1);
    made.application_name = "pinwire-bench";
    return made;
}

report_jobs::report_jobs(const std::string& conninfo, const std::string& ring_file)
    : session_(patient(conninfo)),
      keys_(read_ring(ring_file)),
      prefix_(hex_now() + "a0b0"),
      attempt_prefix_(hex_now() + "a1b1") {}

std::size_t report_jobs::add(
    std::size_t count, const std::vector<std::string>& urls, report_format format
) {
    const auto first = next_;
    next_ += count;
    const postgres::parameters range{
        prefix_, attempt_prefix_, std::to_string(first), std::to_string(next_ - 1)};
    auto with_urls = range;
    with_urls.emplace_back(postgres::text_array(urls));
    with_urls.emplace_back(format_text(format));
    session_.query(
        std::string(ids) +
            " insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn, spec,"
            " report_url, report_format, report_refusal, requested_at, send_by, nc_status,"
            " sms_status, attempts, route, sender, sent_at, version)"
            " select job, 'bench', 'r' || n, attempt, '\\x00', 0, '346' || lpad(n::text, 9, '0'),"
            " '{}', ($5::text[])[1 + (n - $3::bigint) % cardinality($5::text[])], $6::smallint,"
            " true, now(), now() + interval '1 h', 1, 2, 1, 'sms', 'Pinwire', now(), 2 from i"
            " where $2 is not null",
        with_urls
    );
    session_.query(
        std::string(ids) +
            " insert into attempt (id, job, n, route, carrier, state, next_at, deadline,"
            " started_at, sent_at, carrier_message_id, parts)"
            " select attempt, job, 1, 'sms', 'infobip', 4, now() + interval '2 h',"
            " now() + interval '2 h', now(), now(), replace(attempt::text, '-', ''), 1 from i",
        range
    );
    session_.query(
        std::string(ids) +
            " insert into carrier_ref (carrier, carrier_message_id, attempt)"
            " select 'infobip', replace(attempt::text, '-', ''), attempt from i where $1 is not "
            "null",
        range
    );
    session_.query(
        std::string(ids) +
            " insert into due (job, what, route, at, close_at) select job, 4, 'sms',"
            " now() + interval '2 h', now() + interval '2 h' from i where $2 is not null",
        range
    );
    session_.script("analyze job; analyze attempt; analyze due; analyze carrier_ref");
    return first;
}

std::size_t report_jobs::add_waiting(
    std::size_t count, const std::vector<std::string>& urls, report_format format
) {
    const auto first = next_;
    next_ += count;
    session_.query(
        "with t as materialized (select report_payload(jsonb_populate_record(null::job,"
        " jsonb_build_object("
        "   'id', repeat('f', 32), 'account', 'bench', 'job_id', 'waiting', 'channel', 0,"
        "   'msisdn', '34600000000', 'in_doubt', false, 'attempts', 1, 'accepted_at', now(),"
        "   'final_at', now(), 'sender', 'Pinwire', 'nc_status', 1, 'sms_status', 2,"
        "   'dlr_status', 8, 'route', 'sms', 'sent_at', now()))) as payload)"
        " insert into report (id, job, kind, account, url, format, payload)"
        " select report_id_of(i.job, 1::smallint), i.job, 1, 'bench',"
        " ($4::text[])[1 + i.n % cardinality($4::text[])], $5::smallint,"
        " replace(t.payload, repeat('f', 32), replace(i.job::text, '-', ''))"
        " from (select n, ($1 || lpad(to_hex(n), 16, '0'))::uuid as job"
        "         from generate_series($2::bigint, $3::bigint) n) i, t"
        " order by i.n",
        {prefix_,
         std::to_string(first),
         std::to_string(next_ - 1),
         postgres::text_array(urls),
         format_text(format)}
    );
    return first;
}

void report_jobs::forget_reports() {
    session_.script("truncate report, report_retry, report_dead");
}

post report_jobs::dlr(std::size_t job, told what) const {
    const auto hex = attempt_prefix_ + number_text(job);
    static const carrier_name carrier("infobip");
    const bool arrived = what == told::delivered;
    post made;
    made.target = "/dlr/infobip/" + keys_.dlr_token(carrier, *attempt_id::parse(hex));
    made.body = fmt::format(
        R"({{"results":[{{"bulkId":"2034072219640523072","messageId":"{}","to":"{}",)"
        R"("sentAt":"2026-01-01T10:00:00.000+0000","doneAt":"2026-01-01T10:00:01.000+0000",)"
        R"("smsCount":1,"price":{{"pricePerMessage":0.01,"currency":"EUR"}},"status":{{)"
        R"("groupId":{},"groupName":"{}","id":{},"name":"{}","description":"As it is"}},)"
        R"("error":{{"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR",)"
        R"("description":"No Error","permanent":false}}}}]}})",
        hex,
        phone_of(job),
        arrived ? 3 : 1,
        arrived ? "DELIVERED" : "PENDING",
        arrived ? 5 : 7,
        arrived ? "DELIVERED_TO_HANDSET" : "PENDING_ENROUTE"
    );
    return made;
}

bool report_jobs::settled_since(std::chrono::system_clock::time_point moment) const {
    const auto answer = session_.query("select settled_until()");
    const auto until = answer.one().maybe_time(0);
    return until && *until >= moment;
}

std::int64_t report_jobs::reports_waiting() const {
    return session_.query("select count(*) from report").one().int64(0);
}

std::string report_jobs::about() const {
    const auto answer = session_.query(
        "select current_setting('server_version'), current_setting('fsync'),"
        " current_setting('synchronous_commit'), current_setting('full_page_writes')"
    );
    const auto row = answer.one();
    return fmt::format(
        "PostgreSQL {}, fsync {}, synchronous_commit {}, full_page_writes {}",
        row.view(0),
        row.view(1),
        row.view(2),
        row.view(3)
    );
}

}  // namespace pinwire::bench
