// Metrics for Prometheus: a registry, and handles that are resolved once at start and then cost one
// atomic add. A handle is a pointer into its registry: copy it freely, never let it outlive the
// `metrics` object. Handles may be used from any thread; a default-made one counts nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace pinwire::telemetry {

using labels = std::map<std::string, std::string>;

// Only grows.
class counter {
public:
    counter() = default;
    void add(double amount = 1) const;  // negative amounts are ignored
    double value() const;

private:
    friend class metrics;
    explicit counter(prometheus::Counter* inner) : inner_(inner) {}
    prometheus::Counter* inner_ = nullptr;
};

class gauge {
public:
    gauge() = default;
    void set(double value) const;
    void add(double amount = 1) const;
    double value() const;

private:
    friend class metrics;
    explicit gauge(prometheus::Gauge* inner) : inner_(inner) {}
    prometheus::Gauge* inner_ = nullptr;
};

class histogram {
public:
    histogram() = default;
    void observe(double value) const;  // times in seconds

private:
    friend class metrics;
    explicit histogram(prometheus::Histogram* inner) : inner_(inner) {}
    prometheus::Histogram* inner_ = nullptr;
};

// Upper bounds in seconds, 0.5 ms to 60 s.
const std::vector<double>& latency_buckets();

class metrics {
public:
    // `program` becomes a label of pinwire_build_info. Process metrics are there from the start.
    explicit metrics(std::string program);
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    // The same name and labels give the same metric. Throws std::invalid_argument for a name or
    // label that Prometheus doesn't take, or a name in use for another kind.
    counter make_counter(const std::string& name, const std::string& help, const labels& with = {});
    gauge make_gauge(const std::string& name, const std::string& help, const labels& with = {});
    histogram make_histogram(
        const std::string& name,
        const std::string& help,
        const labels& with = {},
        const std::vector<double>& upper_bounds = latency_buckets()
    );

    // Runs before each exposition, on its thread: for gauges that are read, not kept.
    void before_scrape(std::function<void()> refresh);

    // Text exposition format 0.0.4.
    std::string text();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::telemetry
