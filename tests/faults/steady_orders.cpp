#include "tests/faults/steady_orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "tests/faults/api_orders.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/api_caller.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto gap = 333ms;  // from one order to the next
constexpr std::size_t at_once_max = 24;
constexpr std::size_t tries_max = 4;
constexpr auto pause = 200ms;  // before an order is tried again
constexpr auto patience_usual = answer_bound + 1s;
constexpr auto asking_max = 90s;  // the end, of all

std::string api_name(std::size_t process) {
    return "api-" + std::to_string(process + 1);
}

// The kinds of orders by turns, each with each; no number that a job_maker makes.
pin_order some_order(std::size_t serial) {
    static constexpr const char* prefixes[] = {"34", "44", "49", "33"};
    pin_order made;
    made.number = fmt::format("{}8{:05}0000", prefixes[serial / 3 % 4], serial);
    made.retry_key = fmt::format("order-{}", serial);
    if (serial % 3 == 1) made.own_code = fmt::format("OWN{:05}", serial);
    made.lookup = serial % 2 == 0;
    made.abandoned = serial % 5 == 4;
    return made;
}

// Somewhere on the way of an order.
milliseconds haste(std::size_t serial) {
    return milliseconds(5 + serial * 37 % 200);
}

}  // namespace

steady_orders::steady_orders(pinwire_stack& on, std::string report_url)
    : stack_(on), report_url_(std::move(report_url)), key_(add_key(on, "globex")) {
    // so that one who tries again is never told that he has had his order
    stack_.pinwire({"accounts", "set", "globex", "--per-number", "1/1h"});
    for (const auto* instance : {"1", "2"})
        origins_.push_back(stack_.api(instance));
}

steady_orders::~steady_orders() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
}

void steady_orders::begin() {
    for (const auto& origin : origins_)
        wait_until_known(api_caller(origin, key_));
    next_at_ = clock::now();
    side_by_side(&steady_orders::order_on);
}

void steady_orders::side_by_side(void (steady_orders::*each)()) {
    running_ = static_cast<int>(at_once_max);
    for (std::size_t i = 0; i < at_once_max; ++i) {
        threads_.emplace_back([this, each] {
            (this->*each)();
            --running_;
        });
    }
}

void steady_orders::wait_for_all(const std::function<void()>& meanwhile) {
    while (running_ > 0) {
        meanwhile();
        act_slowly(20ms);
    }
    threads_.clear();
}

void steady_orders::hinder(const std::string& process, hindrance::kind what, steady_time since) {
    hindrances_.push_back({process, what, since});
}

void steady_orders::let_go(const std::string& process) {
    for (auto& one : hindrances_)
        if (one.process == process && one.to == steady_time::max()) one.to = clock::now();
}

// An order when it is its time; none: no more.
std::optional<std::size_t> steady_orders::next() {
    std::unique_lock lock(mutex_);
    const auto at = std::max(next_at_, clock::now());
    next_at_ = at + gap;
    if (stopped_.wait_until(lock, at, [this] { return stopping_; })) return std::nullopt;
    orders_.push_back(some_order(orders_.size()));
    return orders_.size() - 1;
}

pin_order& steady_orders::order(std::size_t which) {
    const std::lock_guard lock(mutex_);
    return orders_[which];
}

void steady_orders::order_on() {
    while (const auto which = next()) {
        const auto first = *which / 2;
        if (order(*which).abandoned) {
            ask(*which, first, haste(*which));
            continue;
        }
        for (std::size_t i = 0; i < tries_max && !ask(*which, first + i, patience_usual); ++i)
            act_slowly(pause);
    }
}

bool steady_orders::ask(std::size_t which, std::size_t process, milliseconds patience) {
    const auto one = order(which);
    nlohmann::json more;
    more["hlr_lookup"] = one.lookup ? 1 : 0;
    if (which % 4 != 3) more["report_url"] = report_url_;
    if (!one.own_code.empty()) more["pin_params"] = {{"code", one.own_code}};
    order_call made;
    made.number = one.number;
    made.process = api_name(process % 2);
    made.hasty = patience < answer_bound;
    made.began = clock::now();
    try {
        const api_caller caller(origins_[process % 2], key_, patience);
        const auto answer = caller.request(one.number, more, one.retry_key);
        made.status = answer.status;
        made.said = answer.body.dump();
    } catch (const std::runtime_error& error) {
        made.said = error.what();
        made.refused = made.said.starts_with("connecting");
    }
    made.ended = clock::now();
    const std::lock_guard lock(mutex_);
    calls_.push_back(made);
    return made.status == 200;
}

void steady_orders::ask_again() {
    for (auto which = again_++; which < orders_.size(); which = again_++) {
        if (order(which).abandoned) continue;
        bool taken = false;
        for (auto at = which; !(taken = ask(which, at, patience_usual)) && clock::now() < until_;
             ++at)
            act_slowly(pause);
        order(which).taken = taken;
    }
}

void steady_orders::finish(const std::function<void()>& meanwhile) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    wait_for_all(meanwhile);
    again_ = 0;
    until_ = clock::now() + asking_max;
    side_by_side(&steady_orders::ask_again);
    wait_for_all(meanwhile);
}

bool steady_orders::verified(
    std::size_t process, const std::string& number, const std::string& code, bool& before
) const {
    const auto answer = api_caller(origins_[process], key_).verify(number, code);
    if (answer.status != 200 || !answer.body.contains("result")) return false;
    before = answer.body["result"].value("previously_verified", false);
    return answer.body["result"].value("verified", false);
}

// The code on the handset is right, at both processes at once, and once the first time; no other
// is.
void steady_orders::guess(std::size_t which) {
    const auto one = order(which);
    const auto shown = pins_.find(one.number);
    const auto code = shown == pins_.end() ? std::string("000000") : shown->second.front();
    bool unused = false;
    const auto find = [this, &one](const std::string& what) {
        const std::lock_guard lock(mutex_);
        found_.push_back(fmt::format("order {}: {}", one.number, what));
    };
    if (verified(which % 2, one.number, other_than(code), unused)) find("a wrong code is verified");
    if (shown == pins_.end()) return;
    bool before[2] = {false, false};
    auto other =
        std::async(std::launch::async, [&] { return verified(0, one.number, code, before[0]); });
    const bool right = verified(1, one.number, code, before[1]);
    if (!other.get() || !right) return find("the code on the handset isn't verified");
    if (before[0] == before[1]) find("its code was not verified for the first time once");
}

void steady_orders::guess_all() {
    for (auto which = again_++; which < orders_.size(); which = again_++) {
        try {
            guess(which);
        } catch (const std::runtime_error& error) {
            const std::lock_guard lock(mutex_);
            found_.push_back(fmt::format("a guess: {}", error.what()));
        }
    }
}

std::vector<std::string> steady_orders::findings() {
    pins_ = pins_on_handsets(stack_);
    std::map<std::string, order_rows> rows;
    const auto read = stack_.query(
        "select msisdn, count(*) filter (where coalesce(reason, '') <> 'cancelled'),"
        " count(*) filter (where reason = 'lookup_refused'),"
        " count(*) filter (where sms_status = 2), count(*) filter (where in_doubt)"
        " from job where account = 'globex' group by msisdn"
    );
    for (std::size_t i = 0; i < read.size(); ++i)
        rows[read[i].text(0)] = {
            read[i].int64(1), read[i].int64(2), read[i].int64(3), read[i].int64(4)};
    again_ = 0;
    found_.clear();
    side_by_side(&steady_orders::guess_all);
    wait_for_all([] {});
    for (const auto& one : judge_calls(calls_, hindrances_, answer_bound))
        found_.push_back(one);
    for (const auto& one : judge_words(calls_, rows))
        found_.push_back(one);
    for (const auto& one : judge_orders({orders_.begin(), orders_.end()}, rows, pins_))
        found_.push_back(one);
    if (orders_.empty()) found_.push_back("nothing was ordered");
    return found_;
}

std::string steady_orders::summary() const {
    const std::lock_guard lock(mutex_);
    const auto with = [this](int status) {
        return std::count_if(calls_.begin(), calls_.end(), [status](const order_call& one) {
            return one.status == status;
        });
    };
    return fmt::format(
        "{} orders in {} calls ({} answered 500, {} not answered), {} on handsets",
        orders_.size(),
        calls_.size(),
        with(500),
        with(0),
        std::count_if(
            orders_.begin(),
            orders_.end(),
            [this](const pin_order& one) { return pins_.contains(one.number); }
        )
    );
}

}  // namespace pinwire::test
