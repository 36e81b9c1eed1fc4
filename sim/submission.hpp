// One message or call as a carrier's client handed it in, read from whichever protocol. Immutable
// once decided; shared by the log and the reports that follow. The text holds a PIN: the simulator
// is the handset, so it may show it, and it must never run anywhere but in a test or demo.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "sim/behaviour.hpp"

namespace pinwire::sim {

struct submission {
    std::string instance;  // the carrier's name: the path's first segment
    std::string kind;      // infobip, 360nrs, kannel, jasmin, twilio, vonage
    request_kind what = request_kind::sms;
    std::string number;  // digits
    std::string sender;
    std::string text;
    // messageId, custom, client-ref, or the last path segment of the dlr-url (Kannel, Twilio, a
    // call by Vonage)
    std::string reference;
    std::string carrier_id;  // what the carrier answers with (Kannel: only in reports)
    std::string dlr_url;     // empty: no reports wanted
    std::string echo;        // callbackData
    std::string bulk_id;
    std::string fault;  // not empty: this entry can't be read, and why; the protocol words it
    bool intermediate = false;  // "on its way" is wanted too
    bool newer_shape = false;   // Infobip's v3
    bool detects = false;       // Vonage, Twilio: tells human from machine
    std::string words_url;      // Twilio: where it asks what to say; empty: it was told in the text
    unsigned dlr_mask = 0;      // Kannel; Jasmin: its dlr-level
    bool dlr_by_get = false;    // Jasmin
    std::string coding;         // Kannel, echoed by %c
    std::string charset;        // Kannel, echoed by %C
    std::string smsc;           // Kannel
    std::string account;        // Kannel
    std::string user;           // Kannel
    std::chrono::system_clock::time_point at;
    bool duplicate = false;  // known already: no new acceptance
    behaviour does;
};

using submission_ptr = std::shared_ptr<const submission>;

}  // namespace pinwire::sim
