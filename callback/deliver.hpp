// One try of one parcel: rendered in its dialect, signed, posted to an address that was checked,
// and what the answer means for each of its reports. Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "callback/endpoint_board.hpp"
#include "callback/figures.hpp"
#include "callback/parcel.hpp"
#include "common/config/settings.hpp"
#include "common/core/retry_schedule.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/account_book.hpp"
#include "common/upkeep/report_client.hpp"

namespace pinwire::callback {

struct delivery {
    std::vector<postgres::report_result> results;
    bool tried = false;                   // a request was made: what follows says something
    bool endpoint_trouble = false;        // counts for its breaker
    bool endpoint_gone = false;           // 410: it wants nothing any more
    std::chrono::seconds asked_pause{0};  // 429 or 503: the endpoint said when to come again
    bool proxy_away = false;              // our proxy can't be reached: no try, and no results
    bool unsignable = false;              // a secret can't be read: no try, and no results
    bool withheld = false;                // may_send said no: no try, and no results
    try_result how;
};

class deliver_step {
public:
    deliver_step(
        boost::asio::io_context& io,
        const config::settings& settings,
        upkeep::account_book& accounts,
        figures& counts
    );
    ~deliver_step();

    // Keeps what no URL may lead to up to date; until cancelled.
    awaitable<void> look_around() { return client_.look_around(); }

    // `terms`: what an operator set for the endpoint; null: nothing. `may_send`: asked in the
    // instant before the first byte; none: it may.
    awaitable<delivery> run(
        const parcel&,
        std::shared_ptr<const endpoint_terms> terms = nullptr,
        std::function<bool()> may_send = {}
    );

private:
    http::request request_of(
        const parcel&, const config::account_settings&, const std::string& webhook_id
    ) const;
    delivery judge(const parcel&, const std::string& webhook_id, const http::exchange&) const;
    delivery give_up(const parcel&, const std::string& reason) const;

    const config::settings& settings_;
    upkeep::account_book& accounts_;
    figures& figures_;
    report_schedule schedule_;
    upkeep::report_client client_;
};

}  // namespace pinwire::callback
