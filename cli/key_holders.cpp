#include "cli/key_holders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/core/key_fingerprint.hpp"

namespace pinwire::cli {

bool key_holder::holds(const key_id& key) const {
    return std::find(keys.begin(), keys.end(), key.str()) != keys.end();
}

bool key_holder::seals_with(const key_id& key) const {
    return !keys.empty() && keys.front() == key.str();
}

std::optional<key_id> key_holder::differs_from(const key_ring& ring) const {
    for (const auto& key : ring.ids()) {
        const auto its = marked_fingerprint(keys, key);
        if (its && *its != key_fingerprint(ring, key)) return key;
    }
    return std::nullopt;
}

std::string key_holder::name() const {
    const auto who = fmt::format("{} {} on {}", program, instance, host);
    if (silent < std::chrono::seconds(10)) return who;
    return fmt::format("{} (silent for {} s)", who, silent.count());
}

std::vector<key_holder> key_holders(postgres::session& on) {
    const auto rows = on.query(
        "select program, split_part(instance, '/', 1), host,"
        " greatest(extract(epoch from clock_timestamp() - beat_at), 0)::bigint, keys"
        " from process where not dead and beat_at > clock_timestamp() - interval '1 hour'"
        " order by 1, 2, 3"
    );
    std::vector<key_holder> made;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        key_holder one;
        one.program = from.text(0);
        one.instance = from.text(1);
        one.host = from.text(2);
        one.silent = std::chrono::seconds(from.int64(3));
        one.keys = from.texts(4);
        made.push_back(std::move(one));
    }
    return made;
}

std::optional<last_seal> last_sealed_with(postgres::session& on, const key_id& key) {
    const auto rows = on.query(
        "select who, at from ("
        " select program || ' ' || split_part(instance, '/', 1) || ' on ' || host, beat_at"
        "   from process where keys[1] = $1"
        " union all select 'a process that is long gone', sealed_until"
        "   from ring_key_use where kid = $1) u(who, at) order by at desc limit 1",
        {key.str()}
    );
    if (rows.empty()) return std::nullopt;
    last_seal made;
    made.who = rows[0].text(0);
    made.at = rows[0].time(1);
    return made;
}

std::vector<sealed_rows> sealed_under(postgres::session& on, const key_id& key) {
    const auto rows = on.query(
        "select 'PINs that can be sent or guessed', count(*) from pin"
        " where (sealed is not null or guess_mac is not null)"
        "   and (starts_with(sealed, $1) or (guess_mac is not null and guess_kid = $2))"
        " union all select 'webhook secrets of account ' || name ||"
        "   ' (accounts set --webhook-secret-file)', count(*)"
        "   from account, unnest(webhook_secrets) s where starts_with(s, $1) group by name"
        " union all select 'the header of endpoint ' || origin || ' of ' || account ||"
        "   ' (endpoints set)', count(*)"
        "   from endpoint_setting where starts_with(value, $1) group by origin, account"
        " union all select 'test numbers of account ' || account ||"
        "   ' (accounts test-number add)', count(*)"
        "   from test_number where starts_with(sealed_pin, $1) group by account",
        {"v1." + key.str() + ".", key.str()}
    );
    std::vector<sealed_rows> made;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        sealed_rows one;
        one.what = rows[i].text(0);
        one.count = rows[i].int64(1);
        if (one.count > 0) made.push_back(std::move(one));
    }
    return made;
}

}  // namespace pinwire::cli
