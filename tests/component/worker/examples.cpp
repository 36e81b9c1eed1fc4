#include "tests/component/worker/examples.hpp"

#include <nlohmann/json.hpp>

#include "common/runtime/random.hpp"

namespace pinwire::worker::test {
namespace {

using namespace std::chrono_literals;

config::carrier_settings carrier(const std::string& name) {
    config::carrier_settings made;
    made.translator.name = carrier_name(name);
    made.translator.kind = "infobip";
    made.translator.base_url = "http://127.0.0.1:1";
    made.translator.password = secret("key");
    made.translator.idempotency_window = 60s;
    return made;
}

config::route_settings route(const std::string& name, const std::string& over, int priority) {
    config::route_settings made;
    made.name = route_name(name);
    made.carrier = carrier_name(over);
    made.priority = priority;
    made.tps = 1000;
    made.burst = 100;
    return made;
}

}  // namespace

key_ring ring(const std::string& kid, std::uint8_t byte) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(byte);
    return key_ring::parse(key_ring::make_line(key_id(kid), bytes, true) + "\n");
}

nonce96 fresh_nonce() {
    return random_bytes<12>();
}

config::settings settings() {
    config::settings made;
    made.keys.ring = ring("k1", 1);
    made.accounts[account_name("acme")].name = account_name("acme");
    made.carriers.emplace(carrier_name("alpha"), carrier("alpha"));
    made.carriers.emplace(carrier_name("beta"), carrier("beta"));
    made.routes.emplace(route_name("first"), route("first", "alpha", 0));
    made.routes.emplace(route_name("second"), route("second", "beta", 1));
    config::provider_settings hlr;
    hlr.translator.name = provider_name("hlr");
    hlr.translator.kind = "infobip";
    hlr.translator.base_url = "http://127.0.0.1:1";
    hlr.translator.api_key = secret("key");
    made.providers.emplace(provider_name("hlr"), hlr);
    made.callback.public_url = "https://pins.example.com";
    made.worker.timing.retry_first = 30ms;
    made.worker.timing.retry_max = 30ms;
    return made;
}

std::string json_of(const std::string& job_id, const std::string& more) {
    auto made = nlohmann::json::object();
    made["job_id"] = job_id;
    made["account"] = "acme";
    made["to"] = "447700900123";
    made["hlr_lookup"] = 0;
    if (!more.empty()) made.update(nlohmann::json::parse("{" + more + "}"));
    return made.dump();
}

kafka::record record_of(const std::string& payload, wall_time timestamp, std::int64_t offset) {
    kafka::record made;
    made.topic = "pin.jobs";
    made.partition = 0;
    made.offset = offset;
    made.payload = payload;
    made.timestamp = timestamp;
    return made;
}

}  // namespace pinwire::worker::test
