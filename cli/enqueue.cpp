#include "cli/enqueue.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <iostream>
#include <iterator>
#include <map>

#include "cli/connect.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "common/core/hex.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/json_reader.hpp"
#include "common/kafka/producer.hpp"
#include "common/postgres/accounts.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

constexpr std::size_t jobs_max = 100'000;

struct outgoing {
    std::string bytes;
    std::optional<std::string> key;  // none: there is no number to be read
    std::string job_id;              // as far as it can be read
    std::string account;
};

std::string random_job_id() {
    return "cli-" + hex_encode(random_bytes<8>());
}

std::vector<std::string> read_lines() {
    std::vector<std::string> all;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        if (all.size() == jobs_max)
            throw failure(exit_code::wrong, fmt::format("at most {} jobs at once", jobs_max));
        all.push_back(line);
    }
    return all;
}

std::vector<std::string> read_jobs(const enqueue_options& options) {
    if (!options.job.empty() && !options.fields.empty()) {
        throw failure(
            exit_code::wrong, "a job as JSON or as options, not both; see `pinwire enqueue --help`"
        );
    }
    if (options.lines) {
        if (options.job != "-")
            throw failure(exit_code::wrong, "--lines reads stdin: give - as the job");
        return read_lines();
    }
    if (options.job == "-") return {std::string(std::istreambuf_iterator<char>(std::cin), {})};
    if (!options.job.empty()) return {options.job};
    auto fields = options.fields;
    if (fields.empty()) {
        throw failure(exit_code::wrong, "no job: --account and --to at least, or JSON; see --help");
    }
    if (!fields.texts.contains("job_id")) fields.texts["job_id"] = random_job_id();
    return {to_job_json(fields)};
}

std::string member(const nlohmann::json& of, const char* name) {
    const auto at = of.find(name);
    return at != of.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// What can be read of a job that nobody has checked.
outgoing unchecked(std::string bytes) {
    outgoing made;
    nlohmann::json read;
    if (!read_json(bytes, read) && read.is_object()) {
        made.job_id = member(read, "job_id");
        made.account = member(read, "account");
        if (const auto to = msisdn::parse(member(read, "to"))) made.key = to->digits();
    }
    made.bytes = std::move(bytes);
    return made;
}

// An account is known from the file, or else from the tables; those are asked once for each.
class account_check {
public:
    account_check(
        const common_options& common,
        const database_options& database,
        const config::settings& settings
    )
        : common_(common), database_(database), settings_(settings) {}

    void must_take(const account_name& account, const std::string& which) {
        if (settings_.accounts.contains(account)) return;
        if (!asked_.contains(account)) asked_[account] = ask(account);
        const auto& suspended = asked_.at(account);
        if (suspended && !*suspended) return;
        throw failure(
            exit_code::wrong,
            fmt::format(
                "{}: account \"{}\" {}. Nothing was enqueued",
                which,
                account.str(),
                suspended ? "is suspended"
                          : "is neither in [accounts] of " + settings_.file.string() +
                                " nor in the tables"
            )
        );
    }

private:
    std::optional<bool> ask(const account_name& account) const {
        const auto session = open_session(database_of(common_, database_));
        try {
            return postgres::account_suspended(*session, account);
        } catch (const postgres::database_error& error) {
            throw explain(error);
        }
    }

    const common_options& common_;
    const database_options& database_;
    const config::settings& settings_;
    std::map<account_name, std::optional<bool>> asked_;
};

std::string where_in(std::size_t number, std::size_t count) {
    return count == 1 ? std::string("the job") : fmt::format("job {} of {}", number + 1, count);
}

outgoing checked(std::string bytes, account_check& accounts, const std::string& which) {
    const auto read = decode_job(bytes, std::chrono::system_clock::now());
    if (read.has_error()) {
        const auto& error = read.error();
        throw failure(
            exit_code::wrong,
            fmt::format(
                "{} is none: {}{}{}; allowed: {}. Nothing was enqueued",
                which,
                error.reason,
                error.field.empty() ? "" : " in ",
                error.field,
                error.rule
            )
        );
    }
    accounts.must_take(read->account, which);
    outgoing made;
    made.bytes = std::move(bytes);
    made.key = read->to.digits();
    made.job_id = read->id.str();
    made.account = read->account.str();
    return made;
}

std::vector<outgoing> prepare(
    const common_options& common, const enqueue_options& options, const config::settings& settings
) {
    auto jobs = read_jobs(options);
    if (jobs.empty()) throw failure(exit_code::wrong, "stdin held no job");
    account_check accounts(common, options.database, settings);
    std::vector<outgoing> all;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        all.push_back(
            options.raw ? unchecked(std::move(jobs[i]))
                        : checked(std::move(jobs[i]), accounts, where_in(i, jobs.size()))
        );
    }
    return all;
}

std::vector<kafka::produce_result> produce(
    const kafka::settings& where,
    const config::settings& settings,
    const std::vector<outgoing>& jobs
) {
    boost::asio::io_context io(1);
    kafka::producer_settings how;
    how.delivery_timeout = settings.kafka.produce_timeout;
    kafka::producer producer(io.get_executor(), where, how);
    std::vector<kafka::message> messages;
    for (const auto& job : jobs) {
        kafka::message one;
        one.topic = settings.kafka.topics.jobs;
        one.key = job.key;
        one.payload = job.bytes;
        messages.push_back(std::move(one));
    }
    std::vector<kafka::produce_result> results;
    std::exception_ptr failed;
    boost::asio::co_spawn(
        io,
        producer.produce_all(std::move(messages)),
        [&](std::exception_ptr error, std::vector<kafka::produce_result> answered) {
            failed = std::move(error);
            results = std::move(answered);
            io.stop();
        }
    );
    io.run();
    if (failed) std::rethrow_exception(failed);
    return results;
}

void tell(
    const common_options& common,
    const std::vector<outgoing>& jobs,
    const std::vector<kafka::produce_result>& results
) {
    table rows({"JOB", "PARTITION:OFFSET", "ERROR"});
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& result = results[i];
        if (common.json) {
            nlohmann::ordered_json row;
            row["job_id"] = jobs[i].job_id;
            row["account"] = jobs[i].account;
            row["acknowledged"] = result.ok;
            if (result.ok) row["partition"] = result.partition;
            if (result.ok) row["offset"] = result.offset;
            if (!result.ok) row["error"] = result.name;
            print_json(row);
            continue;
        }
        rows.add(
            {jobs[i].job_id.empty() ? "-" : jobs[i].job_id,
             result.ok ? fmt::format("{}:{}", result.partition, result.offset) : "-",
             result.name}
        );
    }
    if (!common.json) print(rows.text());
}

}  // namespace

exit_code enqueue(const common_options& common, const enqueue_options& options) {
    needed_secrets needed;
    needed.kafka = true;
    const auto settings = load_settings(common, needed);
    const auto jobs = prepare(common, options, settings);
    const auto results = with_kafka(settings, [&](const kafka::settings& where) {
        return produce(where, settings, jobs);
    });
    tell(common, jobs, results);
    bool all = true;
    bool timed_out = false;
    for (const auto& one : results) {
        all = all && one.ok;
        timed_out = timed_out || (!one.ok && one.retriable);
    }
    if (all) return exit_code::ok;
    if (!timed_out) return exit_code::failed;
    throw failure(
        exit_code::unreachable,
        fmt::format(
            "Kafka at {} did not acknowledge in time; a job without an acknowledgement may have "
            "been taken: enqueue it again with the same --job-id",
            settings.kafka.bootstrap_servers
        )
    );
}

}  // namespace pinwire::cli
