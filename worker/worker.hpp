// The worker as a whole: its parts in the order in which they depend on each other, its loops, and
// its end: stop intake, give up what waits, finish what is in flight. The rest is the life of every
// service (common/upkeep/service). Everything runs on one io_context in one thread; the database
// has threads of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::worker {

class worker {
public:
    // Throws std::runtime_error for what can't be waited for: a lock that another process holds, a
    // port in use.
    worker(boost::asio::io_context&, std::shared_ptr<const config::settings>, upkeep::run_options);
    ~worker();

    // Returns the exit code: 0 drained, 1 cut short or fatal.
    awaitable<int> run();
    // SIGTERM: begins the end. Any number of times, on the loop.
    void stop();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace pinwire::worker
