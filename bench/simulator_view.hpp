// What the benchmark asks the simulator over HTTP: how much came, and when. Single-threaded, on the
// io_context given. Throws std::runtime_error when the simulator doesn't answer as it should.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/http/client.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::bench {

struct simulator_counts {
    std::uint64_t finals = 0;           // final reports that the customer took
    std::uint64_t report_requests = 0;  // the requests that held them
    std::uint64_t lookups = 0;
    std::uint64_t sends = 0;
    std::uint64_t dlr_posts = 0;
    std::uint64_t dlr_retries = 0;  // posts that weren't taken at once
    std::uint64_t next_seq = 1;     // of the log
};

simulator_counts operator-(simulator_counts later, const simulator_counts& earlier);

class simulator_view {
public:
    simulator_view(boost::asio::io_context&, const std::string& base_url, std::string customer);

    const std::string& report_url() const { return report_url_; }

    awaitable<simulator_counts> counts();

    // Carriers and lookups answer after so long from now on, rightly all the same.
    awaitable<void> answer_after(std::chrono::milliseconds delay);

    awaitable<void> put_rule(std::string json);
    awaitable<void> clear_rules();

    // Hands every log entry of a type, from that number on, to the visitor, as its JSON line.
    awaitable<void> read_log(
        std::uint64_t from, std::string type, std::function<void(std::string_view line)> visit
    );

private:
    awaitable<http::response> get(std::string target);
    awaitable<http::response> ask(http::request asked);

    http::resolver names_;
    http::client client_;
    http::endpoint where_;
    std::string customer_;
    std::string report_url_;
};

}  // namespace pinwire::bench
