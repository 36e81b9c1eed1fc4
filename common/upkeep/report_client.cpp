#include "common/upkeep/report_client.hpp"

#include "common/http/local_address.hpp"
#include "common/upkeep/outgoing.hpp"
#include "common/upkeep/report_rules.hpp"

namespace pinwire::upkeep {
namespace {

http::resolver_settings resolver_settings_of(const config::reports_settings& from) {
    http::resolver_settings made;
    made.servers = from.dns_servers;
    made.time_max = from.dns_timeout;
    return made;
}

http::client_settings client_settings_of(
    const config::reports_settings& from, std::size_t connections
) {
    http::client_settings made;
    // who calls bounds an endpoint's share
    made.per_endpoint_max = connections;
    made.total_max = connections;
    made.body_max = from.answer_max;
    made.ca_file = from.ca_file.string();
    made.proxy = proxy_of(from.proxy, from.proxy_credentials);
    return made;
}

// Of this machine's own addresses only those that the account's list names one by one.
address_verdict judge(const address_policy& policy, const ip_address& address, std::uint16_t port) {
    const auto verdict = policy.judge(address, port);
    if (verdict != address_verdict::allowed || http::is_loopback(address)) return verdict;
    const bool ours = http::is_local_address(address) && !policy.names(address);
    return ours ? address_verdict::denied_here : verdict;
}

}  // namespace

report_client::report_client(
    boost::asio::io_context& io, const config::settings& settings, std::size_t connections
)
    : settings_(settings.callback.reports),
      own_(io, settings),
      names_(io, resolver_settings_of(settings_)),
      client_(io, names_, client_settings_of(settings_, connections)) {}

awaitable<http::exchange> report_client::post(
    account whose, const url& where, http::request what, std::function<bool()> may_send
) {
    http::call_options how;
    how.connect_timeout = settings_.connect_timeout;
    how.answer_timeout = settings_.total_timeout;
    const http::endpoint to(where);
    if (!own_.known()) co_await own_.look();
    how.by = std::chrono::steady_clock::now() + settings_.total_timeout;
    how.check = check_of(whose);
    how.may_send = std::move(may_send);
    co_return co_await client_.send(to, std::move(what), std::move(how));
}

report_client::check report_client::check_of(const account& whose) {
    auto& known = checks_[whose->name];
    const auto own = own_.known();
    if (known.made && known.own == own && known.account.lock() == whose) return known.made;
    auto rules = report_rules_of(*whose, settings_);
    rules.own = own->addresses;
    rules.doors = own->doors;
    known.account = whose;
    known.own = own;
    if (known.made && same_rules(known.rules, rules)) return known.made;
    auto made = std::make_shared<http::address_check>();
    made->id = ++checks_made_;
    made->judge = [policy = address_policy(rules)](const ip_address& address, std::uint16_t port) {
        return judge(policy, address, port);
    };
    known.rules = std::move(rules);
    known.made = made;
    // of accounts that are gone
    std::erase_if(checks_, [](const auto& one) { return one.second.account.expired(); });
    return made;
}

}  // namespace pinwire::upkeep
