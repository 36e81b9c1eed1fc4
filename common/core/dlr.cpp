#include "common/core/dlr.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/core/json_reader.hpp"
#include "common/core/limits.hpp"
#include "common/core/text.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using nlohmann::json;
using fault = std::string;

constexpr const char* marker_field = "marker";
constexpr std::size_t marker_bytes_max = 64;  // what is longer is no marker, and isn't read twice

// Reads one text field; empty when absent. False: it is no string.
bool get_text(const json& root, const char* field, std::string& into) {
    const auto at = root.find(field);
    if (at == root.end()) return true;
    if (!at->is_string()) return false;
    into = at->get<std::string>();
    return true;
}

// A field that is absent, or text that `parse` takes.
template <class Value, class Parse>
bool get_parsed(const json& root, const char* field, Parse parse, std::optional<Value>& into) {
    const auto at = root.find(field);
    if (at == root.end()) return true;
    if (!at->is_string()) return false;
    into = parse(std::string_view(*at->get_ptr<const std::string*>()));
    return into.has_value();
}

boost::system::result<dlr, fault> bad(const char* field) {
    return fault(fmt::format("{}: missing or not what it should be", field));
}

}  // namespace

std::string encode_dlr(const dlr& given) {
    constexpr std::size_t word_max = 256;
    json root = json::object();
    root["carrier"] = given.carrier.str();
    if (given.token) root["token"] = given.token->hex();
    if (given.reference) root["reference"] = given.reference->hex();
    if (!given.carrier_message_id.empty())
        root["carrier_message_id"] = storable_text(given.carrier_message_id, word_max);
    if (given.part) root["part"] = true;
    if (given.to) root["to"] = given.to->digits();
    if (given.status) root["dlr_status"] = to_string(*given.status);
    if (given.call) root["call_status"] = to_string(*given.call);
    if (!given.raw_status.empty()) root["raw_status"] = storable_text(given.raw_status, word_max);
    if (!given.error_code.empty()) root["error_code"] = storable_text(given.error_code, word_max);
    if (given.done_at) root["done_at"] = format_rfc3339(*given.done_at);
    root["intake_at"] = format_rfc3339(given.intake_at);
    if (!given.raw.empty()) root["raw"] = storable_text(given.raw, limits::raw_dlr_bytes_max);
    return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

boost::system::result<dlr, fault> decode_dlr(std::string_view bytes) {
    json root;
    if (const auto broken = read_json(bytes, root)) return fault(to_string(*broken));
    if (!root.is_object()) return fault("not_object");
    dlr made;
    std::string carrier;
    if (!get_text(root, "carrier", carrier) || carrier.empty()) return bad("carrier");
    made.carrier = carrier_name(std::move(carrier));
    if (!get_parsed(root, "token", attempt_id::parse, made.token)) return bad("token");
    if (!get_parsed(root, "reference", attempt_id::parse, made.reference)) return bad("reference");
    if (!get_text(root, "carrier_message_id", made.carrier_message_id))
        return bad("carrier_message_id");
    if (const auto part = root.find("part"); part != root.end()) {
        if (!part->is_boolean()) return bad("part");
        made.part = part->get<bool>();
    }
    if (!get_parsed(root, "to", msisdn::parse, made.to)) return bad("to");
    if (!get_parsed(root, "dlr_status", parse_dlr_status, made.status)) return bad("dlr_status");
    if (!get_parsed(root, "call_status", parse_call_status, made.call)) return bad("call_status");
    if (!get_text(root, "raw_status", made.raw_status)) return bad("raw_status");
    if (!get_text(root, "error_code", made.error_code)) return bad("error_code");
    if (!get_parsed(root, "done_at", parse_rfc3339, made.done_at)) return bad("done_at");
    std::optional<std::chrono::system_clock::time_point> intake_at;
    if (!get_parsed(root, "intake_at", parse_rfc3339, intake_at) || !intake_at)
        return bad("intake_at");
    made.intake_at = *intake_at;
    if (!get_text(root, "raw", made.raw)) return bad("raw");
    return made;
}

std::string encode_dlr_marker(std::chrono::system_clock::time_point produced_at) {
    return fmt::format(R"({{"{}":"{}"}})", marker_field, format_rfc3339(produced_at));
}

std::optional<std::chrono::system_clock::time_point> decode_dlr_marker(std::string_view bytes) {
    if (bytes.size() > marker_bytes_max) return std::nullopt;
    json root;
    if (read_json(bytes, root) || !root.is_object()) return std::nullopt;
    std::optional<std::chrono::system_clock::time_point> at;
    if (!get_parsed(root, marker_field, parse_rfc3339, at)) return std::nullopt;
    return at;
}

}  // namespace pinwire
