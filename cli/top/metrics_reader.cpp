#include "cli/top/metrics_reader.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "cli/command.hpp"
#include "common/core/url.hpp"
#include "common/http/client.hpp"
#include "common/http/resolver.hpp"

namespace pinwire::cli {
namespace {

constexpr std::size_t body_max = 8 * 1024 * 1024;

http::endpoint endpoint_of(const std::string& address) {
    const auto where = url::parse("http://" + address);
    if (!where || where->host().empty() || address.find('/') != std::string::npos)
        throw failure(exit_code::wrong, fmt::format("--metrics {}: no ADDRESS:PORT", address));
    return http::endpoint(*where);
}

http::client_settings client_settings() {
    http::client_settings made;
    made.body_max = body_max;
    made.per_endpoint_max = 1;
    made.total_max = 1000;
    made.user_agent = "pinwire-top";
    return made;
}

void read(const http::exchange& from, service_look& to) {
    to.at = std::chrono::steady_clock::now();
    if (!from.answered()) {
        to.error = from.error.empty() ? std::string(http::to_string(from.why)) : from.error;
    } else if (from.answer.status != 200 || from.truncated) {
        to.error =
            from.truncated ? "too long an answer" : fmt::format("HTTP {}", from.answer.status);
    } else {
        to.said = parse_metrics(from.answer.body);
        if (to.said.empty()) to.error = "no metrics in its answer";
    }
}

}  // namespace

struct metrics_reader::impl {
    impl(std::vector<std::string> given, std::chrono::milliseconds most)
        : addresses(std::move(given)),
          limit(most),
          names(io, {}),
          client(io, names, client_settings()) {
        for (const auto& one : addresses)
            endpoints.push_back(endpoint_of(one));
    }

    std::vector<std::string> addresses;
    std::vector<http::endpoint> endpoints;
    std::chrono::milliseconds limit;
    boost::asio::io_context io{1};
    http::resolver names;
    http::client client;
};

metrics_reader::metrics_reader(std::vector<std::string> addresses, std::chrono::milliseconds limit)
    : impl_(std::make_unique<impl>(std::move(addresses), limit)) {}

metrics_reader::~metrics_reader() = default;

std::vector<service_look> metrics_reader::take() {
    auto& of = *impl_;
    std::vector<service_look> all(of.addresses.size());
    if (all.empty()) return all;
    std::size_t left = all.size();
    http::call_options how;
    how.connect_timeout = of.limit;
    how.answer_timeout = of.limit;
    how.by = std::chrono::steady_clock::now() + of.limit;
    of.io.restart();
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].address = of.addresses[i];
        auto call = of.client.send(of.endpoints[i], http::request("GET", "/metrics"), how);
        boost::asio::co_spawn(
            of.io,
            std::move(call),
            [&, i](std::exception_ptr error, http::exchange got) {
                if (--left == 0) of.io.stop();  // idle connections have waits of their own
                if (error) {
                    all[i].error = "can't be asked";
                } else {
                    read(got, all[i]);
                }
            }
        );
    }
    of.io.run();
    return all;
}

}  // namespace pinwire::cli
