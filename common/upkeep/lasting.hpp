// What outlasts one life of a service in its process: the instance's lock, the sockets that listen,
// and the story of its reloads. A reload ends a life in order and begins the next from the new
// settings (lives.hpp); callers meanwhile wait in the kernel's queue. Loop thread only.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/loader.hpp"
#include "common/http/listening_socket.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/upkeep/instance.hpp"

namespace pinwire::upkeep {

class lasting {
public:
    // ---- what a life is given

    // Taken by the first life and held to the end of the process. Throws as instance_lock does.
    const instance_lock& hold(const std::filesystem::path& state_dir, const std::string& name);
    // The socket for an address of the configuration, by the key it stands under. Throws
    // boost::system::system_error when the first life can't have it.
    const http::listening_socket& door(const std::string& key, const config::listen_address&);
    // The process ends: who comes now is refused at once, and asks another. Whoever listens by a
    // door's copy still does.
    void close_doors() { doors_.clear(); }
    // Its predecessor in this process ended in order: it need not say that it is stopping.
    bool later() const noexcept { return lives_ > 1; }
    void begin_life(const std::string& fingerprint, telemetry::metrics&);
    // All that the settings ask for is done from now on.
    void works();
    void end_life(bool left_nothing_behind);

    // ---- reloading

    // What a reload can't change; empty: it may go on.
    std::vector<config::mistake> unchangeable(const config::settings& next) const;
    void refuse(const std::vector<config::mistake>&);
    void begin_reload();
    void begin_pause();  // nothing is taken in from now on, until it works again
    bool reloading() const noexcept { return began_.has_value(); }
    // The process ends instead.
    void drop_reload() {
        began_.reset();
        close_doors();
    }
    // The next life couldn't be made; the settings of before come back.
    void failed(std::string_view why);
    // False: something of the old life couldn't be ended; only a new process is safe.
    bool may_live_on() const noexcept { return clean_; }

private:
    enum class result { applied, refused, failed };
    struct open_door {
        config::listen_address as_configured;
        std::unique_ptr<http::listening_socket> socket;
    };

    void count(result);
    void tell(result, const std::vector<std::string>& why) const;

    std::filesystem::path state_dir_;
    std::unique_ptr<instance_lock> lock_;
    std::map<std::string, open_door> doors_;
    std::string fingerprint_;  // of the settings in force
    int lives_ = 0;
    bool clean_ = true;
    std::optional<std::chrono::steady_clock::time_point> began_;  // the reload under way
    std::chrono::milliseconds pause_{0};                          // of the last one
    std::optional<std::string> failure_;                          // why it didn't go well
    std::map<result, double> counts_;
    std::map<result, telemetry::counter> counters_;  // of the present life
};

}  // namespace pinwire::upkeep
