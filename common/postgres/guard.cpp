#include "common/postgres/guard.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/errors.hpp"

namespace pinwire::postgres {
namespace {

// A batch's counters, each once, in the one order in which all workers lock them.
class counters {
public:
    explicit counters(std::span<const cap_request> requests) {
        for (const auto& request : requests)
            for (const auto& use : request.uses)
                all_.emplace(key_of(use), use.limit);
        std::int64_t next = 0;
        for (const auto& [key, limit] : all_)
            places_[key] = ++next;
    }

    std::int64_t place_of(const cap_use& use) const { return places_.at(key_of(use)); }

    std::string literal() const {
        row_array rows;
        for (const auto& [key, limit] : all_)
            rows.begin_row()
                .text(key.first)
                .text(key.second)
                .number(limit.most)
                .number(limit.within.count())
                .end_row();
        return rows.take();
    }

private:
    using counter_key = std::pair<std::string, std::string>;  // account, scope

    static counter_key key_of(const cap_use& use) { return {use.account.str(), use.scope}; }

    std::map<counter_key, rate_limit> all_;
    std::map<counter_key, std::int64_t> places_;
};

// In the order of guard_job.
void append(row_array& out, const cap_request& request, const counters& among) {
    std::vector<std::int64_t> places;
    std::vector<std::int64_t> amounts;
    std::vector<std::string> members;
    for (const auto& use : request.uses) {
        places.push_back(among.place_of(use));
        amounts.push_back(use.amount);
        members.push_back(use.member);
    }
    out.begin_row()
        .text(number_array(places))
        .text(number_array(amounts))
        .text(text_array(members))
        .end_row();
}

}  // namespace

std::vector<cap_answer> count_guarded(session& with, std::span<const cap_request> requests) {
    std::vector<cap_answer> out(requests.size());
    if (requests.empty()) return out;
    const counters among(requests);
    row_array jobs;
    for (const auto& request : requests)
        append(jobs, request, among);
    const auto answer = with.query(
        "select job, full_at, retry_ms from count_guarded($1::guard_counter[], $2::guard_job[])",
        {among.literal(), jobs.take()}
    );
    if (answer.size() != requests.size())
        throw unexpected_answer("count_guarded: one row for each row");
    for (std::size_t i = 0; i < answer.size(); ++i) {
        if (answer[i].is_null(1)) continue;
        const auto job = static_cast<std::size_t>(answer[i].int32(0)) - 1;
        const auto place = static_cast<std::size_t>(answer[i].int32(1)) - 1;
        out.at(job).full = requests[job].uses.at(place).which;
        out.at(job).retry_after = std::chrono::milliseconds(answer[i].int64(2));
    }
    return out;
}

int count_conversion(session& with, const conversion_rules& rules, int limit) {
    return with
        .query(
            "select count_conversion($1::interval, $2::interval, $3::integer, $4::integer)",
            {interval_text(rules.after),
             interval_text(rules.window),
             std::to_string(rules.digits_dropped),
             std::to_string(limit)}
        )
        .one()
        .int32(0);
}

std::vector<low_conversion> judge_conversion(session& with, const conversion_rules& rules) {
    const auto rows = with.query(
        "select prefix, sent, verified, stopped from judge_conversion($1::interval, $2::interval,"
        " $3::bigint, $4::double precision, $5::double precision, $6::interval, $7)",
        {interval_text(rules.after),
         interval_text(rules.window),
         std::to_string(rules.least),
         fmt::format("{}", rules.warn),
         fmt::format("{}", rules.stop),
         interval_text(rules.stop_for),
         rules.who}
    );
    std::vector<low_conversion> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        low_conversion one;
        one.prefix = rows[i].text(0);
        one.sent = rows[i].int64(1);
        one.verified = rows[i].int64(2);
        one.stopped = rows[i].boolean(3);
        out.push_back(std::move(one));
    }
    return out;
}

int tidy_guard(session& with, const std::string& who, int limit) {
    return with.query("select tidy_guard($1, $2::integer)", {who, std::to_string(limit)})
        .one()
        .int32(0);
}

}  // namespace pinwire::postgres
