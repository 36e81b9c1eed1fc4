// The customer's endpoint: reads reports in the three dialects, checks their Standard Webhooks
// signature, and keeps what came, so that a test can count the final reports of each id. Shares no
// code with common/reports. Single-threaded; bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/http/message.hpp"

namespace pinwire::sim {

struct customer_report {
    std::string id;  // sms_id, messageId, or data.message_id
    std::string status;
    bool final = true;
};

struct customer_reading {
    std::string_view dialect;  // 360nrs, infobip, standard; empty: none of them
    std::vector<customer_report> reports;
};

customer_reading read_customer_reports(std::string_view body);

// ok, bad, or none (no secret is known for this endpoint). Keys are decoded.
std::string_view check_webhook_signature(
    const http::headers& fields,
    std::string_view body,
    const std::vector<std::string>& keys,
    std::chrono::system_clock::time_point now
);
// whsec_ and base64 -> bytes; throws std::runtime_error for anything else.
std::string decode_webhook_secret(std::string_view text);

// One request that came to an endpoint, with what was answered.
struct customer_request {
    std::string endpoint;
    std::uint64_t at_us = 0;
    std::string_view signature;
    unsigned answer = 0;  // 0: none was given
    std::string webhook_id;
    http::headers fields;
    std::string body;
    customer_reading reading;
};

class customer_book {
public:
    customer_book(std::size_t requests_max, std::size_t ids_max)
        : requests_max_(requests_max), ids_max_(ids_max) {}

    void record(customer_request came);
    void clear();

    // How many final reports of this id were answered with 2xx, repeats of one webhook-id included.
    std::uint64_t finals(std::string_view endpoint, std::string_view id) const;

    // {"endpoint","ids","finals","several": ids with more than one webhook-id,"untracked"}
    std::string summary_json(std::string_view endpoint) const;
    // {"id","finals","statuses","webhook_ids"}
    std::string story_json(std::string_view endpoint, std::string_view id) const;
    // One JSON line for each kept request of the endpoint, oldest first.
    std::string requests_lines(std::string_view endpoint, std::size_t max) const;

private:
    struct story {
        std::uint64_t finals = 0;
        std::vector<std::string> statuses;     // as they came, the first few
        std::vector<std::string> webhook_ids;  // different ones, the first few
    };
    struct endpoint {
        std::unordered_map<std::string, story> ids;
        std::uint64_t finals = 0;
        std::uint64_t several = 0;
        std::uint64_t untracked = 0;  // reports about ids over the bound
    };

    const story* find(std::string_view name, std::string_view id) const;
    void count(endpoint& at, const customer_report& one, const std::string& webhook_id);

    std::size_t requests_max_;
    std::size_t ids_max_;
    std::size_t ids_ = 0;
    std::deque<customer_request> requests_;
    std::map<std::string, endpoint, std::less<>> endpoints_;
};

}  // namespace pinwire::sim
