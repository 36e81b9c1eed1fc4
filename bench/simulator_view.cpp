#include "bench/simulator_view.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pinwire::bench {
namespace {

using nlohmann::json;

constexpr std::size_t lines_at_once = 20'000;

http::client_settings client_settings_of() {
    http::client_settings made;
    made.body_max = 64 * 1024 * 1024;
    made.user_agent = "pinwire-bench";
    return made;
}

std::uint64_t number_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? 0 : found->get<std::uint64_t>();
}

// The requests of all carriers, or of all lookup providers.
std::uint64_t requests_in(const json& groups) {
    std::uint64_t sum = 0;
    for (const auto& group : groups)
        sum += number_of(group, "requests");
    return sum;
}

std::uint64_t sequence_of(std::string_view line) {
    const auto entry = json::parse(line);
    return entry.at("seq").get<std::uint64_t>();
}

}  // namespace

simulator_counts operator-(simulator_counts later, const simulator_counts& earlier) {
    later.finals -= earlier.finals;
    later.report_requests -= earlier.report_requests;
    later.lookups -= earlier.lookups;
    later.sends -= earlier.sends;
    later.dlr_posts -= earlier.dlr_posts;
    later.dlr_retries -= earlier.dlr_retries;
    return later;
}

simulator_view::simulator_view(
    boost::asio::io_context& context, const std::string& base_url, std::string customer
)
    : names_(context, http::resolver_settings{}),
      client_(context, names_, client_settings_of()),
      customer_(std::move(customer)),
      report_url_(fmt::format("{}/customer/{}", base_url, customer_)) {
    const auto parsed = url::parse(base_url);
    if (!parsed) throw std::runtime_error("the simulator's address is no URL");
    where_ = http::endpoint(*parsed);
}

awaitable<http::response> simulator_view::get(std::string target) {
    co_return co_await ask(http::request("GET", std::move(target)));
}

awaitable<http::response> simulator_view::ask(http::request asked) {
    const auto target = asked.target;
    http::call_options how;
    how.answer_timeout = std::chrono::milliseconds(30'000);
    auto done = co_await client_.send(where_, std::move(asked), std::move(how));
    if (!done.answered() || done.truncated || done.answer.status != 200) {
        throw std::runtime_error(fmt::format(
            "the simulator does not answer {}: {} {}", target, done.error, done.answer.status
        ));
    }
    co_return std::move(done.answer);
}

awaitable<simulator_counts> simulator_view::counts() {
    const auto answer = co_await get("/admin/counters");
    const auto body = json::parse(answer.body);
    simulator_counts made;
    const auto& customers = body.at("customers");
    if (const auto own = customers.find(customer_); own != customers.end()) {
        made.finals = number_of(*own, "finals");
        made.report_requests = number_of(*own, "requests");
    }
    made.lookups = requests_in(body.at("lookups"));
    made.sends = requests_in(body.at("sends"));
    made.dlr_posts = number_of(body.at("dlrs"), "posts");
    made.dlr_retries = number_of(body.at("dlrs"), "retries");
    made.next_seq = number_of(body.at("log"), "next_seq");
    co_return made;
}

awaitable<void> simulator_view::answer_after(std::chrono::milliseconds delay) {
    for (const std::string_view kind : {"lookup", "infobip", "360nrs"}) {
        auto rule =
            fmt::format(R"({{"kind":"{}","action":"slow","delay_ms":{}}})", kind, delay.count());
        co_await put_rule(std::move(rule));
    }
}

awaitable<void> simulator_view::put_rule(std::string json) {
    http::request asked("POST", "/admin/rules");
    asked.fields.add("Content-Type", "application/json");
    asked.body = std::move(json);
    co_await ask(std::move(asked));
}

awaitable<void> simulator_view::clear_rules() {
    http::request asked("DELETE", "/admin/rules");
    co_await ask(std::move(asked));
}

awaitable<void> simulator_view::read_log(
    std::uint64_t from, std::string type, std::function<void(std::string_view line)> visit
) {
    for (;;) {
        auto target = fmt::format("/admin/log?from={}&max={}&type={}", from, lines_at_once, type);
        const auto answer = co_await get(std::move(target));
        std::string_view rest = answer.body;
        std::string_view last;
        std::size_t count = 0;
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            last = rest.substr(0, end);
            visit(last);
            ++count;
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        if (count < lines_at_once) co_return;
        from = sequence_of(last) + 1;
    }
}

}  // namespace pinwire::bench
