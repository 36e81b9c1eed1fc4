// Two routes through real Kannels, with the failover between them: what was surely not sent goes
// the other way, what Kannel took does not, each job ends once, and Kannel's own reports lead to
// the customer's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/support/eventually.hpp"
#include "tests/support/smpp_centre.hpp"
#include "tests/support/stack/facts.hpp"
#include "tests/support/stack/kannel_node.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* password = "sim-key";  // what the stack's carriers say
constexpr int some = 40;

// "kannel" is the first route to numbers of Germany, "spare" the second.
stack_options through(const kannel_node& first, const kannel_node& second, const char* validity) {
    stack_options made;
    made.edit = [first_url = first.url(), second_url = second.url(), validity](toml_tables& to) {
        const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
        to["carriers.spare"] = to["carriers.kannel"];
        to["carriers.kannel"]["base_url"] = quoted(first_url);
        to["carriers.spare"]["base_url"] = quoted(second_url);
        to["carriers.kannel"]["smsc"] = quoted("one");
        to["carriers.spare"]["smsc"] = quoted("two");
        to["routes.de_second"]["carrier"] = quoted("spare");
        for (const auto* route : {"routes.de_first", "routes.de_second"})
            to[route]["validity"] = quoted(validity);
        // Kannel's listener has a backlog of 10: more new connections at once wait a second
        for (const auto* route : {"routes.de_first", "routes.de_second"})
            to[route]["window"] = "8";
    };
    return made;
}

// The message centres' side for the oracle. A number is a job's own, so number and carrier tell the
// attempt; where a carrier had several, the one that went out.
class witness {
public:
    witness(pinwire_stack& stack, const smpp_centre& first, const smpp_centre& second)
        : stack_(stack), centres_{{"kannel", &first}, {"spare", &second}} {}

    // After a crash Kannel itself may repeat a message to its centre: that isn't our sending.
    void forgive_repeats() { forgiving_ = true; }

    // A message that waits inside Kannel when its centre is stopped is one that Kannel took and
    // then refused by a report (16): no centre ever sees it.
    void forgive_refused_later() { refused_later_ = true; }

    void operator()(facts& to) const {
        const auto attempts = by_number();
        for (const auto& [carrier, centre] : centres_) {
            std::map<std::string, int> seen;
            for (const auto& one : centre->submitted()) {
                if (seen[one.to]++ > 0 && forgiving_) continue;
                const auto found = attempts.find(carrier + one.to);
                to.journal.push_back(
                    {{"type", "accepted"},
                     {"instance", carrier},
                     {"reference", found == attempts.end() ? "nobody's" : found->second},
                     {"at_us", one.at_us}}
                );
            }
            if (refused_later_) refused(to, carrier, seen);
        }
    }

private:
    void refused(facts& to, const std::string& carrier, const std::map<std::string, int>& seen)
        const {
        const auto rows = stack_.query(
            "select j.msisdn, hex_name(a.id), (extract(epoch from a.created_at) * 1000000)::bigint"
            " from attempt a join job j on j.id = a.job"
            " where a.state = 4 and a.dlr_status = 7 and a.carrier = '" +
            carrier + "'"
        );
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (seen.contains(rows[i].text(0))) continue;
            to.journal.push_back(
                {{"type", "accepted"},
                 {"instance", carrier},
                 {"reference", rows[i].text(1)},
                 {"at_us", rows[i].int64(2)}}
            );
        }
    }

    std::map<std::string, std::string> by_number() const {
        std::map<std::string, std::string> made;
        const auto rows = stack_.query(
            "select a.carrier || j.msisdn, hex_name(a.id) from attempt a join job j on j.id = a.job"
            " order by a.state in (3, 4), a.n"
        );
        for (std::size_t i = 0; i < rows.size(); ++i)
            made[rows[i].text(0)] = rows[i].text(1);
        return made;
    }

    pinwire_stack& stack_;
    std::map<std::string, const smpp_centre*> centres_;
    bool forgiving_ = false;
    bool refused_later_ = false;
};

class KannelRoutes : public testing::Test {
protected:
    std::vector<made_job> many(const std::string& name) {
        return stack->jobs().plain(name, 0, some, "49");
    }
    std::int64_t jobs_with(const std::string& what) {
        return stack->count("select count(*) from job where " + what);
    }
    std::int64_t attempts_with(const std::string& what) {
        return stack->count("select count(*) from attempt where " + what);
    }
    testing::AssertionResult submitted_at_least(const smpp_centre& centre, std::size_t count) {
        return eventually(
            [&] { return centre.submitted().size() >= count; }, 30s, "messages at the centre"
        );
    }

    smpp_centre first;
    smpp_centre second;
    std::unique_ptr<kannel_node> node;
    std::unique_ptr<kannel_node> other;
    std::unique_ptr<pinwire_stack> stack;
};

// One Kannel with both centres.
class OneKannel : public KannelRoutes {
protected:
    OneKannel() {
        node = std::make_unique<kannel_node>(
            std::vector<kannel_smsc>{{"one", first.port()}, {"two", second.port()}}, password
        );
        stack = std::make_unique<pinwire_stack>(through(*node, *node, "20s"));
        stack->start();
    }
};

TEST_F(OneKannel, TellsTheEndOfEachMessageAndTheCustomerHearsIt) {
    std::vector<made_job> jobs;
    for (int i = 0; i < 25; ++i) {
        const char* ends[] = {"0000", "0001", "0002", "0005", "0011"};
        jobs.push_back(stack->jobs().sms(fmt::format("end-{}", i), "49", ends[i % 5]));
    }
    stack->produce(jobs);
    EXPECT_TRUE(oracle(*stack, witness(*stack, first, second)).holds()) << node->log();
    EXPECT_EQ(jobs_with("dlr_status = 8 and msisdn like '%0000'"), 5);
    EXPECT_EQ(jobs_with("dlr_status = 8 and msisdn like '%0005'"), 5);
    EXPECT_EQ(jobs_with("dlr_status = 6 and msisdn like '%0001'"), 5);
    EXPECT_EQ(jobs_with("dlr_status = 6 and msisdn like '%0002'"), 5) << "Kannel says no more";
    EXPECT_EQ(jobs_with("dlr_status = 7 and msisdn like '%0011'"), 5);
    EXPECT_EQ(jobs_with("sms_status = 2"), 25);
    EXPECT_EQ(second.submitted().size(), 0U);
}

TEST_F(OneKannel, WithoutAnSmscForUsIsLeftForTheOtherRoute) {
    stack->produce(many("before"));
    ASSERT_TRUE(submitted_at_least(first, 5));
    node->stop_smsc("one");
    stack->produce(many("after"));
    witness seen(*stack, first, second);
    seen.forgive_refused_later();
    EXPECT_TRUE(oracle(*stack, seen).holds());
    EXPECT_EQ(jobs_with("dlr_status = 8 and sms_status = 2 and job_id like 'after%'"), some);
    // of what is on its way to the centre when it stops it, Kannel says that it was refused
    EXPECT_EQ(
        jobs_with("(dlr_status = 8 or dlr_status = 7 and attempts = 1) and sms_status = 2"),
        2 * some
    );
    EXPECT_GE(second.submitted().size(), static_cast<std::size_t>(some));
    // such a message may have reached the centre or not; each of the others did, once
    const auto reached = first.submitted().size() + second.submitted().size();
    EXPECT_LE(reached, 2U * some);
    EXPECT_GE(reached + static_cast<std::size_t>(jobs_with("dlr_status = 7")), 2U * some);
    EXPECT_GE(attempts_with("carrier = 'kannel' and state = 5 and error = 'NOT_ROUTABLE(403)'"), 1);
    // Kannel reports each of its own refusals too (16): heard, and no proof of anything
    EXPECT_TRUE(eventually(
        [this] {
            return attempts_with(
                       "state = 5 and id in (select attempt from dlr_history"
                       " where status = 7)"
                   ) >= 1;
        },
        10s,
        "a report of a refusal"
    ));
}

TEST_F(OneKannel, ThatKeepsAMessageForItsSmscIsNotLeft) {
    first.stop();
    node->wait_until("one", "re-connecting");
    stack->produce(many("kept"));
    ASSERT_TRUE(eventually(
        [&] { return attempts_with("carrier = 'kannel' and state = 4") == some; }, 30s, "taken"
    ));
    first.start();
    EXPECT_TRUE(oracle(*stack, witness(*stack, first, second)).holds());
    EXPECT_EQ(jobs_with("dlr_status = 8 and attempts = 1"), some);
    EXPECT_EQ(second.submitted().size(), 0U);
}

// Two whole Kannels; the first one dies in mid-run and comes back with what it had on disk.
class TwoKannels : public KannelRoutes {
protected:
    TwoKannels() {
        using one = std::vector<kannel_smsc>;
        node = std::make_unique<kannel_node>(one{{"one", first.port()}}, password);
        other = std::make_unique<kannel_node>(one{{"two", second.port()}}, password);
        stack = std::make_unique<pinwire_stack>(through(*node, *other, "4s"));
        stack->start();
    }
};

TEST_F(TwoKannels, FailOverWhenTheFirstIsKilledAndSendNothingTwice) {
    stack->produce(many("before"));
    ASSERT_TRUE(submitted_at_least(first, 5));
    node->kill9();
    stack->produce(many("while"));
    ASSERT_TRUE(submitted_at_least(second, some));
    node->start();
    stack->produce(many("after"));
    witness seen(*stack, first, second);
    seen.forgive_repeats();
    EXPECT_TRUE(oracle(*stack, seen).holds());
    EXPECT_EQ(jobs_with("final_at is not null"), 3 * some);
    EXPECT_EQ(
        stack->count("select count(*) from (select from attempt where state in (3, 4)"
                     " group by job having count(*) > 1) twice"),
        0
    );
    EXPECT_GE(attempts_with("carrier = 'spare' and state = 4"), some);
}

}  // namespace
}  // namespace pinwire::test
