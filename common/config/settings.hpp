// Everything that pinwire.toml says, as one immutable value for all programs: checked, defaults
// filled in, secrets already read from their files. Made by load() (loader.hpp) and by tests;
// shared as shared_ptr<const settings>, safe from any thread. What each key means, its unit and its
// range: docs/configuration.md.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"
#include "common/config/guard_settings.hpp"
#include "common/core/breaker.hpp"
#include "common/core/delivery_watch.hpp"
#include "common/core/ip_address.hpp"
#include "common/core/job.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/rate_limit.hpp"
#include "common/core/route_choice.hpp"
#include "common/core/secret.hpp"
#include "common/core/sender.hpp"
#include "common/core/status.hpp"
#include "common/core/strong.hpp"
#include "common/lookup/provider.hpp"

namespace pinwire::config {

using namespace std::chrono_literals;
using milliseconds = std::chrono::milliseconds;
using days = std::chrono::duration<std::int64_t, std::ratio<86400>>;

// A secret and the file it was read from. The path is as resolved; empty: not configured.
struct secret_file {
    std::filesystem::path path;
    secret value;  // without the trailing newline
};

// A numeric address and a port; port 0: any free one.
struct listen_address {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
};

struct topics_settings {
    std::string jobs = "pin.jobs";
    std::string jobs_dead = "pin.jobs.dead";
    std::string dlrs = "pin.dlrs";
    std::string dlrs_dead = "pin.dlrs.dead";
    std::string events = "pin.events";
    int partitions = 12;
    int replication = 3;
    milliseconds jobs_retention = 24h;
    milliseconds jobs_dead_retention = 24h;
    milliseconds dlrs_retention = days(7);
    milliseconds dlrs_dead_retention = days(7);
    milliseconds events_retention = 24h;
};

struct kafka_settings {
    std::string bootstrap_servers;  // host:port,host:port
    std::string client_id = "pinwire";
    std::string security_protocol = "plaintext";  // as librdkafka spells it
    std::string sasl_mechanism;                   // empty without SASL
    std::string sasl_username;
    secret_file sasl_password;
    std::filesystem::path ca_file;  // empty: the system's
    std::filesystem::path cert_file;
    secret_file key;        // PEM; librdkafka takes the path
    bool embedded = false;  // the embedded broker: no admin interface
    milliseconds produce_timeout = 5s;
    milliseconds session_timeout = 10s;
    int prefetch_messages = 6000;  // two seconds of peak
    std::string worker_group = "pinwire-worker";
    std::string callback_group = "pinwire-callback";
    topics_settings topics;
};

struct postgres_settings {
    std::string conninfo;  // libpq's key=value text, never with a password
    secret_file password;
    milliseconds statement_timeout = 5s;
    milliseconds lock_timeout = 2s;
    milliseconds idle_in_transaction_timeout = 10s;
    milliseconds tcp_user_timeout = 5s;
    milliseconds keep_jobs = days(30);
    milliseconds dedupe_horizon = 48h;
    milliseconds keep_history = days(30);  // raw DLRs and report tries, in whole days
};

struct keys_settings {
    std::filesystem::path ring_file;
    std::optional<key_ring> ring;  // none only if secrets weren't to be read
};

// One of an account's API keys; the key itself is shown once and kept nowhere.
struct api_key {
    std::array<std::uint8_t, 32> digest{};  // SHA-256 of the key
    std::string label;
    std::optional<std::chrono::system_clock::time_point> expires_at;
};

// A number that nobody's phone has: its PIN and what becomes of it are fixed, and it costs nothing.
struct test_number {
    msisdn number;
    secret pin;                   // empty: it can't be unsealed, and orders to the number fail
    std::optional<nc_status> nc;  // none: reachable where a lookup is asked for
    dlr_status outcome = dlr_status::delivrd;
};

struct account_settings {
    account_name name;
    // Parsed (whsec_ taken off); the first signs first, both are live during a rotation.
    std::vector<std::filesystem::path> webhook_secret_files;
    std::vector<secret> webhook_secrets;
    bool secret_unreadable = false;  // one of the tables that the ring can't unseal: reports wait
    bool allow_http = false;
    std::vector<cidr> allow_cidrs;     // private addresses that report_url may resolve to
    std::vector<std::uint16_t> ports;  // empty: the default list
    std::string time_zone = "UTC";
    sender_name default_sender;        // empty: the route's
    std::vector<sender_name> senders;  // empty: any well-formed one
    std::string text_360nrs;           // empty: the dialect's own
    std::string text_infobip;          // empty: the dialect's own

    // Of the API; they stand in the tables only (account_book.hpp).
    std::vector<api_key> keys;
    std::vector<cidr> callers;                  // addresses that may call; empty: any
    std::vector<std::string> allowed_prefixes;  // destinations; empty: any
    std::vector<std::string> blocked_prefixes;  // win over the allowed ones
    std::map<msisdn, test_number> test_numbers;
    rate_limit per_number{10, 1h};          // sends to one number
    rate_limit per_account;                 // sends in all; unbounded: none
    milliseconds idempotency_window = 0ms;  // so long the same request is the same order
    bool prepaid = false;                   // sends only while its credit covers it
    bool strict = false;                    // NIST 800-63B: see docs/api.md
    bool suspended = false;
};

// How a carrier or provider is reached, beside its own ca_file.
struct link_settings {
    std::filesystem::path cert_file;  // our certificate; with its key
    secret_file key;
    std::string proxy;              // http://host:port; empty: none
    secret_file proxy_credentials;  // USER:PASSWORD
};

struct provider_settings {
    lookup::settings translator;
    std::filesystem::path api_key_file;
    std::filesystem::path api_secret_file;
    std::filesystem::path ca_file;  // empty: the system's
    link_settings link;
    int order = 0;              // lower first, then by name
    milliseconds timeout = 2s;  // of one lookup's turn with it
    int max_in_flight = 64;
};

struct lookup_settings {
    milliseconds deadline = 5s;  // over the whole chain of providers
    // Longest time between two tries with a provider in trouble, or one that asked for patience.
    std::chrono::seconds probe_last = 30s;
    std::size_t cache_entries = 100'000;
    milliseconds reachable_for = 5min;  // how long the cache believes it
    milliseconds invalid_for = 6h;
    milliseconds absent_for = 30s;
    milliseconds landline_for = 6h;
    milliseconds valid_only_for = 6h;
    bool absent_refuses = false;
    bool outage_sends = false;
    bool landline_sends = false;
};

// Proofs, beside the token, that a carrier's DLR must bring; all that are configured must hold.
struct dlr_auth_settings {
    std::string basic_user;
    secret_file basic_password;
    std::string header_name;
    secret_file header_value;
    std::vector<cidr> cidrs;
    enum class signature_kind { none, twilio, vonage, vonage_sms };
    signature_kind signature = signature_kind::none;
    secret_file signature_secret;          // twilio: the auth token
    milliseconds signature_age = days(1);  // vonage's: how old it may be

    bool any() const {
        return !basic_user.empty() || !header_name.empty() || !cidrs.empty() ||
               signature != signature_kind::none;
    }
};

struct carrier_settings {
    carriers::settings translator;
    std::filesystem::path password_file;
    std::filesystem::path ca_file;  // empty: the system's
    link_settings link;
    double balance_warn = 0;  // in the currency of its account; 0: it isn't looked at
    // Reports that didn't come by themselves are fetched, where the carrier can be asked for them.
    milliseconds pull_after = 15min;  // sent so long ago; 0: they aren't fetched
    milliseconds pull_every = 15min;  // the same attempt at most so often
    double pull_rate = 5;             // requests a second, of all workers
    bool retired = false;             // no new attempts; its DLR path stays open
    bool tokenless = false;           // /dlr/NAME without a token; needs a proof in dlr_auth
    milliseconds connect_timeout = 3s;
    milliseconds answer_timeout = 10s;  // first byte sent to last byte read
    int max_connections = 64;
    dlr_auth_settings dlr_auth;
};

using pinwire::in_doubt_policy;

struct route_settings {
    route_name name;
    carrier_name carrier;
    pinwire::channel channel = pinwire::channel::sms;
    std::vector<account_name> accounts;  // whose jobs it takes; empty: everybody's
    std::vector<std::string> countries;  // calling codes
    std::vector<std::string> prefixes;   // digits; neither of the two: every number
    std::vector<std::string> networks;   // MCC, or MCC and MNC
    int priority = 0;                    // lower first
    int weight = 1;                      // share among equals
    double tps = 100;                    // parts of messages, or calls, a second, over all workers
    double burst = 0;                    // never 0 once loaded: default max(1, tps / 10)
    int window = 32;                     // requests under way at once, in one worker
    sender_name sender;                  // when neither job nor account names one that may go there
    sender_table senders;                // by destination: in place of whatever is named
    milliseconds connect_timeout{0};     // 0: its carrier's
    milliseconds answer_timeout{0};      // 0: its carrier's
    double confirmed_min = -1;           // of its deliveries, 0 to 1; below 0: [worker.delivery]'s
    std::chrono::seconds validity = 1h;
    in_doubt_policy in_doubt = in_doubt_policy::hold;
    bool paused = false;
    int queue_max = 1000;  // waiting rows held in memory
    // Micro-units of an account's credit for each part (a call: for each call); by longest prefix.
    std::int64_t price = 0;
    price_table prices;
};

// How long things take; small values are for tests.
struct timing_settings {
    milliseconds heartbeat = 1s;
    milliseconds stale_after = 5s;       // without a committed heartbeat: starts no request
    milliseconds takeover_after = 15s;   // plus the longest answer time-out of all carriers
    milliseconds no_news_after = 15min;  // past the validity: the report ends by timer
    milliseconds hold_grace = 5s;  // a living owner's row is left alone until so long past due
    milliseconds sweep_every = 1s;
    milliseconds doubt_wait = 60s;  // the ladder's wait for a DLR
    milliseconds retry_first = 5s;  // "surely not sent, later": first wait, then doubled
    milliseconds retry_max = 60s;
};

// When a route's delivery is looked at, and what is wrong with it.
struct route_delivery_settings {
    milliseconds every = 30s;
    milliseconds window = 15min;
    milliseconds patience = 2min;  // reports of what was sent later than that are waited for
    delivery_settings alarm;
};

struct worker_settings {
    std::filesystem::path state_dir = "/var/lib/pinwire";
    int in_flight_max = 512;  // jobs between poll and claim or permit
    int claim_batch = 512;
    listen_address metrics_listen;
    milliseconds drain = 25s;
    pinwire::among_equals among_equals = pinwire::among_equals::weight;
    std::vector<std::string> dns_servers;  // empty: the system's
    breaker_settings health = route_health();
    route_delivery_settings delivery;
    timing_settings timing;

    static breaker_settings route_health() {
        breaker_settings made;
        made.probes_needed = 3;
        made.remembered = 10min;
        return made;
    }
};

struct reports_settings {
    int slots = 512;  // requests under way at once, over all endpoints
    int per_endpoint = 16;
    int per_host = 64;  // over all accounts
    int queue_per_endpoint = 1000;
    milliseconds connect_timeout = 3s;
    milliseconds total_timeout = 15s;
    std::size_t answer_max = 65'536;  // bytes
    milliseconds dead_after = 48h;
    milliseconds disable_after = days(5);  // of nothing but failures
    // Waits before each try, the last repeated until dead_after; ±20 % jitter.
    std::vector<milliseconds> schedule = {0s, 5s, 30s, 2min, 10min, 30min, 2h, 5h, 10h};
    std::vector<std::string> dns_servers;  // empty: the system's
    milliseconds dns_timeout = 3s;
    milliseconds lease = 60s;
    milliseconds poll = 250ms;
    dlr_status unknown_as = dlr_status::unknown;  // what a report that ended by timer says
    std::vector<cidr> deny_cidrs;                 // own addresses: never dialled
    bool nat64 = false;
    std::filesystem::path ca_file;  // empty: the system's
    std::string proxy;              // http://host:port; empty: none
    secret_file proxy_credentials;  // USER:PASSWORD
};

struct callback_settings {
    listen_address listen{"127.0.0.1", 8081};
    std::string public_url;  // without a trailing slash
    listen_address metrics_listen;
    std::size_t body_max = 262'144;  // bytes
    int connections_max = 2000;
    int connections_per_address = 200;
    milliseconds header_timeout = 5s;
    milliseconds request_timeout = 10s;
    milliseconds idle_timeout = 30s;
    milliseconds produce_timeout = 5s;
    std::vector<cidr> trusted_proxies;  // whose X-Forwarded-For counts
    bool proxy_protocol = false;        // what they connect begins with a PROXY header, v1 or v2
    int settle_batch = 512;
    milliseconds sweep_every = 1s;
    milliseconds drain = 25s;
    reports_settings reports;
};

struct api_settings {
    listen_address listen{"127.0.0.1", 8082};
    listen_address metrics_listen;
    std::size_t body_max = 65'536;  // bytes
    int connections_max = 4000;
    int connections_per_address = 1000;
    milliseconds header_timeout = 5s;
    milliseconds request_timeout = 10s;  // first byte to end of body
    milliseconds idle_timeout = 30s;
    milliseconds answer_within = 10s;  // longest wait for the worker's verdict
    milliseconds produce_timeout = 3s;
    std::vector<cidr> trusted_proxies;          // whose X-Forwarded-For counts
    std::vector<std::string> allowed_prefixes;  // destinations of all accounts; empty: any
    std::vector<std::string> blocked_prefixes;
    milliseconds drain = 15s;
};

struct log_settings {
    enum class level_name { debug, info, warn, error } level = level_name::info;
    enum class format_name { text, json } format = format_name::text;
};

struct settings {
    std::filesystem::path file;  // where it was read from
    kafka_settings kafka;
    postgres_settings postgres;
    keys_settings keys;
    std::map<account_name, account_settings> accounts;
    std::map<provider_name, provider_settings> providers;
    lookup_settings lookup;
    std::map<carrier_name, carrier_settings> carriers;
    std::map<route_name, route_settings> routes;
    sender_rules senders;
    guard_settings guard;
    worker_settings worker;
    callback_settings callback;
    api_settings api;
    log_settings log;
};

// "hold", "resend".
std::string_view to_string(in_doubt_policy policy);

}  // namespace pinwire::config
