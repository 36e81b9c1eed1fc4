#include "common/upkeep/lasting.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/config/listen_address.hpp"
#include "common/core/time_format.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int backlog = 1024;  // connections that wait while one life follows another

struct listen_key {
    std::string_view key;
    config::listen_address (*of)(const config::settings&);
};

constexpr listen_key listen_keys[] = {
    {"worker.metrics_listen", [](const auto& s) { return s.worker.metrics_listen; }},
    {"callback.listen", [](const auto& s) { return s.callback.listen; }},
    {"callback.metrics_listen", [](const auto& s) { return s.callback.metrics_listen; }},
    {"api.listen", [](const auto& s) { return s.api.listen; }},
    {"api.metrics_listen", [](const auto& s) { return s.api.metrics_listen; }},
};

config::mistake needs_a_restart(
    const config::settings& next, std::string key, const std::string& before
) {
    config::mistake made;
    made.file = next.file.string();
    made.key = std::move(key);
    made.what = "can't be changed by a reload: restart the service";
    made.allowed = before;
    return made;
}

}  // namespace

const instance_lock& lasting::hold(
    const std::filesystem::path& state_dir, const std::string& name
) {
    if (!lock_) {
        lock_ = std::make_unique<instance_lock>(state_dir, name);
        state_dir_ = state_dir;
    }
    return *lock_;
}

const http::listening_socket& lasting::door(
    const std::string& key, const config::listen_address& where
) {
    auto& one = doors_[key];
    if (!one.socket) {
        one.socket = std::make_unique<http::listening_socket>(where.address, where.port, backlog);
        one.as_configured = where;
    }
    return *one.socket;
}

void lasting::begin_life(const std::string& fingerprint, telemetry::metrics& figures) {
    ++lives_;
    fingerprint_ = fingerprint;
    for (const auto& [what, name] :
         {std::pair(result::applied, "applied"),
          std::pair(result::refused, "refused"),
          std::pair(result::failed, "failed")}) {
        auto& counter = counters_[what];
        counter = figures.make_counter(
            "pinwire_config_reloads_total", "Reloads by what became of them", {{"result", name}}
        );
        counter.add(counts_[what]);
    }
    figures
        .make_gauge(
            "pinwire_config_loaded_timestamp_seconds", "When the settings in force were read"
        )
        .set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
                 .count());
    figures
        .make_gauge(
            "pinwire_config_info",
            "Always 1; the fingerprint of the settings in force",
            {{"fingerprint", fingerprint_}}
        )
        .set(1);
}

void lasting::works() {
    if (!began_) return;
    const auto pause = duration_cast<milliseconds>(steady_clock::now() - *began_);
    began_.reset();
    pause_ = pause;
    if (failure_) {
        tell(result::failed, {*failure_});
        failure_.reset();
        return;
    }
    count(result::applied);
    telemetry::log_info("reloaded", {{"fingerprint", fingerprint_}, {"pause_ms", pause.count()}});
    tell(result::applied, {});
}

void lasting::end_life(bool left_nothing_behind) {
    clean_ = left_nothing_behind;
    counters_.clear();
}

std::vector<config::mistake> lasting::unchangeable(const config::settings& next) const {
    std::vector<config::mistake> all;
    if (lock_ && next.worker.state_dir != state_dir_)
        all.push_back(needs_a_restart(next, "worker.state_dir", state_dir_.string()));
    for (const auto& [key, of] : listen_keys) {
        const auto open = doors_.find(std::string(key));
        if (open == doors_.end()) continue;
        const auto& before = open->second.as_configured;
        const auto wanted = of(next);
        if (wanted.address == before.address && wanted.port == before.port) continue;
        all.push_back(needs_a_restart(next, std::string(key), config::to_string(before)));
    }
    return all;
}

void lasting::refuse(const std::vector<config::mistake>& mistakes) {
    std::vector<std::string> all;
    for (const auto& one : mistakes) {
        all.push_back(one.to_string());
        telemetry::log_error("configuration", {{"mistake", all.back()}});
    }
    telemetry::log_error(
        "reload_refused", {{"mistakes", mistakes.size()}, {"in_force", fingerprint_}}
    );
    count(result::refused);
    tell(result::refused, all);
}

void lasting::begin_reload() {
    began_ = steady_clock::now();
    telemetry::log_info("reloading");
}

void lasting::begin_pause() {
    if (began_) began_ = steady_clock::now();
}

void lasting::failed(std::string_view why) {
    telemetry::log_error("reload_failed", {{"error", why}});
    counters_.clear();  // they were of the life that couldn't be
    count(result::failed);
    failure_ = why;
}

void lasting::count(result what) {
    counts_[what] += 1;
    counters_[what].add();
}

// For `pinwire reload`, which waits for a new one; replaced whole, so that nobody reads half.
void lasting::tell(result what, const std::vector<std::string>& why) const {
    if (!lock_) return;
    constexpr const char* words[] = {"applied", "refused", "failed"};
    nlohmann::ordered_json said;
    said["result"] = words[static_cast<std::size_t>(what)];
    said["at"] = format_rfc3339(std::chrono::system_clock::now());
    said["pid"] = ::getpid();
    double number = 0;
    for (const auto& [word, times] : counts_)
        number += times;
    said["number"] = number;  // of the reloads of this process
    said["fingerprint"] = fingerprint_;
    if (what != result::refused) said["pause_ms"] = pause_.count();
    said["why"] = why;
    const auto file = lock_->directory() / "reload.json";
    const auto draft = lock_->directory() / "reload.json.new";
    std::ofstream out(draft, std::ios::trunc);
    out << said.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    out.close();
    std::error_code error;
    if (out) std::filesystem::rename(draft, file, error);
    if (!out || error) telemetry::log_warn("reload_untold", {{"file", file.string()}});
}

}  // namespace pinwire::upkeep
