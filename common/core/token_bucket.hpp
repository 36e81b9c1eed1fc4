// A rate limit: `rate` tokens a second on average, `burst` at once. Pure: now comes in, from a
// steady clock; a step back is taken as no time at all. One thread.
#pragma once

#include <chrono>

namespace pinwire {

class token_bucket {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // Full at first. A rate of 0 or less lets nothing pass. burst at least 1.
    token_bucket(double rate, double burst, time_point now);

    // Takes `count` tokens, or none and false. What is more than the burst is taken from a full
    // bucket and owed: whoever comes next waits the longer, and the rate holds.
    bool try_take(time_point now, double count = 1);

    // They were taken and not used.
    void put_back(time_point now, double count);

    // From when on `count` tokens can be taken; time_point::max() if never.
    time_point next_at(time_point now, double count = 1);

    // What has been saved up stays, as far as the new burst allows.
    void set_rate(time_point now, double rate, double burst);

    // What has been saved up is lost; a debt stays.
    void spend(time_point now);

    double rate() const noexcept { return rate_; }

private:
    void refill(time_point now);

    double rate_;
    double burst_;
    double tokens_;
    time_point filled_at_;
};

}  // namespace pinwire
