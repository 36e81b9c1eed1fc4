#include "bench/minted_pins.hpp"

#include <fmt/format.h>

#include <vector>

#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/key_ring.hpp"
#include "common/postgres/array_literal.hpp"

namespace pinwire::bench {

std::string minted_id(const job_maker& numbers, std::size_t place) {
    const auto digest = sha256(fmt::format("{}{}", numbers.prefix(), place));
    auto hex = hex_encode(digest).substr(0, 32);
    for (auto& digit : hex)
        digit = digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
    return hex;
}

void mint_pins(
    postgres::session& connection,
    const std::string& ring,
    const std::string& account,
    const std::string& application,
    const job_maker& numbers,
    std::size_t first,
    std::size_t count
) {
    const auto keys = key_ring::parse(ring);
    const secret pin{std::string(minted_digits)};
    const account_name whose(account);
    std::vector<std::string> ids, msisdns, macs;
    for (std::size_t place = first; place < first + count; ++place) {
        ids.push_back(minted_id(numbers, place));
        msisdns.push_back(numbers.number(place));
        const auto context = key_ring::guess_context(whose, pin_id(ids.back()));
        macs.push_back(hex_encode(*keys.mac_of_guess(keys.active(), pin, context)));
    }
    connection.query(
        "insert into pinwire.pin (account, pin_id, msisdn, claim_id, sealed, guess_mac, guess_kid,"
        " type, length, expires_in, max_tries, tries_left, by_number, requested_at, expires_at)"
        " select $1, u.pin, u.number, gen_random_uuid(), repeat('x', 60), decode(u.mac, 'hex'), $2,"
        " 0, 6, 3600, 3, 3, u.place % 2 = 1, clock_timestamp(), clock_timestamp() + interval '1 h'"
        " from unnest($3::text[], $4::text[], $5::text[]) with ordinality u(pin, number, mac, "
        "place)",
        {account,
         keys.active().str(),
         postgres::text_array(ids),
         postgres::text_array(msisdns),
         postgres::text_array(macs)}
    );
    connection.query(
        "insert into pinwire.api_order (account, job_id, request_hash, pin_id, msisdn, application,"
        " windowed, created_at, settled_at, look_at)"
        " select $1, 'minted-' || u.pin, sha256(u.pin::bytea), u.pin, u.number, $2, false,"
        " clock_timestamp(), clock_timestamp(), clock_timestamp()"
        " from unnest($3::text[], $4::text[]) with ordinality u(pin, number, place)"
        " where u.place % 2 = 0",
        {account, application, postgres::text_array(ids), postgres::text_array(msisdns)}
    );
    connection.query("analyze pinwire.pin, pinwire.api_order");
}

}  // namespace pinwire::bench
