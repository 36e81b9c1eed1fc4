#include "common/core/breaker.hpp"

#include <algorithm>

namespace pinwire {
namespace {

using std::chrono::seconds;

constexpr seconds first_interval{5};
constexpr seconds last_interval{300};

std::int64_t second_of(breaker::time_point now) {
    return std::chrono::floor<seconds>(now.time_since_epoch()).count();
}

// 5, 10, 20 … 300 s.
seconds probe_interval(unsigned probes_failed) {
    seconds interval = first_interval;
    for (unsigned i = 0; i < probes_failed && interval < last_interval; ++i)
        interval *= 2;
    return std::min(interval, last_interval);
}

}  // namespace

bool breaker::would_pass(time_point now) const noexcept {
    return phase_ == phase::closed || (phase_ == phase::open && now >= probe_at_);
}

breaker::pass breaker::try_pass(time_point now) {
    if (phase_ == phase::closed) return pass::normal;
    if (!would_pass(now)) return pass::refused;
    phase_ = phase::half_open;
    return pass::probe;
}

void breaker::succeeded(time_point now, pass how) {
    if (how == pass::probe) return close();
    if (phase_ != phase::closed) return;
    failures_in_row_ = 0;
    count(now, false);
}

void breaker::failed(time_point now, pass how) {
    if (how == pass::probe) {
        ++probes_failed_;
        return open(now);
    }
    if (phase_ != phase::closed || how == pass::refused) return;
    ++failures_in_row_;
    count(now, true);
    if (failures_in_row_ >= failures_in_row_max || too_many_failures(now)) open(now);
}

void breaker::abandoned(time_point now, pass how) {
    if (how != pass::probe || phase_ != phase::half_open) return;
    phase_ = phase::open;  // the next caller probes again, at once
    probe_at_ = now;
}

void breaker::count(time_point now, bool failure) {
    const std::int64_t number = second_of(now);
    auto& slot = window_[static_cast<std::size_t>(number) % window_seconds];
    if (slot.number != number) slot = {number, 0, 0};
    ++slot.calls;
    if (failure) ++slot.failures;
}

bool breaker::too_many_failures(time_point now) const {
    const std::int64_t number = second_of(now);
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    for (const auto& slot : window_) {
        if (slot.number < 0 || number - slot.number >= std::int64_t{window_seconds}) continue;
        calls += slot.calls;
        failures += slot.failures;
    }
    return calls >= calls_min && failures * 2 >= calls;
}

void breaker::open(time_point now) {
    phase_ = phase::open;
    probe_at_ = now + probe_interval(probes_failed_);
}

void breaker::close() {
    phase_ = phase::closed;
    failures_in_row_ = 0;
    probes_failed_ = 0;
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

}  // namespace pinwire
