#include "tests/support/stack/api_caller.hpp"

#include <fmt/format.h>

#include <ostream>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

}  // namespace

std::ostream& operator<<(std::ostream& to, const told& what) {
    return to << what.status << ' ' << what.body.dump() << " after " << what.took.count() << " ms";
}

told api_caller::call(
    const std::string& method,
    const std::string& target,
    const json& body,
    const std::string& retry_key
) const {
    std::string fields = fmt::format("Authorization: App {}\r\n", key_);
    if (!retry_key.empty()) fields += fmt::format("Idempotency-Key: {}\r\n", retry_key);
    const auto text = body.is_null() ? std::string() : body.dump();
    const auto began = std::chrono::steady_clock::now();
    const auto answer =
        http_call(origin_, method, target, text, "application/json", patience_, fields);
    told made;
    made.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began
    );
    made.status = answer.status;
    made.body = json::parse(answer.body, nullptr, false);
    if (made.body.is_discarded()) made.body = nullptr;
    made.retry_after = answer.field("Retry-After");
    return made;
}

told api_caller::request(const std::string& number, const json& more, const std::string& retry_key)
    const {
    json body;
    body["api_key"] = key_;
    body["msisdn"] = number;
    body["sender"] = "Acme";
    body["hlr_lookup"] = 0;
    body["sms_text"] = "<{PIN}> is your code.";
    body.update(more);
    return call("POST", "/api/3.0/2fa/request", body, retry_key);
}

told api_caller::verify(const std::string& number, const std::string& pin) const {
    json body;
    body["api_key"] = key_;
    body["msisdn"] = number;
    body["pin"] = pin;
    return call("POST", "/api/3.0/2fa/verify", body);
}

std::string add_key(const pinwire_stack& stack, const std::string& account) {
    stack.pinwire({"accounts", "import"});
    const auto made = json::parse(stack.pinwire({"--json", "keys", "add", account}));
    return made.at("secret").get<std::string>();
}

void wait_until_known(const api_caller& caller) {
    told last;
    const auto known = [&] {
        last = caller.call("GET", "/2fa/2/applications");
        return last.status == 200;
    };
    if (!eventually(known, 30s, "a key that counts"))
        throw std::runtime_error(fmt::format("the key is answered {}", last.status));
}

std::map<std::string, std::vector<std::string>> pins_on_handsets(pinwire_stack& stack) {
    std::map<std::string, std::vector<std::string>> pins;
    for (const auto& one : stack.journal("accepted")) {
        const auto text = one.value("text", "");
        const auto begin = text.find('<');
        const auto end = text.find('>');
        auto pin = end == std::string::npos ? text : text.substr(begin + 1, end - begin - 1);
        std::erase_if(pin, [](char c) { return c == ',' || c == ' '; });  // as it is spoken
        pins[one.value("number", "")].push_back(std::move(pin));
    }
    return pins;
}

std::vector<std::string> pins_on_handset(pinwire_stack& stack, const std::string& number) {
    return pins_on_handsets(stack)[number];
}

std::string pin_on_handset(pinwire_stack& stack, const std::string& number, std::size_t messages) {
    std::vector<std::string> pins;
    const auto there = [&] {
        pins = pins_on_handset(stack, number);
        return pins.size() >= messages;
    };
    if (!eventually(there, 20s, "a message on the handset"))
        throw std::runtime_error("no message on the handset\n" + stack.tails());
    return pins.back();
}

std::string other_than(const std::string& pin) {
    auto made = pin;
    made.back() = made.back() == '0' ? '1' : '0';
    return made;
}

}  // namespace pinwire::test
