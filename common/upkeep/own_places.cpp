#include "common/upkeep/own_places.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "common/core/conninfo.hpp"
#include "common/http/local_address.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

constexpr auto look_every = std::chrono::minutes(1);
constexpr auto look_max = std::chrono::seconds(3);
constexpr std::uint16_t postgres_port = 5432;

std::vector<std::string> parts_of(const std::string& list) {
    std::vector<std::string> made;
    if (list.empty()) return made;
    for (std::size_t at = 0; at <= list.size();) {
        const auto comma = std::min(list.find(',', at), list.size());
        made.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return made;
}

std::uint16_t port_of(const std::string& text, std::uint16_t otherwise) {
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc{} && stop == end && port != 0 ? port : otherwise;
}

std::string without_brackets(const std::string& host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

void add_kafka(std::vector<server_name>& to, const std::string& bootstrap) {
    for (const auto& one : parts_of(bootstrap)) {
        const auto colon = one.rfind(':');
        if (colon == std::string::npos) continue;
        to.push_back({without_brackets(one.substr(0, colon)), port_of(one.substr(colon + 1), 0)});
    }
}

// As libpq reads them: one port for all hosts, or one for each; hostaddr is what it dials.
void add_postgres(std::vector<server_name>& to, const std::string& text) {
    auto read = read_conninfo(text);
    const auto hosts = parts_of(read.values["host"]);
    const auto literals = parts_of(read.values["hostaddr"]);
    const auto ports = parts_of(read.values["port"]);
    for (std::size_t i = 0; i < std::max(hosts.size(), literals.size()); ++i) {
        const auto literal = i < literals.size() ? literals[i] : std::string();
        const auto host = literal.empty() && i < hosts.size() ? hosts[i] : literal;
        if (host.empty() || host.starts_with('/') || host.starts_with('@')) continue;
        const auto port = ports.empty() ? std::string() : ports[std::min(i, ports.size() - 1)];
        to.push_back({host, port_of(port, postgres_port)});
    }
}

// As libpq and librdkafka look them up: below the system's search domains, too.
http::resolver_settings for_servers() {
    http::resolver_settings made;
    made.search = true;
    made.time_max = look_max;
    return made;
}

}  // namespace

std::vector<server_name> servers_of(const config::settings& from) {
    std::vector<server_name> made;
    add_kafka(made, from.kafka.bootstrap_servers);
    add_postgres(made, from.postgres.conninfo);
    return made;
}

own_places::own_places(boost::asio::io_context& io, const config::settings& settings)
    : names_(io, for_servers()) {
    for (auto& name : servers_of(settings))
        servers_.push_back({std::move(name), {}});
}

awaitable<void> own_places::look() {
    const auto by = deadline_in(look_max);
    for (auto& one : servers_) {
        auto found = co_await names_.resolve(one.name.host, by);
        if (found.fault == http::resolve_fault::none) {
            one.addresses = std::move(found.addresses);
        } else {
            telemetry::log_limited(
                telemetry::log_level::warn,
                "own_server_unknown",
                "own_server_unknown",
                {{"host", one.name.host}}
            );
        }
    }
    auto made = std::make_shared<places>();
    for (const auto& one : servers_) {
        for (const auto& given : one.addresses) {
            const auto address = given.mapped_v4().value_or(given);
            made->doors.push_back({address, one.name.port});
            if (!http::is_loopback(address)) made->addresses.push_back(address);
        }
    }
    std::sort(made->addresses.begin(), made->addresses.end());
    // the same as before, whatever order the name servers gave
    std::sort(made->doors.begin(), made->doors.end(), [](const door& left, const door& right) {
        return std::tie(left.address, left.port) < std::tie(right.address, right.port);
    });
    if (!known_ || *known_ != *made) known_ = std::move(made);
}

awaitable<void> own_places::run() {
    for (;;) {
        co_await look();
        co_await sleep_for(look_every);
    }
}

}  // namespace pinwire::upkeep
