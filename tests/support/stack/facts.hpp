// What the oracle gathers before it judges: one snapshot of the tables, the simulator's journal and
// the topics, keyed by ids. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/stack/pinwire_stack.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {

struct job_fact {
    std::string id;   // 32 hex digits
    std::string key;  // account/job_id
    bool voice = false;
    bool planned = false;  // it has steps
    int sms = 0;           // statuses by their numbers; 0: none
    int call = 0;
    int dlr = 0;
    std::string reason;
    bool in_doubt = false;
    bool final = false;
    int version = 0;
    bool wants_report = false;
    bool ordered = false;  // through the API: nobody produced it into the topic
};

struct attempt_fact {
    std::string id;
    std::string job;
    int n = 0;
    int step = 0;  // of its job's plan
    bool voice = false;
    int state = 0;
    bool closed = false;
    bool set_aside = false;
    int dlr = 0;
    std::int64_t created_us = 0;
    std::int64_t pin_expires_us = 0;
};

struct facts {
    std::map<std::string, job_fact> jobs;          // by id
    std::map<std::string, std::string> job_of;     // account/job_id -> id
    std::map<std::string, attempt_fact> attempts;  // by id
    std::map<std::string, int> reports_tried;      // job -> distinct reports
    std::vector<std::string> parked;               // entries
    // What the customer saw, whatever he answered: job -> what was said of it, in each dialect's
    // own words; webhook-id -> the bodies that came under it.
    std::map<std::string, std::set<std::string>> said;
    std::map<std::string, std::set<std::string>> bodies;
    std::vector<nlohmann::json> journal;
    std::vector<nlohmann::json> events;
    std::vector<raw_record> dead_letters;

    const job_fact* job_of_attempt(const std::string& attempt) const;
};

facts gather(pinwire_stack& from);

}  // namespace pinwire::test
