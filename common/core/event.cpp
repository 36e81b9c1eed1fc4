#include "common/core/event.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/core/json_reader.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using nlohmann::json;

template <class Status>
void put_status(json& root, const char* field, const std::optional<Status>& status) {
    if (status) root[field] = to_string(*status);
}

void put_text(json& root, const char* field, const std::string& text) {
    if (!text.empty()) root[field] = text;
}

// Reads fields until the first that isn't what it should be.
class event_reader {
public:
    explicit event_reader(const json& root) : root_(root) {}

    std::string text(const char* field) {
        const json* at = find(field);
        if (at == nullptr) return {};
        if (at->is_string()) return at->get<std::string>();
        note(field);
        return {};
    }

    std::optional<std::string> maybe_text(const char* field) {
        if (find(field) == nullptr) return std::nullopt;
        return text(field);
    }

    bool flag(const char* field) {
        const json* at = find(field);
        if (at == nullptr) return false;
        if (at->is_boolean()) return at->get<bool>();
        note(field);
        return false;
    }

    std::int64_t number(const char* field) {
        const json* at = find(field);
        const auto value = at == nullptr ? std::nullopt : integer_of(*at, 0, INT64_MAX);
        if (!value) note(field);
        return value.value_or(0);
    }

    template <class Value>
    std::optional<Value> parsed(
        const char* field, std::optional<Value> (*parse)(std::string_view)
    ) {
        const json* at = find(field);
        if (at == nullptr) return std::nullopt;
        std::optional<Value> value;
        if (at->is_string()) value = parse(*at->get_ptr<const std::string*>());
        if (!value) note(field);
        return value;
    }

    void require(const char* field, bool there) {
        if (!there) note(field);
    }

    const std::string& bad_field() const { return bad_field_; }

private:
    const json* find(const char* field) const {
        const auto at = root_.find(field);
        return at == root_.end() || at->is_null() ? nullptr : &*at;
    }

    void note(const char* field) {
        if (bad_field_.empty()) bad_field_ = field;
    }

    const json& root_;
    std::string bad_field_;
};

}  // namespace

std::string encode_event(const status_event& event) {
    json root = json::object();
    root["account"] = event.account.str();
    root["job_id"] = event.job_id.str();
    if (!event.message_id.none()) root["message_id"] = event.message_id.hex();
    put_text(root, "pin_id", event.pin_id.str());
    root["version"] = event.version;
    root["at"] = format_rfc3339(event.at);
    put_text(root, "to", event.to.digits());
    put_status(root, "nc_status", event.nc_status);
    put_status(root, "sms_status", event.sms_status);
    put_status(root, "call_status", event.call_status);
    put_status(root, "dlr_status", event.dlr_status);
    put_text(root, "reason", event.reason);
    root["final"] = event.final;
    root["in_doubt"] = event.in_doubt;
    put_text(root, "reference", event.reference);
    root["repeat"] = event.repeat;
    if (event.put_sender) root["put_sender"] = *event.put_sender;
    put_text(root, "doubt", event.doubt);
    return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

boost::system::result<status_event, std::string> decode_event(std::string_view bytes) {
    json root;
    if (const auto fault = read_json(bytes, root)) return std::string(to_string(*fault));
    if (!root.is_object()) return std::string("not_object");
    event_reader reader(root);
    status_event event;
    event.account = account_name(reader.text("account"));
    event.job_id = job_id(reader.text("job_id"));
    reader.require("account", !event.account.empty());
    reader.require("job_id", !event.job_id.empty());
    event.message_id = reader.parsed("message_id", message_id::parse).value_or(message_id());
    event.pin_id = pin_id(reader.text("pin_id"));
    event.version = reader.number("version");
    const auto at = reader.parsed("at", parse_rfc3339);
    reader.require("at", at.has_value());
    event.at = at.value_or(std::chrono::system_clock::time_point());
    event.to = reader.parsed("to", msisdn::parse).value_or(msisdn());
    event.nc_status = reader.parsed("nc_status", parse_nc_status);
    event.sms_status = reader.parsed("sms_status", parse_sms_status);
    event.call_status = reader.parsed("call_status", parse_call_status);
    event.dlr_status = reader.parsed("dlr_status", parse_dlr_status);
    event.reason = reader.text("reason");
    event.final = reader.flag("final");
    event.in_doubt = reader.flag("in_doubt");
    event.reference = reader.text("reference");
    event.repeat = reader.flag("repeat");
    event.put_sender = reader.maybe_text("put_sender");
    event.doubt = reader.text("doubt");
    if (!reader.bad_field().empty())
        return fmt::format("{}: missing or not what it should be", reader.bad_field());
    return event;
}

}  // namespace pinwire
