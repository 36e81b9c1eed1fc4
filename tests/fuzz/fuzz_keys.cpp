// Tokens, sealed codes and key files: nothing that wasn't made with the ring is taken, and a ring
// that can be read makes tokens and seals that it takes itself. The first byte chooses the reader.
#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "common/core/key_ring.hpp"
#include "common/core/rs256.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

constexpr auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
constexpr const char* context = "acme|p1|34600000000";

const carrier_name& carrier() {
    static const carrier_name name("acme");
    return name;
}

const key_ring& ring() {
    static const auto made = [] {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(7);
        return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true));
    }();
    return made;
}

void read_token(std::string_view text) {
    const auto attempt = ring().verify_dlr_token(carrier(), text, now);
    if (attempt) must(ring().dlr_token(carrier(), *attempt) == text);
}

void read_sealed(std::string_view text) {
    const auto clear = ring().unseal(text, context);
    must(!clear || text.starts_with("v1.k1."));
    // the least change of what was sealed is seen
    auto sealed = ring().seal(secret("483920"), context, nonce96{});
    must(ring().unseal(sealed, context).has_value());
    if (text.empty()) return;
    sealed[static_cast<unsigned char>(text[0]) % sealed.size()] ^= 1;
    must(!ring().unseal(sealed, context));
}

void read_ring(std::string_view text) {
    try {
        const auto read = key_ring::parse(text);
        const auto& active = read.active();
        bool listed = false;
        for (const auto& id : read.ids())
            listed = listed || id == active;
        must(listed);
        const attempt_id attempt(attempt_id::bytes_type{1, 2, 3});
        const auto token = read.dlr_token(carrier(), attempt);
        must(token.size() <= 70);
        must(read.unseal(read.seal(secret("1"), context, nonce96{}), context).has_value());
    } catch (const std::runtime_error& error) {
        must(std::string_view(error.what()).size() < 300);
    }
}

void read_private_key(std::string_view text) {
    const auto key = rs256_key::from_pem(secret(std::string(text)));
    if (!key) return;
    const auto token = key->token("{}");
    must(std::count(token.begin(), token.end(), '.') == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    switch (from.byte() % 4) {
        case 0:
            read_token(from.rest());
            break;
        case 1:
            read_sealed(from.rest());
            break;
        case 2:
            read_ring(from.rest());
            break;
        default:
            read_private_key(from.rest());
    }
    return 0;
}
