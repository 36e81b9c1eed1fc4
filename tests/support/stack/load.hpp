// Jobs for tests that run the whole of Pinwire: what a producer writes to pin.jobs, and what the
// oracle must know of it. Each job has a number of its own; the number's last digits tell the
// simulator what to do (docs/simulator.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pinwire::test {

struct made_job {
    std::string account = "acme";
    std::string id;
    std::string key;       // the record's key: the normalised number
    nlohmann::json body;   // the record's value
    bool accepted = true;  // false: it must end as a dead letter
};

class job_maker {
public:
    explicit job_maker(std::string report_url) : report_url_(std::move(report_url)) {}

    // One SMS job to `prefix` (34: infobip before nrs, 44: nrs before kannel, 49: kannel before
    // infobip, 33: twilio before vonage) whose number ends in `suffix`.
    made_job sms(const std::string& id, const std::string& prefix, const std::string& suffix);
    made_job voice(const std::string& id, const std::string& suffix);

    // A bit of everything: each carrier, both channels, lookups, refusals, odd reports. Ids are
    // NAME-0, NAME-1, …
    std::vector<made_job> mixed(const std::string& name, int first, int count);
    // Message, another one two seconds later, then a call; by turns silent, undelivered, delivered,
    // refused, and a number whose end is `suffix`.
    std::vector<made_job> planned(
        const std::string& name, int first, int count, const std::string& suffix
    );
    // All to one prefix, delivered.
    std::vector<made_job> plain(
        const std::string& name, int first, int count, const std::string& prefix
    );

private:
    std::string next_number(const std::string& prefix, const std::string& suffix);

    std::string report_url_;
    int serial_ = 0;
};

}  // namespace pinwire::test
