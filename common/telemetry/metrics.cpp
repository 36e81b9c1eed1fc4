#include "common/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "common/telemetry/process_metrics.hpp"

namespace pinwire::telemetry {

void counter::add(double amount) const {
    if (inner_ && amount > 0) inner_->Increment(amount);
}

double counter::value() const {
    return inner_ ? inner_->Value() : 0;
}

void gauge::set(double value) const {
    if (inner_) inner_->Set(value);
}

void gauge::add(double amount) const {
    if (inner_) inner_->Increment(amount);
}

double gauge::value() const {
    return inner_ ? inner_->Value() : 0;
}

void histogram::observe(double value) const {
    if (inner_) inner_->Observe(value);
}

const std::vector<double>& latency_buckets() {
    static const std::vector<double> bounds = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
    return bounds;
}

struct metrics::impl {
    prometheus::Registry registry;
    std::vector<std::function<void()>> refreshes;
};

metrics::metrics(std::string program) : impl_(std::make_unique<impl>()) {
    const labels build = {{"program", std::move(program)}, {"version", PINWIRE_VERSION}};
    make_gauge("pinwire_build_info", "Always 1; its labels say what runs.", build).set(1);
    before_scrape(make_process_metrics(*this));
}

metrics::~metrics() = default;

counter metrics::make_counter(
    const std::string& name, const std::string& help, const labels& with
) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return counter(&family.Add(with));
}

gauge metrics::make_gauge(const std::string& name, const std::string& help, const labels& with) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return gauge(&family.Add(with));
}

histogram metrics::make_histogram(
    const std::string& name,
    const std::string& help,
    const labels& with,
    const std::vector<double>& upper_bounds
) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return histogram(&family.Add(with, upper_bounds));
}

void metrics::before_scrape(std::function<void()> refresh) {
    impl_->refreshes.push_back(std::move(refresh));
}

std::string metrics::text() {
    for (const auto& refresh : impl_->refreshes)
        refresh();
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace pinwire::telemetry
