#include "tests/component/api/fakes.hpp"

#include <algorithm>
#include <array>

#include "common/core/hmac.hpp"
#include "common/postgres/errors.hpp"

namespace pinwire::api::test {
namespace {

// A PIN id that is made up: 32 upper-case hex digits.
pin_id numbered_pin(std::size_t n) {
    auto text = std::to_string(n);
    return pin_id(std::string(32 - text.size(), '0') + text);
}

void fail() {
    throw postgres::database_error(postgres::trouble::weather, "08006", "the database is away");
}

}  // namespace

// ---- calls

a_call::a_call(std::string method, std::string target) {
    const auto mark = target.find('?');
    made_.path = target.substr(0, mark);
    if (mark != std::string::npos) made_.query = target.substr(mark + 1);
    made_.request.method = std::move(method);
    made_.request.target = std::move(target);
    made_.address = *ip_address::parse("192.0.2.10");
    made_.request_id = "test-request";
}

a_call& a_call::with(std::string name, std::string value) {
    made_.request.fields.add(std::move(name), std::move(value));
    return *this;
}

a_call& a_call::json(std::string text) {
    made_.request.fields.set("Content-Type", "application/json");
    made_.request.body = std::move(text);
    return *this;
}

a_call& a_call::body(std::string bytes) {
    made_.request.body = std::move(bytes);
    return *this;
}

a_call& a_call::from(std::string_view address) {
    made_.address = *ip_address::parse(address);
    return *this;
}

a_call& a_call::key(std::string value) {
    made_.request.fields.set("Idempotency-Key", value);
    made_.idempotency_key = std::move(value);
    return *this;
}

// ---- orders

placed_order fake_order_desk::plain(placed_order::kind what, std::chrono::seconds retry_after) {
    placed_order made;
    made.what = what;
    made.retry_after = retry_after;
    return made;
}

placed_order fake_order_desk::usual(const order& of) {
    placed_order made;
    made.what = placed_order::kind::taken;
    made.pin = of.job.pin.value_or(pin_id());
    if (of.answer == answer_when::durable) return made;
    status_event now;
    now.account = of.job.account;
    now.job_id = of.job.id;
    now.pin_id = made.pin;
    now.to = of.job.to;
    now.version = 1;
    if (of.job.lookup != lookup_policy::skip) now.nc_status = nc_status::reachable;
    if (of.answer == answer_when::outcome) {
        now.version = 2;
        if (of.job.channel == channel::sms) now.sms_status = sms_status::sent;
        if (of.job.channel == channel::voice) now.call_status = call_status::pending_accepted;
    }
    made.now = std::move(now);
    return made;
}

awaitable<placed_order> fake_order_desk::place(order one) {
    orders.push_back(one);
    if (on_place) on_place(one);
    placed_order made = usual(one);
    if (!answers.empty()) {
        made = std::move(answers.front());
        answers.pop_front();
    }
    // as the true one does for a new PIN
    const bool none = made.now && made.now->final && made.now->pin_id.empty();
    if (made.pin.empty() && !none) made.pin = one.job.pin.value_or(numbered_pin(orders.size()));
    if (made.now && made.now->pin_id.empty()) made.now->pin_id = made.pin;
    co_return made;
}

// ---- PINs

fake_pin& fake_pin_store::add(account_name account, pin_id id, msisdn to, const secret& clear) {
    fake_pin made;
    const auto context = key_ring::guess_context(account, id);
    made.guess_key = keys_.active();
    made.mac = keys_.mac_of_guess(made.guess_key, clear, context).value();
    made.account = std::move(account);
    made.story.pin = std::move(id);
    made.story.to = to;
    made.story.length = static_cast<std::uint8_t>(clear.reveal().size());
    made.story.tries_left = 3;
    made.story.requested_at = now_;
    made.story.expires_at = now_ + std::chrono::hours(1);
    postgres::pin_sending sent;
    sent.requested_at = now_;
    sent.sent_at = now_;
    sent.sms = sms_status::sent;
    sent.attempts = 1;
    made.story.sendings.push_back(std::move(sent));
    return pins_.emplace_back(std::move(made));
}

fake_pin* fake_pin_store::at(const account_name& account, const pin_id& id) {
    for (auto& one : pins_) {
        if (one.account == account && one.story.pin == id) return &one;
    }
    return nullptr;
}

void fake_pin_store::must_work() const {
    if (broken) fail();
}

fake_pin* fake_pin_store::asked(const postgres::pin_question& which) {
    if (!which.pin.empty()) return at(which.account, which.pin);
    for (auto one = pins_.rbegin(); one != pins_.rend(); ++one) {
        if (one->account == which.account && one->story.to == which.to) return &*one;
    }
    return nullptr;
}

awaitable<std::optional<postgres::pin_facts>> fake_pin_store::find(postgres::pin_question which) {
    must_work();
    const auto* one = asked(which);
    if (one == nullptr) co_return std::nullopt;
    postgres::pin_facts made;
    made.pin = one->story.pin;
    made.to = one->story.to;
    if (!one->dead) made.guess_key = one->guess_key;
    made.length = one->story.length;
    made.type = one->story.type;
    made.application = one->story.application;
    made.verify_limit = one->verify_limit;
    co_return made;
}

awaitable<postgres::guess_answer> fake_pin_store::guess(postgres::guess_request request) {
    must_work();
    guesses.push_back(request);
    postgres::guess_answer answer;
    auto* one = at(request.account, request.pin);
    if (one == nullptr) co_return answer;
    postgres::pin_question newest;
    newest.account = request.account;
    newest.to = request.to;
    if (request.by_number && asked(newest) != one) {
        answer.what = postgres::guess_answer::kind::newer;
        co_return answer;
    }
    co_return judge(*one, request);
}

std::optional<std::chrono::milliseconds> fake_pin_store::full(
    fake_pin& pin, const postgres::guess_request& request
) {
    if (!request.limit.bounded()) return std::nullopt;
    auto& log = pin.guessed[request.limit_scope];
    std::erase_if(log, [&](wall_time at) { return at + request.limit.within <= now_; });
    if (log.size() >= static_cast<std::size_t>(request.limit.most)) {
        return std::chrono::ceil<std::chrono::milliseconds>(
            log.front() + request.limit.within - now_
        );
    }
    log.push_back(now_);
    return std::nullopt;
}

postgres::guess_answer fake_pin_store::judge(
    fake_pin& pin, const postgres::guess_request& request
) {
    using kind = postgres::guess_answer::kind;
    postgres::guess_answer answer;
    auto& story = pin.story;
    answer.tries_left = story.tries_left;
    if (const auto wait = full(pin, request)) {
        answer.what = kind::limited;
        answer.retry_after = *wait;
        return answer;
    }
    if (story.expires_at && *story.expires_at <= now_) {
        answer.what = kind::expired;
        return answer;
    }
    if (pin.dead) {
        answer.what = kind::used_up;
        answer.spent = pin.spent;
        return answer;
    }
    if (request.mac && *request.mac == pin.mac) {
        answer.what = kind::right;
        answer.verified_before = story.verified_at.has_value();
        if (!story.verified_at) story.verified_at = now_;
        pin.dead = pin.spent = story.single_use;
        return answer;
    }
    answer.what = kind::wrong;
    if (story.tries_left) pin.dead = --*story.tries_left <= 0;
    answer.tries_left = story.tries_left;
    return answer;
}

awaitable<bool> fake_pin_store::cancel(account_name account, pin_id id) {
    must_work();
    auto* one = at(account, id);
    if (one == nullptr) co_return false;
    one->dead = true;
    if (!one->story.cancelled_at) one->story.cancelled_at = now_;
    co_return true;
}

awaitable<std::optional<postgres::pin_story>> fake_pin_store::story(postgres::pin_question which) {
    must_work();
    const auto* one = asked(which);
    if (one == nullptr) co_return std::nullopt;
    co_return one->story;
}

awaitable<std::vector<postgres::verification>> fake_pin_store::verifications(
    account_name account, std::string application, msisdn to
) {
    must_work();
    std::vector<postgres::verification> found;
    for (auto one = pins_.rbegin(); one != pins_.rend(); ++one) {
        if (one->account != account || one->story.application != application) continue;
        if (one->story.to != to) continue;
        postgres::verification made;
        made.to = to;
        made.verified_at = one->story.verified_at;
        made.verified = made.verified_at.has_value();
        if (!one->story.sendings.empty()) made.sent_at = one->story.sendings.front().sent_at;
        found.push_back(std::move(made));
    }
    co_return found;
}

// ---- applications and messages

void fake_template_store::must_work() const {
    if (broken) fail();
}

awaitable<std::vector<postgres::application>> fake_template_store::list_applications(
    account_name account
) {
    must_work();
    std::vector<postgres::application> found;
    for (const auto& [key, one] : applications) {
        if (key.first == account.str()) found.push_back(one);
    }
    co_return found;
}

awaitable<std::optional<postgres::application>> fake_template_store::find_application(
    account_name account, std::string id
) {
    must_work();
    const auto found = applications.find(by_id(account.str(), id));
    if (found == applications.end()) co_return std::nullopt;
    co_return found->second;
}

awaitable<bool> fake_template_store::create_application(
    account_name account, postgres::application one
) {
    must_work();
    if (applications.size() >= applications_max) co_return false;
    by_id key(account.str(), one.id);
    co_return applications.emplace(std::move(key), std::move(one)).second;
}

awaitable<postgres::changed> fake_template_store::change_application(
    account_name account, postgres::application former, postgres::application made
) {
    must_work();
    if (before_change) before_change();
    const auto found = applications.find(by_id(account.str(), made.id));
    if (found == applications.end()) co_return postgres::changed::none_such;
    if (found->second != former) co_return postgres::changed::outrun;
    found->second = std::move(made);
    co_return postgres::changed::done;
}

awaitable<std::vector<postgres::message_template>> fake_template_store::list_messages(
    account_name account, std::string application
) {
    must_work();
    std::vector<postgres::message_template> found;
    for (const auto& [key, one] : messages) {
        if (key.first == account.str() && one.application == application) found.push_back(one);
    }
    co_return found;
}

awaitable<std::optional<postgres::message_template>> fake_template_store::find_message(
    account_name account, std::string application, std::string id
) {
    must_work();
    const auto found = messages.find(by_id(account.str(), id));
    if (found == messages.end() || found->second.application != application) co_return std::nullopt;
    co_return found->second;
}

awaitable<bool> fake_template_store::create_message(
    account_name account, postgres::message_template one
) {
    must_work();
    if (!applications.contains(by_id(account.str(), one.application))) co_return false;
    by_id key(account.str(), one.id);
    co_return messages.emplace(std::move(key), std::move(one)).second;
}

awaitable<postgres::changed> fake_template_store::change_message(
    account_name account, postgres::message_template former, postgres::message_template made
) {
    must_work();
    if (before_change) before_change();
    const auto found = messages.find(by_id(account.str(), made.id));
    if (found == messages.end() || found->second.application != made.application)
        co_return postgres::changed::none_such;
    if (found->second != former) co_return postgres::changed::outrun;
    found->second = std::move(made);
    co_return postgres::changed::done;
}

// ---- the gate

gate::verdict fake_gate::admit(const secret& key, const call& from) {
    verdict made;
    const auto found = by_key.find(key.reveal());
    if (found == by_key.end()) return made;
    const auto& account = found->second;
    const auto holds = [&](const cidr& block) { return block.contains(from.address); };
    if (account->suspended) {
        made.why = refused_caller::suspended;
    } else if (!account->callers.empty() && std::ranges::none_of(account->callers, holds)) {
        made.why = refused_caller::address;
    } else {
        caller who;
        who.account = account;
        who.address = from.address;
        who.request_id = from.request_id;
        made.who = std::move(who);
    }
    return made;
}

gate::verdict fake_gate::admit_basic(
    std::string_view account, const secret& key, const call& from
) {
    auto made = admit(key, from);
    if (made.who && made.who->account->name.view() != account) return verdict();
    return made;
}

// ---- the world

key_ring test_ring() {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i + 1);
    return key_ring::parse(key_ring::make_line(key_id("t1"), bytes, true));
}

msisdn number(std::string_view digits) {
    return msisdn::parse(digits).value();
}

world::world() : shop(std::make_shared<config::account_settings>()) {
    settings.keys.ring = keys;
    shop->name = account_name("shop");
    config::api_key key;
    key.digest = sha256("shop-key");
    key.label = "test";
    shop->keys.push_back(std::move(key));
    settings.accounts[shop->name] = *shop;
    gate.by_key["shop-key"] = shop;
}

}  // namespace pinwire::api::test
