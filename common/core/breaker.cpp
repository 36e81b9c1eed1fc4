#include "common/core/breaker.hpp"

#include <algorithm>

namespace pinwire {
namespace {

using std::chrono::seconds;

std::int64_t second_of(breaker::time_point now) {
    return std::chrono::floor<seconds>(now.time_since_epoch()).count();
}

}  // namespace

// 5, 10, 20 … 300 s.
seconds breaker::probe_interval() const {
    seconds interval = with_.probe_first;
    for (unsigned i = 1; i < openings_ && interval < with_.probe_last; ++i)
        interval *= 2;
    return std::min(interval, with_.probe_last);
}

bool breaker::would_pass(time_point now) const noexcept {
    if (phase_ == phase::closed) return true;
    return phase_ == phase::open ? now >= probe_at_ : !probing_;
}

breaker::pass breaker::try_pass(time_point now) {
    if (phase_ == phase::closed) return pass::normal;
    if (!would_pass(now)) return pass::refused;
    phase_ = phase::half_open;
    probing_ = true;
    return pass::probe;
}

void breaker::succeeded(time_point now, pass how) {
    if (how == pass::probe) {
        probing_ = false;
        if (++probes_good_ >= with_.probes_needed) close(now);
        return;
    }
    if (phase_ != phase::closed || how == pass::refused) return;
    failures_in_row_ = 0;
    count(now, false);
}

void breaker::failed(time_point now, pass how) {
    if (how == pass::probe) return open(now, cause::probe_failed);
    if (phase_ != phase::closed || how == pass::refused) return;
    ++failures_in_row_;
    count(now, true);
    if (failures_in_row_ >= with_.failures_in_row_max) return open(now, cause::failures_in_row);
    judge_share(now);
}

void breaker::throttled(time_point now, pass how, bool in_vain) {
    if (how == pass::probe) return open(now, cause::probe_failed);
    if (!in_vain || phase_ != phase::closed || how == pass::refused) return;
    count(now, true);
    judge_share(now);
}

void breaker::judge_share(time_point now) {
    const auto sum = in_window(now);
    const auto most = with_.failures_share_max * static_cast<double>(sum.calls);
    if (sum.calls >= with_.calls_min && static_cast<double>(sum.failures) >= most)
        open(now, cause::failures_share);
}

void breaker::abandoned(time_point now, pass how) {
    if (how != pass::probe || phase_ != phase::half_open) return;
    phase_ = phase::open;  // the next caller probes again, at once
    probing_ = false;
    probe_at_ = now;
}

void breaker::count(time_point now, bool failure) {
    const std::int64_t number = second_of(now);
    auto& slot = window_[static_cast<std::size_t>(number) % window_max];
    if (slot.number != number) slot = {number, 0, 0};
    ++slot.calls;
    if (failure) ++slot.failures;
}

breaker::sums breaker::in_window(time_point now) const {
    const std::int64_t number = second_of(now);
    const auto oldest = number - std::min<std::int64_t>(with_.window.count(), window_max) + 1;
    sums all;
    for (auto at = std::max<std::int64_t>(oldest, 0); at <= number; ++at) {
        const auto& slot = window_[static_cast<std::size_t>(at) % window_max];
        if (slot.number != at) continue;
        all.calls += slot.calls;
        all.failures += slot.failures;
    }
    return all;
}

double breaker::failures_share(time_point now) const {
    const auto sum = in_window(now);
    return sum.calls == 0 ? 0 : static_cast<double>(sum.failures) / static_cast<double>(sum.calls);
}

void breaker::open(time_point now, cause why) {
    // as if it had never been open, once it has held closed for long enough
    if (phase_ == phase::closed && now >= closed_at_ + with_.remembered) openings_ = 0;
    phase_ = phase::open;
    cause_ = why;
    probing_ = false;
    probes_good_ = 0;
    ++openings_;
    probe_at_ = now + probe_interval();
}

void breaker::close(time_point now) {
    phase_ = phase::closed;
    cause_ = cause::none;
    closed_at_ = now;
    failures_in_row_ = 0;
    probes_good_ = 0;
    window_.fill(second());
}

std::string_view to_string(breaker::phase phase) {
    switch (phase) {
        case breaker::phase::closed:
            return "closed";
        case breaker::phase::open:
            return "open";
        case breaker::phase::half_open:
            return "half_open";
    }
    return "?";
}

std::string_view to_string(breaker::cause cause) {
    switch (cause) {
        case breaker::cause::none:
            return "none";
        case breaker::cause::failures_in_row:
            return "failures_in_row";
        case breaker::cause::failures_share:
            return "failures_share";
        case breaker::cause::probe_failed:
            return "probe_failed";
    }
    return "?";
}

}  // namespace pinwire
