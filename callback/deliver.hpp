// One try of one parcel: rendered in its dialect, signed, posted to an address that was checked,
// and what the answer means for each of its reports. Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>

#include "callback/figures.hpp"
#include "callback/parcel.hpp"
#include "common/config/settings.hpp"
#include "common/core/retry_schedule.hpp"
#include "common/http/client.hpp"
#include "common/http/resolver.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::callback {

struct delivery {
    std::vector<postgres::report_result> results;
    bool endpoint_trouble = false;  // counts for its breaker
    bool endpoint_gone = false;     // 410: it wants nothing any more
};

class deliver_step {
public:
    deliver_step(boost::asio::io_context&, const config::settings&, figures&);
    ~deliver_step();

    awaitable<delivery> run(parcel);

private:
    http::request request_of(const parcel&, const std::string& webhook_id) const;
    delivery judge(const parcel&, const std::string& webhook_id, const http::exchange&) const;
    delivery give_up(const parcel&, const std::string& reason) const;
    std::shared_ptr<const http::address_check> check_of(const config::account_settings&) const;

    const config::settings& settings_;
    figures& figures_;
    report_schedule schedule_;
    http::resolver names_;
    http::client client_;
    std::map<account_name, std::shared_ptr<const http::address_check>> checks_;
};

}  // namespace pinwire::callback
