#include "api/pinwire_dialect.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "api/infobip/authorization.hpp"
#include "api/our_trouble.hpp"
#include "common/core/form.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/errors.hpp"

namespace pinwire::api {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view root = "/pinwire/1/pins";
constexpr std::size_t id_max = 64;

http::response with(unsigned status, const json& body) {
    return http::response(status, "application/json", body.dump());
}

http::response refusal(unsigned status, std::string_view word) {
    json body;
    body["error"] = word;
    return with(status, body);
}

template <class Status>
void put(json& to, const char* name, const std::optional<Status>& status) {
    if (status) to[name] = to_string(*status);
}

void put(json& to, const char* name, const std::optional<postgres::time_point>& at) {
    if (at) to[name] = format_rfc3339(*at);
}

void put(json& to, const char* name, const std::string& text) {
    if (!text.empty()) to[name] = text;
}

json json_of(const postgres::pin_sending& from) {
    json made;
    made["messageId"] = from.id.hex();
    made["jobId"] = from.job.str();
    made["channel"] = to_string(from.channel);
    made["requestedAt"] = format_rfc3339(from.requested_at);
    put(made, "sentAt", from.sent_at);
    put(made, "finalAt", from.final_at);
    put(made, "ncStatus", from.nc);
    put(made, "smsStatus", from.sms);
    put(made, "callStatus", from.call);
    put(made, "dlrStatus", from.dlr);
    put(made, "reason", from.reason);
    put(made, "route", from.route);
    made["attempts"] = from.attempts;
    return made;
}

json json_of(const postgres::pin_story& from) {
    json made;
    made["pinId"] = from.pin.str();
    made["msisdn"] = from.to.digits();
    made["pinType"] = to_string(from.type);
    made["pinLength"] = from.length;
    if (from.tries_left) made["triesLeft"] = *from.tries_left;
    made["requestedAt"] = format_rfc3339(from.requested_at);
    put(made, "expiresAt", from.expires_at);
    put(made, "verifiedAt", from.verified_at);
    put(made, "cancelledAt", from.cancelled_at);
    put(made, "applicationId", from.application);
    put(made, "messageTemplateId", from.message);
    put(made, "from", from.sender);
    made["singleUse"] = from.single_use;
    made["sendings"] = json::array();
    for (const auto& one : from.sendings)
        made["sendings"].push_back(json_of(one));
    return made;
}

bool is_id(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !text.empty() && text.size() <= id_max &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

// Which PIN; none: the request names none, or badly.
std::optional<postgres::pin_question> question_of(const call& from) {
    postgres::pin_question made;
    const std::string_view path(from.path);
    if (path.size() > root.size()) {
        const auto id = path.substr(root.size() + 1);
        if (!is_id(id)) return std::nullopt;
        made.pin = pin_id(id);
        return made;
    }
    const auto fields = form::parse(from.query);
    const auto* written = fields ? fields->find("msisdn") : nullptr;
    const auto to = written != nullptr ? msisdn::parse(*written) : std::nullopt;
    if (!to) return std::nullopt;
    made.to = *to;
    return made;
}

http::response wrong_method(bool by_id) {
    auto made = refusal(405, "method_not_allowed");
    made.fields.add("Allow", by_id ? "GET, DELETE" : "GET");
    return made;
}

}  // namespace

bool pinwire_dialect::serves(std::string_view, std::string_view path) const {
    return path == root || (path.starts_with(root) && path[root.size()] == '/');
}

awaitable<http::response> pinwire_dialect::serve(call one) {
    auto made = answer(one);
    auto otherwise = refusal(500, "unavailable");
    co_return co_await answer_or(std::move(made), one.request_id, std::move(otherwise));
}

awaitable<http::response> pinwire_dialect::answer(const call& one) {
    const auto verdict = infobip_admit(gate_, one);
    if (!verdict.who) {
        const bool known = verdict.why == refused_caller::suspended;
        co_return known ? refusal(403, "suspended") : refusal(401, "unauthorized");
    }
    const bool by_id = one.path.size() > root.size();
    const bool cancels = by_id && one.request.method == "DELETE";
    if (one.request.method != "GET" && !cancels) co_return wrong_method(by_id);
    auto which = question_of(one);
    if (!which && by_id) co_return refusal(404, "not_found");
    if (!which) co_return refusal(400, "msisdn");
    which->account = verdict.who->account->name;
    if (cancels) co_return co_await cancel(*which);
    co_return co_await tell(*which);
}

awaitable<http::response> pinwire_dialect::tell(const postgres::pin_question& which) {
    const auto story = co_await pins_.story(which);
    if (!story) co_return refusal(404, "not_found");
    co_return with(200, json_of(*story));
}

awaitable<http::response> pinwire_dialect::cancel(const postgres::pin_question& which) {
    const bool found = co_await pins_.cancel(which.account, which.pin);
    if (!found) co_return refusal(404, "not_found");
    json body;
    body["pinId"] = which.pin.str();
    body["cancelled"] = true;
    co_return with(200, body);
}

}  // namespace pinwire::api
