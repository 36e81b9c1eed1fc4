#include "common/upkeep/report_probe.hpp"

#include "common/core/text.hpp"
#include "common/core/url.hpp"
#include "common/reports/dialect.hpp"
#include "common/reports/signature.hpp"
#include "common/reports/test_report.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/random.hpp"
#include "common/upkeep/report_rules.hpp"

namespace pinwire::upkeep {
namespace {

constexpr std::size_t answer_kept = 512;  // first bytes, as of a real report
constexpr std::size_t connections = 16;

probe_result refused(std::string reason) {
    probe_result made;
    made.reason = std::move(reason);
    return made;
}

std::string reason_of(const http::exchange& got) {
    if (got.answered()) return "HTTP " + std::to_string(got.answer.status);
    if (got.how_far == http::progress::refused_by_policy && !got.error.empty())
        return std::string(http::to_string(got.why)) + ": " + got.error;
    return std::string(http::to_string(got.why));
}

http::request request_of(
    const url& where,
    const config::account_settings& account,
    report_format format,
    const report_id& id
) {
    const auto now = database_clock::now();
    const auto message = message_id::time_ordered(now, random_bytes<10>());
    const auto content = reports::test_report(id, message, account.name, now);
    http::request request("POST", where.target());
    request.body = reports::dialect_of(format).body({&content, 1}, account.time_zone);
    request.fields.add("Content-Type", "application/json");
    request.fields.add(reports::test_header, "1");
    for (auto& [name, value] : reports::sign(id.hex(), now, request.body, account.webhook_secrets))
        request.fields.add(std::move(name), std::move(value));
    return request;
}

}  // namespace

std::optional<postgres::endpoint_name> endpoint_name_of(
    const account_name& account, const std::string& text
) {
    const auto where = url::parse(text);
    if (!where) return std::nullopt;
    postgres::endpoint_name made;
    made.account = account;
    made.origin = where->origin();
    return made;
}

report_probe::report_probe(boost::asio::io_context& io, const config::settings& settings)
    : settings_(settings), client_(io, settings, connections) {}

awaitable<probe_result> report_probe::send(
    std::shared_ptr<const config::account_settings> account,
    std::string text,
    report_format format,
    std::optional<postgres::endpoint_setting> set
) {
    const auto where = url::parse(text);
    if (!where) co_return refused(std::string(to_string(where.error())));
    if (!scheme_allowed(*where, *account)) co_return refused("http_not_allowed");
    if (account->secret_unreadable) co_return refused("secret_unreadable");
    const report_id id(random_bytes<16>());
    auto request = request_of(*where, *account, format, id);
    const bool with_header = set && !set->header.empty();
    if (with_header) {
        const auto value = postgres::unseal_header(*set, settings_.keys.ring);
        if (!value) co_return refused("header_unreadable");
        request.fields.add(set->header, std::string(value->reveal()));
    }
    const auto got = co_await client_.post(account, *where, std::move(request));
    client_.close_idle();
    probe_result made;
    made.with_header = with_header;
    if (got.how_far != http::progress::refused_by_policy) made.webhook_id = id.hex();
    made.signatures = static_cast<int>(account->webhook_secrets.size());
    made.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(got.elapsed);
    if (got.answered()) {
        made.status = got.answer.status;
        made.answer = storable_text(got.answer.body, answer_kept);
    }
    made.taken = got.answered() && got.answer.status / 100 == 2;
    if (!made.taken) made.reason = reason_of(got);
    co_return made;
}

}  // namespace pinwire::upkeep
