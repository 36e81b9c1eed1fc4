#include "common/postgres/report_row.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/core/time_format.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

using nlohmann::json;

[[noreturn]] void bad_field(const char* name) {
    throw std::runtime_error(std::string("report: field ") + name + " can't be read");
}

// Null for a field that is missing or null.
const json* find(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return nullptr;
    return &*found;
}

std::string text_of(const json& object, const char* name) {
    const auto* value = find(object, name);
    if (value == nullptr) return {};
    if (!value->is_string()) bad_field(name);
    return value->get<std::string>();
}

std::optional<std::int64_t> number_of(const json& object, const char* name) {
    const auto* value = find(object, name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_integer()) bad_field(name);
    return value->get<std::int64_t>();
}

template <class Enum>
std::optional<Enum> status_in(const json& object, const char* name, std::int64_t highest) {
    const auto number = number_of(object, name);
    if (!number) return std::nullopt;
    if (*number < 1 || *number > highest) bad_field(name);
    return static_cast<Enum>(*number);
}

template <class Enum>
Enum choice_in(const json& object, const char* name, std::int64_t highest) {
    const auto number = number_of(object, name).value_or(-1);
    if (number < 0 || number > highest) bad_field(name);
    return static_cast<Enum>(number);
}

template <class Id>
std::optional<Id> id_in(const json& object, const char* name) {
    const auto text = text_of(object, name);
    if (text.empty()) return std::nullopt;
    const auto id = Id::parse(text);
    if (!id) bad_field(name);
    return id;
}

template <class Id>
Id needed_id(const json& object, const char* name) {
    const auto id = id_in<Id>(object, name);
    if (!id) bad_field(name);
    return *id;
}

std::optional<time_point> time_in(const json& object, const char* name) {
    const auto text = text_of(object, name);
    if (text.empty()) return std::nullopt;
    const auto time = parse_rfc3339(text);
    if (!time) bad_field(name);
    return time;
}

time_point needed_time(const json& object, const char* name) {
    const auto time = time_in(object, name);
    if (!time) bad_field(name);
    return *time;
}

report_row read_one(const json& from) {
    report_row out;
    out.seq = number_of(from, "seq").value_or(0);
    out.id = needed_id<report_id>(from, "id");
    out.job = needed_id<message_id>(from, "job");
    out.kind = static_cast<int>(number_of(from, "kind").value_or(1));
    out.account = account_name(text_of(from, "account"));
    out.url = text_of(from, "url");
    out.format = choice_in<report_format>(from, "format", 2);
    out.payload = text_of(from, "payload");
    out.created_at = needed_time(from, "created_at");
    out.lease_owner = id_in<epoch_id>(from, "lease_owner");
    out.lease_until = time_in(from, "lease_until");
    return out;
}

}  // namespace

final_report decode_report_payload(const report_id& id, std::string_view payload) {
    const auto from = json::parse(payload, nullptr, false);
    if (!from.is_object()) throw std::runtime_error("report: the payload is no JSON object");
    final_report out;
    out.id = id;
    const auto kind = number_of(from, "kind").value_or(1);
    if (kind < 1 || kind > 3) bad_field("kind");
    out.kind = static_cast<report_kind>(kind);
    out.message = needed_id<message_id>(from, "message_id");
    out.account = account_name(text_of(from, "account"));
    out.job = job_id(text_of(from, "job_id"));
    out.pin = pin_id(text_of(from, "pin_id"));
    out.channel = choice_in<channel>(from, "channel", 1);
    const auto to = msisdn::parse(text_of(from, "to"));
    if (!to) bad_field("to");
    out.to = *to;
    out.from = sender_name(text_of(from, "from"));
    out.reference = text_of(from, "reference");
    out.nc = status_in<nc_status>(from, "nc_status", 4);
    out.sms = status_in<sms_status>(from, "sms_status", 2);
    out.call = status_in<call_status>(from, "call_status", 12);
    out.delivery = status_in<dlr_status>(from, "dlr_status", 8);
    out.reason = text_of(from, "reason");
    const auto* doubt = find(from, "in_doubt");
    out.in_doubt = doubt != nullptr && doubt->is_boolean() && doubt->get<bool>();
    out.route = text_of(from, "route");
    out.mccmnc = text_of(from, "mccmnc");
    out.attempts = static_cast<int>(number_of(from, "attempts").value_or(0));
    out.accepted_at = needed_time(from, "accepted_at");
    out.sent_at = time_in(from, "sent_at");
    out.final_at = needed_time(from, "final_at");
    return out;
}

report_row read_report(const row& from) {
    report_row out;
    out.seq = from.int64(0);
    out.id = from.id<report_id>(1);
    out.job = from.id<message_id>(2);
    out.kind = from.int16(3);
    out.account = account_name(from.view(4));
    out.url = from.text(5);
    out.format = static_cast<report_format>(from.int16(6));
    out.payload = from.text(7);
    out.created_at = from.time(8);
    out.lease_owner = from.maybe_id<epoch_id>(9);
    out.lease_until = from.maybe_time(10);
    return out;
}

retry_row read_retry(const row& from) {
    retry_row out;
    out.report.id = from.id<report_id>(0);
    out.report.job = from.id<message_id>(1);
    out.report.kind = from.int16(2);
    out.report.account = account_name(from.view(3));
    out.report.url = from.text(4);
    out.report.format = static_cast<report_format>(from.int16(5));
    out.report.payload = from.text(6);
    out.report.created_at = from.time(7);
    out.tries = from.int16(8);
    out.malformed = from.int16(9);
    out.first_try_at = from.time(10);
    out.due_at = from.time(11);
    out.batch = from.text_or_empty(12);
    out.batch_pos = from.maybe_int16(13).value_or(std::int16_t{0});
    out.last_error = from.text_or_empty(14);
    out.report.lease_owner = from.maybe_id<epoch_id>(15);
    out.report.lease_until = from.maybe_time(16);
    return out;
}

std::vector<report_row> read_report_json(std::string_view text) {
    std::vector<report_row> out;
    if (text.empty()) return out;
    const auto rows = json::parse(text, nullptr, false);
    if (!rows.is_array()) throw std::runtime_error("reports: no JSON array");
    out.reserve(rows.size());
    for (const auto& row : rows) {
        if (!row.is_object()) throw std::runtime_error("reports: a row is no object");
        out.push_back(read_one(row));
    }
    return out;
}

}  // namespace pinwire::postgres
