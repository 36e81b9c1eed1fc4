#include "common/postgres/batch.hpp"

#include <algorithm>

namespace pinwire::postgres::detail {
namespace {

using piece_function = std::function<void(session&, std::size_t, std::size_t)>;

struct isolation {
    executor& on;
    const piece_function& piece;
    const batch_limits& limits;
    std::vector<bad_row> bad;

    // True: done, or its bad row is known. False: it holds a bad row among others.
    bool attempt(std::size_t first, std::size_t count) {
        for (auto wait = limits.back_off_first;; wait = std::min(wait * 2, limits.back_off_max)) {
            try {
                on.here([&](session& with) { piece(with, first, count); });
                return true;
            } catch (const database_error& error) {
                if (error.kind() == trouble::bad_row) {
                    if (count > 1) return false;
                    bad.push_back(bad_row{first, error.sqlstate()});
                    return true;
                }
                if (error.kind() == trouble::in_doubt && !limits.rerun_in_doubt) throw;
                // Weather, or in doubt: the same again. A first lost connection is no reason to
                // wait, but a second one is; one short wait serves both.
                const auto next = std::chrono::steady_clock::now() + wait;
                if (next >= limits.give_up || !on.pause(wait)) throw;
            }
        }
    }

    void run(std::size_t first, std::size_t count) {
        if (count == 0 || attempt(first, count)) return;
        run(first, count / 2);
        run(first + count / 2, count - count / 2);
    }
};

}  // namespace

std::vector<bad_row> isolate(
    executor& on, std::size_t count, const piece_function& piece, const batch_limits& limits
) {
    isolation work{on, piece, limits, {}};
    work.run(0, count);
    return std::move(work.bad);
}

}  // namespace pinwire::postgres::detail
