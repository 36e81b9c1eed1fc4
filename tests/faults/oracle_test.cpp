// The oracle itself: content with an undisturbed run, and not to be fooled by what it must find.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <sstream>

#include "common/core/base64.hpp"
#include "common/core/hmac.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

bool mentions(const std::vector<std::string>& findings, const std::string& promise) {
    return std::any_of(findings.begin(), findings.end(), [&promise](const std::string& one) {
        return one.starts_with(promise);
    });
}

struct seen_report {
    std::string id;
    std::string body;
    std::string job;  // account/job_id
};

// One that came alone.
seen_report lone_report(pinwire_stack& stack) {
    std::string job;
    seen_report made;
    for (const auto& line : stack.journal("report")) {
        if (line["ids"].size() != 1) continue;
        made.id = line["webhook_id"].get<std::string>();
        job = line["ids"][0].get<std::string>();
    }
    std::erase(job, '-');
    made.job =
        stack.query("select account || '/' || job_id from job where hex_name(id) = '" + job + "'")
            .one()
            .text(0);
    std::istringstream lines(http_call(stack.sim(), "GET", "/customer/acme/requests?max=100").body);
    for (std::string text; std::getline(lines, text);) {
        const auto request = nlohmann::json::parse(text);
        if (request["webhook_id"] == made.id) made.body = request["body"].get<std::string>();
    }
    return made;
}

// As Pinwire would sign it, with the stack's secret.
void post_report(const pinwire_stack& stack, const std::string& id, const std::string& body) {
    const auto now = std::to_string(std::time(nullptr));
    const auto key = *base64_decode("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    const auto mark =
        base64_encode(hmac_sha256(std::string_view(key), id + "." + now + "." + body));
    const auto answer = http_call(
        stack.sim(),
        "POST",
        "/customer/acme",
        body,
        "application/json",
        std::chrono::seconds(15),
        "webhook-id: " + id + "\r\nwebhook-timestamp: " + now + "\r\nwebhook-signature: v1," +
            mark + "\r\n"
    );
    ASSERT_EQ(answer.status, 200) << answer.body;
}

TEST(Oracle, IsContentWithAnUndisturbedRun) {
    pinwire_stack stack;
    stack.start();
    stack.produce(stack.jobs().mixed("quiet", 0, 102));
    EXPECT_TRUE(oracle(stack).holds());
    EXPECT_EQ(stack.count("select count(*) from attempt where takeovers > 0"), 0);
}

TEST(Oracle, SeesEachKindOfBrokenPromise) {
    pinwire_stack stack;
    stack.start();
    stack.produce(stack.jobs().plain("good", 0, 6, "34"));
    oracle eye(stack);
    ASSERT_TRUE(eye.holds());

    // a carrier takes the same reference again
    const auto taken = stack.journal("accepted").front();
    const auto reference = taken["reference"].get<std::string>();
    const auto number = taken["number"].get<std::string>();
    const auto again = http_call(
        stack.sim(),
        "GET",
        "/kannel/cgi-bin/sendsms?username=pinwire&password=sim-key&from=1&text=x&to=" + number +
            "&dlr-mask=0&dlr-url=http%3A%2F%2F127.0.0.1%3A9%2Fdlr%2Fkannel%2F" + reference
    );
    ASSERT_EQ(again.status / 100, 2) << again.body;
    EXPECT_TRUE(mentions(eye.findings(), "P2"));

    const auto broken = [&](const std::string& change, const std::string& promise) {
        stack.query(change);
        EXPECT_TRUE(mentions(eye.findings(), promise)) << promise << " after: " << change;
    };
    broken("update job set job_id = 'other' where job_id = 'good-1'", "P1");
    broken("update job set dlr_status = null where job_id = 'good-2'", "P5");
    broken("update attempt set created_at = now() + interval '1 day'", "P3");
    broken("update attempt set state = 5", "P4");
    broken("update job set report_url = null where job_id = 'good-3'", "P6");
    broken("update job set version = version + 1 where job_id = 'good-4'", "P7");

    // the customer hears a report again under another id, then other words under its own
    const auto report = lone_report(stack);
    post_report(stack, report.id + "x", report.body);
    EXPECT_TRUE(mentions(eye.findings(), "P6: " + report.job + " was reported under 2 ids"));
    post_report(stack, report.id, report.body + " ");
    EXPECT_TRUE(mentions(eye.findings(), "P6: 2 bodies came under the id " + report.id));

    stack.query(
        "insert into due (job, what, route, at, close_at)"
        " select id, 4, 'none', 'infinity', 'infinity' from job limit 1"
    );
    EXPECT_FALSE(eye.drained(std::chrono::seconds(1)));
}

// A configuration that lies about a carrier (this one knows no duplicates) makes the worker send
// twice after a crash: the oracle must see that happen, not only rows that were changed for it.
TEST(Oracle, SeesARealDoubleSend) {
    stack_options options;
    options.edit = [](toml_tables& to) { to["carriers.nrs"]["idempotency_window"] = "\"60s\""; };
    pinwire_stack stack(options);
    stack.rule({{"action", "slow"}, {"delay_ms", 1500}});
    stack.start();
    stack.produce(stack.jobs().plain("twice", 0, 20, "44"));
    const auto taken = [&] { return stack.acceptances() >= 10; };
    ASSERT_TRUE(eventually(taken, std::chrono::seconds(30), "requests under way"));
    // no report may prove the first request before the second goes out
    auto& callback = stack.process("callback");
    callback.kill(SIGKILL);
    auto& worker = stack.process("worker-1");
    worker.kill(SIGKILL);
    ASSERT_TRUE(callback.wait(std::chrono::seconds(10)));
    ASSERT_TRUE(worker.wait(std::chrono::seconds(10)));
    stack.clear_rules();
    stack.start_worker();
    const auto twice = [&] { return stack.acceptances() > 20; };
    ASSERT_TRUE(eventually(twice, std::chrono::seconds(30), "a repeat")) << stack.tails();
    stack.start_callback();
    oracle eye(stack);
    EXPECT_TRUE(eye.drained());
    EXPECT_TRUE(mentions(eye.findings(), "P2"));
}

}  // namespace
}  // namespace pinwire::test
