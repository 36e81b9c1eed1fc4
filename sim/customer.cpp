#include "sim/customer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/core/base64.hpp"
#include "common/core/hmac.hpp"
#include "sim/json_text.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;

constexpr std::int64_t tolerance_s = 300;
constexpr std::size_t details_max = 8;  // statuses and webhook ids kept for one id

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return {};
    return found->get<std::string>();
}

std::string first_text(const json& object, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (std::string found = text_of(object, name); !found.empty()) return found;
    return {};
}

customer_report from_360nrs(const json& entry) {
    customer_report read;
    read.id = text_of(entry, "sms_id");
    read.status = text_of(entry, "status");
    read.final = read.status != "ACCEPTD" && read.status != "ENROUTE";
    return read;
}

customer_report from_infobip(const json& entry) {
    customer_report read;
    read.id = text_of(entry, "messageId");
    const auto status = entry.find("status");
    if (status == entry.end() || !status->is_object()) return read;
    read.status = text_of(*status, "name");
    const auto id = status->find("id");
    if (id != status->end() && id->is_number_integer()) {
        const auto number = id->get<std::int64_t>();
        read.final = number != 2 && number != 3 && number != 7 && number != 26;
        if (read.status.empty()) read.status = std::to_string(number);
    }
    return read;
}

customer_report from_standard(const json& body) {
    customer_report read;
    const json& data = body.at("data");
    read.id = first_text(data, {"message_id", "messageId", "id", "job_id"});
    read.status =
        first_text(data, {"dlr_status", "status", "call_status", "sms_status", "nc_status"});
    return read;
}

}  // namespace

customer_reading read_customer_reports(std::string_view text) {
    customer_reading read;
    const json body = json::parse(text, nullptr, false);
    if (body.is_array()) {
        read.dialect = "360nrs";
        for (const json& entry : body)
            if (entry.is_object()) read.reports.push_back(from_360nrs(entry));
        return read;
    }
    if (!body.is_object()) return read;
    const auto results = body.find("results");
    if (results != body.end() && results->is_array()) {
        read.dialect = "infobip";
        for (const json& entry : *results)
            if (entry.is_object()) read.reports.push_back(from_infobip(entry));
        return read;
    }
    const auto data = body.find("data");
    if (data != body.end() && data->is_object() && body.contains("type")) {
        read.dialect = "standard";
        read.reports.push_back(from_standard(body));
    }
    return read;
}

std::string decode_webhook_secret(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' '))
        text.remove_suffix(1);
    if (!text.starts_with("whsec_")) throw std::runtime_error("a secret starts with whsec_");
    auto bytes = base64_decode(text.substr(6));
    if (!bytes || bytes->empty()) throw std::runtime_error("a secret is whsec_ and base64");
    return std::move(*bytes);
}

std::string_view check_webhook_signature(
    const http::headers& fields,
    std::string_view body,
    const std::vector<std::string>& keys,
    std::chrono::system_clock::time_point now
) {
    if (keys.empty()) return "none";
    const std::string_view id = fields.get("webhook-id");
    const std::string_view stamp = fields.get("webhook-timestamp");
    std::string_view given = fields.get("webhook-signature");
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
    if (id.empty() || parsed.ec != std::errc{} || parsed.ptr != stamp.data() + stamp.size())
        return "bad";
    const auto now_s =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (std::llabs(now_s - seconds) > tolerance_s) return "bad";
    std::string signed_text(id);
    signed_text.append(".").append(stamp).append(".").append(body);
    while (!given.empty()) {
        const auto space = given.find(' ');
        const std::string_view one = given.substr(0, space);
        given = space == given.npos ? std::string_view{} : given.substr(space + 1);
        if (!one.starts_with("v1,")) continue;
        for (const std::string& key : keys) {
            const digest256 digest = hmac_sha256(std::string_view(key), signed_text);
            if (base64_encode(digest) == one.substr(3)) return "ok";
        }
    }
    return "bad";
}

void customer_book::count(endpoint& at, const customer_report& one, const std::string& webhook_id) {
    auto found = at.ids.find(one.id);
    if (found == at.ids.end()) {
        if (ids_ >= ids_max_) {
            ++at.untracked;
            return;
        }
        ++ids_;
        found = at.ids.try_emplace(one.id).first;
    }
    story& known = found->second;
    if (known.statuses.size() < details_max) known.statuses.push_back(one.status);
    if (!one.final) return;
    ++known.finals;
    ++at.finals;
    const auto& seen = known.webhook_ids;
    if (seen.size() < details_max &&
        std::find(seen.begin(), seen.end(), webhook_id) == seen.end()) {
        known.webhook_ids.push_back(webhook_id);
        if (known.webhook_ids.size() == 2) ++at.several;
    }
}

void customer_book::record(customer_request came) {
    if (came.answer >= 200 && came.answer < 300) {
        endpoint& at = endpoints_[came.endpoint];
        for (const customer_report& one : came.reading.reports)
            count(at, one, came.webhook_id);
    }
    requests_.push_back(std::move(came));
    while (requests_.size() > requests_max_)
        requests_.pop_front();
}

void customer_book::clear() {
    requests_.clear();
    endpoints_.clear();
    ids_ = 0;
}

const customer_book::story* customer_book::find(std::string_view name, std::string_view id) const {
    const auto at = endpoints_.find(name);
    if (at == endpoints_.end()) return nullptr;
    const auto found = at->second.ids.find(std::string(id));
    return found == at->second.ids.end() ? nullptr : &found->second;
}

std::uint64_t customer_book::finals(std::string_view name, std::string_view id) const {
    const story* known = find(name, id);
    return known ? known->finals : 0;
}

std::string customer_book::summary_json(std::string_view name) const {
    static const endpoint nothing;
    const auto found = endpoints_.find(name);
    const endpoint& at = found == endpoints_.end() ? nothing : found->second;
    json_object text;
    text.add("endpoint", name).add("ids", std::uint64_t{at.ids.size()}).add("finals", at.finals);
    text.add("several", at.several).add("untracked", at.untracked);
    return text.take();
}

std::string customer_book::story_json(std::string_view name, std::string_view id) const {
    static const story nothing;
    const story* found = find(name, id);
    const story& known = found ? *found : nothing;
    json_object text;
    text.add("id", id).add("finals", known.finals).add("statuses", known.statuses);
    text.add("webhook_ids", known.webhook_ids);
    return text.take();
}

std::string customer_book::requests_lines(std::string_view name, std::size_t max) const {
    std::string out;
    for (const customer_request& came : requests_) {
        if (came.endpoint != name) continue;
        if (max-- == 0) break;
        json_object fields;
        for (const auto& [field, value] : came.fields)
            fields.add(field, value);
        json_object line;
        line.add("at_us", came.at_us).add("answer", std::uint64_t{came.answer});
        line.add("signature", came.signature).add("webhook_id", came.webhook_id);
        line.add("dialect", came.reading.dialect);
        line.add_raw("headers", fields.take()).add("body", came.body);
        out += line.take();
        out += '\n';
    }
    return out;
}

}  // namespace pinwire::sim
