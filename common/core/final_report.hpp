// What a job's report says, in no dialect yet: the final one, or (where the account asked for all)
// one of a change before it. The transaction that made the change stored it; the dispatcher renders
// it (common/reports).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/core/status.hpp"

namespace pinwire {

// As the tables number them; never renumber one.
enum class report_kind : std::uint8_t {
    final = 1,     // what became of it
    accepted = 2,  // a carrier took it
    enroute = 3,   // it is on its way to the handset; a call is being made
    test = 4       // of no job at all; no table holds it
};

struct final_report {
    report_kind kind = report_kind::final;
    report_id id;
    message_id message;
    account_name account;
    job_id job;
    pinwire::pin_id pin;
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    sender_name from;  // as it was sent
    std::string reference;
    std::optional<nc_status> nc;
    std::optional<sms_status> sms;
    std::optional<call_status> call;
    std::optional<dlr_status> delivery;
    std::string reason;     // why nothing was sent, or the carrier's error; empty: none
    bool in_doubt = false;  // it can't be known whether the carrier had it
    std::string route;      // of the last attempt; empty: none
    std::string mccmnc;
    int attempts = 0;
    std::chrono::system_clock::time_point accepted_at;
    std::optional<std::chrono::system_clock::time_point> sent_at;
    std::chrono::system_clock::time_point final_at;  // before the final one: of the change
};

}  // namespace pinwire
