#include "tests/support/stack/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/facts.hpp"

namespace pinwire::test {
namespace {

using nlohmann::json;

// Numbers of common/core/status.hpp, as sql/ has them.
constexpr int waiting = 1, sending = 2, in_doubt = 3, sent = 4;
constexpr int message_not_sent = 1, message_sent = 2;
constexpr int dlr_unknown = 3, dlr_delivered = 8;

constexpr std::int64_t clock_slack_us = 500'000;  // of the way to the simulator

// Ours, as the simulator saw it. Kannel has it only in the dlr-url's token, at its beginning.
std::string reference_of(const json& line) {
    return line["reference"].get<std::string>().substr(0, 32);
}

class judge {
public:
    judge(const facts& all, const std::vector<made_job>& produced)
        : facts_(all), produced_(produced) {}

    std::vector<std::string> run() {
        outcomes();
        dead_letters();
        acceptances();
        delivery_reports();
        customer_reports();
        events();
        return std::move(findings_);
    }

private:
    template <class... Arguments>
    void find(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
        findings_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
    }

    void outcomes();
    void outcome_of(const job_fact&, bool may_have_it, bool doubtful);
    void message_outcome_of(const job_fact&, bool may_have_it);
    void dead_letters();
    void acceptances();
    void delivery_reports();
    void customer_reports();
    void webhook_ids();
    void events();
    void events_of(const job_fact&, std::vector<const json*>);

    // account/job_id, where there is such a job
    std::string name_of(const std::string& id) const {
        const auto job = facts_.jobs.find(id);
        return job == facts_.jobs.end() ? id : job->second.key;
    }

    const facts& facts_;
    const std::vector<made_job>& produced_;
    std::vector<std::string> findings_;
};

// P1, and P4's end: a send outcome each, and a delivery outcome where a carrier may have it.
void judge::outcomes() {
    std::set<std::string> accepted;
    for (const auto& job : produced_) {
        const auto key = job.account + "/" + job.id;
        if (!job.accepted) continue;
        accepted.insert(key);
        if (!facts_.job_of.contains(key)) find("P1: {} was produced and is nowhere", key);
    }
    for (const auto& [key, id] : facts_.job_of) {
        if (!accepted.contains(key) && !facts_.jobs.at(id).ordered)
            find("P1: {} is a job, and nobody produced it", key);
    }
    std::map<std::string, std::pair<bool, bool>> carried;  // job -> may have it, only in doubt
    std::set<std::string> messaged;                        // jobs of which one may have an SMS
    for (const auto& [id, attempt] : facts_.attempts) {
        auto& [may, certain] = carried[attempt.job];
        may = may || attempt.state == in_doubt || attempt.state == sent;
        certain = certain || attempt.state == sent;
        if (!attempt.voice && (attempt.state == in_doubt || attempt.state == sent))
            messaged.insert(attempt.job);
        if (attempt.state == waiting || attempt.state == sending)
            find("P1: attempt {} of a settled job is in state {}", id, attempt.state);
        if (attempt.set_aside) find("P11: attempt {} is set aside", id);
    }
    for (const auto& [id, job] : facts_.jobs) {
        const auto [may, certain] = carried[id];
        outcome_of(job, may, may && !certain);
        if (!job.voice) message_outcome_of(job, messaged.contains(id));
    }
}

void judge::outcome_of(const job_fact& job, bool may_have_it, bool doubtful) {
    if (!job.final) find("P1: {} never became final", job.key);
    const bool has_send_outcome = job.voice ? job.call != 0 : job.sms != 0;
    if (!has_send_outcome) find("P1: {} has no send outcome", job.key);
    if (may_have_it && job.dlr < dlr_unknown)
        find("P1: {} may be with a carrier, dlr_status {}", job.key, job.dlr);
    if (!may_have_it && job.dlr != 0)
        find("P1: {} is with no carrier, dlr_status {}", job.key, job.dlr);
    if (doubtful != job.in_doubt)
        find("P4: {} says in_doubt {}, its attempts say {}", job.key, job.in_doubt, doubtful);
}

// Of a plan the calls may be with a carrier, and no message.
void judge::message_outcome_of(const job_fact& job, bool may_have_it) {
    if (may_have_it && job.sms != message_sent)
        find("P1: {} may be with a carrier, sms_status {}", job.key, job.sms);
    if (!may_have_it && job.sms != message_not_sent)
        find("P1: {} is with no carrier, sms_status {}", job.key, job.sms);
}

void judge::dead_letters() {
    std::map<std::string, std::string> letters;  // key -> reason
    for (const auto& letter : facts_.dead_letters)
        letters[letter.key] = letter.header("x-reason");
    std::set<std::string> expected;
    for (const auto& job : produced_) {
        if (job.accepted) continue;
        expected.insert(job.key);
        if (!letters.contains(job.key))
            find("P1: {}/{} is neither a job nor a dead letter", job.account, job.id);
    }
    for (const auto& [key, reason] : letters) {
        if (!expected.contains(key)) find("P1: a dead letter nobody expected: {} {}", key, reason);
    }
}

// P2 and P3, from the carriers' side.
void judge::acceptances() {
    std::map<std::string, int> by_reference;
    std::map<std::pair<std::string, int>, int> by_step;  // without a plan a job is one step
    for (const auto& line : facts_.journal) {
        if (line["type"] != "accepted") continue;
        const auto reference = reference_of(line);
        const auto at = line["at_us"].get<std::int64_t>();
        const auto found = facts_.attempts.find(reference);
        if (found == facts_.attempts.end()) {
            find("P3: {} took {}, which is no attempt", line["instance"].dump(), reference);
            continue;
        }
        const auto& attempt = found->second;
        const auto& job = facts_.jobs.at(attempt.job);
        if (++by_reference[reference] == 2)
            find("P2: attempt {} of {} was taken twice", reference, job.key);
        if (++by_step[{attempt.job, attempt.step}] == 2)
            find("P2: {} was taken twice in step {}", job.key, attempt.step);
        if (attempt.created_us > at)
            find("P3: {} was taken {} us before its row", job.key, attempt.created_us - at);
        if (attempt.pin_expires_us != 0 && at > attempt.pin_expires_us + clock_slack_us)
            find("P3: {} was taken after its PIN had expired", job.key);
        if (attempt.state != sent && attempt.state != in_doubt)
            find("P4: {} was taken, its attempt says state {}", job.key, attempt.state);
    }
    for (const auto& [id, attempt] : facts_.attempts) {
        if (attempt.state == sent && !by_reference.contains(id))
            find("P4: {} counts as sent, no carrier took it", facts_.jobs.at(attempt.job).key);
    }
}

// P5: what the simulator's posts got 2xx for is settled, or parked.
void judge::delivery_reports() {
    for (const auto& line : facts_.journal) {
        if (line["type"] != "dlr" || line.contains("wrong_token")) continue;
        const auto answer = line["answer"].get<int>();
        if (answer / 100 != 2) continue;
        const auto reference = reference_of(line);
        const auto status = line["status"].get<std::string>();
        const bool good = status == "delivered" || status == "human";
        const int rank = good ? dlr_delivered : status == "enroute" ? 1 : dlr_unknown;
        const auto found = facts_.attempts.find(reference);
        if (found == facts_.attempts.end()) continue;  // P3 has said so
        const auto* job = facts_.job_of_attempt(reference);
        if (found->second.dlr >= rank && job != nullptr && job->dlr >= rank) continue;
        const bool is_parked = std::any_of(
            facts_.parked.begin(),
            facts_.parked.end(),
            [&reference](const std::string& entry) {
                return entry.find(reference) != std::string::npos;
            }
        );
        if (!is_parked)
            find(
                "P5: {} was told {}, its attempt says {}",
                job != nullptr ? job->key : reference,
                status,
                found->second.dlr
            );
    }
}

// P6, from the customer's side: one final report a job, however often it comes.
void judge::customer_reports() {
    std::map<std::string, std::set<std::string>> statuses;  // of the finals, by job
    for (const auto& line : facts_.journal) {
        if (line["type"] != "report" || line["answer"].get<int>() / 100 != 2) continue;
        if (line["signature"] != "ok")
            find("P6: a report with signature {}", line["signature"].dump());
        for (std::size_t i = 0; i < line["ids"].size(); ++i) {
            auto id = line["ids"][i].get<std::string>();
            std::erase(id, '-');
            statuses[id].insert(line["statuses"][i].get<std::string>());
        }
    }
    for (const auto& [id, seen] : statuses) {
        if (!facts_.jobs.contains(id)) find("P6: a report about {}, which is no job", id);
    }
    for (const auto& [id, job] : facts_.jobs) {
        const auto got = statuses.find(id);
        const bool came = got != statuses.end();
        if (job.wants_report != came)
            find("P6: {} {} final report", job.key, came ? "had an unwanted" : "had no");
        if (came && got->second.size() != 1)
            find("P6: {} had final reports that differ ({})", job.key, got->second.size());
        const auto tried = facts_.reports_tried.find(id);
        if (tried != facts_.reports_tried.end() && tried->second != 1)
            find("P6: {} had {} reports", job.key, tried->second);
    }
    webhook_ids();
}

// A receiver drops repeats by their id: the same id says the same, and a report that goes alone
// goes under one id, its own. Tries that nobody answered count as well: he has read them.
void judge::webhook_ids() {
    std::map<std::string, std::set<std::string>> alone;  // job -> ids of requests that hold only it
    for (const auto& line : facts_.journal) {
        if (line["type"] != "report") continue;
        const auto webhook_id = line["webhook_id"].get<std::string>();
        if (webhook_id.empty()) find("P6: a report without an id");
        if (line["ids"].size() != 1) continue;
        auto id = line["ids"][0].get<std::string>();
        std::erase(id, '-');
        alone[id].insert(webhook_id);
    }
    std::map<std::string, std::string> owner;  // of an id
    for (const auto& [id, ids] : alone) {
        if (ids.size() > 1) find("P6: {} was reported under {} ids", name_of(id), ids.size());
        for (const auto& one : ids) {
            const auto [at, first] = owner.emplace(one, id);
            if (!first) find("P6: {} and {} were reported under one id", name_of(id), at->second);
        }
    }
    for (const auto& [id, bodies] : facts_.bodies) {
        if (bodies.size() > 1) find("P6: {} bodies came under the id {}", bodies.size(), id);
    }
    for (const auto& [id, words] : facts_.said) {
        if (words.size() > 1)
            find("P6: of {} {} different things were said", name_of(id), words.size());
    }
}

void judge::events() {
    std::map<std::string, std::vector<const json*>> by_job;
    for (const auto& event : facts_.events) {
        if (event.contains("message_id"))
            by_job[event["message_id"].get<std::string>()].push_back(&event);
    }
    for (const auto& [id, list] : by_job) {
        if (!facts_.jobs.contains(id)) find("P7: events of {}, which is no job", id);
    }
    for (const auto& [id, job] : facts_.jobs)
        events_of(job, by_job[id]);
}

int rank_of(const json& event, const char* field, const std::vector<std::string>& order) {
    if (!event.contains(field)) return 0;
    const auto at = std::find(order.begin(), order.end(), event[field].get<std::string>());
    return static_cast<int>(at - order.begin()) + 1;
}

// P7: along the versions no status falls; the last one says what the row says.
void judge::events_of(const job_fact& job, std::vector<const json*> list) {
    static const std::vector<std::string> sms = {"MESSAGE_NOT_SENT", "MESSAGE_SENT"};
    static const std::vector<std::string> dlr = {
        "ACCEPTD", "ENROUTE", "UNKNOWN", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "DELIVRD"};
    static const std::vector<std::string> call = {
        "PENDING_ACCEPTED",
        "PROCESSING",
        "UNDEFINED",
        "ERROR",
        "BAD_REQUEST",
        "ERROR_ROUTE_NOT_AVAILABLE",
        "ERROR_NETWORK_NOT_AVAILABLE",
        "ERROR_NOT_ENOUGH_CREDITS",
        "ERROR_NO_ANSWER",
        "ERROR_USER_BUSY",
        "ANSWERED_MACHINE",
        "PROCESSED"};
    std::stable_sort(list.begin(), list.end(), [](const json* left, const json* right) {
        return (*left)["version"].get<int>() < (*right)["version"].get<int>();
    });
    int version = 0;
    std::array<int, 4> before{};
    for (const auto* event : list) {
        const std::array<int, 4> now = {
            rank_of(*event, "sms_status", sms),
            rank_of(*event, "dlr_status", dlr),
            rank_of(*event, "call_status", call),
            event->value("final", false) ? 1 : 0};
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (now[i] < before[i])
                find(
                    "P7: {} fell at version {}: {}",
                    job.key,
                    (*event)["version"].dump(),
                    event->dump()
                );
        }
        before = now;
        version = (*event)["version"].get<int>();
    }
    if (version != job.version)
        find("P7: {} is at version {}, announced was {}", job.key, job.version, version);
    const std::array<int, 4> row = {job.sms, job.dlr, job.call, job.final ? 1 : 0};
    if (version == job.version && before != row)
        find("P7: the last event of {} is not what its row says", job.key);
}

std::string joined(const std::vector<std::string>& lines, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < most; ++i)
        text += "  " + lines[i] + '\n';
    if (lines.size() > most) text += fmt::format("  … and {} more\n", lines.size() - most);
    return text;
}

// Of one moment: a process may still hold late news about a job that is final (a carrier's answer
// that it couldn't record before the job was closed), and write it between two of our readings.
facts gather_still(pinwire_stack& stack) {
    constexpr int tries = 20;
    constexpr auto changes = "select coalesce(sum(version), 0) + count(*) from job";
    for (int i = 1;; ++i) {
        const auto before = stack.count(changes);
        auto all = gather(stack);
        const bool announced = stack.count("select count(*) from outbox") == 0;
        if (i == tries || (announced && stack.count(changes) == before)) return all;
    }
}

}  // namespace

std::vector<std::string> oracle::backlog() {
    std::vector<std::string> left;
    std::set<std::string> wanted;
    for (const auto& job : stack_.produced()) {
        if (job.accepted) wanted.insert(job.account + "/" + job.id);
    }
    constexpr auto produced =
        "select count(*) from job j where not exists"
        " (select from api_order o where (o.account, o.job_id) = (j.account, j.job_id))";
    const auto missing = static_cast<std::int64_t>(wanted.size()) - stack_.count(produced);
    if (missing != 0) left.push_back(fmt::format("jobs not there yet: {}", missing));
    for (const auto* table :
         {"due", "report", "report_retry", "report_dead", "outbox", "dlr_parked"}) {
        const auto rows = stack_.count(fmt::format("select count(*) from {}", table));
        if (rows != 0) left.push_back(fmt::format("rows in {}: {}", table, rows));
    }
    const auto counters = json::parse(http_call(stack_.sim(), "GET", "/admin/counters").body);
    const auto posts = counters["dlrs"]["waiting"].get<int>();
    if (posts != 0) left.push_back(fmt::format("delivery reports not taken yet: {}", posts));
    if (!left.empty()) return left;
    const auto lag = group_lag(stack_.bootstrap(), stack_.worker_group(), stack_.topic("jobs"));
    if (lag != 0) left.push_back(fmt::format("records of jobs not committed: {}", lag));
    return left;
}

testing::AssertionResult oracle::drained(std::chrono::milliseconds limit) {
    std::vector<std::string> left;
    const auto empty = [this, &left] {
        left = backlog();
        return left.empty();
    };
    auto result = eventually(empty, limit, "P11: drained");
    if (!result) result << '\n' << joined(left, 20) << stack_.tails();
    return result;
}

std::vector<std::string> oracle::findings() {
    auto all = gather_still(stack_);
    if (more_) more_(all);
    return judge(all, stack_.produced()).run();
}

testing::AssertionResult oracle::holds(std::chrono::milliseconds limit) {
    auto empty = drained(limit);
    std::vector<std::string> found;
    try {
        found = findings();
    } catch (const std::exception& error) {
        found.push_back(fmt::format("the oracle can't see: {}", error.what()));
    }
    if (empty && found.empty()) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure();
    if (!empty) failure << empty.message();
    failure << found.size() << " findings:\n" << joined(found, 40);
    if (empty) failure << stack_.tails();
    return failure;
}

}  // namespace pinwire::test
