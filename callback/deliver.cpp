#include "callback/deliver.hpp"

#include "common/core/text.hpp"
#include "common/core/url.hpp"
#include "common/reports/dialect.hpp"
#include "common/reports/signature.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/report_rules.hpp"

namespace pinwire::callback {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t answer_kept = 512;  // first bytes, for the operator

report_schedule schedule_of(const config::reports_settings& from) {
    report_schedule made;
    made.give_up_after = from.dead_after;
    made.waits.assign(from.schedule.begin(), from.schedule.end());
    // the configuration's first wait is the one before the first try
    if (made.waits.size() > 1) made.waits.erase(made.waits.begin());
    return made;
}

double random_share() {
    const auto bytes = random_bytes<2>();
    return static_cast<double>(bytes[0] * 256 + bytes[1]) / 65536.0;
}

std::string text_of(const http::exchange& got) {
    if (got.answered()) return "HTTP " + std::to_string(got.answer.status);
    if (got.proxy_status > 0) return "proxy: HTTP " + std::to_string(got.proxy_status);
    return std::string(http::to_string(got.why));
}

// A proxy that refuses the way is ours to mend; one that couldn't go it says that the endpoint is
// away.
bool excused(const http::exchange& got) {
    return got.why == http::failure::proxy && got.proxy_status < 500;
}

// What a timer ended, as the operator wants it said.
final_report worded(final_report from, const config::reports_settings& settings) {
    if (from.delivery == dlr_status::unknown) from.delivery = settings.unknown_as;
    return from;
}

}  // namespace

deliver_step::deliver_step(
    boost::asio::io_context& io,
    const config::settings& settings,
    upkeep::account_book& accounts,
    figures& counts
)
    : settings_(settings),
      accounts_(accounts),
      figures_(counts),
      schedule_(schedule_of(settings.callback.reports)),
      // the dispatcher bounds an endpoint's share
      client_(io, settings, static_cast<std::size_t>(settings.callback.reports.slots)) {}

deliver_step::~deliver_step() = default;

http::request deliver_step::request_of(
    const parcel& what, const config::account_settings& account, const std::string& webhook_id
) const {
    const auto& first = what.reports.front();
    std::vector<final_report> content;
    content.reserve(what.reports.size());
    for (const auto& row : what.reports) {
        auto read = postgres::decode_report_payload(row.id, row.payload);
        content.push_back(worded(std::move(read), settings_.callback.reports));
    }
    http::request request;
    request.method = "POST";
    request.target = url::parse(first.url)->target();
    request.body = reports::dialect_of(first.format).body(content, account.time_zone);
    request.fields.add("Content-Type", "application/json");
    for (auto& [name, value] :
         reports::sign(webhook_id, database_clock::now(), request.body, account.webhook_secrets)) {
        request.fields.add(std::move(name), std::move(value));
    }
    return request;
}

awaitable<delivery> deliver_step::run(
    const parcel& what, std::shared_ptr<const endpoint_terms> terms, std::function<bool()> may_send
) {
    const auto& first = what.reports.front();
    auto account = accounts_.find(first.account);
    // it, or its newest secret, may be younger than the book
    for (bool looked = account && accounts_.looked(); !looked;
         account = accounts_.find(first.account))
        looked = co_await accounts_.refresh_now();
    if (!account) co_return give_up(what, "account_gone");
    if (account->secret_unreadable) {
        delivery nothing;
        nothing.unsignable = true;
        co_return nothing;
    }
    const auto where = url::parse(first.url);
    if (!where) co_return give_up(what, "bad_url");
    if (!upkeep::scheme_allowed(*where, *account)) co_return give_up(what, "http_not_allowed");
    const auto id = webhook_id_of(what);
    http::request request;
    bool readable = true;
    try {
        request = request_of(what, *account, id);
    } catch (const std::runtime_error& error) {
        telemetry::log_error(
            "report_unreadable", {{"report", first.id}, {"error", std::string(error.what())}}
        );
        readable = false;
    }
    if (!readable) co_return give_up(what, "unreadable");
    if (terms && !terms->header.empty())
        request.fields.add(terms->header, std::string(terms->value.reveal()));
    if (what.fresh()) {
        const auto waited = database_clock::now() - first.created_at;
        figures_.report_wait_seconds.observe(std::chrono::duration<double>(waited).count());
    }
    const auto got =
        co_await client_.post(account, *where, std::move(request), std::move(may_send));
    const bool withheld = got.how_far == http::progress::withheld;
    if (withheld || got.why == http::failure::proxy_away) {
        delivery nothing;
        nothing.withheld = withheld;
        nothing.proxy_away = !withheld;
        nothing.how.error = got.error;
        co_return nothing;
    }
    figures_.report_seconds.observe(std::chrono::duration<double>(got.elapsed).count());
    co_return judge(what, id, got);
}

delivery deliver_step::judge(
    const parcel& what, const std::string& webhook_id, const http::exchange& got
) const {
    const unsigned status = got.answered() ? got.answer.status : 0;
    const auto answer = classify_report_answer(status);
    const auto now = database_clock::now();
    report_tries tries;
    tries.made = static_cast<unsigned>(what.tries) + 1;
    tries.malformed =
        static_cast<unsigned>(what.malformed) + (answer == report_answer::malformed ? 1 : 0);
    const auto since = what.fresh()
                           ? milliseconds(0)
                           : std::chrono::duration_cast<milliseconds>(now - what.first_try_at);
    const auto said = parse_retry_after(got.answer.fields.get("retry-after"), now);
    const auto wait = next_report_delay(
        answer, tries, since, random_share(), said.value_or(std::chrono::seconds(0)), schedule_
    );
    delivery made;
    made.tried = true;
    made.how.succeeded = answer == report_answer::delivered;
    made.how.excused = excused(got);
    if (!made.how.succeeded) made.how.error = text_of(got);
    made.how.latency = std::chrono::duration_cast<milliseconds>(got.elapsed);
    if (status == 429 || status == 503) made.asked_pause = said.value_or(std::chrono::seconds(0));
    made.endpoint_gone = answer == report_answer::disable;
    made.endpoint_trouble = answer == report_answer::retry;
    if (got.how_far == http::progress::refused_by_policy) figures_.reports_refused_address.add();
    for (std::size_t i = 0; i < what.reports.size(); ++i) {
        postgres::report_result one;
        one.id = what.reports[i].id;
        one.reason = answer == report_answer::delivered ? std::string() : text_of(got);
        one.malformed = answer == report_answer::malformed;
        one.latency = std::chrono::duration_cast<milliseconds>(got.elapsed);
        if (got.answered()) one.http_status = static_cast<int>(status);
        one.answer = storable_text(got.answer.body, answer_kept);
        if (answer == report_answer::delivered) {
            one.outcome = postgres::report_outcome::delivered;
        } else if (wait) {
            one.outcome = postgres::report_outcome::retry;
            one.due_at = now + *wait;
            if (what.reports.size() > 1) {
                one.batch = webhook_id;
                one.batch_pos = static_cast<int>(i);
            }
        } else {
            one.outcome = postgres::report_outcome::dead;
        }
        made.results.push_back(std::move(one));
    }
    return made;
}

// Kept for replay, without a try.
delivery deliver_step::give_up(const parcel& what, const std::string& reason) const {
    delivery made;
    for (const auto& row : what.reports) {
        postgres::report_result one;
        one.id = row.id;
        one.outcome = postgres::report_outcome::dead;
        one.reason = reason;
        made.results.push_back(std::move(one));
    }
    return made;
}

}  // namespace pinwire::callback
