#include "sim/admin.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "sim/json_text.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;

constexpr std::uint64_t log_lines_default = 10'000;
constexpr std::uint64_t log_lines_max = 1'000'000;
constexpr std::size_t inbox_shown_max = 100;

http::response json_answer(unsigned status, std::string body) {
    return http::response(status, "application/json", std::move(body));
}

http::response lines_answer(std::string body) {
    return http::response(200, "application/x-ndjson", std::move(body));
}

http::response fault(unsigned status, std::string_view text) {
    json_object body;
    body.add("error", text);
    return json_answer(status, body.take());
}

std::string text_parameter(const form& query, std::string_view name) {
    const std::string* found = query.find(name);
    return found ? *found : std::string{};
}

std::uint64_t number_parameter(const form& query, std::string_view name, std::uint64_t otherwise) {
    const std::string text = text_parameter(query, name);
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return whole ? value : otherwise;
}

http::response serve_rules(const http::request& asked, state& known) {
    if (asked.method == "GET") return json_answer(200, known.rules.to_json());
    if (asked.method == "DELETE") {
        known.rules.clear();
        return json_answer(200, "{}");
    }
    if (asked.method != "POST") return fault(405, "GET, POST or DELETE");
    auto added = parse_rule(asked.body);
    if (const auto* reason = std::get_if<std::string>(&added)) return fault(400, *reason);
    if (!known.rules.put(std::get<rule>(std::move(added)))) return fault(400, "too many rules");
    json_object body;
    body.add("rules", std::uint64_t{known.rules.size()});
    return json_answer(200, body.take());
}

// Milliseconds or counts out of a JSON object; false if one is there and unfit.
bool take_number(const json& body, const char* name, std::uint64_t max, std::uint64_t& into) {
    const auto found = body.find(name);
    if (found == body.end()) return true;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > max) return false;
    into = found->get<std::uint64_t>();
    return true;
}

http::response serve_dlr_delay(const http::request& asked, dlr_timing& timing) {
    constexpr std::uint64_t delay_max = 86'400'000;
    const json body = json::parse(asked.body, nullptr, false);
    if (asked.method != "POST" || !body.is_object()) return fault(400, "POST a JSON object");
    auto delay = static_cast<std::uint64_t>(timing.delay.count());
    auto retry = static_cast<std::uint64_t>(timing.retry.count());
    auto wait = static_cast<std::uint64_t>(timing.batch_wait.count());
    std::uint64_t batch = timing.batch_max;
    std::uint64_t tries = timing.tries_max;
    if (!take_number(body, "delay_ms", delay_max, delay) ||
        !take_number(body, "retry_ms", delay_max, retry) ||
        !take_number(body, "batch_wait_ms", delay_max, wait) ||
        !take_number(body, "batch_max", 1000, batch) ||
        !take_number(body, "tries_max", 1'000'000, tries))
        return fault(400, "delay_ms, retry_ms, batch_wait_ms, batch_max, tries_max: whole numbers");
    timing.delay = std::chrono::milliseconds(delay);
    timing.retry = std::chrono::milliseconds(retry);
    timing.batch_wait = std::chrono::milliseconds(wait);
    timing.batch_max = batch;
    timing.tries_max = static_cast<unsigned>(tries);
    return json_answer(200, "{}");
}

http::response serve_counters(const state& known, const dlr_poster& poster) {
    json_object log;
    log.add("first_seq", known.log.first_seq()).add("next_seq", known.log.next_seq());
    log.add("dropped", known.log.dropped());
    std::string body = known.counts.to_json(poster.waiting());
    body.pop_back();
    body += ",\"log\":" + log.take() + "}";
    return json_answer(200, std::move(body));
}

std::string array_of(const std::vector<std::string_view>& lines, std::size_t max) {
    std::string text = "[";
    const std::size_t first = lines.size() > max ? lines.size() - max : 0;
    for (std::size_t at = first; at < lines.size(); ++at) {
        if (at > first) text += ',';
        text += lines[at];
    }
    return text + "]";
}

http::response serve_acceptances(const form& query, const state& known) {
    const std::string number = text_parameter(query, "number");
    const std::string reference = text_parameter(query, "reference");
    if (number.empty() && reference.empty()) return fault(400, "number or reference is needed");
    return json_answer(200, array_of(known.log.accepted(number, reference), SIZE_MAX));
}

http::response serve_log(const form& query, const state& known) {
    const std::uint64_t from = number_parameter(query, "from", 0);
    const std::uint64_t max =
        std::min(number_parameter(query, "max", log_lines_default), log_lines_max);
    const std::string type = text_parameter(query, "type");
    auto answer = lines_answer(known.log.lines(from, static_cast<std::size_t>(max), type));
    answer.fields.set("X-First-Seq", std::to_string(known.log.first_seq()));
    answer.fields.set("X-Next-Seq", std::to_string(known.log.next_seq()));
    return answer;
}

void reset(state& known, dlr_poster& poster) {
    known.rules.clear();
    known.log.clear();
    known.customers.clear();
    known.references.clear();
    known.counts = counters{};
    poster.clear();
    const settings& given = known.given;
    poster.timing() = {
        given.dlr_delay,
        given.dlr_retry,
        given.dlr_tries_max,
        given.dlr_batch_max,
        given.dlr_batch_wait};
}

}  // namespace

http::response serve_admin(
    const http::request& asked, std::string_view path, state& known, dlr_poster& poster
) {
    const auto query = form::parse(query_of(asked.target));
    if (!query) return fault(400, "the query can't be read");
    if (path == "/rules") return serve_rules(asked, known);
    if (path == "/dlr_delay") return serve_dlr_delay(asked, poster.timing());
    if (path == "/reset") {
        if (asked.method != "POST") return fault(405, "POST it");
        reset(known, poster);
        return json_answer(200, "{}");
    }
    if (asked.method != "GET") return fault(405, "GET it");
    if (path == "/counters") return serve_counters(known, poster);
    if (path == "/acceptances") return serve_acceptances(*query, known);
    if (path == "/log") return serve_log(*query, known);
    return fault(404, "no such path");
}

http::response serve_inbox(std::string_view path, const state& known) {
    if (!path.empty()) path.remove_prefix(1);
    const auto decoded = percent_decode(path);
    const auto number = decoded ? digits_of(*decoded) : std::nullopt;
    if (!number) return fault(400, "/inbox/NUMBER");
    const auto messages = known.log.heard(*number);
    json_object body;
    body.add("number", *number).add("count", std::uint64_t{messages.size()});
    body.add_raw("last", messages.empty() ? std::string_view("null") : messages.back());
    body.add_raw("messages", array_of(messages, inbox_shown_max));
    return json_answer(200, body.take());
}

http::response show_customer(
    const http::request& asked, std::string_view name, std::string_view rest, const state& known
) {
    const auto query = form::parse(query_of(asked.target));
    if (!query) return fault(400, "the query can't be read");
    if (rest.empty()) return json_answer(200, known.customers.summary_json(name));
    if (rest == "/finals") {
        const std::string id = text_parameter(*query, "id");
        if (id.empty()) return fault(400, "id is needed");
        return json_answer(200, known.customers.story_json(name, id));
    }
    if (rest == "/requests") {
        const std::uint64_t max = number_parameter(*query, "max", 1000);
        return lines_answer(known.customers.requests_lines(name, static_cast<std::size_t>(max)));
    }
    return fault(404, "no such path");
}

}  // namespace pinwire::sim
