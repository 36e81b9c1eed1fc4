#include "callback/batch_of_dlrs.hpp"

#include <algorithm>

namespace pinwire::callback {
namespace {

// Entries of one key say something about one attempt, whichever it is, or about one part of it.
std::string key_of(const dlr& one) {
    const auto token = one.token ? one.token->hex() : std::string();
    const auto reference = one.reference ? one.reference->hex() : std::string();
    const auto number = one.to ? one.to->digits() : std::string();
    const bool by_id = one.part || (token.empty() && reference.empty());
    const auto id = by_id ? one.carrier_message_id : std::string();
    return one.carrier.str() + "/" + token + "/" + reference + "/" + id + "/" + number;
}

// A call's state says something about delivery, too.
std::optional<dlr_status> status_of(const dlr& told) {
    if (told.call && !told.status) return delivery_of(*told.call);
    return told.status;
}

void fold_into(postgres::dlr_entry& known, const dlr& told) {
    if (const auto status = status_of(told)) known.status = fold(known.status, *status);
    if (told.call) known.call = fold(known.call, *told.call);
    if (!told.error_code.empty()) known.error_code = told.error_code;
    if (known.carrier_message_id.empty()) known.carrier_message_id = told.carrier_message_id;
    known.at = std::max(known.at, told.intake_at);
}

postgres::history_entry history_of(const dlr& one) {
    postgres::history_entry made;
    made.intake_at = one.intake_at;
    made.attempt = one.token ? one.token : one.reference;
    made.carrier = one.carrier;
    made.status = one.status;
    made.raw_status = one.raw_status;
    made.error_code = one.error_code;
    made.raw = one.raw;
    return made;
}

}  // namespace

postgres::dlr_entry entry_of(const dlr& one, std::string as_it_stood) {
    postgres::dlr_entry made;
    made.token = one.token;
    made.reference = one.reference;
    made.carrier = one.carrier;
    made.carrier_message_id = one.carrier_message_id;
    made.to = one.to;
    made.status = status_of(one);
    made.call = one.call;
    made.error_code = one.error_code;
    made.at = one.intake_at;
    made.alone = one.token.has_value();
    made.entry = std::move(as_it_stood);
    return made;
}

dlr_batch read_batch(const std::vector<kafka::record>& records) {
    dlr_batch batch;
    std::map<std::string, postgres::dlr_entry> by_key;
    std::map<int, std::chrono::system_clock::time_point> settled;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto& record = records[i];
        const std::string_view bytes =
            record.payload ? std::string_view(*record.payload) : std::string_view();
        auto& until =
            settled.try_emplace(record.partition, std::chrono::system_clock::time_point::min())
                .first->second;
        if (const auto marker = decode_dlr_marker(bytes)) {
            until = std::max(until, *marker);
            continue;
        }
        const auto one = decode_dlr(bytes);
        if (!one) {
            batch.undecodable.push_back(i);
            continue;
        }
        until = std::max(until, one->intake_at);
        batch.history.push_back(history_of(*one));
        const auto key = key_of(*one);
        const auto found = by_key.find(key);
        if (found == by_key.end()) {
            by_key.emplace(key, entry_of(*one, std::string(bytes)));
        } else {
            fold_into(found->second, *one);
        }
    }
    for (auto& [key, entry] : by_key)
        batch.entries.push_back(std::move(entry));
    for (const auto& [partition, until] : settled) {
        if (until == std::chrono::system_clock::time_point::min()) continue;
        postgres::settled_mark mark;
        mark.partition = partition;
        mark.until = until;
        batch.marks.push_back(mark);
    }
    return batch;
}

}  // namespace pinwire::callback
