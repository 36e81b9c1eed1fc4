#include <fmt/format.h>

#include <iterator>

#include "bench/trouble.hpp"

namespace pinwire::bench {
namespace {

std::string each(const std::vector<double>& rounds) {
    std::string text;
    for (const double one : rounds)
        text += fmt::format("{}{:.0f}", text.empty() ? "" : ", ", one);
    return text;
}

std::string line(const char* name, const percentiles& of, const std::string& rounds) {
    return fmt::format(
        "  {:<28}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>9}  {}\n",
        name,
        of.p50,
        of.p90,
        of.p99,
        of.max,
        of.count,
        rounds
    );
}

}  // namespace

std::string to_table(const trouble_result& run) {
    auto text = fmt::format(
        "\nTrouble: {}; {} jobs offered at {}/s, half of them to the two carriers that are well\n",
        run.what,
        run.jobs,
        run.rate
    );
    if (!run.complete())
        text += fmt::format(
            "  NOT COMPLETE: {} of {} jobs were reported in time\n", run.finals, run.jobs
        );
    text += fmt::format(
        "  {:<28}{:>9}{:>9}{:>9}{:>9}{:>9}  {}\n",
        "ms, intended -> carrier",
        "p50",
        "p90",
        "p99",
        "max",
        "jobs",
        "p99 of each round"
    );
    text += line("the others', all well", run.well.others, each(run.well.p99_others));
    text += line("the others', one ill", run.ill.others, each(run.ill.p99_others));
    text += line("its own, all well", run.well.diverted, "");
    text += line("its own, by another way", run.ill.diverted, "");
    text += fmt::format(
        "  the others' p99 changed by {:+.0f} %; cores in use {:.2f}, then {:.2f}\n",
        100 * run.change(),
        run.cores_well,
        run.cores_ill
    );
    return text;
}

}  // namespace pinwire::bench
