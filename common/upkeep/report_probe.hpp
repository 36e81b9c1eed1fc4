// One test report to a customer's URL, signed and posted as a real one would be, by the same way
// and under the same address rules, over a connection that is closed after it; and what came of it,
// for the person who asked. The endpoint may repeat what it was sent, an operator's header among
// it: see `with_header`. No row, no retry. Loop thread only; outlive the calls.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/config/settings.hpp"
#include "common/core/job.hpp"
#include "common/postgres/endpoints.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/report_client.hpp"

namespace pinwire::upkeep {

struct probe_result {
    bool taken = false;              // 2xx: a report would count as delivered
    std::string reason;              // why it wasn't taken, in a word or two; empty: it was
    std::optional<unsigned> status;  // none: no answer, or nothing was sent
    std::chrono::milliseconds elapsed{0};
    std::string answer;        // its first bytes
    std::string webhook_id;    // empty: nothing was sent
    int signatures = 0;        // one for each live secret of the account
    bool with_header = false;  // what an operator set for the endpoint went along
};

// Which endpoint a URL of this account's is of; none: it can't be read.
std::optional<postgres::endpoint_name> endpoint_name_of(
    const account_name&, const std::string& url
);

class report_probe {
public:
    report_probe(boost::asio::io_context&, const config::settings&);

    // `set`: what an operator set for the URL's endpoint. A header that can't be unsealed: nothing
    // is sent, as of real reports.
    awaitable<probe_result> send(
        std::shared_ptr<const config::account_settings> account,
        std::string url,
        report_format format,
        std::optional<postgres::endpoint_setting> set = std::nullopt
    );

    awaitable<void> look_around() { return client_.look_around(); }

private:
    const config::settings& settings_;
    report_client client_;
};

}  // namespace pinwire::upkeep
