#include "tests/faults/network.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace pinwire::test {
namespace {

// Of what postgres_cluster hands out: "host=DIRECTORY port=N ...".
std::string socket_of(const std::string& conninfo) {
    const auto value = [&](const std::string& name) {
        const auto at = conninfo.find(name + "=") + name.size() + 1;
        return conninfo.substr(at, conninfo.find(' ', at) - at);
    };
    return value("host") + "/.s.PGSQL." + value("port");
}

// "http://HOST:PORT/PATH", in quotes: HOST:PORT.
std::string authority_of(const std::string& url) {
    const auto begin = url.find("//") + 2;
    return url.substr(begin, url.find_first_of("/\"", begin) - begin);
}

void lead_through(std::string& url, const fault_proxy& by) {
    const auto from = authority_of(url);
    url.replace(url.find(from), from.size(), by.address());
}

}  // namespace

const char* name_of(part which) {
    switch (which) {
        case part::database:
            return "database";
        case part::kafka:
            return "kafka";
        case part::carriers:
            return "carriers";
        case part::customers:
            return "customers";
        case part::listener:
            return "listener";
    }
    return "";
}

network::network(proxied_kafka* kafka, postgres_cluster* postgres)
    : kafka_(kafka),
      postgres_(postgres),
      database_(
          socket_of((postgres != nullptr ? *postgres : postgres_cluster::shared()).conninfo()),
          language::postgres
      ) {}

stack_options network::options() {
    stack_options made;
    if (kafka_ != nullptr) made.kafka = kafka_->cluster().bootstrap();
    made.postgres = postgres_;
    made.services_conninfo =
        fmt::format("host=127.0.0.1 port={} sslmode=disable gssencmode=disable", database_.port());
    made.edit = [this](toml_tables& to) { arrange(to); };
    return made;
}

void be_patient(toml_tables& to) {
    for (auto& [table, keys] : to)
        if (table.starts_with("routes.")) keys["validity"] = "\"20s\"";
}

void network::arrange(toml_tables& to) {
    be_patient(to);
    if (kafka_ != nullptr) to["kafka"]["bootstrap_servers"] = '"' + kafka_->proxy().address() + '"';
    auto& lookup = to["providers.lookup"]["base_url"];
    carriers_.aim_at(authority_of(lookup));
    customers_.aim_at(authority_of(lookup));  // the simulator is all of them
    lead_through(lookup, carriers_);
    for (auto& [table, keys] : to) {
        if (table.starts_with("carriers.")) lead_through(keys["base_url"], carriers_);
        if (table.starts_with("accounts.")) keys["ports"] = fmt::format("[{}]", customers_.port());
    }
    auto& door = to["callback"]["public_url"];
    listener_.aim_at(authority_of(door));
    lead_through(door, listener_);
}

std::string network::report_url() const {
    return "http://" + customers_.address() + "/customer/acme";
}

fault_proxy& network::to(part which) {
    switch (which) {
        case part::database:
            return database_;
        case part::kafka:
            if (kafka_ != nullptr) return kafka_->proxy();
            break;
        case part::carriers:
            return carriers_;
        case part::customers:
            return customers_;
        case part::listener:
            return listener_;
    }
    throw std::logic_error("there is no proxy before the shared Kafka");
}

void network::heal() {
    for (auto* one : {&database_, &carriers_, &customers_, &listener_})
        one->heal();
    if (kafka_ != nullptr) kafka_->proxy().heal();
}

}  // namespace pinwire::test
