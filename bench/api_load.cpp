#include "bench/api_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/bare_server.hpp"
#include "bench/http_offer.hpp"
#include "bench/minted_pins.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::bench {
namespace {

using nlohmann::json;

constexpr std::size_t guess_connections = 128;
constexpr std::size_t order_connections = 256;
constexpr std::size_t bare_requests = 20'000;
constexpr std::size_t most_guesses = 30'000;  // where no rate says how many
constexpr std::size_t answer_bytes = 260;
constexpr std::chrono::milliseconds carrier_delay(5);

std::string load_averages() {
    std::ifstream file("/proc/loadavg");
    std::string one, five;
    file >> one >> five;
    return one + " " + five;
}

struct template_ids {
    std::string application;
    std::string message;
};

// Half the places each; the odd ones are Infobip's.
bool is_infobip(std::size_t place) {
    return place % 2 == 1;
}

// Every other pair of guesses is wrong.
bool is_wrong_guess(std::size_t place) {
    return place / 2 % 2 == 1;
}

class api_caller {
public:
    explicit api_caller(rig& on) : on_(on), given_(on.given) {}

    awaitable<void> make_templates();
    awaitable<api_run> order(std::size_t rate, std::size_t count);
    awaitable<api_run> guess(std::size_t rate, std::size_t count);
    awaitable<offer_result> ask_bare(const bare_server&, std::size_t count);

private:
    asked_request order_at(std::size_t place) const;
    asked_request guess_at(std::size_t place) const;
    awaitable<json> create(std::string target, std::string body);
    awaitable<api_run> measure(offer_plan plan);

    rig& on_;
    const options& given_;
    const job_maker orders_ = on_.jobs_of_phase(3);
    const job_maker guesses_ = on_.jobs_of_phase(4);
    const std::string authorization_ = "App " + given_.api_key;
    template_ids ids_;
    std::size_t ordered_ = 0;
    std::size_t guessed_ = 0;
};

awaitable<json> api_caller::create(std::string target, std::string body) {
    json made;
    offer_plan plan;
    plan.port = given_.api_port;
    plan.count = 1;
    plan.connections = 1;
    plan.make = [&](std::size_t) { return asked_request{target, body, authorization_}; };
    plan.right = [&](std::size_t, unsigned status, std::string_view text) {
        made = json::parse(text, nullptr, false);
        return status == 200;
    };
    const auto done = co_await offer_http(plan);
    if (done.wrong > 0) throw std::runtime_error(target + ": " + done.first_wrong);
    co_return made;
}

awaitable<void> api_caller::make_templates() {
    auto made = co_await create(
        "/2fa/2/applications",
        R"({"name":"bench","configuration":{"sendPinPerApplicationLimit":"1000000/1d"}})"
    );
    ids_.application = made.at("applicationId").get<std::string>();
    made = co_await create(
        "/2fa/2/applications/" + ids_.application + "/messages",
        R"({"pinType":"NUMERIC","messageText":"Your code is {{pin}}","pinLength":6})"
    );
    ids_.message = made.at("messageId").get<std::string>();
}

asked_request api_caller::order_at(std::size_t place) const {
    asked_request made;
    const auto number = orders_.number(ordered_ + place);
    if (is_infobip(place)) {
        made.target = "/2fa/2/pin?ncNeeded=true";
        made.authorization = authorization_;
        made.body = fmt::format(
            R"({{"applicationId":"{}","messageId":"{}","to":"{}"}})",
            ids_.application,
            ids_.message,
            number
        );
    } else {
        made.target = "/api/3.0/2fa/request";
        made.body = fmt::format(
            R"({{"api_key":"{}","msisdn":"{}","sms_text":"Your code is {{PIN}}","hlr_lookup":1,)"
            R"("report_url":"{}"}})",
            given_.api_key,
            number,
            on_.simulator.report_url()
        );
    }
    return made;
}

asked_request api_caller::guess_at(std::size_t place) const {
    asked_request made;
    const auto at = guessed_ + place;
    const auto* digits = is_wrong_guess(place) ? wrong_digits : minted_digits;
    if (is_infobip(place)) {
        made.target = fmt::format("/2fa/2/pin/{}/verify", minted_id(guesses_, at));
        made.authorization = authorization_;
        made.body = fmt::format(R"({{"pin":"{}"}})", digits);
    } else {
        made.target = "/api/3.0/2fa/verify";
        made.body = fmt::format(
            R"({{"api_key":"{}","msisdn":"{}","pin":"{}"}})",
            given_.api_key,
            guesses_.number(at),
            digits
        );
    }
    return made;
}

awaitable<api_run> api_caller::measure(offer_plan plan) {
    api_run made;
    made.rate = plan.rate;
    made.count = plan.count;
    made.load = load_averages();
    plan.port = given_.api_port;
    const auto before = co_await on_.read();
    auto done = co_await offer_http(plan);
    const auto after = co_await on_.read();
    made.cost = cost_of(before, after, plan.count);
    made.wrong = done.wrong;
    made.first_wrong = done.first_wrong;
    made.per_second = done.per_second;
    std::vector<double> nrs360, infobip;
    for (std::size_t place = 0; place < done.ms.size(); ++place) {
        if (done.ms[place] >= 0) (is_infobip(place) ? infobip : nrs360).push_back(done.ms[place]);
    }
    made.nrs360 = percentiles_of(std::move(nrs360));
    made.infobip = percentiles_of(std::move(infobip));
    co_return made;
}

awaitable<api_run> api_caller::order(std::size_t rate, std::size_t count) {
    offer_plan plan;
    plan.rate = rate;
    plan.count = count;
    plan.connections = order_connections;
    plan.make = [this](std::size_t place) { return order_at(place); };
    plan.right = [](std::size_t place, unsigned status, std::string_view body) {
        const std::string_view said = is_infobip(place) ? "MESSAGE_SENT" : R"("ok")";
        return status == 200 && body.find(said) != std::string_view::npos;
    };
    auto made = co_await measure(std::move(plan));
    made.what = "order";
    ordered_ += count;
    co_return made;
}

awaitable<api_run> api_caller::guess(std::size_t rate, std::size_t count) {
    on_.database.mint(given_.ring, given_.account, ids_.application, guesses_, guessed_, count);
    offer_plan plan;
    plan.rate = rate;
    plan.count = count;
    plan.connections = guess_connections;
    plan.make = [this](std::size_t place) { return guess_at(place); };
    plan.right = [](std::size_t place, unsigned status, std::string_view body) {
        const bool wrong = is_wrong_guess(place);
        std::string_view said = wrong ? R"("verified":false)" : R"("verified":true)";
        if (is_infobip(place)) said = wrong ? "WRONG_PIN" : R"("verified":true)";
        return status == 200 && body.find(said) != std::string_view::npos;
    };
    auto made = co_await measure(std::move(plan));
    made.what = "guess";
    guessed_ += count;
    co_return made;
}

awaitable<offer_result> api_caller::ask_bare(const bare_server& server, std::size_t count) {
    offer_plan plan;
    plan.port = server.port();
    plan.count = count;
    plan.connections = guess_connections;
    plan.make = [this](std::size_t place) { return guess_at(place); };
    plan.right = [](std::size_t, unsigned status, std::string_view) { return status == 200; };
    co_return co_await offer_http(plan);
}

}  // namespace

bool api_result::complete() const {
    return std::ranges::none_of(runs, [](const api_run& one) { return one.wrong > 0; });
}

awaitable<api_result> measure_api(rig& on) {
    api_result made;
    api_caller caller(on);
    const auto span = static_cast<std::size_t>(on.given.api_span.count());
    co_await caller.make_templates();
    {
        const bare_server bare(answer_bytes);
        co_await caller.ask_bare(bare, bare_requests / 10);
        const double before = bare.cpu_us();
        const auto done = co_await caller.ask_bare(bare, bare_requests);
        made.bare_us = (bare.cpu_us() - before) / static_cast<double>(bare_requests);
        made.bare_per_second = done.per_second;
    }
    for (const auto rate : on.given.guess_rates) {
        auto run = co_await caller.guess(rate, rate == 0 ? most_guesses : rate * span);
        made.runs.push_back(std::move(run));
    }
    co_await on.simulator.answer_after(carrier_delay);
    co_await caller.order(50, 100);  // warm
    for (const auto rate : on.given.request_rates) {
        auto run = co_await caller.order(rate, rate * span);
        made.runs.push_back(std::move(run));
        co_await sleep_for(std::chrono::seconds(1));  // what is left of DLRs and reports
    }
    co_return made;
}

}  // namespace pinwire::bench
