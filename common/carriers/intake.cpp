#include "common/carriers/intake.hpp"

#include <nlohmann/json.hpp>

#include "common/carriers/wire.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/nearest_status.hpp"

namespace pinwire::carriers {

bool take_in(dlr& one, const settings& from, channel on) {
    one.part =
        wire::reports_each_part(from) && on == channel::sms && !one.carrier_message_id.empty();
    if (one.status) return false;
    // At the least the message was taken; the word itself stays beside it. Of a call, and of a
    // carrier whose words its operator lists, nothing is guessed.
    const bool words = on == channel::sms && from.kind != "http";
    one.status = words ? nearest_status(one.raw_status) : dlr_status::acceptd;
    return true;
}

std::string key_of(const dlr& one) {
    if (one.token) return one.token->hex();
    if (one.reference) return one.reference->hex();
    return one.carrier.str() + ":" + one.carrier_message_id;
}

void mark_as_pulled(dlr& one) {
    nlohmann::json kept;
    if (read_json(one.raw, kept) || !kept.is_object()) kept = nlohmann::json::object();
    kept["pulled"] = true;
    one.raw = wire::raw_dump(kept);
}

}  // namespace pinwire::carriers
