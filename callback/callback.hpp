// The callback as a whole: listener, settler, dispatcher and sweeps in one process, their loops,
// and their end: stop intake, settle what was read, give back what was not tried, finish reports
// under way. The rest is the life of every service (common/upkeep/service). One io_context in one
// thread; the database has threads of its own. The listener needs Kafka alone: it is ready before
// the database is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::callback {

class callback {
public:
    // Throws std::runtime_error for what can't be waited for: a lock that another process holds, a
    // port in use.
    callback(
        boost::asio::io_context&, std::shared_ptr<const config::settings>, upkeep::run_options
    );
    ~callback();

    awaitable<int> run();  // the exit code: 0 drained, 1 cut short or fatal
    void stop();           // SIGTERM; any number of times, on the loop

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace pinwire::callback
