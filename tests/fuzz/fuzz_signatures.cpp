// What strangers sign, and what proxies say of a connection. The lines: a URL, a content type, a
// signature or an Authorization header; the rest is a body, and the beginning of a connection.
#include <chrono>
#include <cstdint>
#include <string>

#include "common/carriers/signatures.hpp"
#include "common/core/hs256.hpp"
#include "common/core/proxy_header.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

void check_proxy_header(std::string_view bytes) {
    const auto read = read_proxy_header(bytes);
    if (read.what != proxy_header::state::done) return;
    must(read.length > 0 && read.length <= bytes.size() && read.length <= proxy_header_max);
    for (std::size_t i = 0; i < read.length; ++i)
        must(read_proxy_header(bytes.substr(0, i)).what == proxy_header::state::more);
    const auto again = read_proxy_header(bytes.substr(0, read.length));
    must(again.source == read.source && again.port == read.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    const auto url = from.line();
    const auto type = from.line();
    const auto signature = from.line();
    const carriers::signed_post post{url, type, from.rest()};
    // a key that no input can know
    static const secret key("9f8e1c0b-not-to-be-guessed-5d2a");
    const auto now = std::chrono::system_clock::from_time_t(1'795'000'000);
    must(!carriers::twilio_signature_holds(key, post, signature));
    must(!carriers::vonage_signature_holds(key, signature, post.body, now, std::chrono::hours(1)));
    must(!carriers::vonage_sig_holds(key, post, now, std::chrono::hours(1)));
    hs256_claims(secret("key"), signature);
    check_proxy_header(from.rest());
    return 0;
}
