#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "common/runtime/deadline.hpp"
#include "tests/component/worker/examples.hpp"
#include "tests/component/worker/fakes.hpp"

namespace pinwire::worker::test {
namespace {

using nlohmann::json;

http::exchange with_body(unsigned status, std::string body) {
    http::exchange made;
    made.how_far = http::progress::answered;
    made.answer = http::response(status, "application/json", std::move(body));
    return made;
}

std::string status_body(int id) {
    json status;
    status["id"] = id;
    json message;
    message["status"] = status;
    message["messageId"] = "carrier-id";
    json body;
    body["messages"] = json::array();
    body["messages"].push_back(message);
    return body.dump();
}

std::string reachable(const std::string& number) {
    json result;
    result["to"] = number;
    result["status"]["id"] = 5;
    json body;
    body["results"] = json::array();
    body["results"].push_back(result);
    return body.dump();
}

http::exchange pop(std::deque<http::exchange>& script, http::exchange otherwise) {
    if (script.empty()) return otherwise;
    auto next = std::move(script.front());
    script.pop_front();
    return next;
}

}  // namespace

http::exchange accepted() {
    return with_body(200, status_body(26));
}

http::exchange refused(int status_id) {
    return with_body(200, status_body(status_id));
}

http::exchange answered(unsigned status, std::string body) {
    return with_body(status, std::move(body));
}

http::exchange unanswered(http::progress how_far, http::failure why) {
    http::exchange made;
    made.how_far = how_far;
    made.why = why;
    return made;
}

http::exchange silent() {
    return unanswered(http::progress::sent_no_answer, http::failure::answer_timeout);
}

sent_request fake_gateway::read(const carrier_name& carrier, const http_request& request) const {
    sent_request made;
    made.carrier = carrier;
    if (request.target.ends_with("/sms/json")) {
        const auto sent_form = form::parse(request.body).value();
        made.attempt = attempt_id::parse(*sent_form.find("client-ref")).value();
        made.to = *sent_form.find("to");
        made.text = *sent_form.find("text");
        made.from = *sent_form.find("from");
    } else if (request.target.ends_with("/Calls.json")) {
        const auto sent_form = form::parse(request.body).value();
        const auto value = [&sent_form](const char* name) {
            const auto* found = sent_form.find(name);
            return found ? *found : std::string();
        };
        const auto callback = value("StatusCallback");
        const auto path = callback.substr(0, callback.find('?'));
        made.attempt =
            ring("k1", 1)
                .verify_dlr_token(
                    carrier, path.substr(path.rfind('/') + 1), std::chrono::system_clock::now()
                )
                .value();
        made.to = value("To").substr(1);
        made.text = value("Twiml");
        made.from = value("From");
        made.words_url = value("Url");
    } else {
        const auto message = json::parse(request.body).at("messages").at(0);
        const auto destination = message.at("destinations").at(0);
        made.attempt = attempt_id::parse(destination.at("messageId").get<std::string>()).value();
        made.to = destination.at("to").get<std::string>();
        made.text = message.at("text").get<std::string>();
        made.from = message.value("from", "");
    }
    const auto row = tables_->attempts.find(made.attempt);
    if (row == tables_->attempts.end()) return made;
    const auto state = row->second.state;
    made.lawful = row->second.owner == epoch_ && row->second.carrier == carrier &&
                  !tables_->job_of(row->second).final &&
                  (state == attempt_state::sending || state == attempt_state::in_doubt);
    return made;
}

awaitable<http::exchange> fake_gateway::to_carrier(
    carrier_name carrier,
    http_request request,
    config::request_times within,
    std::function<bool()> may_send,
    std::function<void()> on_first_byte
) {
    const auto call = co_await stage_.enter("request");
    auto answer = pop(carrier_script[carrier.str()], accepted());
    auto left = read(carrier, request);
    times.push_back(within);
    const auto to = left.to;
    if (before_first_byte) co_await before_first_byte(to);
    if (answer.how_far == http::progress::not_connected) co_return answer;
    if (may_send && !may_send()) {
        stage_.diary.push_back("withheld");
        co_return unanswered(http::progress::withheld, http::failure::none);
    }
    if (on_first_byte) on_first_byte();
    stage_.diary.push_back("first byte to " + to);
    sent.push_back(std::move(left));
    if (before_answer) co_await before_answer(to);
    stage_.leave(call);
    co_return answer;
}

awaitable<http::exchange> fake_gateway::ask_carrier(carrier_name, http_request request) {
    const auto call = co_await stage_.enter("inquiry");
    asked.push_back(std::move(request));
    auto answer = pop(inquiry_script, silent());
    stage_.leave(call);
    co_return answer;
}

awaitable<http::exchange> fake_gateway::ask_balance(carrier_name, http_request) {
    throw std::logic_error("nothing in this world asks for balances");
}

awaitable<http::exchange> fake_gateway::to_provider(
    provider_name, http_request request, std::chrono::steady_clock::time_point by
) {
    const auto call = co_await stage_.enter("lookup");
    const auto number = json::parse(request.body).at("to").at(0).get<std::string>();
    looked_up.push_back(number);
    if (provider_hangs) {
        co_await sleep_until(by);
        co_return silent();
    }
    if (before_lookup_answer) co_await before_lookup_answer();
    stage_.leave(call);
    co_return pop(provider_script, with_body(200, reachable(number)));
}

awaitable<postgres::cap_answer> fake_counter::count(postgres::cap_request request) {
    const auto call = co_await stage_.enter("count");
    asked.push_back(request);
    postgres::cap_answer answer;
    for (const auto& use : request.uses)
        for (const auto& [number, full] : answers)
            if (use.scope == "number:" + number) answer = full;
    stage_.leave(call);
    co_return answer;
}

awaitable<void> fake_dead_letters::put(const kafka::record& record, dead_letter why) {
    const auto call = co_await stage_.enter("dead letter");
    if (before_acknowledgement) co_await before_acknowledgement();
    kept.push_back(std::move(why));
    offsets.push_back(record.offset);
    stage_.leave(call);
}

}  // namespace pinwire::worker::test
