#include "common/core/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace pinwire {
namespace {

// Sums of fractions fall short of a whole token by rounding; that must not cost a nanosecond's
// extra wait each time.
constexpr double rounding = 1e-9;

}  // namespace

token_bucket::token_bucket(double rate, double burst, time_point now)
    : rate_(std::max(rate, 0.0)), burst_(std::max(burst, 1.0)), tokens_(burst_), filled_at_(now) {}

void token_bucket::refill(time_point now) {
    if (now <= filled_at_) return;
    const std::chrono::duration<double> passed = now - filled_at_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
    filled_at_ = now;
}

bool token_bucket::try_take(time_point now, double count) {
    refill(now);
    if (tokens_ + rounding < std::min(count, burst_) || rate_ <= 0) return false;
    tokens_ -= count;
    return true;
}

void token_bucket::put_back(time_point now, double count) {
    refill(now);
    tokens_ = std::min(burst_, tokens_ + count);
}

token_bucket::time_point token_bucket::next_at(time_point now, double count) {
    refill(now);
    if (rate_ <= 0) return time_point::max();
    count = std::min(count, burst_);
    if (tokens_ + rounding >= count) return now;
    constexpr double seconds_max = 3600.0 * 24 * 365;  // keeps the sum below the clock's range
    const double missing = std::min((count - tokens_) / rate_, seconds_max);
    const auto wait = std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(missing * 1e9)));
    return filled_at_ + wait;
}

void token_bucket::set_rate(time_point now, double rate, double burst) {
    refill(now);
    rate_ = std::max(rate, 0.0);
    burst_ = std::max(burst, 1.0);
    tokens_ = std::min(tokens_, burst_);
}

void token_bucket::spend(time_point now) {
    refill(now);
    tokens_ = std::min(tokens_, 0.0);
}

}  // namespace pinwire
