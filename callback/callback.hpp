// The callback as a whole: listener, settler, dispatcher and sweeps in one process, its start and
// its end in phases: stop intake, settle what was read, finish reports under way, give back the
// rest, announce, leave. One io_context in one thread; the database has threads of its own. The
// listener needs Kafka alone: it is ready before the database is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::callback {

struct run_options {
    std::string instance = "1";
};

class callback {
public:
    // Throws std::runtime_error for what can't be waited for: a lock that another process holds, a
    // port in use.
    callback(boost::asio::io_context&, std::shared_ptr<const config::settings>, run_options);
    ~callback();

    awaitable<int> run();  // the exit code: 0 drained, 1 cut short or fatal
    void stop();           // SIGTERM; any number of times, on the loop

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace pinwire::callback
