#include "common/core/delivery_watch.hpp"

#include <algorithm>

namespace pinwire {
namespace {

// So much better than the threshold before an alarm ends.
constexpr double share_margin = 0.1;
constexpr double late_margin = 0.8;

}  // namespace

delivery_watch::alarm delivery_watch::judge(const delivery_figures& of) const {
    const bool was_unconfirmed = alarm_ == alarm::unconfirmed;
    const bool was_late = alarm_ == alarm::late;
    // close to 1 there is no room for a margin
    const auto share_min =
        with_.confirmed_min +
        (was_unconfirmed ? std::min(share_margin, (1 - with_.confirmed_min) / 2) : 0.0);
    if (with_.confirmed_min > 0 && of.confirmed_share() < share_min) return alarm::unconfirmed;
    const auto late_max = was_late ? late_margin : 1.0;
    const bool late = static_cast<double>(of.late.count()) >
                      static_cast<double>(with_.late_max.count()) * late_max;
    return with_.late_max.count() > 0 && late ? alarm::late : alarm::none;
}

bool delivery_watch::look(time_point now, const delivery_figures& of) {
    if (of.sent < with_.sent_min) {
        // nothing is sent while it is paused; afterwards, and idle, it has a clean sheet
        const bool clean = paused_until_ != time_point::min() || of.sent == 0;
        if (alarm_ == alarm::none || paused(now) || !clean) return false;
        alarm_ = alarm::none;
        return true;
    }
    if (paused(now)) return false;
    const auto found = judge(of);
    const bool changed = found != alarm_;
    alarm_ = found;
    if (found != alarm::none && with_.pause) paused_until_ = now + with_.pause_for;
    return changed;
}

std::string_view to_string(delivery_watch::alarm alarm) {
    switch (alarm) {
        case delivery_watch::alarm::none:
            return "none";
        case delivery_watch::alarm::unconfirmed:
            return "unconfirmed";
        case delivery_watch::alarm::late:
            return "late";
    }
    return "?";
}

}  // namespace pinwire
