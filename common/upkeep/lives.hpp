// A process lives one life after the other: SIGTERM and SIGINT end it, SIGHUP reads the
// configuration anew and, if all of it is right, ends this life in order and begins the next from
// the new settings. Each life has an io_context, database sessions, Kafka clients and an epoch of
// its own, so nothing of the old settings is left; what outlasts it is in lasting.hpp. A life that
// can't be made from the new settings is made from those of before.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "common/config/settings.hpp"
#include "common/runtime/asio.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::upkeep {

class life {
public:
    virtual ~life() = default;
    virtual awaitable<int> run() = 0;  // the exit code
    virtual void stop() = 0;           // begins the end; any number of times
};

using make_life = std::function<std::unique_ptr<
    life>(boost::asio::io_context&, std::shared_ptr<const config::settings>, const run_options&)>;

// All lives; the exit code of the process.
int run_lives(const std::string& file, run_options options, const make_life& make);

}  // namespace pinwire::upkeep
