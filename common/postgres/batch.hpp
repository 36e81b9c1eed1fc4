// Runs a batch so that one bad row costs only itself: a batch that fails with SQLSTATE class 22 or
// 23 is halved until the bad row stands alone; weather retries the whole piece with back-off until
// the deadline; after a lost connection the piece runs again (every statement here is idempotent,
// but for guesses).
// Runs on an executor's thread (inside its functions or a batcher's).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/postgres/executor.hpp"

namespace pinwire::postgres {

struct bad_row {
    std::size_t index;  // in the batch
    std::string sqlstate;
};

struct batch_limits {
    // Then weather is thrown to the caller; rows of pieces that ran before are committed.
    std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
    std::chrono::milliseconds back_off_first{50};
    std::chrono::milliseconds back_off_max{1000};
    // False: a piece whose connection was lost while it ran is thrown to the caller; for statements
    // that count each time they run.
    bool rerun_in_doubt = true;
};

namespace detail {

// Calls `piece(session, first, count)`; see batch.cpp.
std::vector<bad_row> isolate(
    executor& on,
    std::size_t count,
    const std::function<void(session&, std::size_t first, std::size_t count)>& piece,
    const batch_limits& limits
);

}  // namespace detail

// `f(session&, span<const Row>)` writes a piece; it may be called again with the same rows, and
// collects its answers itself (an answer of a call that threw never arrived). Returns the bad rows,
// in order of index. Stopping the executor ends the retries like the deadline does.
template <class Row, class F>
std::vector<bad_row> run_batch(
    executor& on, std::span<const Row> rows, F f, const batch_limits& limits = {}
) {
    auto piece = [&](session& with, std::size_t first, std::size_t count) {
        f(with, rows.subspan(first, count));
    };
    return detail::isolate(on, rows.size(), piece, limits);
}

}  // namespace pinwire::postgres
