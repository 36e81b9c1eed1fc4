#include "common/telemetry/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <vector>

namespace pinwire::telemetry {

namespace {

struct destination {
    log_format format = log_format::text;
    std::function<void(std::string_view)> sink;
    std::shared_ptr<spdlog::logger> logger;
};

std::shared_ptr<const destination> make_destination(log_options options) {
    auto made = std::make_shared<destination>();
    made->format = options.format;
    made->sink = std::move(options.sink);
    auto stderr_sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    made->logger = std::make_shared<spdlog::logger>("pinwire", std::move(stderr_sink));
    made->logger->set_pattern("%v");
    made->logger->set_level(spdlog::level::trace);  // levels are ours
    made->logger->flush_on(spdlog::level::trace);
    return made;
}

std::atomic<log_level> level_now{log_level::info};
std::mutex destination_mutex;  // held to copy or swap the pointer, never while writing
std::shared_ptr<const destination> destination_now;

std::shared_ptr<const destination> current() {
    const std::lock_guard lock(destination_mutex);
    if (!destination_now) destination_now = make_destination({});
    return destination_now;
}

void write(log_level level, std::string_view event, std::span<const field> what) {
    const auto to = current();
    const auto now = std::chrono::system_clock::now();
    const auto line = format_line(to->format, now, level, event, what);
    if (to->sink)
        to->sink(line);
    else
        to->logger->log(spdlog::level::info, "{}", line);
}

}  // namespace

void open_log(log_options options) {
    level_now = options.level;
    auto made = make_destination(std::move(options));
    const std::lock_guard lock(destination_mutex);
    destination_now = std::move(made);
}

bool log_enabled(log_level level) {
    return level >= level_now.load(std::memory_order_relaxed);
}

void log(log_level level, std::string_view event, fields what) {
    if (log_enabled(level)) write(level, event, {what.begin(), what.size()});
}

void log_limited(log_level level, std::string_view key, std::string_view event, fields what) {
    if (!log_enabled(level)) return;
    static std::mutex limiter_mutex;
    static log_limiter limiter;
    std::optional<std::uint64_t> suppressed;
    {
        const std::lock_guard lock(limiter_mutex);
        suppressed = limiter.admit(key, std::chrono::steady_clock::now());
    }
    if (!suppressed) return;
    std::vector<field> all(what.begin(), what.end());
    if (*suppressed > 0) all.emplace_back("suppressed", *suppressed);
    write(level, event, all);
}

}  // namespace pinwire::telemetry
