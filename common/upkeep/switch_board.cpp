#include "common/upkeep/switch_board.hpp"

#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 1s;
constexpr auto first_look_again = 100ms;

switch_board::source source_over(postgres::executor& database) {
    return [&database](std::int64_t known) {
        auto read = [known](postgres::session& db) {
            return postgres::read_suspensions(db, known);
        };
        return database.run(std::move(read));
    };
}

}  // namespace

switch_board::switch_board(postgres::executor& database) : switch_board(source_over(database)) {}

std::optional<refusal> switch_board::judge(const account_name& account, const msisdn& to) const {
    return now_.judge(account, to, database_clock::now());
}

std::optional<refusal> switch_board::judge(const msisdn& to) const {
    return now_.judge(to, database_clock::now());
}

bool switch_board::suspended(switch_kind kind, std::string_view name) const {
    return now_.holds(kind, name, database_clock::now());
}

bool switch_board::paused(const route_name& name) const {
    return !looked() || suspended(switch_kind::route, name.view());
}

bool switch_board::paused(const provider_name& name) const {
    return !looked() || suspended(switch_kind::provider, name.view());
}

awaitable<void> switch_board::run() {
    while (source_) {
        co_await look();
        co_await sleep_for(look_every);
    }
}

awaitable<void> switch_board::first_look() {
    while (!looked()) {
        co_await look();
        if (!looked()) co_await sleep_for(first_look_again);
    }
}

awaitable<void> switch_board::look() {
    try {
        auto asking = source_(version_);
        auto read = co_await std::move(asking);
        if (!read) co_return;
        now_ = suspensions(read->all);
        version_ = read->version;
        telemetry::log_info(
            "suspensions", {{"version", version_}, {"suspended", read->all.size()}}
        );
        if (on_change_) on_change_();
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            telemetry::log_level::warn,
            "suspensions",
            "suspensions_unread",
            {{"error", std::string(error.what())}}
        );
    }
}

}  // namespace pinwire::upkeep
