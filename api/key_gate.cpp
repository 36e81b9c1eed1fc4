#include "api/key_gate.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/core/client_address.hpp"
#include "common/core/hmac.hpp"

namespace pinwire::api {
namespace {

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
        throw std::runtime_error("the accounts have not been read yet");
    if (!account) return made;
    const auto now = now_();
    const bool known = std::ranges::any_of(account->keys, [&](const config::api_key& one) {
        return is_live(one, now) && equal_constant_time(bytes_of(one.digest), bytes_of(digest));
    });
    if (!known) return made;
    if (!account->callers.empty() && !holds(account->callers, from.address)) {
        made.why = refused_caller::address;
        return made;
    }
    if (account->suspended) {
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

gate::verdict key_gate::admit_basic(std::string_view account, const secret& key, const call& from) {
    const auto holder = accounts_.find_by_key(sha256(key.reveal()));
    if (holder && holder->name.view() != account) return verdict();
    return admit(key, from);
}

}  // namespace pinwire::api
