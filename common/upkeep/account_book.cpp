#include "common/upkeep/account_book.hpp"

#include "common/core/key_ring.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/account_reading.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;
using telemetry::log_level;

constexpr auto look_every = 1s;

std::shared_ptr<account_book::accounts> of_the_file(const config::settings& settings) {
    auto made = std::make_shared<account_book::accounts>();
    for (const auto& [name, account] : settings.accounts)
        made->emplace(name, std::make_shared<const config::account_settings>(account));
    return made;
}

account_book::source source_over(postgres::executor& database, account_book::reads what) {
    const bool with_keys = what == account_book::reads::settings_and_keys;
    return [&database, with_keys](std::int64_t known) {
        auto read = [known, with_keys](postgres::session& db) {
            return postgres::read_accounts(db, known, with_keys);
        };
        return database.run(std::move(read));
    };
}

}  // namespace

account_book::account_book(const config::settings& settings) : account_book(settings, source()) {}

account_book::account_book(
    const config::settings& settings, postgres::executor& database, reads what
)
    : account_book(settings, source_over(database, what)) {}

account_book::account_book(const config::settings& settings, source from)
    : settings_(settings), source_(std::move(from)), accounts_(of_the_file(settings)) {}

account_book::account account_book::find(const account_name& name) const {
    const auto found = accounts_->find(name);
    return found == accounts_->end() ? nullptr : found->second;
}

account_book::account account_book::find_by_key(
    const digest& of, std::chrono::system_clock::time_point now
) const {
    const auto found = keys_.find(of);
    if (found == keys_.end()) return nullptr;
    const auto& owner = found->second;
    if (owner.expires_at && *owner.expires_at <= now) return nullptr;
    return find(owner.account);
}

awaitable<void> account_book::run() {
    while (source_) {
        if (!looking_ && clock::now() - began_ >= look_every) co_await look();
        co_await sleep_for(look_every);
    }
}

awaitable<bool> account_book::refresh_now() {
    if (!source_) co_return true;
    const auto asked = clock::now();
    while (began_well_ < asked) {
        if (looking_) {
            co_await sleep_for(5ms);
        } else if (clock::now() - began_ < look_every) {
            co_await sleep_until(began_ + look_every);
        } else {
            const bool answered = co_await look();
            if (!answered) co_return false;
        }
    }
    co_return true;
}

awaitable<bool> account_book::look() {
    struct mark {
        explicit mark(bool& of) : on(of) { on = true; }
        ~mark() { on = false; }
        mark(const mark&) = delete;
        mark& operator=(const mark&) = delete;
        bool& on;
    };
    const mark now_looking(looking_);
    began_ = clock::now();
    const auto began = began_;
    try {
        auto asking = source_(version_);
        const auto read = co_await std::move(asking);
        if (read) take(*read);
        began_well_ = began;
        co_return true;
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            log_level::warn, "accounts", "accounts_unread", {{"error", std::string(error.what())}}
        );
    }
    co_return false;
}

void account_book::take(const postgres::account_tables& read) {
    auto made = of_the_file(settings_);
    keys keys_made;
    for (auto& one : accounts_of(read, settings_.keys.ring)) {
        for (const auto& key : one.keys)
            keys_made[key.digest] = {one.name, key.expires_at};
        const auto name = one.name;
        (*made)[name] = std::make_shared<const config::account_settings>(std::move(one));
    }
    accounts_ = std::move(made);
    keys_ = std::move(keys_made);
    version_ = read.version;
}

}  // namespace pinwire::upkeep
