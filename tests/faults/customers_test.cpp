// Customers' servers that misbehave, all at once, each at an endpoint of its own beside a good one:
// the good one's reports go on, each bad one's tries end as they should, nobody is posted to at an
// address that isn't its own, an endless answer costs no memory; and once they are well, every
// job's report arrives, one by its own id. Method: fronts on 127.0.0.2, which the account may
// reach, and a trap on 127.0.0.1, which it may not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/certificates.hpp"
#include "tests/support/customer_front.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/name_server.hpp"
#include "tests/support/process_memory.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/tls_front.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int rounds = 4;
constexpr const char* its_own = "127.0.0.2";
constexpr const char* somebody_elses = "127.0.0.1";

name_entry leads_to(const char* address) {
    name_entry made;
    made.addresses = {address};
    made.ttl = 1;
    return made;
}

// Now here, now there: whoever asks once to check and once more to dial is led astray.
name_entry turning() {
    auto made = leads_to(its_own);
    made.by_turns = {somebody_elses};
    return made;
}

name_entry silent() {
    name_entry made;
    made.silent = true;
    return made;
}

std::string head_of(const char* status, const std::string& fields) {
    return fmt::format("HTTP/1.1 {}\r\n{}\r\n", status, fields);
}

// What goes wrong, and what its tries must say; the words of the tries' rows.
struct trouble {
    const char* name;
    conduct how;
    std::string text;
    std::set<std::string> reasons;
    bool tls = false;
};

class Customers : public testing::Test {
protected:
    struct endpoint {
        trouble what;
        std::unique_ptr<tls_front> behind;  // where it speaks TLS
        std::unique_ptr<customer_front> front;
        std::string host() const { return fmt::format("{}.customer.test", what.name); }
        std::string url() const {
            return fmt::format(
                "{}://{}:{}/customer/acme", what.tls ? "https" : "http", host(), front->port()
            );
        }
    };

    Customers() {
        options_.edit = [this](toml_tables& to) { arrange(to); };
    }

    void arrange(toml_tables& to);
    void add(trouble what);
    void fall_ill();
    void get_well();
    void produce(pinwire_stack&, int round);
    void expect_tries(pinwire_stack&);
    void tell_the_gone_again(pinwire_stack&);
    endpoint& of(std::string_view name) {
        for (auto& one : sick_) {
            if (name == one.what.name) return one;
        }
        throw std::invalid_argument(std::string(name));
    }

    certificates authority_;
    name_server names_{std::map<std::string, name_entry>()};
    std::uint16_t simulator_ = 0;
    std::unique_ptr<customer_front> trap_;
    std::list<endpoint> sick_;
    stack_options options_;
};

void Customers::add(trouble what) {
    auto& made = sick_.emplace_back();
    made.what = std::move(what);
    auto behind = simulator_;
    if (made.what.tls) {
        made.behind = std::make_unique<tls_front>(behind, authority_.make(made.host()));
        behind = made.behind->port();
    }
    made.front = std::make_unique<customer_front>(its_own, 0, behind);
    names_.set(made.host(), leads_to(its_own));
}

void Customers::arrange(toml_tables& to) {
    const auto ports = to["accounts.acme"]["ports"];  // [the simulator's]
    simulator_ = static_cast<std::uint16_t>(std::stoi(ports.substr(1)));
    trap_ = std::make_unique<customer_front>(somebody_elses, 0, simulator_);
    const auto inner = fmt::format("Location: http://127.0.0.1:{}/\r\n", trap_->port());
    const std::set<std::string> unanswered = {"answer_timeout"};
    add({"refuses", conduct::refuses, "", {"connect"}});
    add({"hangs", conduct::says_nothing, "", unanswered});
    add({"drips-head", conduct::drips, "HTTP/1.1 200 OK\r\nX-Slow: ", unanswered});
    add({"drips-body", conduct::drips, head_of("200 OK", "Content-Length: 1000000\r\n"), unanswered}
    );
    add({"fails", conduct::answers, head_of("500 Oops", "Content-Length: 0\r\n"), {"HTTP 500"}});
    add({"gone", conduct::answers, head_of("410 Gone", "Content-Length: 0\r\n"), {"HTTP 410"}});
    add(
        {"moved",
         conduct::answers,
         head_of("301 Moved Permanently", inner + "Content-Length: 0\r\n"),
         {"HTTP 301"}}
    );
    add(
        {"floods",
         conduct::floods,
         head_of("500 Oops", "Content-Length: 314572800\r\n"),
         {"HTTP 500"}}
    );
    add(
        {"breaks-off",
         conduct::breaks_off,
         head_of("200 OK", "Content-Length: 1000\r\n") + "ha",
         {"closed"}}
    );
    add({"tls-stalls", conduct::says_nothing, "", {"connect_timeout"}, true});
    add({"wrong-certificate", conduct::passes, "", {"tls"}, true});
    add({"nameless", conduct::passes, "", {"dns"}});
    add({"turns", conduct::refuses, "", {"address", "connect"}});

    auto& acme = to["accounts.acme"];
    acme["allow_cidrs"] = fmt::format("[\"{}/32\"]", its_own);
    std::string list = fmt::format("{}", trap_->port());
    for (const auto& one : sick_)
        list += fmt::format(", {}", one.front->port());
    acme["ports"] = "[" + list + "]";
    to["callback.reports"]["dns_servers"] = fmt::format("[\"{}\"]", names_.address());
    to["callback.reports"]["ca_file"] = fmt::format("\"{}\"", authority_.ca_file());
}

void Customers::fall_ill() {
    for (auto& one : sick_)
        one.front->be(one.what.how, one.what.text);
    of("wrong-certificate").behind->show(authority_.make("elsewhere.customer.test"));
    names_.set(of("nameless").host(), silent());
    names_.set(of("turns").host(), turning());
}

void Customers::get_well() {
    of("wrong-certificate").behind->show(authority_.make(of("wrong-certificate").host()));
    for (auto& one : sick_) {
        names_.set(one.host(), leads_to(its_own));
        one.front->be(conduct::passes);
    }
}

// One job for each of the sick, and as many for the good one.
void Customers::produce(pinwire_stack& stack, int round) {
    std::vector<made_job> jobs;
    for (const auto& one : sick_) {
        const auto id = fmt::format("{}-{}", one.what.name, round);
        auto sick = stack.jobs().sms(id, "44", "0000");
        auto good = stack.jobs().sms("good-" + id, "44", "0000");
        sick.body["report_url"] = one.url();
        good.account = "globex";
        good.body["account"] = good.account;
        jobs.push_back(std::move(sick));
        jobs.push_back(std::move(good));
    }
    stack.produce(jobs);
}

// Each was tried, and its tries ended as its trouble ends them. (On a slow machine also otherwise.)
void Customers::expect_tries(pinwire_stack& stack) {
    for (const auto& one : sick_) {
        std::set<std::string> left = one.what.reasons;
        std::string seen;
        const auto all_seen = [&] {
            seen.clear();
            const auto rows = stack.query(fmt::format(
                "select distinct t.error from report_try t join job j on j.id = t.job where"
                " j.job_id like '{}-%' and t.error is not null",
                one.what.name
            ));
            for (std::size_t i = 0; i < rows.size(); ++i) {
                const std::string said = rows[i].text(0);
                left.erase(said);
                seen += said + ' ';
            }
            return left.empty();
        };
        const auto what = fmt::format("the tries of {}", one.what.name);
        EXPECT_TRUE(eventually(all_seen, 60s, what)) << seen;
    }
}

void Customers::tell_the_gone_again(pinwire_stack& stack) {
    const auto url = of("gone").url();
    stack.pinwire({"endpoints", "enable", "acme", url});
}

TEST_F(Customers, InTroubleHarmNobodyElseAndAreToldAllTheSame) {
    pinwire_stack stack(options_);
    stack.start();
    const auto before = peak_memory_kib(stack.process("callback").pid());
    fall_ill();
    for (int round = 0; round < rounds; ++round)
        produce(stack, round);
    const auto good = [&] {
        return stack.count(
                   "select count(*) from job where account = 'globex' and final_at is not "
                   "null"
               ) == static_cast<std::int64_t>(sick_.size()) * rounds &&
               stack.count(
                   "select (select count(*) from report where account = 'globex') +"
                   " (select count(*) from report_retry where account = 'globex')"
               ) == 0;
    };
    EXPECT_TRUE(eventually(good, 60s, "the good one's reports while the others are ill"))
        << stack.tails();
    expect_tries(stack);
    const auto one_is_off = [&] {
        return stack.count("select count(*) from endpoint_disabled") == 1;
    };
    EXPECT_TRUE(eventually(one_is_off, 20s, "only who says that it is gone is disabled"));
    EXPECT_GT(of("floods").front->flooded(), 0U);
    if (memory_is_its_own()) {
        EXPECT_LT(peak_memory_kib(stack.process("callback").pid()), before + 100 * 1024);
    }
    get_well();
    const auto waits_for_the_gone = [&] {
        return stack.count("select count(*) from job where final_at is null") == 0 &&
               stack.count("select count(*) from report_dead") == rounds;
    };
    EXPECT_TRUE(eventually(waits_for_the_gone, 60s, "what is kept for the one that was gone"));
    tell_the_gone_again(stack);
    EXPECT_TRUE(oracle(stack).holds(120s));
    EXPECT_EQ(trap_->accepted(), 0U) << "somebody was posted to who mustn't be";
}

}  // namespace
}  // namespace pinwire::test
