#include "api/key_gate.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/core/client_address.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"

namespace pinwire::api {
namespace {

constexpr std::size_t key_name_digits = 12;  // as `pinwire keys list` shows it

std::string_view bytes_of(const digest256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool is_live(const config::api_key& key, std::chrono::system_clock::time_point now) {
    return !key.expires_at || now < *key.expires_at;
}

}  // namespace

gate::verdict key_gate::admit(const secret& key, const call& from) {
    verdict made;
    const auto digest = sha256(key.reveal());
    auto account = accounts_.find_by_key(digest);
    if (!account && !accounts_.complete())
        throw not_read_yet("the accounts have not been read yet");
    if (!account) return made;
    if (!switches_.looked()) throw not_read_yet("the suspensions have not been read yet");
    const auto now = now_();
    const bool known = std::ranges::any_of(account->keys, [&](const config::api_key& one) {
        return is_live(one, now) && equal_constant_time(bytes_of(one.digest), bytes_of(digest));
    });
    if (!known) return made;
    if (!account->callers.empty() && !holds(account->callers, from.address)) {
        made.why = refused_caller::address;
        return made;
    }
    if (suspended(*account, digest)) {
        made.why = refused_caller::suspended;
        return made;
    }
    if (from.notes) from.notes->account = account->name;
    caller who;
    who.account = std::move(account);
    who.address = from.address;
    who.request_id = from.request_id;
    made.who = std::move(who);
    return made;
}

// By the tables' own column, or by a switch.
bool key_gate::suspended(const config::account_settings& account, const digest256& key) const {
    const auto name = hex_encode(key).substr(0, key_name_digits);
    return account.suspended || switches_.suspended(switch_kind::account, account.name.view()) ||
           switches_.suspended(switch_kind::key, name);
}

bool key_gate::serves(const msisdn& to) const {
    return !switches_.judge(to) && !destinations_.judge(to);
}

gate::verdict key_gate::admit_basic(std::string_view account, const secret& key, const call& from) {
    const auto holder = accounts_.find_by_key(sha256(key.reveal()));
    if (holder && holder->name.view() != account) return verdict();
    return admit(key, from);
}

}  // namespace pinwire::api
