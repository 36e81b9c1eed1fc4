#include "bench/findings.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace pinwire::bench {
namespace {

using nlohmann::ordered_json;
using buffer = std::back_insert_iterator<std::string>;

// The worker's HTTP calls a job, at a bare client's price.
double bare_us_per_job(const findings& all, const costs& cost) {
    if (!all.bare) return 0;
    return all.bare->beast_us * (cost.lookups_per_job + cost.sends_per_job);
}

void put_bare(buffer out, const bare_http_result& bare) {
    fmt::format_to(out, "\nBare HTTP, {} requests each, CPU of the client alone\n", bare.requests);
    constexpr auto line = "  {:<26}{:>9.1f} us a request{:>10.0f} requests/s{:>8.2f} x bare\n";
    fmt::format_to(out, line, "Beast, nothing else", bare.beast_us, bare.beast_per_second, 1.0);
    fmt::format_to(
        out,
        line,
        "our client",
        bare.client_us,
        bare.client_per_second,
        bare.client_us / bare.beast_us
    );
}

// Those that took a microsecond a job at least.
void put_threads(buffer out, const process_cost& of) {
    fmt::format_to(out, "  {}'s threads:", of.name);
    for (const auto& [name, us] : of.threads_us_per_job) {
        if (us >= 1) fmt::format_to(out, " {} {:.1f}", name, us);
    }
    fmt::format_to(out, "\n");
}

void put_costs(buffer out, const findings& all, const costs& cost) {
    const double bare = bare_us_per_job(all, cost);
    fmt::format_to(
        out, "  {:<12}{:>14}{:>12}{:>14}{:>12}\n", "process", "us CPU/job", "cores", "x bare", "MiB"
    );
    double sum = 0;
    for (const auto& one : cost.processes) {
        sum += one.cpu_us_per_job;
        // Only the worker's calls are counted in the bare price.
        const bool compared = one.name == "worker" && bare > 0;
        fmt::format_to(
            out,
            "  {:<12}{:>14.1f}{:>12.2f}{:>14}{:>12.1f}\n",
            one.name,
            one.cpu_us_per_job,
            one.cores,
            compared ? fmt::format("{:.2f}", one.cpu_us_per_job / bare) : std::string("-"),
            static_cast<double>(one.memory_kib) / 1024
        );
    }
    fmt::format_to(out, "  {:<12}{:>14.1f}\n", "all", sum);
    for (const auto& one : cost.processes) {
        if (one.name == "worker" || one.name == "callback") put_threads(out, one);
    }
    fmt::format_to(
        out,
        "  a job: {:.2f} lookups, {:.2f} sends, {:.4f} writing transactions, {:.4f} commits, "
        "{:.0f} WAL bytes\n  reports a request: {:.2f}; DLRs posted again: {}\n",
        cost.lookups_per_job,
        cost.sends_per_job,
        cost.writing_per_job,
        cost.commits_per_job,
        cost.wal_bytes_per_job,
        cost.reports_per_request,
        cost.dlr_retries
    );
}

void put_incomplete(buffer out, std::uint64_t finals, std::size_t jobs) {
    if (finals < jobs)
        fmt::format_to(out, "  NOT COMPLETE: {} of {} jobs were reported in time\n", finals, jobs);
}

void put_saturation(buffer out, const findings& all, const saturation_result& run) {
    fmt::format_to(out, "\nSaturation, {} jobs through lookup, send, DLR and report\n", run.jobs);
    put_incomplete(out, run.finals, run.jobs);
    fmt::format_to(
        out,
        "  {:.0f} jobs/s over all ({:.1f} s), {:.0f} jobs/s without ramp and tail\n",
        run.jobs_per_second,
        run.seconds,
        run.steady_per_second
    );
    put_costs(out, all, run.cost);
}

void put_percentiles(buffer out, const char* name, const percentiles& of) {
    fmt::format_to(
        out,
        "  {:<28}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>9}\n",
        name,
        of.p50,
        of.p90,
        of.p99,
        of.p999,
        of.max,
        of.count
    );
}

void put_open_loop(buffer out, const findings& all, const open_loop_result& run) {
    fmt::format_to(out, "\nOpen loop, {} jobs offered at {}/s\n", run.jobs, run.rate);
    put_incomplete(out, run.finals, run.jobs);
    fmt::format_to(out, "  achieved: {:.0f} reports/s\n", run.achieved);
    fmt::format_to(
        out,
        "  {:<28}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
        "ms",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "jobs"
    );
    put_percentiles(out, "intended -> producer", run.handed_over);
    put_percentiles(out, "intended -> carrier", run.at_carrier);
    put_percentiles(out, "intended -> customer", run.at_customer);
    put_percentiles(out, "DLR posted -> customer", run.dlr_to_report);
    put_costs(out, all, run.cost);
}

std::string rate_of(const api_run& run) {
    return run.rate == 0 ? std::string("max") : fmt::format("{}/s", run.rate);
}

double cpu_of(const costs& cost, std::string_view name) {
    const auto* one = cost.find(name);
    return one == nullptr ? 0 : one->cpu_us_per_job;
}

void put_api(buffer out, const api_result& api) {
    fmt::format_to(
        out,
        "\nAPI, open loop; a bare server takes {:.1f} us a request, {:.0f} requests/s at most\n",
        api.bare_us,
        api.bare_per_second
    );
    fmt::format_to(
        out,
        "  {:<7}{:>7}{:>9}{:>18}{:>18}{:>8}{:>8}{:>9}{:>8}{:>6}  {}\n",
        "",
        "rate",
        "reached",
        "360nrs p50 / p99",
        "infobip p50 / p99",
        "api us",
        "x bare",
        "postgres",
        "worker",
        "sum",
        "load"
    );
    for (const auto& run : api.runs) {
        double sum = 0;
        for (const auto& one : run.cost.processes)
            sum += one.cpu_us_per_job;
        const double own = cpu_of(run.cost, "api");
        fmt::format_to(
            out,
            "  {:<7}{:>7}{:>9.0f}{:>18}{:>18}{:>8.0f}{:>8.1f}{:>9.0f}{:>8.0f}{:>6.0f}  {}\n",
            run.what,
            rate_of(run),
            run.per_second,
            fmt::format("{:.1f} / {:.1f}", run.nrs360.p50, run.nrs360.p99),
            fmt::format("{:.1f} / {:.1f}", run.infobip.p50, run.infobip.p99),
            own,
            own / api.bare_us,
            cpu_of(run.cost, "postgres"),
            cpu_of(run.cost, "worker"),
            sum,
            run.load
        );
        if (run.wrong > 0) {
            fmt::format_to(
                out, "  NOT ALL RIGHT: {} of {}: {}\n", run.wrong, run.count, run.first_wrong
            );
        }
    }
    if (api.runs.empty()) return;
    const auto& last = api.runs.back().cost;
    if (const auto* own = last.find("api")) put_threads(out, *own);
}

ordered_json json_of(const percentiles& of) {
    ordered_json made;
    made["count"] = of.count;
    made["p50_ms"] = of.p50;
    made["p90_ms"] = of.p90;
    made["p99_ms"] = of.p99;
    made["p999_ms"] = of.p999;
    made["max_ms"] = of.max;
    return made;
}

ordered_json json_of(const findings& all, const costs& cost) {
    ordered_json made;
    auto& processes = made["processes"];
    for (const auto& one : cost.processes) {
        auto& into = processes[one.name];
        into["cpu_us_per_job"] = one.cpu_us_per_job;
        into["cores"] = one.cores;
        into["memory_kib"] = one.memory_kib;
        into["threads_us_per_job"] = one.threads_us_per_job;
    }
    made["lookups_per_job"] = cost.lookups_per_job;
    made["sends_per_job"] = cost.sends_per_job;
    made["writing_transactions_per_job"] = cost.writing_per_job;
    made["commits_per_job"] = cost.commits_per_job;
    made["wal_bytes_per_job"] = cost.wal_bytes_per_job;
    made["reports_per_request"] = cost.reports_per_request;
    made["dlr_retries"] = cost.dlr_retries;
    const double bare = bare_us_per_job(all, cost);
    const auto* worker = cost.find("worker");
    if (bare > 0 && worker != nullptr) made["worker_times_bare"] = worker->cpu_us_per_job / bare;
    return made;
}

ordered_json json_of(const findings& all, const saturation_result& run) {
    ordered_json made;
    made["complete"] = run.complete();
    made["jobs"] = run.jobs;
    made["finals"] = run.finals;
    made["seconds"] = run.seconds;
    made["jobs_per_second"] = run.jobs_per_second;
    made["steady_jobs_per_second"] = run.steady_per_second;
    made["cost"] = json_of(all, run.cost);
    return made;
}

ordered_json json_of(const findings& all, const open_loop_result& run) {
    ordered_json made;
    made["complete"] = run.complete();
    made["rate"] = run.rate;
    made["jobs"] = run.jobs;
    made["finals"] = run.finals;
    made["achieved"] = run.achieved;
    made["intended_to_producer"] = json_of(run.handed_over);
    made["intended_to_carrier"] = json_of(run.at_carrier);
    made["intended_to_customer"] = json_of(run.at_customer);
    made["dlr_to_customer"] = json_of(run.dlr_to_report);
    made["cost"] = json_of(all, run.cost);
    return made;
}

ordered_json json_of(const trouble_result& run) {
    ordered_json made;
    made["complete"] = run.complete();
    made["what"] = run.what;
    made["rate"] = run.rate;
    made["jobs"] = run.jobs;
    made["finals"] = run.finals;
    made["others_well"] = json_of(run.well.others);
    made["others_ill"] = json_of(run.ill.others);
    made["others_p99_change"] = run.change();
    made["diverted_well"] = json_of(run.well.diverted);
    made["diverted_ill"] = json_of(run.ill.diverted);
    return made;
}

ordered_json json_of(const findings& all, const api_result& api) {
    ordered_json made;
    made["bare_server_us"] = api.bare_us;
    made["bare_server_per_second"] = api.bare_per_second;
    made["runs"] = ordered_json::array();
    for (const auto& run : api.runs) {
        ordered_json one;
        one["what"] = run.what;
        one["rate"] = run.rate;
        one["requests"] = run.count;
        one["wrong"] = run.wrong;
        one["per_second"] = run.per_second;
        one["load"] = run.load;
        one["360nrs"] = json_of(run.nrs360);
        one["infobip"] = json_of(run.infobip);
        one["cost"] = json_of(all, run.cost);
        made["runs"].push_back(std::move(one));
    }
    return made;
}

}  // namespace

std::string to_table(const findings& all) {
    std::string text;
    const buffer out(text);
    fmt::format_to(
        out,
        "{}  {} cores, load before {}\nKafka: {}; PostgreSQL {} ({})\n",
        all.at,
        all.cores,
        all.load,
        all.kafka,
        all.postgres,
        all.durability
    );
    if (all.bare) put_bare(out, *all.bare);
    if (all.saturation) put_saturation(out, all, *all.saturation);
    if (all.open_loop) put_open_loop(out, all, *all.open_loop);
    if (all.trouble) text += to_table(*all.trouble);
    if (all.api) put_api(out, *all.api);
    return text;
}

std::string to_json(const findings& all) {
    ordered_json made;
    made["at"] = all.at;
    made["cores"] = all.cores;
    made["load_before"] = all.load;
    made["kafka"] = all.kafka;
    made["postgres"] = all.postgres;
    made["durability"] = all.durability;
    if (all.bare) {
        auto& bare = made["bare_http"];
        bare["requests"] = all.bare->requests;
        bare["beast_us"] = all.bare->beast_us;
        bare["client_us"] = all.bare->client_us;
    }
    if (all.saturation) made["saturation"] = json_of(all, *all.saturation);
    if (all.open_loop) made["open_loop"] = json_of(all, *all.open_loop);
    if (all.trouble) made["trouble"] = json_of(*all.trouble);
    if (all.api) made["api"] = json_of(all, *all.api);
    return made.dump(2) + "\n";
}

}  // namespace pinwire::bench
