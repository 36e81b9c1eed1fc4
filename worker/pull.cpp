#include "worker/pull.hpp"

#include <algorithm>
#include <array>

#include "common/carriers/intake.hpp"
#include "common/carriers/registry.hpp"
#include "common/carriers/wire.hpp"
#include "common/postgres/errors.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using postgres::overdue_attempt;

constexpr std::size_t take_min = 16;  // attempts of a round
constexpr std::array both_channels = {channel::sms, channel::voice};

std::chrono::milliseconds look_every(const config::carrier_settings& how) {
    return std::clamp<std::chrono::milliseconds>(how.pull_every / 20, 50ms, 10s);
}

std::chrono::milliseconds rest_first(const config::carrier_settings& how) {
    return std::min<std::chrono::milliseconds>(how.pull_every, 30s);
}

std::chrono::milliseconds rest_max(const config::carrier_settings& how) {
    return std::min<std::chrono::milliseconds>(how.pull_every * 20, 10min);
}

carriers::pull question_of(channel on, const std::vector<overdue_attempt>& about) {
    carriers::pull made;
    made.channel = on;
    for (const auto& one : about) {
        carriers::pull::overdue entry;
        entry.attempt = one.attempt;
        entry.carrier_message_id = one.carrier_message_id;
        entry.to = one.to;
        made.about.push_back(std::move(entry));
    }
    made.now = database_clock::now();
    made.nonce = random_bytes<16>();
    return made;
}

// The attempt that an entry speaks of; null: none of those that were asked about.
const overdue_attempt* subject_of(const dlr& told, const std::vector<overdue_attempt>& asked) {
    for (const auto& one : asked) {
        if (told.reference ? *told.reference == one.attempt
                           : !told.carrier_message_id.empty() &&
                                 told.carrier_message_id == one.carrier_message_id)
            return &one;
    }
    return nullptr;
}

bool says_more(const dlr& told, const overdue_attempt& known) {
    const bool status = told.status && (!known.status || *told.status > *known.status);
    const bool call = told.call && (!known.call || *told.call > *known.call);
    return status || call;
}

}  // namespace

bool pull_step::wanted(const config::settings& settings, const carrier_name& name) {
    const auto& how = settings.carriers.at(name);
    if (how.pull_after.count() == 0) return false;
    const auto translator = carriers::make_carrier(how.translator);
    return translator &&
           translator->pulls(channel::sms).most + translator->pulls(channel::voice).most > 0;
}

pull_step::pull_step(
    const config::settings& settings,
    const carrier_name& name,
    gateway& to,
    pull_desk& desk,
    telemetry::metrics& metrics
)
    : how_(settings.carriers.at(name)),
      name_(name),
      translator_(carriers::make_carrier(how_.translator)),
      gateway_(to),
      desk_(desk) {
    for (const auto& [route, given] : settings.routes)
        if (given.carrier == name) routes_.push_back(route);
    const auto requests = [&](const char* result) {
        return metrics.make_counter(
            "pinwire_pulls_total",
            "Requests for reports that didn't come, by what they brought",
            {{"carrier", name.str()}, {"result", result}}
        );
    };
    told_ = requests("news");
    nothing_ = requests("nothing_new");
    no_answer_ = requests("no_answer");
    fetched_ = metrics.make_counter(
        "pinwire_dlrs_pulled_total", "Reports that were fetched", {{"carrier", name.str()}}
    );
}

awaitable<void> pull_step::run() {
    for (;;) {
        std::size_t taken = 0;
        try {
            auto asking = desk_.turn(name_);
            const bool ours = co_await std::move(asking);
            if (ours) {
                auto looking = round();
                taken = co_await std::move(looking);
            }
        } catch (const postgres::database_error&) {
            // the heartbeat says so already; what was taken is overdue again soon enough
        }
        const auto idle = taken > 0 ? 0ms : look_every(how_);
        co_await sleep_for(rest_ > 0ms ? rest_ : idle);
    }
}

awaitable<std::size_t> pull_step::round() {
    const auto sms = translator_->pulls(channel::sms).most;
    const auto voice = translator_->pulls(channel::voice).most;
    postgres::overdue_question question;
    question.carrier = name_;
    question.routes = routes_;
    question.limit = static_cast<int>(std::max({sms, voice, take_min}));
    question.every = how_.pull_every;
    auto taking = desk_.take(std::move(question));
    const auto taken = co_await std::move(taking);
    std::vector<attempt_id> left;
    bool useful = true;
    for (const auto on : both_channels) {
        for (auto& portion : portions_of(taken, on)) {
            auto ids = std::vector<attempt_id>();
            for (const auto& one : portion)
                ids.push_back(one.attempt);
            if (useful) {
                auto asking = ask(on, std::move(portion));
                useful = co_await std::move(asking);
            }
            if (!useful) left.insert(left.end(), ids.begin(), ids.end());
        }
    }
    if (!left.empty()) {
        auto putting_back = desk_.again(std::move(left), rest_);
        co_await std::move(putting_back);
    }
    co_return taken.size();
}

// What can't be asked about is left to its deadline.
std::vector<pull_step::attempts> pull_step::portions_of(attempts all, channel on) const {
    const auto terms = translator_->pulls(on);
    std::vector<attempts> made;
    if (terms.most == 0) return made;
    for (auto& one : all) {
        if (one.channel != on || (terms.by_id && one.carrier_message_id.empty())) continue;
        if (made.empty() || made.back().size() == terms.most) made.emplace_back();
        made.back().push_back(std::move(one));
    }
    return made;
}

awaitable<bool> pull_step::ask(channel on, attempts about) {
    auto waiting = keep_pace();
    co_await std::move(waiting);
    const auto question = question_of(on, about);
    auto asking = gateway_.ask_carrier(name_, translator_->to_pull(question));
    auto got = co_await std::move(asking);
    if (!got.answered() || got.truncated) {
        no_answer_.add();
        troubled(got.truncated ? "too_long" : std::string(http::to_string(got.why)), 0ms);
        co_return false;
    }
    const auto answer = http::to_core(std::move(got.answer));
    auto read = translator_->read_pull(answer, question);
    if (!read.readable) {
        no_answer_.add();
        troubled(read.word, carriers::wire::retry_after(answer.headers));
        co_return false;
    }
    auto putting = put(on, about, std::move(read.entries));
    const bool kept = co_await std::move(putting);
    co_return kept;
}

// Only what is new: a carrier that still says "on its way" adds nothing to the history.
awaitable<bool> pull_step::put(channel on, const attempts& asked, std::vector<dlr> told) {
    auto news = news_of(on, asked, std::move(told));
    const auto count = news.size();
    if (count > 0) {
        auto producing = desk_.put(std::move(news));
        const bool kept = co_await std::move(producing);
        if (!kept) {
            troubled("broker", 0ms);
            co_return false;
        }
    }
    (count > 0 ? told_ : nothing_).add();
    fetched_.add(static_cast<double>(count));
    well();
    co_return true;
}

std::vector<dlr> pull_step::news_of(channel on, const attempts& asked, std::vector<dlr> told)
    const {
    std::vector<dlr> news;
    for (auto& one : told) {
        const auto* known = subject_of(one, asked);
        if (known == nullptr) continue;
        carriers::take_in(one, how_.translator, on);
        if (!says_more(one, *known)) continue;
        // as the settler finds it soonest, and as a posted report is keyed
        one.reference = known->attempt;
        one.carrier = name_;
        one.intake_at = database_clock::now();
        carriers::mark_as_pulled(one);
        news.push_back(std::move(one));
    }
    return news;
}

awaitable<void> pull_step::keep_pace() {
    const auto now = std::chrono::steady_clock::now();
    const auto step = std::chrono::duration<double>(1.0 / how_.pull_rate);
    const auto at = std::max(next_, now);
    next_ = at + std::chrono::duration_cast<std::chrono::steady_clock::duration>(step);
    if (at > now) co_await sleep_until(at);
}

void pull_step::troubled(const std::string& why, std::chrono::milliseconds at_least) {
    if (rest_ == 0ms) telemetry::log_warn("pull_failed", {{"carrier", name_}, {"error", why}});
    rest_ = std::clamp(rest_ * 2, rest_first(how_), rest_max(how_));
    rest_ = std::max(rest_, std::min<std::chrono::milliseconds>(at_least, 10min));
}

void pull_step::well() {
    if (rest_ > 0ms) telemetry::log_info("pull_restored", {{"carrier", name_}});
    rest_ = 0ms;
}

}  // namespace pinwire::worker
