// A provider of each kind with every setting filled in, and its answers as one line of text.
#pragma once

#include <string>
#include <vector>

#include "common/lookup/registry.hpp"

namespace pinwire::lookup::test {

inline description http_sample() {
    description made;
    made.target = "/hlr/{number}?key={key}";
    made.headers = {{"X-Client", "pinwire"}};
    made.key_header = "Authorization";
    made.key_prefix = "Bearer ";
    made.body = R"({"number":"{+number}","token":"{secret}","wish":"{State}"})";
    made.success_statuses = {200, 404};
    made.verdict_at = {"/result/state", "/result/live"};
    made.values = {
        {"ALIVE", lookup_outcome::reachable},
        {"AWAY", lookup_outcome::absent},
        {"DEAD", lookup_outcome::invalid},
        {"FIXED", lookup_outcome::landline},
        {"EXISTS", lookup_outcome::valid_only},
        {"?", lookup_outcome::unknown},
        {"true", lookup_outcome::reachable},
        {"3", lookup_outcome::absent}};
    made.number_at = "/result/number";
    made.mccmnc_at = "/result/network/mccmnc";
    made.ported_at = "/result/flags/0/ported";
    made.roaming_at = "/result/flags/1/roaming";
    made.error_at = "/result/reason";
    made.cost_at = "/result/price";
    return made;
}

inline settings settings_of(std::string kind) {
    settings given;
    given.name = provider_name("numbers");
    given.kind = std::move(kind);
    given.base_url = "https://api.example.com/sim";
    given.api_key = secret("key-of-the-provider");
    given.api_secret = secret("secret \"of\" it");
    given.route = "IP1";
    given.storage = "PINS";
    if (given.kind == "http") given.http = http_sample();
    return given;
}

inline msisdn number(const char* text = "34600000000") {
    return *msisdn::parse(text);
}

inline constexpr wall_time noon{std::chrono::seconds(1'790'000'000)};

inline lookup_result read(const std::string& kind, const std::string& body, unsigned status = 200) {
    return make_provider(settings_of(kind))->read_answer({status, {}, body}, number());
}

}  // namespace pinwire::lookup::test
