#include "common/core/call_words.hpp"

#include <charconv>

namespace pinwire {
namespace {

std::string context_of(const carrier_name& carrier, const attempt_id& attempt) {
    return "words:" + carrier.str() + ":" + attempt.hex();
}

}  // namespace

std::string seal_words(
    const key_ring& keys,
    const carrier_name& carrier,
    const attempt_id& attempt,
    const call_words& words,
    const nonce96& nonce
) {
    const auto until =
        std::chrono::duration_cast<std::chrono::seconds>(words.until.time_since_epoch()).count();
    const secret whole(std::to_string(until) + "\n" + std::string(words.text.reveal()));
    return keys.seal(whole, context_of(carrier, attempt), nonce);
}

std::optional<call_words> open_words(
    const key_ring& keys,
    const carrier_name& carrier,
    const attempt_id& attempt,
    std::string_view sealed
) {
    const auto whole = keys.unseal(sealed, context_of(carrier, attempt));
    if (!whole) return std::nullopt;
    const std::string_view text = whole->reveal();
    const auto line = text.find('\n');
    if (line == std::string_view::npos) return std::nullopt;
    std::int64_t until = 0;
    const auto read = std::from_chars(text.data(), text.data() + line, until);
    if (read.ec != std::errc() || read.ptr != text.data() + line) return std::nullopt;
    call_words made;
    made.text = secret(std::string(text.substr(line + 1)));
    made.until = std::chrono::system_clock::time_point(std::chrono::seconds(until));
    return made;
}

std::string words_url(
    const std::string& public_url,
    const key_ring& keys,
    const carrier_name& carrier,
    const attempt_id& attempt,
    const call_words& words,
    const nonce96& nonce
) {
    return public_url + "/say/" + carrier.str() + "/" + keys.dlr_token(carrier, attempt) + "/" +
           seal_words(keys, carrier, attempt, words, nonce);
}

}  // namespace pinwire
