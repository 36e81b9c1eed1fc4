#include "api/nrs360/dialect.hpp"

#include <boost/asio/error.hpp>
#include <exception>
#include <string>
#include <utility>

#include "api/nrs360/answer.hpp"
#include "api/nrs360/decode.hpp"
#include "common/core/address_policy.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/report_rules.hpp"

namespace pinwire::api {
namespace {

using nrs360::error_id;
using nrs360::fault;

http::response wired(http_response made) {
    return http::response(std::move(made));
}

http::response refusal(const fault& what) {
    return wired(nrs360::answer_of(what));
}

bool is_request_path(std::string_view path) {
    return path == "/api/2fa/request" || path == "/api/3.0/2fa/request";
}

bool is_verify_path(std::string_view path) {
    return path == "/api/2fa/verify" || path == "/api/3.0/2fa/verify";
}

// As the callback will judge it when the report is due.
address_policy report_policy(
    const config::settings& settings, const config::account_settings& account
) {
    return address_policy(upkeep::report_rules_of(account, settings.callback.reports));
}

order order_of(
    nrs360::ready_request&& ready, const config::account_settings& account, const call& from
) {
    order made;
    made.answer =
        ready.job.lookup == lookup_policy::skip ? answer_when::durable : answer_when::looked_up;
    made.job = std::move(ready.job);
    made.own_code = std::move(ready.own_code);
    made.per_number = account.per_number;
    // the same key on another endpoint is another key
    if (!from.idempotency_key.empty()) made.idempotency_key = "request:" + from.idempotency_key;
    return made;
}

}  // namespace

nrs360_dialect::nrs360_dialect(
    const config::settings& settings,
    gate& keeper,
    order_desk& desk,
    guess_pin& guesses,
    pin_store&,
    std::function<std::chrono::system_clock::time_point()> now
)
    : settings_(settings), gate_(keeper), desk_(desk), guesses_(guesses), now_(std::move(now)) {}

bool nrs360_dialect::serves(std::string_view, std::string_view path) const {
    return is_request_path(path) || is_verify_path(path);
}

awaitable<http::response> nrs360_dialect::serve(call from) {
    try {
        co_return co_await answer(from);
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) throw;
        telemetry::log_limited(
            telemetry::log_level::error,
            "request_failed",
            "request_failed",
            {{"request_id", from.request_id}, {"error", error.what()}}
        );
    } catch (const std::exception& error) {
        telemetry::log_limited(
            telemetry::log_level::error,
            "request_failed",
            "request_failed",
            {{"request_id", from.request_id}, {"error", error.what()}}
        );
    }
    co_return refusal(fault{error_id::unknown_error, {}});
}

awaitable<http::response> nrs360_dialect::answer(const call& from) {
    if (from.request.method != "POST" && from.request.method != "GET")
        co_return wired(nrs360::wrong_method_answer());
    if (is_request_path(from.path)) co_return co_await request(from);
    co_return co_await verify(from);
}

awaitable<http::response> nrs360_dialect::request(const call& from) {
    const auto content_type = from.request.fields.get("Content-Type");
    auto asked = nrs360::read_request(content_type, from.request.body);
    if (!asked) co_return refusal(asked.error());
    const auto verdict = gate_.admit(asked->api_key, from);
    const auto account = verdict.who ? verdict.who->account : nullptr;
    if (auto fault = nrs360::fault_before_key(*asked, account.get())) co_return refusal(*fault);
    if (!account) co_return refusal(fault{error_id::unauthorized, {}});

    const auto reports = report_policy(settings_, *account);
    auto ready = nrs360::make_job(*std::move(asked), *account, reports, now_());
    if (!ready) co_return refusal(ready.error());
    if (!may_send_to(settings_, *account, ready->job.to) || !gate_.serves(ready->job.to))
        co_return refusal(fault{error_id::invalid_number, {}});
    const auto lookup = ready->job.lookup;
    auto wanted = order_of(*std::move(ready), *account, from);
    const auto placed = co_await desk_.place(std::move(wanted));
    co_return wired(nrs360::answer_of(placed, lookup));
}

awaitable<http::response> nrs360_dialect::verify(const call& from) {
    const auto content_type = from.request.fields.get("Content-Type");
    auto asked = nrs360::read_verify(content_type, from.request.body);
    if (!asked) co_return refusal(asked.error());
    if (asked->bad) co_return refusal(*asked->bad);
    const auto verdict = gate_.admit(asked->api_key, from);
    if (!verdict.who) co_return refusal(fault{error_id::unauthorized, {}});
    const auto to = msisdn::parse(asked->msisdn);
    // no PIN was ever made for what is no number; the document knows no other error for it
    if (!to) co_return refusal(fault{error_id::record_not_found, {}});

    postgres::pin_question which;
    which.account = verdict.who->account->name;
    which.to = *to;
    const auto got = co_await guesses_.run(*verdict.who, std::move(which), std::move(asked->pin));
    co_return wired(nrs360::answer_of(got.answer));
}

}  // namespace pinwire::api
