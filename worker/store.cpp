#include "worker/store.hpp"

#include <map>

#include "common/core/limits.hpp"
#include "common/postgres/batch.hpp"
#include "common/postgres/liveness.hpp"
#include "common/postgres/settles.hpp"
#include "common/runtime/batcher.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::worker {
namespace {

using postgres::session;
constexpr auto again_after = std::chrono::milliseconds(250);
// Nobody waits for a result but the route's next attempt; after a kill -9 what was gathered is in
// doubt, so it is little.
constexpr auto results_gather = std::chrono::milliseconds(5);

// Answers come in no order; requests are found again by their attempt.
template <class Request, class Answer>
std::vector<Answer> in_order(const std::vector<Request>& asked, std::vector<Answer> got) {
    std::map<attempt_id, Answer> by_attempt;
    for (auto& one : got)
        by_attempt.emplace(one.attempt, std::move(one));
    std::vector<Answer> ordered;
    ordered.reserve(asked.size());
    for (const auto& one : asked) {
        const auto found = by_attempt.find(one.attempt);
        ordered.push_back(found == by_attempt.end() ? Answer{} : found->second);
    }
    return ordered;
}

std::vector<postgres::sender_note> senders_put(std::span<const postgres::record_request> batch) {
    std::vector<postgres::sender_note> notes;
    for (const auto& one : batch) {
        if (!one.put_sender) continue;
        postgres::sender_note note;
        note.attempt = one.attempt;
        note.sender = *one.put_sender;
        notes.push_back(std::move(note));
    }
    return notes;
}

class postgres_store final : public job_store {
public:
    postgres_store(
        executor ex,
        const config::settings& settings,
        epoch_id epoch,
        std::function<void()> committed
    );

    awaitable<std::optional<postgres::known_job>> known(account_name, job_id) override;
    awaitable<claim_outcome> claim(postgres::claim_request) override;
    awaitable<void> announce_again(message_id, std::string waiter) override;
    awaitable<postgres::start_answer> start(postgres::start_request) override;
    awaitable<postgres::record_answer> record(postgres::record_request) override;
    awaitable<void> give_up(std::vector<attempt_id>) override;
    void abandon() override {
        for (auto* one : {&claims_, &results_, &sweeps_, &reads_})
            one->abandon();
    }
    awaitable<std::vector<postgres::work_item>> take_waiting(
        route_name, wall_time, int, std::vector<attempt_id>, bool others_too
    ) override;
    awaitable<std::vector<postgres::work_item>> take_homeless(std::vector<route_name>, int)
        override;
    awaitable<int> take_over_sending(int, std::chrono::milliseconds) override;
    awaitable<std::vector<postgres::work_item>> take_in_doubt(int, std::chrono::milliseconds)
        override;
    awaitable<void> postpone(attempt_id, wall_time) override;
    awaitable<bool> is_of_another(carrier_name, std::string, attempt_id) override;
    awaitable<std::optional<wall_time>> settled_until() override;
    awaitable<int> close_overdue(int) override;
    awaitable<void> note_routes(std::vector<postgres::route_state>) override;
    awaitable<std::vector<postgres::delivery_answer>> route_deliveries(
        std::vector<postgres::delivery_question>, wall_time
    ) override;
    awaitable<std::vector<postgres::plan_fact>> plan_facts(std::vector<attempt_id>) override;
    awaitable<std::vector<postgres::due_step>> take_steps(int) override;
    awaitable<std::vector<postgres::step_answer>> begin_steps(std::vector<postgres::step_request>)
        override;

private:
    using known_answer = std::optional<postgres::known_job>;

    std::vector<known_answer> known_batch(std::vector<postgres::job_key>&);
    std::vector<claim_outcome> claim_batch(std::vector<postgres::claim_request>&);
    std::vector<postgres::start_answer> start_batch(std::vector<postgres::start_request>&);
    std::vector<postgres::record_answer> record_batch(std::vector<postgres::record_request>&);
    std::vector<int> announce_batch(std::vector<postgres::repeat>&);
    // A sweep's question; a database that is away is no news to it.
    template <class F>
    awaitable<std::invoke_result_t<F&, session&>> sweep(F function);

    config::timing_settings timing_;
    std::chrono::milliseconds settled_skew_;
    epoch_id epoch_;
    std::function<void()> committed_;
    postgres::executor claims_;
    postgres::executor results_;
    postgres::executor sweeps_;
    postgres::executor reads_;  // a job that just came waits for no commit
    batcher<postgres::job_key, known_answer> known_;
    batcher<postgres::claim_request, claim_outcome> claim_;
    batcher<postgres::start_request, postgres::start_answer> start_;
    batcher<postgres::record_request, postgres::record_answer> record_;
    batcher<postgres::repeat, int> announce_;
};

postgres_store::postgres_store(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
)
    : timing_(settings.worker.timing),
      settled_skew_(limits::clock_skew_max * 2 + settings.callback.produce_timeout),
      epoch_(epoch),
      committed_(std::move(committed)),
      claims_(upkeep::postgres_settings_of(settings, "worker-claims"), "pg-claims"),
      results_(upkeep::postgres_settings_of(settings, "worker-results"), "pg-results"),
      sweeps_(upkeep::postgres_settings_of(settings, "worker-sweeps"), "pg-sweeps"),
      reads_(upkeep::postgres_settings_of(settings, "worker-reads"), "pg-reads"),
      known_(
          ex,
          [this](auto& batch) { return known_batch(batch); },
          reads_.thread(),
          limits::batch_rows_max
      ),
      claim_(
          ex,
          [this](auto& batch) { return claim_batch(batch); },
          claims_.thread(),
          static_cast<std::size_t>(settings.worker.claim_batch)
      ),
      start_(
          ex,
          [this](auto& batch) { return start_batch(batch); },
          claims_.thread(),
          limits::batch_rows_max
      ),
      record_(
          ex,
          [this](auto& batch) { return record_batch(batch); },
          results_.thread(),
          limits::batch_rows_max,
          results_gather
      ),
      announce_(
          ex,
          [this](auto& batch) { return announce_batch(batch); },
          results_.thread(),
          limits::batch_rows_max,
          results_gather
      ) {}

std::vector<postgres_store::known_answer> postgres_store::known_batch(
    std::vector<postgres::job_key>& keys
) {
    std::vector<postgres::known_job> rows;
    postgres::run_batch(
        reads_,
        std::span<const postgres::job_key>(keys),
        [&](session& db, auto part) {
            auto got = postgres::known_jobs(db, part);
            rows.insert(rows.end(), got.begin(), got.end());
        }
    );
    std::map<std::pair<std::string, std::string>, const postgres::known_job*> found;
    for (const auto& row : rows)
        found[{row.key.account.str(), row.key.job.str()}] = &row;
    std::vector<known_answer> answers;
    answers.reserve(keys.size());
    for (const auto& key : keys) {
        const auto hit = found.find({key.account.str(), key.job.str()});
        answers.push_back(hit == found.end() ? known_answer() : known_answer(*hit->second));
    }
    return answers;
}

// Whoever repeated it hears no event when the database refuses the repeat; the job is as it was.
std::vector<int> postgres_store::announce_batch(std::vector<postgres::repeat>& batch) {
    const auto bad = postgres::run_batch(
        results_,
        std::span<const postgres::repeat>(batch),
        [this](session& db, auto part) { postgres::announce_again(db, epoch_, part); }
    );
    for (const auto& row : bad)
        telemetry::log_error(
            "repeat_refused", {{"job", batch[row.index].job}, {"sqlstate", row.sqlstate}}
        );
    return std::vector<int>(batch.size());
}

std::vector<job_store::claim_outcome> postgres_store::claim_batch(
    std::vector<postgres::claim_request>& batch
) {
    std::map<claim_id, postgres::claim_answer> answers;
    kill_point("worker.before_claim");
    const auto bad = postgres::run_batch(
        claims_,
        std::span<const postgres::claim_request>(batch),
        [&](session& db, auto part) {
            for (auto& one : postgres::claim(db, epoch_, part)) {
                const auto asked = one.asked;
                answers.insert_or_assign(asked, std::move(one));
            }
        }
    );
    kill_point("worker.after_claim");
    std::vector<claim_outcome> outcomes(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto found = answers.find(batch[i].claim);
        if (found != answers.end()) outcomes[i].answer = std::move(found->second);
    }
    for (const auto& row : bad)
        outcomes[row.index].refused.sqlstate = row.sqlstate;
    return outcomes;
}

std::vector<postgres::start_answer> postgres_store::start_batch(
    std::vector<postgres::start_request>& batch
) {
    std::vector<postgres::start_answer> answers;
    postgres::run_batch(
        claims_,
        std::span<const postgres::start_request>(batch),
        [&](session& db, auto part) {
            auto got = postgres::start_sending(db, epoch_, part);
            answers.insert(answers.end(), got.begin(), got.end());
        }
    );
    auto ordered = in_order(batch, std::move(answers));
    for (auto& one : ordered) {
        if (one.attempt.none()) one.why = "not_ours";
    }
    return ordered;
}

std::vector<postgres::record_answer> postgres_store::record_batch(
    std::vector<postgres::record_request>& batch
) {
    std::vector<postgres::record_answer> answers;
    kill_point("worker.before_record");
    const auto bad = postgres::run_batch(
        results_,
        std::span<const postgres::record_request>(batch),
        [&](session& db, auto part) {
            postgres::note_senders(db, epoch_, senders_put(part));
            auto got = postgres::record(db, epoch_, part);
            answers.insert(answers.end(), got.begin(), got.end());
        }
    );
    kill_point("worker.after_record");
    for (const auto& row : bad) {
        telemetry::log_error(
            "record_refused", {{"attempt", batch[row.index].attempt}, {"sqlstate", row.sqlstate}}
        );
    }
    return in_order(batch, std::move(answers));
}

awaitable<std::optional<postgres::known_job>> postgres_store::known(
    account_name account, job_id job
) {
    postgres::job_key key;
    key.account = std::move(account);
    key.job = std::move(job);
    co_return co_await known_.submit(std::move(key));
}

awaitable<job_store::claim_outcome> postgres_store::claim(postgres::claim_request request) {
    auto outcome = co_await claim_.submit(std::move(request));
    committed_();
    co_return outcome;
}

awaitable<void> postgres_store::announce_again(message_id job, std::string waiter) {
    postgres::repeat asked;
    asked.job = job;
    asked.waiter = std::move(waiter);
    co_await announce_.submit(std::move(asked));
    committed_();
}

awaitable<postgres::start_answer> postgres_store::start(postgres::start_request request) {
    auto answer = co_await start_.submit(std::move(request));
    if (!answer.started()) committed_();
    co_return answer;
}

awaitable<postgres::record_answer> postgres_store::record(postgres::record_request request) {
    auto answer = co_await record_.submit(std::move(request));
    committed_();
    co_return answer;
}

template <class F>
awaitable<std::invoke_result_t<F&, session&>> postgres_store::sweep(F function) {
    using found = std::invoke_result_t<F&, session&>;
    for (;;) {
        try {
            co_return co_await sweeps_.run(function);
        } catch (const postgres::database_error& error) {
            const bool refused = error.kind() == postgres::trouble::bad_row;
            telemetry::log_limited(
                refused ? telemetry::log_level::error : telemetry::log_level::warn,
                refused ? "refused sweep" : "sweep",
                refused ? "sweep_refused" : "database_away",
                {{"error", std::string(error.what())}}
            );
            // it would be refused again, and all others wait behind it
            if (refused) co_return found();
        }
        co_await sleep_for(again_after);
    }
}

awaitable<void> postgres_store::give_up(std::vector<attempt_id> ids) {
    auto work = [epoch = epoch_, ids = std::move(ids)](session& db) {
        postgres::give_up_waiting(db, epoch, ids);
    };
    co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::work_item>> postgres_store::take_waiting(
    route_name route, wall_time until, int limit, std::vector<attempt_id> held, bool others_too
) {
    constexpr auto never = std::chrono::hours(24 * 365);
    postgres::waiting_query query;
    query.route = std::move(route);
    query.until = until;
    query.limit = limit;
    query.stale = timing_.stale_after;
    query.grace = others_too ? timing_.hold_grace : never;
    query.held = std::move(held);
    auto work = [epoch = epoch_, query = std::move(query)](session& db) {
        return postgres::take_waiting(db, epoch, query);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::work_item>> postgres_store::take_homeless(
    std::vector<route_name> known_routes, int limit
) {
    auto work = [epoch = epoch_, names = std::move(known_routes), limit](session& db) {
        return postgres::take_homeless(db, epoch, names, limit);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<int> postgres_store::take_over_sending(int limit, std::chrono::milliseconds dead_after) {
    auto work = [epoch = epoch_, limit, dead_after](session& db) {
        return postgres::take_over_sending(db, epoch, limit, dead_after, limits::takeovers_max);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::work_item>> postgres_store::take_in_doubt(
    int limit, std::chrono::milliseconds dead_after
) {
    // a rung takes one request at most; if we die in it, another takes it after this
    const auto lease = timing_.takeover_after * 2;
    auto work = [epoch = epoch_, limit, dead_after, lease](session& db) {
        return postgres::take_in_doubt(db, epoch, limit, dead_after, lease, limits::takeovers_max);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<void> postgres_store::postpone(attempt_id attempt, wall_time next_at) {
    auto work = [epoch = epoch_, attempt, next_at](session& db) {
        postgres::postpone_request row;
        row.attempt = attempt;
        row.next_at = next_at;
        const postgres::postpone_request rows[] = {row};
        postgres::postpone(db, epoch, rows);
    };
    co_await sweep(std::move(work));
}

awaitable<bool> postgres_store::is_of_another(
    carrier_name carrier, std::string id, attempt_id attempt
) {
    auto work = [carrier = std::move(carrier), id = std::move(id), attempt](session& db) {
        return postgres::is_of_another(db, carrier, id, attempt);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<std::optional<wall_time>> postgres_store::settled_until() {
    auto work = [](session& db) { return postgres::settled_until(db); };
    co_return co_await sweep(std::move(work));
}

awaitable<int> postgres_store::close_overdue(int limit) {
    postgres::overdue_query query;
    query.limit = limit;
    query.grace = std::chrono::milliseconds(500);
    query.skew = settled_skew_;
    auto work = [epoch = epoch_, query](session& db) {
        return postgres::close_overdue(db, epoch, query).closed;
    };
    const int closed = co_await sweep(std::move(work));
    if (closed > 0) committed_();
    co_return closed;
}

awaitable<void> postgres_store::note_routes(std::vector<postgres::route_state> states) {
    auto work = [epoch = epoch_, states = std::move(states)](session& db) {
        postgres::note_routes(db, epoch, states);
    };
    co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::delivery_answer>> postgres_store::route_deliveries(
    std::vector<postgres::delivery_question> questions, wall_time until
) {
    auto work = [questions = std::move(questions), until](session& db) {
        return postgres::route_deliveries(db, questions, until);
    };
    co_return co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::plan_fact>> postgres_store::plan_facts(std::vector<attempt_id> ids
) {
    auto work = [ids = std::move(ids)](session& db) { return postgres::plan_facts(db, ids); };
    co_return co_await sweep(std::move(work));
}

awaitable<std::vector<postgres::due_step>> postgres_store::take_steps(int limit) {
    postgres::due_steps_query query;
    query.limit = limit;
    // What was acknowledged before the step's end stops the plan: clocks may differ by so much.
    query.skew = limits::clock_skew_max;
    query.lease = timing_.stale_after;
    auto work = [epoch = epoch_, query](session& db) {
        return postgres::take_steps(db, epoch, query);
    };
    auto taken = co_await sweep(std::move(work));
    if (!taken.empty()) committed_();
    co_return taken;
}

awaitable<std::vector<postgres::step_answer>> postgres_store::begin_steps(
    std::vector<postgres::step_request> requests
) {
    auto work = [epoch = epoch_, requests = std::move(requests)](session& db) {
        kill_point("worker.before_step");
        auto answers = postgres::begin_steps(db, epoch, requests);
        kill_point("worker.after_step");
        return answers;
    };
    auto answers = co_await sweep(std::move(work));
    committed_();
    co_return answers;
}

}  // namespace

std::unique_ptr<job_store> make_store(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
) {
    return std::make_unique<postgres_store>(ex, settings, epoch, std::move(committed));
}

}  // namespace pinwire::worker
