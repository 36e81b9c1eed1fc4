// What a service says at /metrics (Prometheus' text format), as far as a watcher needs it. Lines
// that can't be read are passed over. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pinwire::cli {

inline constexpr std::size_t samples_max = 50'000;

// `name` or `name{label="value",…}`, as it is written there, to its value. At most samples_max.
using samples = std::map<std::string, double, std::less<>>;

samples parse_metrics(std::string_view text);

std::optional<double> value_of(const samples&, std::string_view key);

// What a counter grew by between two looks at one process. Its counters begin again at 0 with a
// restart or a reload: then what it has since. None: it isn't in both.
std::optional<double> growth(const samples& before, const samples& now, std::string_view key);

// Upper bounds in seconds to how many observations at or below came in between. Empty: it isn't in
// both.
using buckets = std::map<double, double>;
buckets bucket_growth(const samples& before, const samples& now, std::string_view histogram);

// Linear within a bucket, as Prometheus does it; above the last bound: that bound. None: nothing
// was observed. `share`: 0 to 1.
std::optional<double> quantile(const buckets&, double share);

}  // namespace pinwire::cli
