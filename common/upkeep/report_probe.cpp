#include "common/upkeep/report_probe.hpp"

#include <algorithm>

#include "common/core/url.hpp"
#include "common/reports/dialect.hpp"
#include "common/reports/signature.hpp"
#include "common/reports/test_report.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::upkeep {
namespace {

using std::chrono::system_clock;

constexpr std::size_t answer_kept = 512;  // first bytes, as of a real report
constexpr std::size_t at_once = 16;

http::resolver_settings resolver_settings_of(const config::reports_settings& from) {
    http::resolver_settings made;
    made.servers = from.dns_servers;
    made.time_max = from.dns_timeout;
    return made;
}

http::client_settings client_settings_of(const config::reports_settings& from) {
    http::client_settings made;
    made.per_endpoint_max = at_once;
    made.total_max = at_once;
    made.body_max = from.answer_max;
    made.ca_file = from.ca_file.string();
    return made;
}

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
    const auto now = system_clock::now();
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

report_probe::report_probe(boost::asio::io_context& io, const config::reports_settings& settings)
    : settings_(settings),
      names_(io, resolver_settings_of(settings)),
      client_(io, names_, client_settings_of(settings)) {}

// A new one each time: connections of another check are never used.
std::shared_ptr<const http::address_check> report_probe::check_of(
    const config::account_settings& account
) {
    address_rules rules;
    rules.allow_http = account.allow_http;
    rules.allow = account.allow_cidrs;
    rules.deny = settings_.deny_cidrs;
    rules.ports = account.ports;
    rules.nat64 = settings_.nat64;
    auto made = std::make_shared<http::address_check>();
    made->id = ++checks_made_;
    made->judge = [policy = address_policy(std::move(rules))](
                      const ip_address& address, std::uint16_t port
                  ) { return policy.judge(address, port); };
    return made;
}

awaitable<probe_result> report_probe::send(
    std::shared_ptr<const config::account_settings> account, std::string text, report_format format
) {
    const auto where = url::parse(text);
    if (!where) co_return refused(std::string(to_string(where.error())));
    if (!where->is_https() && !account->allow_http) co_return refused("http_not_allowed");
    const report_id id(random_bytes<16>());
    auto request = request_of(*where, *account, format, id);
    http::call_options how;
    how.connect_timeout = settings_.connect_timeout;
    how.answer_timeout = settings_.total_timeout;
    how.by = std::chrono::steady_clock::now() + settings_.total_timeout;
    how.check = check_of(*account);
    const http::endpoint to(*where);
    const auto got = co_await client_.send(to, std::move(request), std::move(how));
    client_.close_idle();
    probe_result made;
    if (got.how_far != http::progress::refused_by_policy) made.webhook_id = id.hex();
    made.signatures = static_cast<int>(account->webhook_secrets.size());
    made.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(got.elapsed);
    if (got.answered()) {
        made.status = got.answer.status;
        made.answer = got.answer.body.substr(0, answer_kept);
    }
    made.taken = got.answered() && got.answer.status / 100 == 2;
    if (!made.taken) made.reason = reason_of(got);
    co_return made;
}

}  // namespace pinwire::upkeep
