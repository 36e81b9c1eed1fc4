#include "common/config/tables.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "common/carriers/registry.hpp"
#include "common/config/bindings.hpp"
#include "common/config/certificates.hpp"
#include "common/config/files.hpp"
#include "common/config/guard_table.hpp"
#include "common/config/http_carrier.hpp"
#include "common/config/listen_address.hpp"
#include "common/config/lookup_description.hpp"
#include "common/config/rules.hpp"
#include "common/core/calling_code.hpp"
#include "common/core/limits.hpp"
#include "common/core/text.hpp"
#include "common/lookup/registry.hpp"

namespace pinwire::config {

namespace {

constexpr auto year = days(366);

binding cidr_list(std::string name, std::vector<cidr>& target) {
    return list(
        std::move(name),
        target,
        "address blocks",
        "\"10.0.0.0/8\", \"fd00::/8\", one address",
        256,
        [](const std::string& text) { return cidr::parse(text); },
        [](const cidr& block) { return block.to_string(); }
    );
}

binding name_servers(std::string name, std::vector<std::string>& to) {
    return list(
        std::move(name),
        to,
        "addresses",
        "numeric, with a port if it isn't 53",
        8,
        [](const std::string& text) -> std::optional<std::string> {
            const auto bare = ip_address::parse(text);
            if (bare) return to_string(listen_address{text, 53});
            const auto with_port = parse_listen_address(text);
            if (!with_port || with_port->port == 0) return std::nullopt;
            return text;
        },
        [](const std::string& text) { return text; }
    );
}

binding digits_list(
    std::string name, std::vector<std::string>& target, std::string type, std::size_t max
) {
    return list(
        std::move(name),
        target,
        std::move(type),
        "1 to " + std::to_string(max) + " digits, the first not 0",
        2000,
        [max](const std::string& text) {
            return is_digits(text, max) ? std::optional(text) : std::nullopt;
        },
        [](const std::string& text) { return text; }
    );
}

// "PREFIX=VALUE"; as a map, so that a prefix has one value.
template <class Table, class Parse, class Print>
binding by_prefix(
    std::string name,
    Table& target,
    std::string type,
    std::string allowed,
    Parse parse_value,
    Print print_value
) {
    using entry = std::pair<std::string, typename Table::mapped_type>;
    binding made;
    made.name = std::move(name);
    made.type = type;
    made.allowed = allowed;
    made.read = [=, &target](const node& given, const read_context& c) {
        std::vector<entry> read;
        const auto parse = [&](const std::string& text) -> std::optional<entry> {
            const auto equals = text.find('=');
            if (equals == std::string::npos || !is_digits(text.substr(0, equals), 15))
                return std::nullopt;
            auto value = parse_value(text.substr(equals + 1));
            if (!value) return std::nullopt;
            return entry(text.substr(0, equals), std::move(*value));
        };
        const auto write = [](const entry& one) { return one.first; };
        auto wrong = list("", read, type, allowed, 2000, parse, write).read(given, c);
        if (wrong.empty()) target = {read.begin(), read.end()};
        return wrong;
    };
    made.write = [=, &target] {
        std::string all;
        for (const auto& [prefix, value] : target) {
            const auto text = fmt::format("{}={}", prefix, print_value(value));
            all += (all.empty() ? "" : ", ") + in_quotes(text);
        }
        return all.empty() ? std::string() : "[" + all + "]";
    };
    return made;
}

binding price_list(std::string name, price_table& target) {
    const auto parse = [](const std::string& text) -> std::optional<std::int64_t> {
        std::int64_t micros = -1;
        const auto* end = text.data() + text.size();
        const auto done = std::from_chars(text.data(), end, micros);
        const bool good = done.ec == std::errc{} && done.ptr == end && micros >= 0;
        return good && micros <= 1'000'000'000 ? std::optional(micros) : std::nullopt;
    };
    const auto print = [](std::int64_t micros) { return std::to_string(micros); };
    return by_prefix(
        std::move(name), target, "prices", "\"PREFIX=MICROS\", e.g. \"34=45000\"", parse, print
    );
}

binding sender_list(std::string name, sender_table& target) {
    const auto parse = [](const std::string& text) {
        return is_sender(text) ? std::optional(sender_name(text)) : std::nullopt;
    };
    const auto print = [](const sender_name& sender) { return sender.str(); };
    return by_prefix(
        std::move(name),
        target,
        "senders by prefix",
        "\"PREFIX=SENDER\", e.g. \"1=18005550100\"",
        parse,
        print
    );
}

constexpr auto countries_allowed = "calling codes of countries, e.g. \"34\", \"1787\"";

binding country_list(std::string name, std::vector<std::string>& target) {
    return list(
        std::move(name),
        target,
        "calling codes",
        countries_allowed,
        300,
        [](const std::string& text) {
            return is_calling_code(text) ? std::optional(text) : std::nullopt;
        },
        [](const std::string& text) { return text; }
    );
}

binding country_set(std::string name, std::set<std::string, std::less<>>& target) {
    return text_list(
        std::move(name),
        "calling codes",
        countries_allowed,
        300,
        [&target] { target.clear(); },
        [&target](const std::string& text) -> std::string {
            if (!is_calling_code(text)) return "is none";
            target.insert(text);
            return {};
        },
        [&target] { return std::vector<std::string>(target.begin(), target.end()); }
    );
}

binding network_list(std::string name, std::vector<std::string>& target) {
    return list(
        std::move(name),
        target,
        "networks",
        "an MCC, or MCC and MNC: 3, 5 or 6 digits",
        2000,
        [](const std::string& text) {
            const bool long_enough = text.size() == 3 || text.size() == 5 || text.size() == 6;
            return long_enough && is_digits(text, 6) ? std::optional(text) : std::nullopt;
        },
        [](const std::string& text) { return text; }
    );
}

// "LANGUAGE=SCENARIO" each.
binding scenario_list(std::string name, std::map<std::string, std::string, std::less<>>& target) {
    return text_list(
        std::move(name),
        "scenarios by language",
        "\"LANGUAGE=SCENARIO\", e.g. \"en=E83E787CF2613450157ADA3476171E3F\"",
        100,
        [&target] { target.clear(); },
        [&target](const std::string& text) -> std::string {
            const auto equals = text.find('=');
            if (equals == std::string::npos || !is_language(text.substr(0, equals)))
                return "is none";
            const auto scenario = text.substr(equals + 1);
            if (!is_identifier(scenario)) return "is none";
            return target.emplace(text.substr(0, equals), scenario).second ? "" : "comes twice";
        },
        [&target] {
            std::vector<std::string> all;
            for (const auto& [language, scenario] : target)
                all.push_back(language + "=" + scenario);
            return all;
        }
    );
}

// A named<> and the text inside it.
template <class Named>
binding name_of(std::string name, Named& target, text_rule rule) {
    binding made;
    made.name = std::move(name);
    made.type = "text";
    made.allowed = std::move(rule.allowed);
    made.read = [&target, check = std::move(rule.check)](const node& given, const read_context& c) {
        std::string read;
        auto wrong = text("", read).read(given, c);
        if (wrong.empty() && check) wrong = check(read);
        if (wrong.empty()) target = Named(std::move(read));
        return wrong;
    };
    made.write = [&target] { return target.empty() ? std::string() : in_quotes(target.view()); };
    return made;
}

text_rule sender_rule() {
    const auto check = [](const std::string& text) {
        return std::string(is_sender(text) ? "" : "is no sender");
    };
    return {"at most 11 of letters, digits, space, or at most 15 digits", check};
}

void walk_topics(visitor& v, topics_settings& t) {
    v.key(text("jobs", t.jobs, topic_rule()));
    v.key(text("jobs_dead", t.jobs_dead, topic_rule()));
    v.key(text("dlrs", t.dlrs, topic_rule()));
    v.key(text("dlrs_dead", t.dlrs_dead, topic_rule()));
    v.key(text("events", t.events, topic_rule()));
    v.key(integer("partitions", t.partitions, 1, 1000));
    v.key(integer("replication", t.replication, 1, 16));
    v.key(duration("jobs_retention", t.jobs_retention, 1min, year));
    v.key(duration("jobs_dead_retention", t.jobs_dead_retention, 1min, year));
    v.key(duration("dlrs_retention", t.dlrs_retention, 1min, year));
    v.key(duration("dlrs_dead_retention", t.dlrs_dead_retention, 1min, year));
    v.key(duration("events_retention", t.events_retention, 1min, year));
}

void walk_kafka(visitor& v, kafka_settings& k) {
    v.key(required(text("bootstrap_servers", k.bootstrap_servers, bootstrap_rule())));
    v.key(text("client_id", k.client_id, group_rule()));
    v.key(word(
        "security_protocol", k.security_protocol, {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}
    ));
    v.key(word("sasl_mechanism", k.sasl_mechanism, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}));
    v.key(text("sasl_username", k.sasl_username, printable_rule(256)));
    v.key(secret_in("sasl_password_file", k.sasl_password));
    v.key(certificates_file("ca_file", k.ca_file));
    v.key(certificates_file("cert_file", k.cert_file));
    v.key(secret_in("key_file", k.key));
    v.key(flag("embedded", k.embedded));
    v.key(duration("produce_timeout", k.produce_timeout, 100ms, 5min));
    v.key(duration("session_timeout", k.session_timeout, 1s, 5min));
    v.key(integer("prefetch_messages", k.prefetch_messages, 1, 1'000'000));
    v.key(text("worker_group", k.worker_group, group_rule()));
    v.key(text("callback_group", k.callback_group, group_rule()));
    v.section("topics", [&k](visitor& sub) { walk_topics(sub, k.topics); });
}

void walk_postgres(visitor& v, postgres_settings& p) {
    v.key(required(text("conninfo", p.conninfo, conninfo_rule())));
    v.key(secret_in("password_file", p.password));
    v.key(duration("statement_timeout", p.statement_timeout, 100ms, 10min));
    v.key(duration("lock_timeout", p.lock_timeout, 100ms, 10min));
    v.key(duration("idle_in_transaction_timeout", p.idle_in_transaction_timeout, 100ms, 10min));
    v.key(duration("tcp_user_timeout", p.tcp_user_timeout, 100ms, 10min));
    v.key(duration("keep_jobs", p.keep_jobs, 1min, 10 * year));
    v.key(duration("dedupe_horizon", p.dedupe_horizon, 1min, year));
    v.key(duration("keep_history", p.keep_history, 24h, 10 * year));
}

void walk_account(visitor& v, account_settings& a) {
    v.key(webhook_secrets_in("webhook_secret_files", a.webhook_secret_files, a.webhook_secrets));
    v.key(flag("allow_http", a.allow_http));
    v.key(cidr_list("allow_cidrs", a.allow_cidrs));
    v.key(list(
        "ports",
        a.ports,
        "ports",
        "1 to 65535",
        64,
        [](const std::string& text) -> std::optional<std::uint16_t> {
            if (!is_digits(text, 5)) return std::nullopt;
            const auto port = std::stoul(text);
            if (port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
            return static_cast<std::uint16_t>(port);
        },
        [](std::uint16_t port) { return std::to_string(port); }
    ));
    v.key(text("time_zone", a.time_zone, time_zone_rule()));
    v.key(name_of("default_sender", a.default_sender, sender_rule()));
    v.key(list(
        "senders",
        a.senders,
        "senders",
        sender_rule().allowed,
        1000,
        [](const std::string& text) {
            return is_sender(text) ? std::optional(sender_name(text)) : std::nullopt;
        },
        [](const sender_name& sender) { return sender.str(); }
    ));
    v.key(text("text_360nrs", a.text_360nrs, account_text_rule(dialect::nrs360)));
    v.key(text("text_infobip", a.text_infobip, account_text_rule(dialect::infobip)));
}

void walk_link(visitor& v, std::filesystem::path& ca_file, link_settings& l) {
    v.key(certificates_file("ca_file", ca_file));
    v.key(certificates_file("cert_file", l.cert_file));
    v.key(secret_in("key_file", l.key));
    v.key(text("proxy", l.proxy, proxy_rule()));
    v.key(secret_in("proxy_credentials_file", l.proxy_credentials));
}

void walk_provider(visitor& v, provider_settings& p) {
    auto& t = p.translator;
    v.key(required(word("kind", t.kind, lookup::known_kinds())));
    v.key(required(text("base_url", t.base_url, url_rule())));
    v.key(secret_in("api_key_file", p.api_key_file, t.api_key));
    v.key(secret_in("api_secret_file", p.api_secret_file, t.api_secret));
    v.key(digits_list("countries", t.countries, "calling codes", 7));
    v.key(integer("order", p.order, -1000, 1000));
    v.key(duration("timeout", p.timeout, 50ms, 1min));
    v.key(integer("max_in_flight", p.max_in_flight, 1, 10'000));
    walk_link(v, p.ca_file, p.link);
    v.key(text("route", t.route, printable_rule(64)));
    v.key(text("storage", t.storage, printable_rule(64)));
    v.section("http", [&t](visitor& sub) { walk_lookup_description(sub, t.http); });
}

void walk_lookup(visitor& v, lookup_settings& l) {
    v.key(duration("deadline", l.deadline, 50ms, 1min));
    v.key(duration("probe_last", l.probe_last, 5s, 1h));
    v.key(integer("cache_entries", l.cache_entries, 0, 10'000'000));
    v.key(duration("reachable_for", l.reachable_for, 0s, 1h));
    v.key(duration("invalid_for", l.invalid_for, 0s, 24h));
    v.key(duration("absent_for", l.absent_for, 0s, 1min));
    v.key(duration("landline_for", l.landline_for, 0s, 24h));
    v.key(duration("valid_only_for", l.valid_only_for, 0s, 24h));
    v.key(flag("absent_refuses", l.absent_refuses));
    v.key(flag("outage_sends", l.outage_sends));
    v.key(flag("landline_sends", l.landline_sends));
}

void walk_dlr_auth(visitor& v, dlr_auth_settings& d) {
    v.key(text("basic_user", d.basic_user, printable_rule(128)));
    v.key(secret_in("basic_password_file", d.basic_password));
    v.key(text("header_name", d.header_name, header_name_rule()));
    v.key(secret_in("header_value_file", d.header_value));
    v.key(cidr_list("cidrs", d.cidrs));
    using kind = dlr_auth_settings::signature_kind;
    v.key(choice_of<kind>(
        "signature",
        d.signature,
        {{"none", kind::none},
         {"twilio", kind::twilio},
         {"vonage", kind::vonage},
         {"vonage_sms", kind::vonage_sms}}
    ));
    v.key(secret_in("signature_secret_file", d.signature_secret));
    v.key(duration("signature_age", d.signature_age, 1min, days(7)));
}

void walk_pull(visitor& v, carrier_settings& c) {
    v.key(duration("pull_after", c.pull_after, 0s, 48h));
    v.key(duration("pull_every", c.pull_every, 100ms, 24h));
    v.key(real("pull_rate", c.pull_rate, 0.01, 1000));
}

void walk_carrier(visitor& v, carrier_settings& c) {
    using id_form = carriers::settings::id_form;
    using id_base = carriers::settings::id_base;
    using parts = carriers::settings::part_reports;
    using version = carriers::settings::api_version;
    auto& t = c.translator;
    v.key(required(word("kind", t.kind, carriers::known_kinds())));
    v.key(required(text("base_url", t.base_url, url_rule())));
    v.key(text("username", t.username, printable_rule(128)));
    v.key(required(secret_in("password_file", c.password_file, t.password)));
    v.key(text("smsc", t.smsc, printable_rule(64)));
    v.key(choice_of<id_form>(
        "id_form",
        t.ids,
        {{"as_is", id_form::as_is},
         {"lower", id_form::lower},
         {"upper", id_form::upper},
         {"hex_lower", id_form::hex_lower},
         {"decimal", id_form::decimal}}
    ));
    v.key(choice_of<id_base>(
        "report_ids",
        t.report_ids,
        {{"as_answered", id_base::as_answered},
         {"hex", id_base::hex},
         {"decimal", id_base::decimal}}
    ));
    v.key(choice_of<parts>(
        "part_reports",
        t.parts,
        {{"by_kind", parts::by_kind}, {"each", parts::each}, {"whole", parts::whole}}
    ));
    v.key(duration("idempotency_window", t.idempotency_window, 0s, 7 * 24h));
    v.key(text("time_zone", t.time_zone, time_zone_rule()));
    v.key(duration("absent_after", t.absent_after, 0s, 24h));
    v.key(flag("machine_detection", t.machine_detection));
    v.key(flag("press_key", t.press_key));
    v.key(scenario_list("scenarios", t.scenarios));
    v.key(list(
        "dlt_tlvs",
        t.dlt_tlvs,
        "names",
        "names of smpp-tlv groups: letters, digits, . _ -",
        3,
        [](const std::string& text) {
            return is_identifier(text) ? std::optional(text) : std::nullopt;
        },
        [](const std::string& text) { return text; }
    ));
    v.key(duration("ring_timeout", t.ring_timeout, 0s, 2min));
    v.key(duration("call_timeout", t.call_timeout, 0s, 10min));
    v.key(choice_of<version>("api", t.api, {{"v2", version::v2}, {"v3", version::v3}}));
    v.key(text("key_sid", t.key_sid, printable_rule(64)));
    v.key(text("messaging_service", t.messaging_service, printable_rule(64)));
    v.key(text("application", t.application, printable_rule(64)));
    v.key(text("inquiry_url", t.inquiry_url, url_rule()));
    v.key(flag("retired", c.retired));
    v.key(flag("tokenless", c.tokenless));
    walk_link(v, c.ca_file, c.link);
    v.key(real("balance_warn", c.balance_warn, 0, 1e9));
    walk_pull(v, c);
    v.key(duration("connect_timeout", c.connect_timeout, 50ms, 1min));
    v.key(duration("answer_timeout", c.answer_timeout, 100ms, 2min));
    v.key(integer("max_connections", c.max_connections, 1, 10'000));
    v.section("dlr_auth", [&c](visitor& sub) { walk_dlr_auth(sub, c.dlr_auth); });
    // Shown where it is used: for another kind it is an unknown key. No kind: the list of keys.
    if (t.kind.empty() || t.kind == "http")
        v.section("http", [&t](visitor& sub) { walk_http_carrier(sub, t.http); });
}

// Not set as long as it is zero.
binding or_none(binding made, const milliseconds& target) {
    made.write = [write = std::move(made.write), &target] {
        return target.count() == 0 ? std::string() : write();
    };
    return made;
}

void walk_route(visitor& v, route_settings& r) {
    v.key(required(name_of("carrier", r.carrier, {"a name of [carriers.NAME]", nullptr})));
    v.key(
        choice_of<channel>("channel", r.channel, {{"sms", channel::sms}, {"voice", channel::voice}})
    );
    v.key(list(
        "accounts",
        r.accounts,
        "accounts",
        "names of accounts",
        1000,
        [](const std::string& text) {
            return is_name(text) ? std::optional(account_name(text)) : std::nullopt;
        },
        [](const account_name& name) { return name.str(); }
    ));
    v.key(country_list("countries", r.countries));
    v.key(digits_list("prefixes", r.prefixes, "prefixes", 15));
    v.key(network_list("networks", r.networks));
    v.key(integer("priority", r.priority, -1000, 1000));
    v.key(integer("weight", r.weight, 1, 1000));
    v.key(real("tps", r.tps, 0.01, 100'000));
    auto burst = real("burst", r.burst, 1, 100'000);
    burst.write = [&r] { return r.burst == 0 ? std::string() : fmt::format("{}", r.burst); };
    v.key(std::move(burst));
    v.key(integer("window", r.window, 1, 10'000));
    v.key(name_of("sender", r.sender, sender_rule()));
    v.key(sender_list("senders", r.senders));
    v.key(or_none(duration("connect_timeout", r.connect_timeout, 50ms, 1min), r.connect_timeout));
    v.key(or_none(duration("answer_timeout", r.answer_timeout, 100ms, 2min), r.answer_timeout));
    auto confirmed = real("confirmed_min", r.confirmed_min, 0, 1);
    confirmed.write = [&r] {
        return r.confirmed_min < 0 ? std::string() : fmt::format("{}", r.confirmed_min);
    };
    v.key(std::move(confirmed));
    v.key(duration("validity", r.validity, 1s, 7 * 24h));
    v.key(choice_of<in_doubt_policy>(
        "in_doubt",
        r.in_doubt,
        {{"hold", in_doubt_policy::hold}, {"resend", in_doubt_policy::resend}}
    ));
    v.key(flag("paused", r.paused));
    v.key(integer("queue_max", r.queue_max, 1, 1'000'000));
    v.key(integer("price", r.price, 0, 1'000'000'000));
    v.key(price_list("prices", r.prices));
}

void walk_timing(visitor& v, timing_settings& t) {
    v.key(duration("heartbeat", t.heartbeat, 10ms, 1min));
    v.key(duration("stale_after", t.stale_after, 20ms, 5min));
    v.key(duration("takeover_after", t.takeover_after, 50ms, 1h));
    v.key(duration("no_news_after", t.no_news_after, 0s, 48h));
    v.key(duration("hold_grace", t.hold_grace, 0s, 10min));
    v.key(duration("sweep_every", t.sweep_every, 10ms, 1min));
    v.key(duration("doubt_wait", t.doubt_wait, 0s, 1h));
    v.key(duration("retry_first", t.retry_first, 10ms, 10min));
    v.key(duration("retry_max", t.retry_max, 10ms, 1h));
}

void walk_health(visitor& v, breaker_settings& h) {
    v.key(integer("failures_in_row_max", h.failures_in_row_max, 1, 1000));
    v.key(real("failures_share_max", h.failures_share_max, 0.01, 1));
    v.key(integer("calls_min", h.calls_min, 1, 100'000));
    v.key(duration("window", h.window, 1s, 2min));
    v.key(duration("probe_first", h.probe_first, 1s, 10min));
    v.key(duration("probe_last", h.probe_last, 1s, 1h));
    v.key(integer("probes_needed", h.probes_needed, 1, 100));
    v.key(duration("remembered", h.remembered, 0s, 24h));
}

void walk_delivery(visitor& v, route_delivery_settings& d) {
    v.key(duration("every", d.every, 1s, 10min));
    v.key(duration("window", d.window, 10s, 24h));
    v.key(duration("patience", d.patience, 1s, 1h));
    v.key(integer("sent_min", d.alarm.sent_min, 1, 1'000'000));
    v.key(real("confirmed_min", d.alarm.confirmed_min, 0, 1));
    v.key(duration("late_max", d.alarm.late_max, 0s, 24h));
    v.key(flag("pause", d.alarm.pause));
    v.key(duration("pause_for", d.alarm.pause_for, 1s, 24h));
}

void walk_senders(visitor& v, sender_rules& s) {
    v.key(country_set("numbers_only", s.numbers_only));
}

void walk_worker(visitor& v, worker_settings& w) {
    v.key(folder("state_dir", w.state_dir));
    v.key(integer("in_flight_max", w.in_flight_max, 1, 1'000'000));
    v.key(integer("claim_batch", w.claim_batch, 1, limits::batch_rows_max));
    v.key(listen("metrics_listen", w.metrics_listen));
    v.key(duration("drain", w.drain, 100ms, 10min));
    v.key(choice_of<among_equals>(
        "among_equals",
        w.among_equals,
        {{"weight", among_equals::weight}, {"price", among_equals::price}}
    ));
    v.key(name_servers("dns_servers", w.dns_servers));
    walk_timing(v, w.timing);
    v.section("health", [&w](visitor& sub) { walk_health(sub, w.health); });
    v.section("delivery", [&w](visitor& sub) { walk_delivery(sub, w.delivery); });
}

void walk_reports(visitor& v, reports_settings& r) {
    v.key(integer("slots", r.slots, 1, 100'000));
    v.key(integer("per_endpoint", r.per_endpoint, 1, 10'000));
    v.key(integer("per_host", r.per_host, 1, 100'000));
    v.key(integer("queue_per_endpoint", r.queue_per_endpoint, 1, 1'000'000));
    v.key(duration("connect_timeout", r.connect_timeout, 50ms, 1min));
    v.key(duration("total_timeout", r.total_timeout, 100ms, 2min));
    v.key(integer("answer_max", r.answer_max, 0, 16 * 1024 * 1024));
    v.key(duration("dead_after", r.dead_after, 1s, days(14)));
    v.key(duration("disable_after", r.disable_after, 1s, days(60)));
    v.key(list(
        "schedule",
        r.schedule,
        "durations",
        "at least 1",
        64,
        [](const std::string& text) {
            const auto wait = parse_duration(text);
            return wait && *wait <= days(14) ? wait : std::nullopt;
        },
        [](milliseconds wait) { return to_duration_text(wait); }
    ));
    v.key(name_servers("dns_servers", r.dns_servers));
    v.key(duration("dns_timeout", r.dns_timeout, 50ms, 30s));
    v.key(duration("lease", r.lease, 100ms, 1h));
    v.key(duration("poll", r.poll, 10ms, 1min));
    v.key(choice_of<dlr_status>(
        "unknown_as",
        r.unknown_as,
        {{"UNKNOWN", dlr_status::unknown},
         {"EXPIRED", dlr_status::expired},
         {"UNDELIV", dlr_status::undeliv}}
    ));
    v.key(cidr_list("deny_cidrs", r.deny_cidrs));
    v.key(flag("nat64", r.nat64));
    v.key(certificates_file("ca_file", r.ca_file));
    v.key(text("proxy", r.proxy, proxy_rule()));
    v.key(secret_in("proxy_credentials_file", r.proxy_credentials));
}

void walk_callback(visitor& v, callback_settings& c) {
    v.key(listen("listen", c.listen));
    v.key(required(text("public_url", c.public_url, url_rule())));
    v.key(listen("metrics_listen", c.metrics_listen));
    v.key(integer("body_max", c.body_max, 1024, 16 * 1024 * 1024));
    v.key(integer("connections_max", c.connections_max, 1, 1'000'000));
    v.key(integer("connections_per_address", c.connections_per_address, 1, 1'000'000));
    v.key(duration("header_timeout", c.header_timeout, 50ms, 5min));
    v.key(duration("request_timeout", c.request_timeout, 50ms, 5min));
    v.key(duration("idle_timeout", c.idle_timeout, 50ms, 10min));
    v.key(duration("produce_timeout", c.produce_timeout, 50ms, 1min));
    v.key(cidr_list("trusted_proxies", c.trusted_proxies));
    v.key(flag("proxy_protocol", c.proxy_protocol));
    v.key(integer("settle_batch", c.settle_batch, 1, limits::batch_rows_max));
    v.key(duration("sweep_every", c.sweep_every, 10ms, 1min));
    v.key(duration("drain", c.drain, 100ms, 10min));
    v.section("reports", [&c](visitor& sub) { walk_reports(sub, c.reports); });
}

void walk_api(visitor& v, api_settings& a) {
    v.key(listen("listen", a.listen));
    v.key(listen("metrics_listen", a.metrics_listen));
    v.key(integer("body_max", a.body_max, 1024, 65'536));
    v.key(integer("connections_max", a.connections_max, 1, 1'000'000));
    v.key(integer("connections_per_address", a.connections_per_address, 1, 1'000'000));
    v.key(duration("header_timeout", a.header_timeout, 50ms, 5min));
    v.key(duration("request_timeout", a.request_timeout, 50ms, 5min));
    v.key(duration("idle_timeout", a.idle_timeout, 50ms, 10min));
    v.key(duration("answer_within", a.answer_within, 100ms, 1min));
    v.key(duration("produce_timeout", a.produce_timeout, 50ms, 1min));
    v.key(cidr_list("trusted_proxies", a.trusted_proxies));
    v.key(digits_list("allowed_prefixes", a.allowed_prefixes, "prefixes", 15));
    v.key(digits_list("blocked_prefixes", a.blocked_prefixes, "prefixes", 15));
    v.key(duration("drain", a.drain, 100ms, 10min));
}

void walk_log(visitor& v, log_settings& l) {
    using level = log_settings::level_name;
    using format = log_settings::format_name;
    v.key(choice_of<level>(
        "level",
        l.level,
        {{"debug", level::debug},
         {"info", level::info},
         {"warn", level::warn},
         {"error", level::error}}
    ));
    v.key(choice_of<format>("format", l.format, {{"text", format::text}, {"json", format::json}}));
}

// Shows [name.X] for each entry of the map; makes the entries that the file has.
template <class Map, class Walk>
void walk_named(visitor& v, const std::string& name, Map& map, Walk walk_one) {
    using key_type = typename Map::key_type;
    std::vector<std::string> present;
    for (const auto& [key, value] : map)
        present.push_back(key.str());
    v.named(name, present, [&map, walk_one](const std::string& one, visitor& sub) {
        walk_one(sub, map[key_type(one)]);
    });
}

}  // namespace

void walk(visitor& v, settings& s) {
    v.section("kafka", [&s](visitor& sub) { walk_kafka(sub, s.kafka); });
    v.section("postgres", [&s](visitor& sub) { walk_postgres(sub, s.postgres); });
    v.section("keys", [&s](visitor& sub) {
        sub.key(required(ring_in("ring_file", s.keys.ring_file, s.keys.ring)));
    });
    walk_named(v, "accounts", s.accounts, walk_account);
    walk_named(v, "providers", s.providers, walk_provider);
    v.section("lookup", [&s](visitor& sub) { walk_lookup(sub, s.lookup); });
    walk_named(v, "carriers", s.carriers, walk_carrier);
    walk_named(v, "routes", s.routes, walk_route);
    v.section("senders", [&s](visitor& sub) { walk_senders(sub, s.senders); });
    v.section("guard", [&s](visitor& sub) { walk_guard(sub, s.guard); });
    v.section("worker", [&s](visitor& sub) { walk_worker(sub, s.worker); });
    v.section("callback", [&s](visitor& sub) { walk_callback(sub, s.callback); });
    v.section("api", [&s](visitor& sub) { walk_api(sub, s.api); });
    v.section("log", [&s](visitor& sub) { walk_log(sub, s.log); });
}

}  // namespace pinwire::config
