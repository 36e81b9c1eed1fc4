// The way to customers' URLs, the same for real reports and test reports: name servers, proxy,
// bounds of time and bytes, and the check of every address before it is dialled, by the account's
// rules and by what is ours. Loop thread only; outlive the calls.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "common/config/settings.hpp"
#include "common/core/job.hpp"
#include "common/core/url.hpp"
#include "common/http/client.hpp"
#include "common/http/resolver.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/own_places.hpp"

namespace pinwire::upkeep {

class report_client {
public:
    using account = std::shared_ptr<const config::account_settings>;

    // At most so many connections.
    report_client(boost::asio::io_context&, const config::settings&, std::size_t connections);

    // The scheme is the caller's to judge (report_rules.hpp). `may_send`: see http::call_options.
    awaitable<http::exchange> post(
        account, const url& where, http::request, std::function<bool()> may_send = {}
    );

    // Keeps what is known to be ours up to date, until cancelled. Without it the first post looks.
    awaitable<void> look_around() { return own_.run(); }
    void close_idle() { client_.close_idle(); }

private:
    using check = std::shared_ptr<const http::address_check>;
    // For as long as the rules are the same: connections of other rules are never used again.
    struct known_check {
        std::weak_ptr<const config::account_settings> account;
        std::shared_ptr<const own_places::places> own;
        address_rules rules;
        check made;
    };

    check check_of(const account&);

    const config::reports_settings& settings_;
    own_places own_;
    http::resolver names_;
    http::client client_;
    std::map<account_name, known_check> checks_;
    std::uint64_t checks_made_ = 0;
};

}  // namespace pinwire::upkeep
