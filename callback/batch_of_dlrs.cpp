#include "callback/batch_of_dlrs.hpp"

#include <algorithm>

#include "common/core/limits.hpp"

namespace pinwire::callback {
namespace {

// Entries of one key say something about one attempt, whichever it is, or about one part of it.
// That a part arrived stands alone: it is the text's news only once all did, any other news is at
// once.
std::string key_of(const dlr& one) {
    const auto token = one.token ? one.token->hex() : std::string();
    const auto reference = one.reference ? one.reference->hex() : std::string();
    const auto number = one.to ? one.to->digits() : std::string();
    const bool by_id = one.part || (token.empty() && reference.empty());
    const auto id = by_id ? one.carrier_message_id : std::string();
    const char* arrived = one.part && one.status == dlr_status::delivrd ? "/arrived" : "";
    return one.carrier.str() + "/" + token + "/" + reference + "/" + id + "/" + number + arrived;
}

// A call's state says something about delivery, too.
std::optional<dlr_status> status_of(const dlr& told) {
    if (told.call && !told.status) return delivery_of(*told.call);
    return told.status;
}

// All that the two say, as if it had come in one. Kept whole: should it be parked, the highest
// status stands in what is kept.
void fold_into(dlr& known, const dlr& told) {
    const auto before = status_of(known);
    const auto status = status_of(told);
    if (status && (!before || *status > *before)) {
        known.raw_status = told.raw_status;
        known.raw = told.raw;
    }
    known.status = status ? fold(before, *status) : before;
    if (told.call) known.call = fold(known.call, *told.call);
    if (!told.error_code.empty()) known.error_code = told.error_code;
    if (known.carrier_message_id.empty()) known.carrier_message_id = told.carrier_message_id;
    if (told.done_at) known.done_at = std::max(known.done_at, told.done_at);
    known.intake_at = std::max(known.intake_at, told.intake_at);
}

// What was told of one key, and how it stands for later, should it fit nothing yet.
struct folded {
    dlr all;
    std::string as_it_stood;
};

void add(std::map<std::string, folded>& to, const dlr& one, std::string_view bytes) {
    const auto [at, fresh] = to.try_emplace(key_of(one), folded{one, std::string(bytes)});
    if (fresh) return;
    fold_into(at->second.all, one);
    at->second.as_it_stood.clear();
}

postgres::dlr_entry written(folded one) {
    if (one.as_it_stood.empty()) one.as_it_stood = encode_dlr(one.all);
    return entry_of(one.all, std::move(one.as_it_stood));
}

postgres::history_entry history_of(const dlr& one) {
    postgres::history_entry made;
    made.intake_at = one.intake_at;
    made.attempt = one.token ? one.token : one.reference;
    made.carrier = one.carrier;
    made.carrier_message_id = one.carrier_message_id;
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

dlr_batch read_batch(
    const std::vector<kafka::record>& records, std::chrono::system_clock::time_point now
) {
    dlr_batch batch;
    const auto move_up = [latest = now + limits::clock_skew_max](auto& until, auto to) {
        if (to <= latest) until = std::max(until, to);
    };
    std::map<std::string, folded> by_key;
    std::map<int, std::chrono::system_clock::time_point> settled;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto& record = records[i];
        const std::string_view bytes =
            record.payload ? std::string_view(*record.payload) : std::string_view();
        auto& until =
            settled.try_emplace(record.partition, std::chrono::system_clock::time_point::min())
                .first->second;
        if (const auto marker = decode_dlr_marker(bytes)) {
            move_up(until, *marker);
            continue;
        }
        auto one = decode_dlr(bytes);
        if (!one) {
            batch.undecodable.push_back(i);
            continue;
        }
        move_up(until, one->intake_at);
        batch.history.push_back(history_of(*one));
        add(by_key, *one, bytes);
    }
    for (auto& [key, one] : by_key)
        batch.entries.push_back(written(std::move(one)));
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
