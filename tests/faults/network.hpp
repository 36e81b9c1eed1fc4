// The ways between the parts of one stack, each through a proxy that can fail (fault_proxy.hpp);
// the test itself asks past them. Made before the stack, with options() for it, and gone after it.
// With Kafka behind a proxy too when a broker of the test's own is given, else without.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

// A broker of its own and the services' way to it.
class proxied_kafka {
public:
    proxied_kafka() : cluster_(proxy_.port()) { proxy_.aim_at(cluster_.behind()); }

    fault_proxy& proxy() { return proxy_; }
    kafka_cluster& cluster() { return cluster_; }

private:
    fault_proxy proxy_;
    kafka_cluster cluster_;
};

enum class part {
    database,   // services -> PostgreSQL
    kafka,      // services -> Kafka
    carriers,   // worker -> carriers and lookup provider
    customers,  // callback -> report_url
    listener,   // carriers -> callback
};
const char* name_of(part);

// Reports are waited for longer than any of these faults lasts: a job that is closed as unknown
// before its carrier's refusal could be recorded stays unknown.
void be_patient(toml_tables& to);

class network {
public:
    // `postgres`: null for the shared one.
    explicit network(proxied_kafka* kafka = nullptr, postgres_cluster* postgres = nullptr);

    stack_options options();
    std::string report_url() const;  // leads through the proxy
    job_maker jobs() const { return job_maker(report_url()); }

    // Of the kafka: only with a broker of its own.
    fault_proxy& to(part which);
    bool has(part which) const { return which != part::kafka || kafka_ != nullptr; }
    void heal();  // all of them

private:
    void arrange(toml_tables& to);

    proxied_kafka* kafka_;
    postgres_cluster* postgres_;
    fault_proxy database_;
    fault_proxy carriers_;
    fault_proxy customers_;
    fault_proxy listener_;
};

}  // namespace pinwire::test
