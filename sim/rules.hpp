// The rules that scripts set over HTTP: which requests misbehave, how, how often and how likely. A
// rule beats what the number would mean; the youngest matching rule wins; one with the same
// selector replaces the older. Draws come from the rule's own generator, so that a seed gives the
// same sequence again. Pure but for that state; single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/behaviour.hpp"

namespace pinwire::sim {

// What is known of a request when its fate is decided. Empty number: none (a customer's endpoint).
struct request_facts {
    std::string_view instance;  // carrier's name, or the customer endpoint's
    std::string_view kind;      // infobip, 360nrs, kannel, jasmin, lookup, customer
    request_kind what = request_kind::sms;
    std::string_view number;
};

struct rule {
    std::string instance;       // empty: any
    std::string kind;           // empty: any carrier
    std::string channel;        // sms, voice; empty: both
    std::string number_suffix;  // empty: any
    behaviour does;
    std::optional<std::uint64_t> times_left;  // none: for ever
    double probability = 1.0;
    std::uint64_t seed = 0;
    std::mt19937_64 draws;
    std::uint64_t hits = 0;

    bool matches(const request_facts&) const;
    bool same_selector(const rule&) const;
};

// Reads the body of POST /admin/rules; the error is a sentence for the caller.
std::variant<rule, std::string> parse_rule(std::string_view json);

class rule_book {
public:
    static constexpr std::size_t rules_max = 1000;

    bool put(rule added);  // false: full
    void clear() { rules_.clear(); }
    // Decides and counts: a rule with `times` is used up by this.
    behaviour decide(const request_facts&);

    std::size_t size() const { return rules_.size(); }
    std::string to_json() const;

private:
    std::vector<rule> rules_;  // oldest first
};

}  // namespace pinwire::sim
