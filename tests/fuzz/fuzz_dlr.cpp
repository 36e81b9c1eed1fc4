// Whatever an authenticated carrier posts: entries are independent, bounded, and survive their way
// through Kafka. The first byte chooses the carrier, the second the channel and the content type.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "common/carriers/registry.hpp"
#include "common/core/limits.hpp"

namespace {

const pinwire::carriers::carrier& carrier_of(unsigned choice) {
    static const auto all = [] {
        std::vector<std::unique_ptr<pinwire::carriers::carrier>> made;
        for (const auto& kind : pinwire::carriers::known_kinds()) {
            pinwire::carriers::settings settings;
            settings.kind = kind;
            settings.name = pinwire::carrier_name(kind);
            settings.base_url = "https://carrier.example";
            made.push_back(pinwire::carriers::make_carrier(settings));
        }
        return made;
    }();
    return *all[choice % all.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string rest(reinterpret_cast<const char*>(data + 2), size - 2);
    pinwire::carriers::dlr_request request;
    const bool get = data[1] & 1;
    request.method = get ? "GET" : "POST";
    request.target = get ? "/dlr/x/y?" + rest : "/dlr/x/y";
    request.content_type = data[1] & 2 ? "application/json" : "application/x-www-form-urlencoded";
    if (!get) request.body = rest;
    const auto channel = data[1] & 4 ? pinwire::channel::voice : pinwire::channel::sms;
    const auto read = carrier_of(data[0]).read_dlrs(request, channel);
    for (auto entry : read.entries) {
        entry.carrier = pinwire::carrier_name("fuzzed");  // the listener fills it in
        if (entry.raw.size() > pinwire::limits::raw_dlr_bytes_max) std::abort();
        if (!pinwire::decode_dlr(pinwire::encode_dlr(entry))) std::abort();
    }
    return 0;
}
