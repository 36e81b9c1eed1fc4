#include "common/upkeep/lives.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/config/loader.hpp"
#include "common/telemetry/log.hpp"
#include "common/telemetry/process_guard.hpp"
#include "common/upkeep/lasting.hpp"
#include "common/upkeep/signal_descriptor.hpp"

namespace pinwire::upkeep {
namespace {

namespace asio = boost::asio;

config::load_result load(const std::string& file) {
    config::load_options options;
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY"))
        options.credentials_directory = directory;
    return config::load(file, options);
}

void open_log(const config::load_result& loaded) {
    const auto& from = loaded.settings->log;
    telemetry::log_options how;
    how.level = static_cast<telemetry::log_level>(from.level);
    how.format = static_cast<telemetry::log_format>(from.format);
    telemetry::open_log(how);
    for (const auto& warning : loaded.warnings)
        telemetry::log_warn("configuration", {{"warning", warning.to_string()}});
}

// No settings: mistakes were printed.
config::load_result begin_program(const std::string& file) {
    const char* allow = std::getenv("PINWIRE_ALLOW_CORE");
    telemetry::harden_process(allow != nullptr && std::string(allow) == "1");
    auto loaded = load(file);
    for (const auto& mistake : loaded.mistakes)
        std::fprintf(stderr, "%s\n", mistake.to_string().c_str());
    if (loaded) open_log(loaded);
    return loaded;
}

// One life and the signals that come in it.
class one_life {
public:
    one_life(
        const std::string& file,
        const config::load_result& from,
        run_options options,
        const make_life& make,
        const signal_descriptor& signals
    )
        : file_(file), across_(*options.across), signals_(signals), readable_(io_) {
        options.fingerprint = from.fingerprint;
        service_ = make(io_, from.settings, options);
        readable_.assign(signals.get());
    }
    ~one_life() {
        readable_.release();  // it isn't ours to close
    }
    one_life(const one_life&) = delete;
    one_life& operator=(const one_life&) = delete;

    int run();
    // What the next life is made of; null: this was the last one.
    config::load_result take_next() { return std::exchange(next_, {}); }

private:
    void watch();
    void on_signal(int which);
    void reload();

    const std::string& file_;
    lasting& across_;
    const signal_descriptor& signals_;
    asio::io_context io_{1};
    asio::posix::basic_stream_descriptor<executor> readable_;
    std::unique_ptr<life> service_;
    config::load_result next_;
    bool ending_ = false;
};

int one_life::run() {
    int code = 1;
    watch();
    asio::co_spawn(io_, service_->run(), [this, &code](std::exception_ptr error, int result) {
        readable_.cancel();
        io_.stop();  // adapters wait on their queues for as long as they live
        if (error) std::rethrow_exception(error);
        code = result;
    });
    io_.run();
    // what was cancelled ends while the service is still there, and its adapters' waits after
    io_.restart();
    io_.poll();
    service_.reset();
    io_.restart();
    io_.poll();
    return code;
}

void one_life::watch() {
    readable_.async_wait(asio::posix::descriptor_base::wait_read, [this](const auto& error) {
        if (error) return;
        for (const int one : signals_.take())
            on_signal(one);
        if (!ending_ || next_) watch();
    });
}

void one_life::on_signal(int which) {
    if (which == SIGHUP) {
        if (!ending_ || next_) reload();
        return;
    }
    ending_ = true;
    next_ = {};  // the last word
    across_.drop_reload();
    service_->stop();
}

// Also while a reload is under way: the file that was read last counts.
void one_life::reload() {
    auto loaded = load(file_);
    auto wrong = std::move(loaded.mistakes);
    if (loaded) wrong = across_.unchangeable(*loaded.settings);
    if (!wrong.empty()) return across_.refuse(wrong);
    next_ = std::move(loaded);
    if (std::exchange(ending_, true)) return;
    across_.begin_reload();
    service_->stop();
}

}  // namespace

int run_lives(const std::string& file, run_options options, const make_life& make) {
    try {
        const signal_descriptor signals;
        auto in_force = begin_program(file);
        if (!in_force) return 2;
        options.across = std::make_shared<lasting>();
        auto now = std::make_unique<one_life>(file, in_force, options, make, signals);
        for (;;) {
            const int code = now->run();
            auto next = now->take_next();
            now.reset();
            if (!next || !options.across->may_live_on()) return code;
            try {
                now = std::make_unique<one_life>(file, next, options, make, signals);
                in_force = std::move(next);
                open_log(in_force);
            } catch (const std::exception& error) {
                options.across->failed(error.what());
                now = std::make_unique<one_life>(file, in_force, options, make, signals);
            }
        }
    } catch (const std::exception& error) {
        telemetry::log_error("ended", {{"error", std::string(error.what())}});
        return 1;
    }
}

}  // namespace pinwire::upkeep
