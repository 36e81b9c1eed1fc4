#include "common/core/pace.hpp"

#include <algorithm>

namespace pinwire {
namespace {

using std::chrono::seconds;

// Answers to what was under way when the first one came say nothing new.
constexpr seconds between_cuts{1};
constexpr double cut = 0.7;

}  // namespace

pace::pace(double rate, double burst, time_point now)
    : rate_(rate),
      burst_(burst),
      adapted_at_(now),
      cut_at_(now - between_cuts),
      quiet_until_(now),
      tokens_(rate, burst, now) {}

void pace::set_share(time_point now, double part) {
    if (share_ == part) return;
    adapt(now);
    share_ = part;
    tokens_.set_rate(now, rate_ * share_ * factor_, burst_ * share_);
}

// The factor grows with time, not with what is sent: an idle route is forgiven as well. It grows in
// steps, so that the bucket isn't touched for each message.
void pace::adapt(time_point now) {
    if (factor_ >= 1) return;
    const auto from = std::max(adapted_at_, quiet_until_);
    if (now < from + std::chrono::milliseconds(100)) return;
    const std::chrono::duration<double> passed = now - from;
    factor_ = std::min(1.0, factor_ + back_each_second * passed.count());
    adapted_at_ = now;
    tokens_.set_rate(now, rate_ * share_ * factor_, burst_ * share_);
}

void pace::forgive(time_point now) {
    if (factor_ >= 1) return;
    factor_ = 1;
    adapted_at_ = now;
    tokens_.set_rate(now, rate_ * share_, burst_ * share_);
}

bool pace::try_take(time_point now, double parts) {
    if (now < quiet_until_) return false;
    adapt(now);
    return tokens_.try_take(now, parts);
}

pace::time_point pace::next_at(time_point now, double parts) {
    adapt(now);
    return std::max(tokens_.next_at(now, parts), quiet_until_);
}

void pace::throttled(time_point now, duration wait) {
    adapt(now);
    quiet_until_ = std::max(quiet_until_, now + std::min<duration>(wait, wait_max));
    if (now < cut_at_ + between_cuts) return;
    cut_at_ = now;
    adapted_at_ = now;
    factor_ = std::max(floor, factor_ * cut);
    tokens_.set_rate(now, rate_ * share_ * factor_, burst_ * share_);
    tokens_.spend(now);
}

double pace::factor(time_point now) {
    adapt(now);
    return factor_;
}

double pace::rate(time_point now) {
    adapt(now);
    return rate_ * share_ * factor_;
}

}  // namespace pinwire
