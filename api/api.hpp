// The API as a whole: listener, dialects, orders, guesses, and the feed of events that answers
// those who wait. Ready once the feed is positioned and Kafka and the database are there. Its end:
// nothing more is taken, requests under way are answered. One io_context in one thread; the
// database has threads of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::api {

class api {
public:
    // Throws std::runtime_error for what can't be waited for: a lock that another process holds.
    api(boost::asio::io_context&, std::shared_ptr<const config::settings>, upkeep::run_options);
    ~api();

    // Returns the exit code: 0 drained, 1 cut short or fatal.
    awaitable<int> run();
    // SIGTERM: begins the end. Any number of times, on the loop.
    void stop();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace pinwire::api
