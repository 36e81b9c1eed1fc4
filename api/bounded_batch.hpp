// A batcher over a database that may be away: each item waits for a bounded time, and what waited
// too long in the queue isn't run at all, so that nothing happens after its caller was told that
// the database is away. An item whose piece was committed gets its answer even if a later piece of
// its batch failed. Loop thread only.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/core/limits.hpp"
#include "common/postgres/batch.hpp"
#include "common/runtime/batcher.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::api {

struct batch_rules {
    std::chrono::milliseconds within{0};  // an item's longest wait
    bool rerun_in_doubt = true;           // see postgres::batch_limits
};

template <class In, class Out>
class bounded_batch {
public:
    // One answer for each row; runs on the executor's thread.
    using function = std::function<std::vector<Out>(postgres::session&, std::span<const In>)>;

    bounded_batch(executor ex, postgres::executor& on, batch_rules rules, function run)
        : rules_(rules),
          batch_(
              std::move(ex),
              [&on, rules, run = std::move(run)](std::vector<timed>& items) {
                  return run_items(on, rules, run, items);
              },
              on.thread(),
              limits::batch_rows_max
          ) {}

    // Throws database_error: weather (nothing was done), in_doubt, or bad_row for this one.
    awaitable<Out> ask(In item) {
        timed asked;
        asked.by = deadline_in(rules_.within);
        asked.item = std::move(item);
        auto queued = batch_.submit(std::move(asked));
        // A little later than the batch itself gives up: its word is the better one.
        auto got = co_await with_deadline(std::move(queued), deadline_in(rules_.within + grace));
        if (!got) late();
        if (got->error) std::rethrow_exception(got->error);
        co_return std::move(*got->value);
    }

private:
    static constexpr auto grace = std::chrono::milliseconds(100);

    struct timed {
        In item;
        deadline by;
    };
    struct answered {
        std::optional<Out> value;
        std::exception_ptr error;
    };

    [[noreturn]] static void late() {
        throw postgres::database_error(postgres::trouble::in_doubt, "", "no answer in time");
    }

    // Those whose time isn't over, and where their answers belong.
    static std::vector<In> living(
        std::vector<timed>& items,
        std::vector<std::size_t>& places,
        std::vector<answered>& answers,
        deadline& last
    ) {
        const auto now = std::chrono::steady_clock::now();
        const postgres::database_error away(postgres::trouble::weather, "", "database away");
        std::vector<In> rows;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].by <= now) {
                answers[i].error = std::make_exception_ptr(away);
                continue;
            }
            last = std::max(last, items[i].by);
            places.push_back(i);
            rows.push_back(std::move(items[i].item));
        }
        return rows;
    }

    static std::vector<answered> run_items(
        postgres::executor& on,
        const batch_rules& rules,
        const function& run,
        std::vector<timed>& items
    ) {
        std::vector<answered> answers(items.size());
        std::vector<std::size_t> places;
        postgres::batch_limits limits;
        limits.rerun_in_doubt = rules.rerun_in_doubt;
        limits.give_up = deadline{};
        const auto rows = living(items, places, answers, limits.give_up);
        std::exception_ptr trouble;
        try {
            const auto bad = postgres::run_batch(
                on,
                std::span<const In>(rows),
                [&](postgres::session& db, std::span<const In> part) {
                    auto got = run(db, part);
                    const auto first = static_cast<std::size_t>(part.data() - rows.data());
                    for (std::size_t i = 0; i < got.size(); ++i)
                        answers[places[first + i]].value = std::move(got[i]);
                },
                limits
            );
            for (const auto& row : bad) {
                const postgres::database_error refused(
                    postgres::trouble::bad_row, row.sqlstate, "refused by the database"
                );
                answers[places[row.index]].error = std::make_exception_ptr(refused);
            }
        } catch (...) {
            trouble = std::current_exception();
        }
        for (auto& one : answers) {
            if (!one.value && !one.error) one.error = trouble;
        }
        return answers;
    }

    const batch_rules rules_;
    batcher<timed, answered> batch_;
};

}  // namespace pinwire::api
