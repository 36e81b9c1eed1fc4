// PostgreSQL away while carriers post ten times what they usually do, past the moment when every
// job would be closed, or sent again, for want of news. What was answered with 2xx is not missing
// after, and nobody acts as if it had not come. Longer by PINWIRE_STORM_SECONDS.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/told.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using wall = std::chrono::system_clock;

std::chrono::seconds storm_time() {
    const char* text = std::getenv("PINWIRE_STORM_SECONDS");
    return std::chrono::seconds(text != nullptr ? std::strtol(text, nullptr, 10) : 9);
}

// What one poster was answered 2xx for.
struct taken {
    std::map<std::pair<std::string, int>, int> reports;    // attempt and rank -> how often
    std::map<std::string, wall::time_point> delivered_at;  // the first of them, by attempt
    int refused = 0;
};

class poster {
public:
    poster(const pinwire_stack& stack, std::vector<carried> mine)
        : stack_(stack), mine_(std::move(mine)) {}

    // First each attempt's end, until it is taken, as a carrier would; then all of it again and
    // again.
    void run(std::chrono::steady_clock::time_point until) {
        for (const auto& one : mine_) {
            while (!post(one, news::delivered) && std::chrono::steady_clock::now() < until) {
            }
        }
        while (std::chrono::steady_clock::now() < until) {
            for (const auto& one : mine_) {
                post(one, news::on_its_way);
                act_slowly(5ms);
                post(one, news::delivered);
            }
        }
    }
    const taken& got() const { return got_; }

private:
    bool post(const carried& one, news what) {
        int status = 0;
        try {
            status = tell(stack_, one.carrier, one.attempt, what);
        } catch (const std::runtime_error&) {
            // no answer: it was not taken, as far as a carrier can know
        }
        if (status / 100 != 2) {
            ++got_.refused;
            return false;
        }
        ++got_.reports[{one.attempt, rank_of(what)}];
        if (what == news::delivered) got_.delivered_at.emplace(one.attempt, wall::now());
        return true;
    }

    const pinwire_stack& stack_;
    std::vector<carried> mine_;
    taken got_;
};

stack_options hasty(postgres_cluster& cluster) {
    stack_options made;
    made.postgres = &cluster;
    made.edit = [](toml_tables& to) {
        for (auto& [table, keys] : to)
            if (table.starts_with("routes.")) keys["validity"] = "\"6s\"";
        // whoever gets no report of a message in doubt sends it again, by this route
        to["routes.de_first"]["in_doubt"] = "\"resend\"";
        to["worker"]["doubt_wait"] = "\"7s\"";
    };
    return made;
}

class Storm : public testing::Test {
protected:
    Storm() : stack_(hasty(cluster_)) {}

    void send(const std::string& name, const std::string& prefix, int count, const char* suffix) {
        std::vector<made_job> jobs;
        for (int i = 0; i < count; ++i)
            jobs.push_back(stack_.jobs().sms(name + "-" + std::to_string(i), prefix, suffix));
        stack_.produce(jobs);
    }
    // The last moment at which anything would be done for want of news; some seconds from now.
    std::chrono::milliseconds until_all_is_overdue() {
        const std::chrono::milliseconds left(stack_.count(
            "select greatest(0, ceil(extract(epoch from max(greatest(d.at, d.close_at))"
            " filter (where d.at < 'infinity' and d.close_at < 'infinity') - clock_timestamp()) * "
            "1000))::bigint"
            " from due d"
        ));
        return std::min<std::chrono::milliseconds>(left, 20s);
    }
    // The first one.
    std::map<std::string, wall::time_point> deadlines() {
        std::map<std::string, wall::time_point> made;
        const auto rows = stack_.query(
            "select hex_name(a.id), (extract(epoch from least(nullif(a.deadline, 'infinity'),"
            " d.at, d.close_at)) * 1000000)::bigint from attempt a left join due d on d.job = a.job"
        );
        for (std::size_t i = 0; i < rows.size(); ++i)
            made[rows[i].text(0)] = wall::time_point(std::chrono::microseconds(rows[i].int64(1)));
        return made;
    }
    std::vector<taken> blow(const std::vector<carried>& all, std::chrono::milliseconds time) {
        constexpr std::size_t posters = 4;
        std::vector<std::vector<carried>> parts(posters);
        for (std::size_t i = 0; i < all.size(); ++i)
            parts[i % posters].push_back(all[i]);
        std::vector<poster> each;
        for (auto& part : parts)
            each.emplace_back(stack_, std::move(part));
        const auto until = std::chrono::steady_clock::now() + time;
        std::vector<std::thread> threads;
        for (auto& one : each)
            threads.emplace_back([&one, until] { one.run(until); });
        for (auto& one : threads)
            one.join();
        std::vector<taken> got;
        for (const auto& one : each)
            got.push_back(one.got());
        return got;
    }
    // The raw reports that are kept for audit, by attempt and rank.
    std::map<std::pair<std::string, int>, int> history() {
        std::map<std::pair<std::string, int>, int> made;
        const auto rows = stack_.query(
            "select hex_name(attempt), status, count(*)::integer from dlr_history"
            " where attempt is not null and status is not null group by 1, 2"
        );
        for (std::size_t i = 0; i < rows.size(); ++i)
            made[{rows[i].text(0), rows[i].int16(1)}] = rows[i].int32(2);
        return made;
    }
    // What was taken more often than it is kept.
    std::vector<std::string> lost(const std::vector<taken>& got) {
        std::vector<std::string> missing;
        const auto kept = history();
        for (const auto& part : got) {
            for (const auto& [what, often] : part.reports) {
                const auto found = kept.find(what);
                const int there = found == kept.end() ? 0 : found->second;
                if (there < often) missing.push_back(what.first);
            }
        }
        return missing;
    }
    // Jobs whose customer was told something else than that it was delivered.
    std::set<std::string> told_otherwise() {
        std::set<std::string> made;
        for (const auto& line : stack_.journal("report")) {
            for (std::size_t i = 0; i < line["ids"].size(); ++i) {
                const auto word = line["statuses"][i].get<std::string>();
                if (word == "DELIVRD" || word == "DELIVERED_TO_HANDSET") continue;
                auto id = line["ids"][i].get<std::string>();
                std::erase(id, '-');
                made.insert(id);
            }
        }
        return made;
    }
    std::string job_of(const std::string& attempt) {
        return stack_.query("select hex_name(job) from attempt where id = '" + attempt + "'")
            .one()
            .text(0);
    }

    postgres_cluster cluster_;
    pinwire_stack stack_;
};

TEST_F(Storm, WithoutPostgresLosesNoReportAndActsOnNone) {
    constexpr int plain = 60, doubtful = 15;
    stack_.start();
    // the simulator's own reports come in the storm as well
    http_call(stack_.sim(), "POST", "/admin/dlr_delay", R"({"delay_ms": 1500})");
    send("es", "34", plain, "0000");
    send("de", "49", plain, "0000");
    send("doubt", "49", doubtful, "0015");
    const auto all_taken = [&] { return stack_.acceptances() == 2 * plain + doubtful; };
    ASSERT_TRUE(eventually(all_taken, 30s, "all of them taken")) << stack_.tails();
    const auto known = [&] {
        return stack_.count("select count(*) from attempt where state in (1, 2)") == 0;
    };
    ASSERT_TRUE(eventually(known, 30s, "all of them recorded")) << stack_.tails();
    const auto all = carried_of(stack_, "");
    const auto due = deadlines();
    const auto overdue = until_all_is_overdue();
    cluster_.stop_immediate();
    const auto got = blow(all, std::max<std::chrono::milliseconds>(overdue + 500ms, storm_time()));
    cluster_.start();
    EXPECT_TRUE(oracle(stack_).holds(120s));

    // the last of them may be read after everybody was told
    const auto nothing_lost = [&] { return lost(got).empty(); };
    EXPECT_TRUE(eventually(nothing_lost, 60s, "all are kept"))
        << ::testing::PrintToString(lost(got));
    const auto otherwise = told_otherwise();
    std::size_t in_time = 0;
    int posts = 0;
    for (const auto& part : got) {
        for (const auto& [what, often] : part.reports)
            posts += often;
        for (const auto& [attempt, at] : part.delivered_at) {
            if (at > due.at(attempt)) continue;
            ++in_time;
            EXPECT_FALSE(otherwise.contains(job_of(attempt)))
                << attempt << ": its report was taken before anybody could say that none came";
        }
    }
    EXPECT_EQ(stack_.count("select count(*) from attempt where n > 1"), 0) << "nothing went twice";
    EXPECT_EQ(stack_.count("select count(*) from job where dlr_status = 8"), 2 * plain + doubtful);
    RecordProperty("posts", posts);
    RecordProperty("in_time", static_cast<int>(in_time));
}

}  // namespace
}  // namespace pinwire::test
