#include "cli/top/metrics_text.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace pinwire::cli {
namespace {

// from_chars knows "inf", but not the sign that Prometheus writes before it.
std::optional<double> read_number(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || std::isnan(value)) return std::nullopt;
    return value;
}

// "key value" or "key value timestamp"; a label's value may hold spaces and braces.
void read_line(std::string_view line, samples& to) {
    if (line.empty() || line.front() == '#' || line.front() == '{') return;
    auto end_of_key = line.find(' ');
    if (const auto brace = line.find('{'); brace < end_of_key) {
        const auto closing = line.rfind("} ");
        if (closing == std::string_view::npos) return;
        end_of_key = closing + 1;
    }
    if (end_of_key == std::string_view::npos || end_of_key == 0) return;
    auto rest = line.substr(end_of_key + 1);
    rest = rest.substr(0, rest.find(' '));
    if (const auto value = read_number(rest))
        to.insert_or_assign(std::string(line.substr(0, end_of_key)), *value);
}

}  // namespace

samples parse_metrics(std::string_view text) {
    samples all;
    while (!text.empty() && all.size() < samples_max) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        read_line(line, all);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return all;
}

std::optional<double> value_of(const samples& all, std::string_view key) {
    const auto found = all.find(key);
    if (found == all.end()) return std::nullopt;
    return found->second;
}

std::optional<double> growth(const samples& before, const samples& now, std::string_view key) {
    const auto was = value_of(before, key);
    const auto is = value_of(now, key);
    if (!was || !is) return std::nullopt;
    return *is < *was ? *is : *is - *was;
}

buckets bucket_growth(const samples& before, const samples& now, std::string_view histogram) {
    const auto prefix = std::string(histogram) + "_bucket{le=\"";
    buckets made;
    // One bucket may look as if nothing happened where all began again: the count tells for all.
    const auto count = std::string(histogram) + "_count";
    const auto was = value_of(before, count);
    const auto is = value_of(now, count);
    if (!was || !is) return made;
    const bool anew = *is < *was;
    for (auto at = now.lower_bound(prefix); at != now.end() && at->first.starts_with(prefix);
         ++at) {
        const auto text = std::string_view(at->first).substr(prefix.size());
        const auto bound = read_number(text.substr(0, text.find('"')));
        const auto earlier = anew ? std::optional<double>(0) : value_of(before, at->first);
        if (bound && earlier) made[*bound] = at->second - *earlier;
    }
    return made;
}

std::optional<double> quantile(const buckets& all, double share) {
    if (all.empty() || !(all.rbegin()->second > 0)) return std::nullopt;
    const double rank = share * all.rbegin()->second;
    double lower = 0;
    double below = 0;
    for (const auto& [bound, count] : all) {
        if (count >= rank) {
            if (std::isinf(bound)) return lower;
            if (count <= below) return bound;
            return lower + (bound - lower) * (rank - below) / (count - below);
        }
        lower = bound;
        below = count;
    }
    return lower;
}

}  // namespace pinwire::cli
