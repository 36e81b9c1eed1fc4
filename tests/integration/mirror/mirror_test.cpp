// Random sequences of calls, right and wrong ones, on the mirror and on PostgreSQL: after each call
// all rows and the answers are the same. PINWIRE_MIRROR_SEQUENCES=N runs so many (default 200),
// PINWIRE_MIRROR_SEED=N that one alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/integration/mirror/twin.hpp"

namespace pinwire::mirror {
namespace {

using namespace std::chrono_literals;

std::int64_t setting(const char* name, std::int64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoll(text);
}

class sequence {
public:
    sequence(twin& on, std::uint64_t seed) : on_(on), random_(seed) {
        on_.set(moment(std::chrono::hours(500'000)));
        on_.clear();
        for (int epoch = 1; epoch <= 3; ++epoch)
            on_.beat(epoch);
    }

    // What differs after so many calls at most; empty: nothing.
    std::string run(int calls) {
        for (int i = 0; i < calls; ++i) {
            const ms_range quick{10, 3000}, slow{3000, 90'000};
            on_.set(on_.now() + draw(chance(80) ? quick : slow));
            if (chance(60)) on_.beat(1 + below(3));
            call();
            const auto differs = on_.difference();
            if (!differs.empty()) return "after " + said_ + "\n" + differs;
        }
        return {};
    }

private:
    struct ms_range {
        int least, most;
    };
    int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
    bool chance(int percent) { return below(100) < percent; }
    span draw(ms_range of) { return span(of.least + below(of.most - of.least + 1)); }
    span up_to(int ms) { return span(below(ms + 1)); }
    int epoch() { return 1 + below(3); }
    int some_attempt() {
        const auto& all = on_.rows().attempts;
        return all.empty() ? 0
                           : all[static_cast<std::size_t>(below(static_cast<int>(all.size())))].id;
    }
    // Mostly the one that it belongs to: what is refused proves less.
    int owner_of(int attempt) {
        const auto* a = on_.rows().attempt(attempt);
        return a != nullptr && a->owner != 0 && chance(85) ? a->owner : epoch();
    }

    void call() {
        using part = void (sequence::*)();
        struct weighted {
            int weight;
            part what;
            const char* name;
        };
        static constexpr weighted all[] = {
            {14, &sequence::claim, "claim"},
            {12, &sequence::start, "start"},
            {22, &sequence::record, "record"},
            {5, &sequence::take_waiting, "take_waiting"},
            {5, &sequence::take_over, "take_over"},
            {5, &sequence::take_in_doubt, "take_in_doubt"},
            {3, &sequence::postpone, "postpone"},
            {2, &sequence::give_up, "give_up"},
            {8, &sequence::step, "step"},
            {16, &sequence::settle, "settle"},
            {4, &sequence::settle_parked, "settle_parked"},
            {7, &sequence::close_overdue, "close_overdue"},
            {2, &sequence::farewell, "farewell"},
            {4, &sequence::verify, "verify"},
            {8, &sequence::reports, "reports"}};
        int sum = 0;
        for (const auto& one : all)
            sum += one.weight;
        int left = below(sum);
        for (const auto& one : all) {
            if (left < one.weight) {
                said_ = one.name;
                return (this->*one.what)();
            }
            left -= one.weight;
        }
    }

    attempt_wish wish() {
        attempt_wish a;
        a.id = ++next_;
        a.route = a.carrier = 1 + below(3);
        a.start = chance(60);
        a.keep = chance(50);
        a.next_at = on_.now() + up_to(20'000);
        a.deadline = on_.now() + 10s + up_to(120'000);
        a.cost = 10;
        return a;
    }

    claim_row claim_one() {
        claim_row r;
        r.id = ++next_;
        r.claim = ++next_;
        r.key = 1 + below(6);
        r.hash = 1;
        r.on = chance(70) ? channel::sms : channel::voice;
        r.number = 1 + below(2);
        r.wants_report = chance(90);
        r.report_refusal = chance(60);
        r.requested_at = on_.now() - up_to(5000);
        r.send_by = on_.now() + 5s + up_to(200'000);
        if (chance(8)) r.reason = chance(50) ? "lookup_refused" : "expired";
        if (chance(5)) r.reason = chance(50) ? "lookup_withheld" : "no_route";
        if (chance(95)) {
            r.pin.emplace();
            r.pin->id = 1 + below(5);
            r.pin->by_number = chance(40);
            r.pin->max_tries = below(3);
            if (chance(80)) r.pin->expires_in = std::chrono::seconds(10 + below(200));
        }
        if (r.reason.empty() && chance(95)) r.attempt = wish();
        if (r.attempt && chance(40)) {
            r.plan.emplace();
            r.plan->step = 1 + below(2);
            r.plan->on = chance(60) ? r.on : chance(50) ? channel::sms : channel::voice;
            if (chance(80)) r.plan->after = std::chrono::seconds(1 + below(40));
        }
        return r;
    }
    void claim() {
        std::vector<claim_row> rows{claim_one()};
        if (chance(30)) {
            auto other = claim_one();
            const auto& one = rows[0];
            const bool same_pin = one.pin && other.pin && one.pin->id == other.pin->id;
            if (other.key != one.key && !same_pin) rows.push_back(other);
        }
        const int by = epoch();
        on_.claim(by, rows);
        if (chance(10)) on_.claim(by, rows);  // the answer to its COMMIT was lost
    }

    void start() {
        start_row r;
        r.attempt = some_attempt();
        if (r.attempt == 0) return;
        r.next_at = on_.now() + 15s;
        r.deadline = on_.now() + 20s + up_to(100'000);
        const int by = owner_of(r.attempt);
        on_.start(by, r);
        if (chance(10)) on_.start(by, r);
    }

    record_row outcome_of(int attempt) {
        record_row r;
        r.attempt = attempt;
        r.result = static_cast<result>(3 + below(4));
        if (r.result != result::sent && chance(80)) r.error = "E" + std::to_string(below(3));
        if (r.result == result::not_sent && chance(10)) r.error = "expired";
        if (r.result == result::not_sent && chance(10)) r.error = "route_paused";
        if (r.result == result::sent && chance(60)) r.carrier_id = 1 + below(8);
        if (chance(20)) r.call = static_cast<call_status>(1 + below(12));
        if (chance(70)) r.next_at = on_.now() + up_to(40'000);
        if (chance(70)) r.deadline = on_.now() + 5s + up_to(100'000);
        r.repeated = chance(20);
        const bool may_follow = r.result == result::not_sent || r.result == result::resent;
        if (may_follow && chance(70)) r.next = wish();
        if (chance(15)) {
            r.how = "asked";
            if (chance(60)) r.found = static_cast<dlr_status>(1 + below(8));
        }
        return r;
    }
    void record() {
        const int first = some_attempt();
        if (first == 0) return;
        std::vector<record_row> rows{outcome_of(first)};
        const int second = some_attempt();
        if (second != first && chance(30)) rows.push_back(outcome_of(second));
        const int by = owner_of(first);
        on_.record(by, rows);
        if (chance(10)) on_.record(by, rows);
    }

    void take_waiting() {
        waiting_query of;
        of.route = 1 + below(3);
        of.until = on_.now() + 2s;
        of.stale = 5s;
        of.grace = 5s;
        if (chance(50)) of.held.push_back(some_attempt());
        on_.take_waiting(epoch(), of);
    }
    void take_over() { on_.take_over(epoch(), chance(50) ? span(25s) : span(2s), 3); }
    void take_in_doubt() {
        on_.take_in_doubt(epoch(), chance(50) ? span(25s) : span(2s), chance(50) ? 30s : 3s, 2);
    }
    void postpone() {
        const int attempt = some_attempt();
        if (attempt != 0) on_.postpone(owner_of(attempt), attempt, on_.now() + up_to(30'000));
    }
    void give_up() {
        const int attempt = some_attempt();
        if (attempt != 0) on_.give_up(owner_of(attempt), attempt);
    }

    void step() {
        std::vector<due_step> taken;
        const int by = epoch();
        if (!on_.take_steps(by, 2s, 5s, taken)) return;
        for (const auto& one : taken) {
            step_row r;
            r.attempt = one.attempt;
            r.step_at = one.step_at.value_or(on_.now());
            if (chance(10)) r.step_at += 1ms;  // somebody else's lease
            if (chance(80)) r.next = wish();
            r.plan.step = one.step + 1;
            r.plan.on = chance(50) ? channel::sms : channel::voice;
            if (chance(60)) r.plan.after = std::chrono::seconds(1 + below(30));
            if (!on_.begin_step(by, r)) return;
            if (chance(10) && !on_.begin_step(by, r)) return;
        }
    }

    dlr_row news() {
        dlr_row r;
        const auto* a = on_.rows().attempt(some_attempt());
        r.carrier = 1 + below(3);
        if (a != nullptr && chance(90)) r.carrier = a->carrier;
        if (a != nullptr && chance(60)) {
            r.token = a->id;
            if (chance(20)) r.reference = chance(80) ? a->id : some_attempt();
        } else {
            r.alone = chance(30);
            r.carrier_id =
                a != nullptr && a->carrier_id != 0 && chance(70) ? a->carrier_id : below(9);
            if (chance(60)) r.number = 1 + below(2);
        }
        if (r.carrier_id == 0 && chance(30)) r.carrier_id = 1 + below(8);
        if (chance(90)) r.status = static_cast<dlr_status>(1 + below(8));
        if (chance(30)) r.call = static_cast<call_status>(1 + below(12));
        if (chance(40)) r.error = std::to_string(1 + below(9));
        r.at = on_.now() - span(++intake_);
        return r;
    }
    void settle() {
        intake_ = 0;
        std::vector<dlr_row> rows;
        for (int i = below(4); i > 0; --i)
            rows.push_back(news());
        std::vector<mark> marks;
        for (int p = 0; p < 2; ++p)
            if (chance(70)) marks.push_back({p, on_.now() - up_to(20'000)});
        const int by = epoch();
        on_.settle(by, rows, marks);
        // moments of intake are names here: what was parked isn't settled again
        const auto names = [&](const parked_row& p) { return p.entry.at > on_.now() - 10ms; };
        const auto& parked = on_.rows().parked;
        if (chance(10) && std::none_of(parked.begin(), parked.end(), names))
            on_.settle(by, rows, marks);
    }
    void settle_parked() { on_.settle_parked(epoch()); }

    void close_overdue() {
        overdue_query of;
        of.grace = 500ms;
        of.skew = chance(50) ? span(9s) : span(0);
        of.lease = 60s;
        if (chance(50)) of.reporter = epoch();
        on_.close_overdue(epoch(), of);
    }
    void farewell() { on_.farewell(epoch()); }

    void verify() {
        auto& pins = on_.rows().pins;
        if (pins.empty()) return;
        auto p = pins[static_cast<std::size_t>(below(static_cast<int>(pins.size())))];
        if (chance(20)) {
            p.cancelled_at = on_.now();
            p.sealed = false;
        } else if (chance(50)) {
            p.verified_at = on_.now();
        } else if (p.tries_left > 0) {
            --p.tries_left;
        }
        on_.change_pin(p);
    }

    void reports() {
        const int by = epoch();
        if (chance(30)) on_.take_reports(by, 60s);
        if (chance(30)) on_.take_retries(by, 60s);
        const auto& all = on_.rows().reports;
        if (all.empty() || chance(30)) return;
        report_result r;
        r.job = all[static_cast<std::size_t>(below(static_cast<int>(all.size())))].job;
        r.outcome = static_cast<outcome>(1 + below(4));
        if (chance(50)) r.outcome = outcome::retry;
        if (r.outcome == outcome::retry) r.due_at = on_.now() + up_to(60'000);
        r.malformed = chance(30);
        r.answered = chance(70);
        on_.finish_report(by, r);
        if (chance(20)) on_.finish_report(by, r);
    }

    twin& on_;
    std::mt19937_64 random_;
    int next_ = 0;
    int intake_ = 0;
    std::string said_;
};

TEST(Mirror, DoesWhatPostgresDoes) {
    twin both;
    const auto only = setting("PINWIRE_MIRROR_SEED", 0);
    const auto sequences = only != 0 ? 1 : setting("PINWIRE_MIRROR_SEQUENCES", 200);
    constexpr int calls = 40;
    for (std::int64_t i = 1; i <= sequences; ++i) {
        const auto seed = static_cast<std::uint64_t>(only != 0 ? only : i);
        const auto differs = sequence(both, seed).run(calls);
        ASSERT_EQ(differs, "") << "PINWIRE_MIRROR_SEED=" << seed << " repeats it";
    }
}

}  // namespace
}  // namespace pinwire::mirror
