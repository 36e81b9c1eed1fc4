#include "api/place_order.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "api/price.hpp"
#include "api/test_number.hpp"
#include "common/core/guard.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/pin.hpp"
#include "common/postgres/errors.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::api {
namespace {

using kind = placed_order::kind;
using postgres::admission;

// Beyond the deadline, for the statement that makes the answer true.
constexpr auto ending_max = std::chrono::seconds(2);
// A key whose earlier orders all came to nothing is tried anew so often.
constexpr int generations_max = 5;
constexpr std::size_t derived_digits = 40;
// An event doesn't say when a full cap has room again.
constexpr auto cap_retry = std::chrono::seconds(60);
constexpr std::string_view cancelled_reason = "cancelled";

placed_order plain(kind what) {
    placed_order made;
    made.what = what;
    return made;
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds span) {
    return std::max(std::chrono::ceil<std::chrono::seconds>(span), std::chrono::seconds(1));
}

bool is_cancelled(const status_event& event) {
    return event.final && event.reason == cancelled_reason;
}

// A worker's guard found a cap full: later there may be room.
bool is_capped(const status_event& event) {
    if (!event.final) return false;
    const auto why = parse_refusal(event.reason);
    return why && is_cap(*why);
}

placed_order capped(const status_event& event) {
    placed_order made;
    made.what = kind::limited;
    made.now = event;
    made.retry_after = cap_retry;
    return made;
}

// Enough for this dialect's answer.
bool is_enough(const status_event& event, answer_when wanted) {
    if (wanted != answer_when::outcome) return event.version >= 1;
    return event.final || event.sms_status || event.call_status;
}

status_event event_of(const job& of, const postgres::final_answer& row) {
    status_event made;
    made.account = of.account;
    made.job_id = of.id;
    made.message_id = row.id;
    made.pin_id = row.pin;
    made.to = of.to;
    made.version = 1;
    made.nc_status = row.nc;
    made.sms_status = row.sms;
    made.call_status = row.call;
    made.final = row.final;
    made.reason = row.reason;
    made.reference = of.reference;
    return made;
}

void add_limit(
    std::vector<postgres::counted_limit>& to, std::string scope, const rate_limit& limit
) {
    if (!limit.bounded()) return;
    postgres::counted_limit made;
    made.scope = std::move(scope);
    made.limit = limit;
    to.push_back(std::move(made));
}

std::string text_of(const digest256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

class while_waiting {
public:
    explicit while_waiting(telemetry::gauge in) : in_(in) { in_.add(1); }
    ~while_waiting() { in_.add(-1); }
    while_waiting(const while_waiting&) = delete;
    while_waiting& operator=(const while_waiting&) = delete;

private:
    telemetry::gauge in_;
};

}  // namespace

// An order on its way.
struct place_order::draft {
    api::order order;
    account_lookup::account account;
    postgres::content_hash_bytes request_hash{};
    pinwire::job job;  // as it will be produced
    deadline by;
    int generation = 1;
    bool known = false;  // the same request came before
};

awaitable<placed_order> place_order::place(order one) {
    draft made;
    made.by = deadline_in(with_.settings.api.answer_within);
    made.account = with_.accounts.find(one.job.account);
    made.order = std::move(one);
    placed_order answer;
    if (!made.account) {
        answer = plain(kind::unavailable);
    } else {
        const auto& numbers = made.account->test_numbers;
        const auto found = numbers.find(made.order.job.to);
        if (found != numbers.end() && found->second.pin.empty()) {
            answer = plain(kind::unavailable);
        } else if (found != numbers.end()) {
            const auto keep = made.account;  // owns the number
            answer = co_await place_test(std::move(made), found->second);
        } else {
            answer = co_await place_real(std::move(made));
        }
    }
    with_.counts.order(answer.what);
    co_return answer;
}

// ---- names

job_id place_order::random_job() const {
    std::array<std::uint8_t, 16> bytes{};
    with_.random(bytes);
    return job_id("api-" + hex_encode(bytes));
}

pin_id place_order::random_pin() const {
    std::array<std::uint8_t, 16> bytes{};
    with_.random(bytes);
    auto text = hex_encode(bytes);
    for (auto& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return pin_id(std::move(text));
}

template <class Id>
Id place_order::timed_id() const {
    std::array<std::uint8_t, 10> bytes{};
    with_.random(bytes);
    return Id::time_ordered(with_.now(), bytes);
}

// The same key names the same job, unless all that it named before ended cancelled.
void place_order::name_job(draft& of) const {
    auto& job = of.job;
    job = of.order.job;
    job.requested_at = with_.now();
    if (!of.order.resend || !job.pin) job.pin = random_pin();
    const auto& key = of.order.idempotency_key;
    if (key.empty()) {
        job.id = random_job();
    } else {
        auto text = "v1\n" + job.account.str() + "\n" + key;
        if (of.generation > 1) text += "\n#" + std::to_string(of.generation);
        job.id = job_id("ik-" + hex_encode(sha256(text)).substr(0, derived_digits));
    }
    if (of.order.own_code.empty()) return;
    auto pin = job.pin_or_default();
    pin.length = static_cast<std::uint8_t>(of.order.own_code.reveal().size());
    if (!fits(pin, of.order.own_code)) pin.type = pin_type::alphanumeric;
    job.pin_given = pin;
}

// ---- admission

// Of what was asked: not of its names, nor of when. An own code counts as its MAC under that key.
postgres::content_hash_bytes place_order::hash_of(const order& one, const key_id& key) const {
    auto bare = one.job;
    bare.id = job_id();
    std::string code;
    if (!one.own_code.empty()) {
        const auto context = key_ring::pin_context(bare.account, pin_id(), bare.to);
        code = hex_encode(with_.keys.mac_of_guess(key, one.own_code, context).value());
    }
    const auto content = text_of(content_hash(bare, code));
    return sha256(content + one.application + "\n" + one.message);
}

postgres::admission_request place_order::request_of(const draft& of, bool free) const {
    const auto& order = of.order;
    const auto& account = *of.account;
    postgres::admission_request made;
    made.account = of.job.account;
    made.job = of.job.id;
    made.pin = *of.job.pin;
    made.to = of.job.to;
    made.request_hash = of.request_hash;
    if (order.idempotency_key.empty()) made.same_within = account.idempotency_window;
    made.application = order.application;
    made.message = order.message;
    made.repeat = order.repeat;
    if (free) return made;
    const auto& number = of.job.to.digits();
    if (!order.application.empty()) {
        add_limit(made.limits, "app:" + order.application, order.per_application);
        add_limit(made.limits, "app:" + order.application + ":" + number, order.per_number);
    } else {
        const auto& own = order.per_number.bounded() ? order.per_number : account.per_number;
        add_limit(made.limits, "number:" + number, own);
    }
    add_limit(made.limits, "account", account.per_account);
    if (account.prepaid) made.price = price_of(with_.settings, of.job);
    return made;
}

// None: the database is away, or too slow. What it may have admitted all the same was never
// produced, and is given back when nothing comes of it.
awaitable<std::optional<admission>> place_order::admit(const draft& of, bool free) {
    auto request = request_of(of, free);
    try {
        auto asking = with_.store.admit(std::move(request));
        co_return co_await with_deadline(std::move(asking), of.by);
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            telemetry::log_level::error, "admit", "not_admitted", {{"error", error.what()}}
        );
    }
    co_return std::nullopt;
}

// Another key of the ring may have been the active one when the same request came first.
awaitable<std::optional<admission>> place_order::admit_any_key(draft& of, bool free) {
    const auto active_hash = of.request_hash;
    auto answer = co_await admit(of, free);
    if (of.order.own_code.empty()) co_return answer;
    const auto ids = with_.keys.ids();
    for (const auto& id : ids) {
        if (!answer || answer->what != admission::kind::key_reused) break;
        if (id == with_.keys.active()) continue;
        of.request_hash = hash_of(of.order, id);
        answer = co_await admit(of, free);
    }
    of.request_hash = active_hash;
    co_return answer;
}

// ---- the way

awaitable<placed_order> place_order::place_real(draft of) {
    if (of.order.answer != answer_when::durable && !with_.listening()) {
        co_return plain(kind::unavailable);  // no answer could come
    }
    of.request_hash = hash_of(of.order, with_.keys.active());
    placed_order answer;
    for (; of.generation <= generations_max; ++of.generation) {
        answer = co_await try_once(of);
        const bool full = answer.what == kind::limited && answer.now;
        const bool came_to_nothing = of.known && (answer.what == kind::cancelled || full);
        if (!came_to_nothing) break;
        // A window's request names the one after it, so that all who ask again ask for the same.
        auto& key = of.order.idempotency_key;
        if (key.empty()) key = "window:" + of.job.id.str();
        if (std::chrono::steady_clock::now() >= of.by) break;
    }
    co_return answer;
}

void place_order::repeats(draft& of, const admission& first) {
    of.known = true;
    of.job.id = first.job;
    of.job.pin = first.pin;
}

// What it is answered at once; none: it goes on, under the names of the request that it repeats.
std::optional<placed_order> place_order::answer_at_once(
    draft& of, const std::optional<admission>& admitted
) const {
    if (!admitted) return plain(kind::unavailable);
    switch (admitted->what) {
        case admission::kind::key_reused:
            return plain(kind::key_reused);
        case admission::kind::no_credit:
            return plain(kind::no_credit);
        case admission::kind::limited: {
            auto answer = plain(kind::limited);
            answer.retry_after = whole_seconds(admitted->retry_after);
            return answer;
        }
        case admission::kind::known:
            repeats(of, *admitted);
            break;
        case admission::kind::over: {
            repeats(of, *admitted);
            auto answer = plain(kind::taken);
            answer.pin = admitted->pin;
            return answer;
        }
        case admission::kind::cancelled:
            repeats(of, *admitted);
            return plain(kind::cancelled);
        case admission::kind::admitted:
            of.known = false;
            break;
    }
    return std::nullopt;
}

awaitable<placed_order> place_order::try_once(draft& of) {
    name_job(of);
    const auto admitted = co_await admit_any_key(of, false);
    const auto at_once = answer_at_once(of, admitted);
    if (at_once) co_return *at_once;
    auto answer = co_await produce_and_wait(of);
    // what ended without a PIN of its own has none to be sent again or verified
    const bool none = answer.now && answer.now->final && answer.now->pin_id.empty();
    if (!none) answer.pin = *of.job.pin;
    co_return answer;
}

// A caller's own code enters Kafka sealed, as one enters the database.
void place_order::seal(draft& of) const {
    if (of.order.own_code.empty()) return;
    const auto context = key_ring::pin_context(of.job.account, *of.job.pin, of.job.to);
    nonce96 nonce{};
    with_.random(nonce);
    of.job.pin_sealed = with_.keys.seal(of.order.own_code, context, nonce);
}

awaitable<placed_order> place_order::produce_and_wait(draft& of) {
    // Before it is produced: no event can come between.
    const auto seat = with_.room.enter(of.job.account, of.job.id);
    // What this repeats was answered "taken" perhaps: it isn't ended behind that caller's back.
    const bool told = of.known && of.order.answer == answer_when::durable;
    if (!seat && told) co_return plain(kind::uncertain);
    if (!seat) co_return co_await end_now(of, kind::unavailable, !of.known);
    seal(of);
    kill_point("api.before_produce");
    auto putting = with_.topic.put(of.job.to, encode_job(of.job));
    const auto put = co_await with_deadline(std::move(putting), of.by);
    const auto outcome = put.value_or(job_topic::outcome::perhaps);
    if (outcome != job_topic::outcome::taken && told) co_return plain(kind::uncertain);
    if (outcome != job_topic::outcome::taken) {
        const bool surely_unsent = outcome == job_topic::outcome::surely_not && !of.known;
        co_return co_await end_now(of, kind::unavailable, surely_unsent);
    }
    kill_point("api.after_produce");
    // What a repeat stands for may have ended cancelled: that is looked at first.
    const bool at_once = of.order.answer == answer_when::durable && !of.known;
    if (at_once) co_return plain(kind::taken);
    const auto began = std::chrono::steady_clock::now();
    const while_waiting counted(with_.counts.waiting);
    auto answer = co_await wait_for_news(of, *seat);
    with_.counts.wait_seconds.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()
    );
    co_return answer;
}

awaitable<placed_order> place_order::wait_for_news(draft& of, waiting_room::seat& seat) {
    for (;;) {
        const bool came = co_await seat.news(of.by);
        if (!came) break;
        const auto& event = *seat.newest();
        // A dead letter: ended, so that no replay sends it, and what it took is given back.
        if (event.version == 0) co_return co_await end_now(of, kind::unavailable, false);
        if (is_cancelled(event)) co_return plain(kind::cancelled);
        // a caller who was told "taken" once stays told so
        if (of.order.answer != answer_when::durable && is_capped(event)) co_return capped(event);
        if (!is_enough(event, of.order.answer)) continue;
        placed_order answer;
        answer.what = kind::taken;
        answer.now = event;
        co_return answer;
    }
    // What this repeats was answered "taken" perhaps: it isn't ended behind that caller's back.
    if (of.order.answer == answer_when::durable) co_return plain(kind::uncertain);
    co_return co_await end_now(of, kind::cancelled, false);
}

// ---- the end of what nobody claimed

postgres::final_job place_order::final_of(const draft& of, const std::string& reason) {
    postgres::final_job made;
    made.id = timed_id<message_id>();
    made.claim = timed_id<claim_id>();
    made.job = of.job;
    // as a worker sees it, so that a message that slipped through is a repeat
    const auto read = decode_job(encode_job(of.job), of.job.requested_at);
    std::string code;
    if (!of.job.pin_sealed.empty()) {
        const auto context = key_ring::pin_context(of.job.account, *of.job.pin, of.job.to);
        code = with_.keys.digest(of.order.own_code, context, of.job.pin_sealed);
    }
    if (read) {
        made.job = *read;
        made.content_hash = content_hash(*read, code);
    }
    made.job.pin_sealed.clear();
    made.waiter = with_.waiter;
    made.reason = reason;
    if (of.job.channel == channel::sms) made.sms = sms_status::not_sent;
    if (of.job.channel == channel::voice) made.call = call_status::error;
    return made;
}

// Ours: it is true from now on that nothing will be sent. Another's: the answer is what stands
// there.
awaitable<placed_order> place_order::end_now(draft& of, kind if_ours, bool surely_unsent) {
    auto last = final_of(of, std::string(cancelled_reason));
    const auto job = of.job;
    const auto until = std::max(of.by, std::chrono::steady_clock::now()) + ending_max;
    std::optional<postgres::final_answer> row;
    try {
        auto ending = with_.store.finish_now(std::move(last));
        row = co_await with_deadline(std::move(ending), until);
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            telemetry::log_level::error, "finish", "not_ended", {{"error", error.what()}}
        );
    }
    if (!row) co_return plain(surely_unsent ? kind::unavailable : kind::uncertain);
    if (row->ours) co_return plain(if_ours);
    placed_order answer;
    answer.what = kind::taken;
    answer.now = event_of(job, *row);
    if (is_cancelled(*answer.now)) co_return plain(if_ours);
    if (of.order.answer != answer_when::durable && is_capped(*answer.now))
        co_return capped(*answer.now);
    co_return answer;
}

// ---- test numbers

// Admitted like any other, so that keys, windows and resends hold; but it counts against no limit
// and costs nothing.
awaitable<placed_order> place_order::place_test(draft of, const config::test_number& number) {
    of.request_hash = hash_of(of.order, with_.keys.active());
    name_job(of);
    const auto admitted = co_await admit_any_key(of, true);
    const auto at_once = answer_at_once(of, admitted);
    if (at_once) co_return *at_once;
    fix_pin(of.job, number);
    auto last = final_of(of, "test_number");
    const auto fate = fate_of(of.job, number, with_.settings.lookup);
    last.nc = fate.nc;
    last.sms = fate.sms;
    last.call = fate.call;
    last.dlr = fate.dlr;
    if (!fate.reason.empty()) last.reason = fate.reason;
    last.report = !of.job.report_url.empty() && (!fate.refused || of.job.report_refusal);
    if (!of.order.resend && !fate.refused) {
        last.guess_key = with_.keys.active();
        const auto context = key_ring::guess_context(of.job.account, *of.job.pin);
        const auto mac = with_.keys.mac_of_guess(last.guess_key, number.pin, context).value();
        last.guess_mac = text_of(mac);
    }
    std::optional<postgres::final_answer> row;
    try {
        auto ending = with_.store.finish_now(std::move(last));
        row = co_await with_deadline(std::move(ending), of.by);
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            telemetry::log_level::error, "finish", "not_ended", {{"error", error.what()}}
        );
    }
    if (!row) co_return plain(kind::unavailable);
    placed_order answer;
    answer.what = kind::taken;
    answer.pin = row->ours ? *of.job.pin : row->pin;
    answer.now = event_of(of.job, *row);
    answer.now->pin_id = answer.pin;
    // as a carrier would: it has the call, and nobody has heard it yet
    const bool called = of.job.channel == channel::voice && fate.reason.empty();
    if (called) answer.now->call_status = call_status::pending_accepted;
    co_return answer;
}

}  // namespace pinwire::api
