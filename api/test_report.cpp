#include "api/test_report.hpp"

#include <nlohmann/json.hpp>
#include <variant>

#include "api/infobip/authorization.hpp"
#include "api/our_trouble.hpp"
#include "common/core/job.hpp"

namespace pinwire::api {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view own_path = "/pinwire/1/test-report";
constexpr double a_minute = 6;  // of one account
constexpr double at_first = 3;
constexpr int under_way_max = 16;  // of all accounts

http::response with(unsigned status, const json& body) {
    const auto lenient = json::error_handler_t::replace;  // an endpoint may say anything
    return http::response(status, "application/json", body.dump(-1, ' ', false, lenient));
}

http::response refusal(unsigned status, std::string_view word) {
    json body;
    body["error"] = word;
    return with(status, body);
}

http::response refusal(std::chrono::seconds wait) {
    auto made = refusal(429, "too_many_requests");
    made.fields.add("Retry-After", std::to_string(wait.count()));
    return made;
}

http::response wrong_method() {
    auto made = refusal(405, "method_not_allowed");
    made.fields.add("Allow", "POST");
    return made;
}

struct wanted {
    std::string url;
    report_format format = report_format::standard;
};

// Or which member can't be read.
std::variant<wanted, std::string_view> read(const std::string& body) {
    const auto from = json::parse(body, nullptr, false);
    if (!from.is_object()) return "json";
    wanted made;
    const auto url = from.find("url");
    if (url == from.end() || !url->is_string()) return "url";
    made.url = url->get<std::string>();
    const auto format = from.find("format");
    if (format == from.end() || format->is_null()) return made;
    const auto read = parse_report_format(format->is_string() ? format->get<std::string>() : "");
    if (!read) return "format";
    made.format = *read;
    return made;
}

json json_of(const upkeep::probe_result& from) {
    json made;
    made["taken"] = from.taken;
    made["status"] = nullptr;
    if (from.status) made["status"] = *from.status;
    made["ms"] = from.elapsed.count();
    made["reason"] = nullptr;
    if (!from.reason.empty()) made["reason"] = from.reason;
    made["answer"] = nullptr;  // it may repeat the header, which isn't the caller's to know
    if (!from.with_header) made["answer"] = from.answer;
    made["webhookId"] = nullptr;
    if (!from.webhook_id.empty()) made["webhookId"] = from.webhook_id;
    made["signatures"] = from.signatures;
    return made;
}

}  // namespace

bool test_report::serves(std::string_view, std::string_view path) const {
    return path == own_path;
}

std::optional<std::chrono::seconds> test_report::too_many(const account_name& who) {
    const auto now = now_();
    auto [at, fresh] = asked_.try_emplace(who, a_minute / 60, at_first, now);
    if (at->second.try_take(now)) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(at->second.next_at(now) - now);
}

awaitable<http::response> test_report::serve(call one) {
    auto made = answer(one);
    auto otherwise = refusal(500, "unavailable");
    co_return co_await answer_or(std::move(made), one.request_id, std::move(otherwise));
}

awaitable<http::response> test_report::answer(const call& one) {
    const auto verdict = infobip_admit(gate_, one);
    if (!verdict.who) {
        const bool known = verdict.why == refused_caller::suspended;
        co_return known ? refusal(403, "suspended") : refusal(401, "unauthorized");
    }
    if (one.request.method != "POST") co_return wrong_method();
    auto asked = read(one.request.body);
    if (const auto* word = std::get_if<std::string_view>(&asked)) co_return refusal(400, *word);
    if (under_way_ >= under_way_max) co_return refusal(std::chrono::seconds(5));
    const auto who = verdict.who->account;
    if (const auto wait = too_many(who->name)) co_return refusal(*wait);
    struct turn {
        explicit turn(int& of) : count(of) { ++count; }
        ~turn() { --count; }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        int& count;
    };
    const turn mine(under_way_);
    auto& want = std::get<wanted>(asked);
    const auto got = co_await send_(who, std::move(want.url), want.format);
    co_return with(200, json_of(got));
}

}  // namespace pinwire::api
