// What a dead letter becomes when it is put back: messages for the topic that it came from, or why
// it stays where it is. Pure: the clock and the ring come in as arguments.
//
// A job goes back as it was, with the timestamp of its first origin, so that its deadlines and the
// dedupe horizon hold as if it had never been away; its job_id makes a second copy harmless. A
// delivery report that a listener couldn't read is read again, by this program and its
// configuration; one that couldn't be settled goes back as it was. All say in `pinwire-replayed`
// how often and in `pinwire-replayed-from` whence; what dies again keeps those headers.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"
#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/record.hpp"

namespace pinwire::cli {

struct again {
    std::vector<kafka::message> messages;
    std::string stays;  // why nothing goes back; empty: something does
    bool late = false;  // a job that can't be sent any more: it would end expired
};

again job_again(
    const kafka::record& letter,
    const config::settings& settings,
    std::chrono::system_clock::time_point now
);

class dlr_letters {
public:
    // Reads with the carriers of the configuration.
    dlr_letters(const config::settings& settings, const key_ring& keys);
    again read(const kafka::record& letter) const;

private:
    again reread(const kafka::record& letter, const std::string& raw) const;

    const config::settings& settings_;
    const key_ring& keys_;
    std::map<carrier_name, std::unique_ptr<carriers::carrier>> carriers_;
};

// What a listener and a settler bound their seals to.
std::string letter_context(const kafka::record& letter);

// How often it was put back before; 0: never.
int times_replayed(const kafka::record& letter);

}  // namespace pinwire::cli
