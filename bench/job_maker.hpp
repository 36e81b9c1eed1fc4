// The jobs of one phase of a run: each with its own id and its own number, so that none is a repeat
// and none supersedes another; half in each dialect, each with its lookup. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/kafka/producer.hpp"

namespace pinwire::bench {

class job_maker {
public:
    // `run`: letters and digits, another one each time. Up to nine phases of 9,000,000 jobs.
    // `countries`: two digits each, that the numbers begin with by turns.
    job_maker(
        std::string topic,
        std::string account,
        std::string report_url,
        std::string run,
        int phase,
        std::vector<std::size_t> countries = {34}
    );

    // The job at that place; `intended`: when it should have been asked for (open loop).
    kafka::message make(
        std::size_t place, std::optional<std::chrono::system_clock::time_point> intended
    ) const;

    const std::string& prefix() const { return prefix_; }  // of every job_id; the place follows
    std::string number(std::size_t place) const;           // digits
    std::size_t country(std::size_t place) const;
    // The place of a number; nullopt for another phase's.
    std::optional<std::size_t> place(const std::string& number) const;

private:
    std::string topic_, account_, report_url_, prefix_;
    int phase_;
    std::vector<std::size_t> countries_;
};

}  // namespace pinwire::bench
