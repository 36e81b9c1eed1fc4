// Whether a route still delivers, as the carriers' reports show it: of what was sent long enough
// ago, how much is confirmed, and how late the reports come. Raises an alarm, and takes it back
// only when the figures are clearly better, so that it doesn't flap. Pure: figures and now come in,
// from a steady clock. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace pinwire {

struct delivery_settings {
    std::int64_t sent_min = 50;            // below, the figures say nothing
    double confirmed_min = 0.3;            // share; 0: not watched
    std::chrono::milliseconds late_max{};  // 0: not watched
    std::chrono::seconds pause_for{600};   // an automatic pause, then it is given another chance
    bool pause = false;                    // an alarm pauses the route, as far as others are left
};

// Of one route's attempts within the window.
struct delivery_figures {
    std::int64_t sent = 0;
    std::int64_t confirmed = 0;        // delivered
    std::chrono::milliseconds late{};  // from sending to the report, of the slowest tenth at least

    double confirmed_share() const {
        return sent == 0 ? 1 : static_cast<double>(confirmed) / static_cast<double>(sent);
    }
};

class delivery_watch {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class alarm {
        none,
        unconfirmed,  // too little is confirmed
        late          // reports come too late
    };

    explicit delivery_watch(const delivery_settings& with) : with_(with) {}

    // Returns whether the alarm changed.
    bool look(time_point now, const delivery_figures&);

    alarm state() const noexcept { return alarm_; }
    // Whether the alarm pauses the route now. A pause ends after pause_for; what was sent before
    // its end says nothing against the route any more.
    bool paused(time_point now) const noexcept { return now < paused_until_; }
    // Figures of what was sent before this moment are to be left out.
    time_point counts_from() const noexcept { return paused_until_; }

private:
    alarm judge(const delivery_figures&) const;

    delivery_settings with_;
    alarm alarm_ = alarm::none;
    time_point paused_until_ = time_point::min();
};

std::string_view to_string(delivery_watch::alarm);

}  // namespace pinwire
