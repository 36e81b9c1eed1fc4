// What is suspended now: looks at the table's version number each second and reads it when it has
// moved. While the database is away, what was known last stays. Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "common/core/guard_switches.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/executor.hpp"
#include "common/postgres/switches.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::upkeep {

class switch_board {
public:
    // Gives the table, or nothing when its version is still the known one; throws
    // postgres::database_error.
    using source =
        std::function<awaitable<std::optional<postgres::suspension_table>>(std::int64_t)>;

    // Nothing is ever suspended.
    switch_board() = default;
    explicit switch_board(postgres::executor&);
    explicit switch_board(source from) : source_(std::move(from)) {}

    std::optional<refusal> judge(const account_name&, const msisdn&) const;
    std::optional<refusal> judge(const msisdn&) const;
    bool suspended(switch_kind, std::string_view name) const;
    // As `suspended`; besides, until the table was read once: what an operator has paused must not
    // start because a program did.
    bool paused(const route_name&) const;
    bool paused(const provider_name&) const;

    // The table was read at least once (or there is none).
    bool looked() const { return !source_ || version_ >= 0; }

    // Called whenever the table was read: at the first look, and when it has changed since.
    void on_change(std::function<void()> tell) { on_change_ = std::move(tell); }

    // Looks each second; until cancelled.
    awaitable<void> run();
    // Looks until the table was read once.
    awaitable<void> first_look();

private:
    awaitable<void> look();

    source source_;
    std::function<void()> on_change_;
    suspensions now_;
    std::int64_t version_ = -1;  // none was read yet
};

}  // namespace pinwire::upkeep
