// Group commit: items that arrive while a batch runs on the blocking thread make up the next
// batch. Idle, an item starts at once; at most one batch is in flight; with `gather`, batches begin
// no closer together than that, for work that nobody waits for; items keep the order of
// submit, over batches too, and waiters are resumed in that order. An exception of the function
// reaches every waiter of its batch. A cancelled waiter leaves; its item is still run.
// Loop thread only. Destroy it before the io_context; the blocking thread may outlive it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/runtime/blocking_thread.hpp"
#include "common/runtime/waiter.hpp"

namespace pinwire {

struct batcher_counters {
    std::uint64_t batches = 0;  // that were run
    std::uint64_t items = 0;    // in them
    std::uint64_t failed = 0;   // batches whose function threw
    std::size_t largest = 0;    // batch so far
};

template <class In, class Out>
class batcher {
public:
    // Runs on the blocking thread; returns exactly one Out for each In, in the same order.
    using function = std::function<std::vector<Out>(std::vector<In>&)>;

    batcher(
        executor ex,
        function run,
        blocking_thread& thread,
        std::size_t batch_max,
        std::chrono::milliseconds gather = std::chrono::milliseconds(0)
    )
        : state_(std::make_shared<state>(std::move(ex), std::move(run), thread, batch_max, gather)
          ) {}
    batcher(const batcher&) = delete;
    batcher& operator=(const batcher&) = delete;
    ~batcher() { state_->close(); }

    // The item is in the queue, at its place, as soon as this returns; awaiting it gives the
    // answer.
    awaitable<Out> submit(In item) {
        auto place = std::make_shared<entry>(state_->ex, std::move(item));
        state_->queue.push_back(place);
        state_->start_soon(state_);
        return answer_of(std::move(place));
    }

    std::size_t queued() const noexcept { return state_->queue.size(); }
    bool running() const noexcept { return state_->running; }
    const batcher_counters& counters() const noexcept { return state_->counters; }

private:
    struct entry {
        entry(executor ex, In in) : item(std::move(in)), done(std::move(ex)) {}

        void answer(Out value) {
            if (!done.waiting()) {
                early.emplace(std::move(value));
            } else {
                done.resume_now(std::move(value));
            }
        }
        void fail(std::exception_ptr error) {
            if (!done.waiting()) {
                broken = std::move(error);
            } else {
                done.fail_now(std::move(error));
            }
        }

        In item;
        waiter<Out> done;
        std::optional<Out> early;   // answered before it was awaited
        std::exception_ptr broken;  // likewise
    };
    using entries = std::vector<std::shared_ptr<entry>>;

    static awaitable<Out> answer_of(std::shared_ptr<entry> place) {
        if (place->broken) std::rethrow_exception(place->broken);
        if (place->early) co_return std::move(*place->early);
        auto value = co_await place->done.wait();
        co_return std::move(*value);
    }

    struct state {
        using steady = std::chrono::steady_clock;

        state(
            executor e,
            function f,
            blocking_thread& t,
            std::size_t max,
            std::chrono::milliseconds apart
        )
            : ex(std::move(e)),
              run(std::move(f)),
              thread(t),
              batch_max(std::max<size_t>(max, 1)),
              gather(apart),
              timer(ex) {}

        // Posted, so that everything that is submitted in this turn of the loop goes together.
        void start_soon(const std::shared_ptr<state>& self) {
            if (running || closed || queue.empty()) return;
            if (starting) {
                if (queue.size() >= batch_max) timer.cancel();
                return;
            }
            starting = true;
            auto begin = [self] {
                self->starting = false;
                self->start(self);
            };
            if (queue.size() >= batch_max || steady::now() >= not_before) {
                boost::asio::post(ex, std::move(begin));
                return;
            }
            timer.expires_at(not_before);
            timer.async_wait([begin](boost::system::error_code) { begin(); });
        }

        void start(const std::shared_ptr<state>& self) {
            if (running || closed || queue.empty()) return;
            const auto count = std::min(queue.size(), batch_max);
            entries batch(
                std::make_move_iterator(queue.begin()),
                std::make_move_iterator(queue.begin() + static_cast<std::ptrdiff_t>(count))
            );
            queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
            running = true;
            not_before = steady::now() + gather;
            ++counters.batches;
            counters.items += count;
            counters.largest = std::max(counters.largest, count);
            std::vector<In> items;
            items.reserve(count);
            for (auto& place : batch)
                items.push_back(std::move(place->item));
            hand_over(self, std::move(batch), std::move(items));
        }

        void hand_over(const std::shared_ptr<state>& self, entries batch, std::vector<In> items) {
            auto shared = std::make_shared<entries>(std::move(batch));
            auto work = boost::asio::prefer(ex, boost::asio::execution::outstanding_work.tracked);
            const bool taken =
                thread.post([self, shared, work, items = std::move(items)]() mutable {
                    std::exception_ptr error;
                    std::vector<Out> out;
                    try {
                        out = self->run(items);
                        if (out.size() != shared->size()) {
                            throw std::logic_error("batch function: one answer for each item");
                        }
                    } catch (...) {
                        error = std::current_exception();
                    }
                    items.clear();
                    boost::asio::post(
                        work,
                        [self = std::move(self),
                         shared = std::move(shared),
                         error = std::move(error),
                         out = std::move(out)]() mutable {
                            self->finish(self, *shared, std::move(error), std::move(out));
                        }
                    );
                });
            if (!taken) {
                boost::asio::post(ex, [self, shared] {
                    self->finish(self, *shared, waiter<Out>::aborted(), {});
                });
            }
        }

        // The next batch goes out before the waiters of this one run: the thread never idles.
        void finish(
            const std::shared_ptr<state>& self,
            entries& batch,
            std::exception_ptr error,
            std::vector<Out> out
        ) {
            running = false;
            if (error) ++counters.failed;
            if (gather.count() > 0) {
                start_soon(self);
            } else {
                start(self);
            }
            for (std::size_t i = 0; i < batch.size(); ++i) {
                if (error) {
                    batch[i]->fail(error);
                } else {
                    batch[i]->answer(std::move(out[i]));
                }
            }
        }

        void close() {
            closed = true;
            timer.cancel();
            auto left = std::move(queue);
            queue.clear();
            for (auto& place : left)
                place->fail(waiter<Out>::aborted());
        }

        executor ex;
        function run;
        blocking_thread& thread;
        std::size_t batch_max;
        std::chrono::milliseconds gather;
        steady_timer timer;
        steady::time_point not_before{};
        std::deque<std::shared_ptr<entry>> queue;
        bool starting = false;
        bool running = false;
        bool closed = false;
        batcher_counters counters;
    };

    std::shared_ptr<state> state_;
};

}  // namespace pinwire
