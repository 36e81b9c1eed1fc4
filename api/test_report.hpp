// POST /pinwire/1/test-report {"url":…,"format":…}: a signed report to the caller's own URL, marked
// as a test, and what came of it. The address rules are those of real reports; an account may ask a
// few times a minute of each process. `Authorization: App KEY` (or Basic); errors are
// {"error":WORD}. Loop thread; borrows everything it is given.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/caller.hpp"
#include "common/core/token_bucket.hpp"
#include "common/http/message.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/report_probe.hpp"

namespace pinwire::api {

class test_report {
public:
    using account = std::shared_ptr<const config::account_settings>;
    using probe =
        std::function<awaitable<upkeep::probe_result>(account, std::string url, report_format)>;
    using steady = std::function<std::chrono::steady_clock::time_point()>;

    test_report(gate& entrance, probe send, steady now)
        : gate_(entrance), send_(std::move(send)), now_(std::move(now)) {}

    bool serves(std::string_view method, std::string_view path) const;
    awaitable<http::response> serve(call);

private:
    awaitable<http::response> answer(const call&);
    // Seconds to wait; none: it may go.
    std::optional<std::chrono::seconds> too_many(const account_name&);

    gate& gate_;
    probe send_;
    steady now_;
    std::map<account_name, token_bucket> asked_;
    int under_way_ = 0;
};

}  // namespace pinwire::api
