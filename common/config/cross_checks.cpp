#include "common/config/cross_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/carriers/registry.hpp"
#include "common/config/bindings.hpp"
#include "common/config/certificates.hpp"
#include "common/config/http_carrier.hpp"
#include "common/config/lookup_description.hpp"
#include "common/config/rules.hpp"
#include "common/config/suggestion.hpp"
#include "common/core/address_policy.hpp"
#include "common/core/rs256.hpp"
#include "common/core/url.hpp"

namespace pinwire::config {

namespace {

class checker {
public:
    checker(const settings& given, file_facts& facts) : s(given), facts_(facts) {}

    std::vector<mistake> run() {
        kafka();
        topics();
        retention();
        for (const auto& [name, account] : s.accounts)
            check_account(account, "accounts." + name.str());
        shared_webhook_secrets();
        providers();
        for (const auto& [name, carrier] : s.carriers)
            check_carrier(carrier, "carriers." + name.str());
        for (const auto& [name, route] : s.routes)
            check_route(route, "routes." + name.str());
        presence();
        guard();
        timing();
        drains();
        callback();
        api();
        return std::move(warnings_);
    }

private:
    bool good(std::initializer_list<std::string> keys) const {
        return std::all_of(keys.begin(), keys.end(), [this](const std::string& key) {
            return facts_.good(key);
        });
    }
    // No mistake in any table of that name: its being empty is the operator's own doing.
    bool good_below(const std::string& table) const {
        const auto& all = facts_.mistakes;
        return std::none_of(all.begin(), all.end(), [&table](const mistake& one) {
            return one.key.rfind(table, 0) == 0;
        });
    }
    void warn(const std::string& key, std::string what, std::string allowed = {}) {
        warnings_.push_back(facts_.about(key, std::move(what), std::move(allowed)));
    }
    // `key` must be at most (or above) `other`'s value.
    void at_most(
        const std::string& key, milliseconds value, const std::string& other, milliseconds bound
    ) {
        if (value <= bound || !good({key, other})) return;
        facts_.wrong(
            key,
            "is " + to_duration_text(value),
            fmt::format("at most {} ({})", other, to_duration_text(bound))
        );
    }
    void above(
        const std::string& key, milliseconds value, const std::string& other, milliseconds bound
    ) {
        if (value > bound || !good({key, other})) return;
        facts_.wrong(
            key,
            "is " + to_duration_text(value),
            fmt::format("more than {} ({})", other, to_duration_text(bound))
        );
    }
    // Both or neither.
    void together(
        const std::string& table, const char* one, bool has_one, const char* other, bool has_other
    ) {
        if (has_one == has_other) return;
        const auto missing = table + "." + (has_one ? other : one);
        const auto present = table + "." + (has_one ? one : other);
        if (good({missing, present}))
            facts_.wrong(present, fmt::format("needs {} as well", missing));
    }

    void kafka();
    void session();
    void check_pair(
        const std::string& at, const std::filesystem::path& cert, const secret_file& key
    );
    void topics();
    void retention();
    void check_account(const account_settings& account, const std::string& at);
    void shared_webhook_secrets();
    void providers();
    void check_carrier(const carrier_settings& carrier, const std::string& at);
    void check_signature(const dlr_auth_settings& auth, const std::string& at);
    void check_signer(
        const carriers::settings& who, const dlr_auth_settings& auth, const std::string& at
    );
    void check_report_ids(const carriers::settings& translator, const std::string& at);
    void check_kind(const carriers::settings& translator, const std::string& at);
    void check_pull(const carrier_settings& carrier, const std::string& at);
    void check_press_key(const carriers::settings& translator, const std::string& at);
    void check_words(const route_settings& route, const carrier_settings& by);
    void check_route(const route_settings& route, const std::string& at);
    void presence();
    void guard();
    void timing();
    void callback();
    void api();
    void drains();
    void check_listen(const char* key, const listen_address& where);
    void check_link(const std::string& at, const link_settings& link);
    void check_proxy(const std::string& at, const std::string& proxy, const secret_file& from);
    void check_clear_text(const std::string& key, const std::string& base_url);
    void check_metrics(const std::string& key, const listen_address& listen);

    const settings& s;
    file_facts& facts_;
    std::vector<mistake> warnings_;
};

// A broker refuses a member of a group whose sessions are shorter than its own setting allows:
// such a service would be ready and read nothing.
void checker::session() {
    constexpr milliseconds broker_min = 6s;  // Kafka's default
    const auto& k = s.kafka;
    if (k.embedded || k.session_timeout >= broker_min || !good({"kafka.session_timeout"})) return;
    warn(
        "kafka.session_timeout",
        fmt::format(
            "is {}: brokers take none below group.min.session.timeout.ms, and nothing is read",
            to_duration_text(k.session_timeout)
        ),
        fmt::format("at least {}, unless they are set lower", to_duration_text(broker_min))
    );
}

void checker::kafka() {
    session();
    const auto& k = s.kafka;
    const bool sasl = k.security_protocol.rfind("sasl_", 0) == 0;
    const bool any =
        !k.sasl_mechanism.empty() || !k.sasl_username.empty() || !k.sasl_password.path.empty();
    if (any && !sasl && good({"kafka.security_protocol"}))
        facts_.wrong(
            "kafka.security_protocol",
            fmt::format("is {} while sasl_ keys are set", in_quotes(k.security_protocol)),
            "\"sasl_plaintext\", \"sasl_ssl\""
        );
    const auto needed = [&](const std::string& key, bool present) {
        if (sasl && !present && good({key}))
            facts_.wrong(
                key,
                fmt::format("is needed by security_protocol {}", in_quotes(k.security_protocol))
            );
    };
    needed("kafka.sasl_mechanism", !k.sasl_mechanism.empty());
    needed("kafka.sasl_username", !k.sasl_username.empty());
    needed("kafka.sasl_password_file", !k.sasl_password.path.empty());
    check_pair("kafka", k.cert_file, k.key);
    if (k.worker_group == k.callback_group && good({"kafka.worker_group", "kafka.callback_group"}))
        facts_.wrong("kafka.callback_group", "is the worker's group as well", "a group of its own");
    if (k.embedded) warn("kafka.embedded", "checks of topics are skipped; for development only");
}

void checker::topics() {
    const auto& t = s.kafka.topics;
    std::set<std::string> seen;
    const std::pair<const char*, const std::string*> all[] = {
        {"jobs", &t.jobs},
        {"jobs_dead", &t.jobs_dead},
        {"dlrs", &t.dlrs},
        {"dlrs_dead", &t.dlrs_dead},
        {"events", &t.events},
    };
    for (const auto& [key, topic] : all)
        if (!seen.insert(*topic).second)
            facts_.wrong(
                fmt::format("kafka.topics.{}", key),
                fmt::format("is {}, another topic's name", in_quotes(*topic)),
                "a name of its own"
            );
    if (t.replication < 3 && !s.kafka.embedded)
        warn(
            "kafka.topics.replication",
            fmt::format(
                "is {}: what a failover loses isn't covered by the promises", t.replication
            ),
            "3 or more"
        );
}

void checker::retention() {
    const auto& p = s.postgres;
    const auto& t = s.kafka.topics;
    const std::string jobs = "kafka.topics.jobs_retention";
    if (p.keep_jobs < p.dedupe_horizon && good({"postgres.keep_jobs", "postgres.dedupe_horizon"}))
        facts_.wrong(
            "postgres.keep_jobs",
            "is " + to_duration_text(p.keep_jobs),
            fmt::format("at least postgres.dedupe_horizon ({})", to_duration_text(p.dedupe_horizon))
        );
    at_most(jobs, t.jobs_retention, "postgres.keep_jobs", p.keep_jobs);
    if (t.jobs_retention > p.dedupe_horizon && t.jobs_retention <= p.keep_jobs &&
        good({jobs, "postgres.dedupe_horizon"}))
        warn(
            jobs,
            fmt::format(
                "is {}, above postgres.dedupe_horizon ({}): older jobs end expired",
                to_duration_text(t.jobs_retention),
                to_duration_text(p.dedupe_horizon)
            )
        );
    // Dead letters may hold what a producer wrote in clear.
    at_most("kafka.topics.jobs_dead_retention", t.jobs_dead_retention, jobs, t.jobs_retention);
}

void checker::check_account(const account_settings& account, const std::string& at) {
    const auto& senders = account.senders;
    const auto& sender = account.default_sender;
    if (!sender.empty() && !senders.empty() &&
        std::find(senders.begin(), senders.end(), sender) == senders.end() &&
        good({at + ".senders", at + ".default_sender"}))
        facts_.wrong(at + ".default_sender", "is none of the account's senders");
    for (const auto& block : account.allow_cidrs)
        if (block.prefix() == 0)
            warn(at + ".allow_cidrs", block.to_string() + " allows every address");
}

void checker::shared_webhook_secrets() {
    std::vector<std::pair<const secret*, std::string>> seen;
    for (const auto& [name, account] : s.accounts) {
        const auto key = "accounts." + name.str() + ".webhook_secret_files";
        for (const auto& one : account.webhook_secrets) {
            for (const auto& [other, whose] : seen)
                if (*other == one && whose != name.str())
                    warn(
                        key,
                        fmt::format(
                            "is account {}'s secret as well: each can sign as the "
                            "other",
                            whose
                        )
                    );
            seen.emplace_back(&one, name.str());
        }
    }
}

void checker::check_clear_text(const std::string& key, const std::string& base_url) {
    const auto parsed = url::parse(base_url);
    if (!parsed || parsed->is_https() || is_inner_host(parsed->host())) return;
    warn(key, "is http to a host that isn't an inner one: what it carries can be read on the way");
}

// Our certificate and its key; half of a renewal is found here.
void checker::check_pair(
    const std::string& at, const std::filesystem::path& cert, const secret_file& key
) {
    const auto at_key = at + ".key_file";
    together(at, "cert_file", !cert.empty(), "key_file", !key.path.empty());
    if (cert.empty() || key.value.empty() || !good({at + ".cert_file", at_key})) return;
    auto wrong = wrong_with_key(cert, key.value);
    if (!wrong.empty()) facts_.wrong(at_key, std::move(wrong));
}

void checker::check_link(const std::string& at, const link_settings& link) {
    check_pair(at, link.cert_file, link.key);
    check_proxy(at, link.proxy, link.proxy_credentials);
}

void checker::check_proxy(
    const std::string& at, const std::string& proxy, const secret_file& from
) {
    const auto credentials = at + ".proxy_credentials_file";
    if (!from.path.empty() && proxy.empty() && good({at + ".proxy"}))
        facts_.wrong(credentials, "needs " + at + ".proxy as well");
    const auto clear = from.value.reveal();
    if (!clear.empty() && clear.find(':') == std::string_view::npos)
        facts_.wrong(credentials, "has no colon", "USER:PASSWORD");
}

void checker::providers() {
    for (const auto& [name, provider] : s.providers) {
        const auto at = "providers." + name.str();
        check_clear_text(at + ".base_url", provider.translator.base_url);
        check_link(at, provider.link);
        at_most(at + ".timeout", provider.timeout, "lookup.deadline", s.lookup.deadline);
        check_provider_keys(provider, at, facts_);
    }
}

void checker::check_carrier(const carrier_settings& carrier, const std::string& at) {
    check_clear_text(at + ".base_url", carrier.translator.base_url);
    check_link(at, carrier.link);
    check_kind(carrier.translator, at);
    check_pull(carrier, at);
    if (carrier.translator.kind == "http")
        for (auto& one : check_http_carrier(carrier.translator, at, facts_))
            warnings_.push_back(std::move(one));
    const auto& auth = carrier.dlr_auth;
    const auto proof = at + ".dlr_auth";
    together(
        proof,
        "basic_user",
        !auth.basic_user.empty(),
        "basic_password_file",
        !auth.basic_password.path.empty()
    );
    together(
        proof,
        "header_name",
        !auth.header_name.empty(),
        "header_value_file",
        !auth.header_value.path.empty()
    );
    check_signature(auth, proof);
    check_signer(carrier.translator, auth, proof);
    if (carrier.tokenless && !auth.any())
        facts_.wrong(
            at + ".tokenless",
            "is true without another proof",
            "basic_user, header_name, cidrs or signature in " + proof
        );
    check_report_ids(carrier.translator, at);
}

// Reports that are never signed so would all be refused. An "http" carrier may sign as it likes.
void checker::check_signer(
    const carriers::settings& who, const dlr_auth_settings& auth, const std::string& at
) {
    using kind = dlr_auth_settings::signature_kind;
    if (auth.signature == kind::none || who.kind == "http") return;
    const bool vonage = who.kind == "vonage";
    const bool fits = auth.signature == kind::twilio   ? who.kind == "twilio"
                      : auth.signature == kind::vonage ? vonage && !who.application.empty()
                                                       : vonage && who.application.empty();
    if (!fits)
        warn(
            at + ".signature",
            "is none that reports of this kind of carrier bear: each would be refused",
            "\"twilio\" for twilio; \"vonage\" for vonage with an application (calls), "
            "\"vonage_sms\" without one"
        );
}

void checker::check_signature(const dlr_auth_settings& auth, const std::string& at) {
    using kind = dlr_auth_settings::signature_kind;
    together(
        at,
        "signature",
        auth.signature != kind::none,
        "signature_secret_file",
        !auth.signature_secret.path.empty()
    );
    if (auth.signature == kind::vonage && !auth.basic_user.empty())
        facts_.wrong(
            at + ".basic_user",
            "and signature = \"vonage\" want the same header for themselves",
            "one of the two"
        );
}

// A conversion has one form that it leads to.
void checker::check_report_ids(const carriers::settings& t, const std::string& at) {
    using base = carriers::settings::id_base;
    using form = carriers::settings::id_form;
    const bool hex = t.report_ids == base::hex;
    if (t.report_ids == base::as_answered || t.ids == (hex ? form::decimal : form::hex_lower))
        return;
    facts_.wrong(
        at + ".report_ids",
        hex ? "is \"hex\": answers are in decimal" : "is \"decimal\": answers are in hex",
        hex ? "id_form = \"decimal\"" : "id_form = \"hex_lower\""
    );
}

// What only some kinds need, and what none of the others reads.
void checker::check_kind(const carriers::settings& t, const std::string& at) {
    const bool twilio = t.kind == "twilio";
    const bool vonage = t.kind == "vonage";
    const bool sends_sms = vonage && t.application.empty();
    const bool pulls = t.kind == "http" && !t.http.pull.empty();
    const auto need = [&](bool needed, const char* key, const std::string& value) {
        if (needed && value.empty() && good({at + ".kind", at + "." + key}))
            facts_.wrong(
                at + "." + key, fmt::format("is missing; kind {} needs it", in_quotes(t.kind))
            );
    };
    const auto only = [&](bool fits, const char* key, bool given, const char* whose) {
        if (given && !fits && good({at + ".kind", at + "." + key}))
            facts_.wrong(at + "." + key, fmt::format("is only read by {}", whose));
    };
    need(t.kind == "kannel" || t.kind == "jasmin" || twilio || sends_sms, "username", t.username);
    only(twilio, "key_sid", !t.key_sid.empty(), "kind \"twilio\"");
    only(twilio, "messaging_service", !t.messaging_service.empty(), "kind \"twilio\"");
    only(vonage, "application", !t.application.empty(), "kind \"vonage\"");
    only(
        sends_sms || pulls,
        "inquiry_url",
        !t.inquiry_url.empty(),
        "kind \"vonage\" that sends SMS, and \"http\" with http.pull"
    );
    const bool newer = t.api == carriers::settings::api_version::v3;
    only(t.kind == "infobip", "api", newer, "kind \"infobip\"");
    only(t.kind == "kannel", "dlt_tlvs", !t.dlt_tlvs.empty(), "kind \"kannel\"");
    check_press_key(t, at);
    only(twilio || vonage, "absent_after", t.absent_after.count() > 0, "twilio and vonage");
    if (vonage && !sends_sms && !t.password.empty() && !rs256_key::from_pem(t.password))
        facts_.wrong(
            at + ".password_file",
            "holds no private key of the application",
            "RSA, 2048 bits or more, PEM, not encrypted"
        );
    if (!t.inquiry_url.empty()) check_clear_text(at + ".inquiry_url", t.inquiry_url);
}

// A URL at which a call's words are asked for stands in the logs of what lies between; the
// signature says that it is the platform who asks.
void checker::check_words(const route_settings& route, const carrier_settings& by) {
    const auto& t = by.translator;
    const bool asks = t.kind == "twilio" && route.channel == channel::voice && t.machine_detection;
    if (asks && by.dlr_auth.signature == dlr_auth_settings::signature_kind::none)
        warn(
            "carriers." + route.carrier.str() + ".dlr_auth.signature",
            "is none: who sees the URL at which a call's words are asked for may ask as well"
        );
}

// All three have defaults: only what was meant is refused.
void checker::check_pull(const carrier_settings& carrier, const std::string& at) {
    const carrier_settings usual;
    const bool meant = carrier.pull_after != usual.pull_after ||
                       carrier.pull_every != usual.pull_every ||
                       carrier.pull_rate != usual.pull_rate;
    const auto subject = carriers::make_carrier(carrier.translator);
    if (!meant || !subject || carrier.pull_after.count() == 0) return;
    const auto most = subject->pulls(channel::sms).most + subject->pulls(channel::voice).most;
    if (most == 0 && good({at + ".kind", at + ".pull_after"}))
        facts_.wrong(
            at + ".pull_after",
            "is set, but this carrier's reports can't be fetched",
            "kinds 360nrs, infobip, twilio, vonage (SMS: with inquiry_url), http (with http.pull)"
        );
}

// The words go out with the call: to wait for a key they must be kept back until one was pressed,
// by a scenario that the carrier holds, or by whatever a described carrier offers. Twilio and
// Vonage would ask an endpoint of ours for what to say next, and there is none.
void checker::check_press_key(const carriers::settings& t, const std::string& at) {
    const auto key = at + ".press_key";
    const auto scenarios = at + ".scenarios";
    const bool infobip = t.kind == "infobip";
    if (!good({at + ".kind", key, scenarios})) return;
    if (!t.scenarios.empty() && !(infobip && t.press_key))
        facts_.wrong(scenarios, "is only read by kind \"infobip\" with press_key = true");
    if (!t.press_key || t.kind == "http") return;
    if (infobip && t.scenarios.empty())
        facts_.wrong(
            key,
            "is true, but no scenario asks for the key",
            "a scenario of each language in " + scenarios
        );
    if (!infobip)
        facts_.wrong(
            key,
            fmt::format("is true, but kind {} can't wait for a key", in_quotes(t.kind)),
            "false, or a carrier of kind \"infobip\" or \"http\""
        );
}

void checker::check_route(const route_settings& route, const std::string& at) {
    const auto found = s.carriers.find(route.carrier);
    const auto key = at + ".carrier";
    if (found == s.carriers.end()) {
        if (route.carrier.empty() || !good({key})) return;
        std::vector<std::string> known;
        std::string allowed;
        for (const auto& [name, carrier] : s.carriers) {
            known.push_back(name.str());
            allowed += (allowed.empty() ? "" : ", ") + in_quotes(name.view());
        }
        const auto meant = nearest(route.carrier.view(), known);
        auto what = in_quotes(route.carrier.view()) + " isn't in [carriers.NAME]";
        if (!meant.empty()) what += fmt::format("; did you mean {}?", in_quotes(meant));
        facts_.wrong(key, std::move(what), std::move(allowed));
        return;
    }
    if (found->second.retired) warn(key, "is retired: this route sends nothing");
    check_words(route, found->second);
    const auto carrier = carriers::make_carrier(found->second.translator);
    if (carrier && !carrier->can(route.channel) && good({at + ".channel"}))
        facts_.wrong(
            at + ".channel",
            fmt::format(
                "can't be done by carrier {}, kind {}",
                in_quotes(route.carrier.view()),
                in_quotes(found->second.translator.kind)
            )
        );
    for (const auto& [prefix, sender] : route.senders)
        if (route.channel == channel::voice && !is_number(sender))
            facts_.wrong(
                at + ".senders",
                fmt::format("{} is no number", in_quotes(sender.view())),
                "digits: a call can show nothing else"
            );
}

void checker::presence() {
    if (s.routes.empty() && good_below("routes"))
        facts_.wrong("routes", "has no route", "at least one [routes.NAME]");
    if (s.accounts.empty() && good_below("accounts"))
        facts_.wrong("accounts", "has no account", "at least one [accounts.NAME]");
    if (s.providers.empty()) warn("providers", "is empty: every lookup ends as NC_NOT_CONFIGURED");
}

void checker::guard() {
    const auto& g = s.guard;
    const auto& listed = g.destinations.countries;
    if (!listed && good_below("guard.countries"))
        warn("guard.countries", "is missing: what an attacker asks for is sent to every country");
    if (listed && listed->empty() && good({"guard.countries"}))
        facts_.wrong("guard.countries", "is empty", "at least one calling code, or no list");
    const auto& c = g.conversion;
    if (c.warn_below > 0 && c.stop_below > c.warn_below &&
        good({"guard.conversion.warn_below", "guard.conversion.stop_below"}))
        facts_.wrong(
            "guard.conversion.stop_below",
            fmt::format("is {}", c.stop_below),
            fmt::format("at most guard.conversion.warn_below ({})", c.warn_below)
        );
    at_most("guard.conversion.after", c.after, "postgres.keep_jobs", s.postgres.keep_jobs);
}

void checker::timing() {
    const auto& t = s.worker.timing;
    above("worker.stale_after", t.stale_after, "worker.heartbeat", t.heartbeat);
    above("worker.takeover_after", t.takeover_after, "worker.stale_after", t.stale_after);
    at_most("worker.retry_first", t.retry_first, "worker.retry_max", t.retry_max);
    const auto& health = s.worker.health;
    at_most(
        "worker.health.probe_first",
        health.probe_first,
        "worker.health.probe_last",
        health.probe_last
    );
    const auto& delivery = s.worker.delivery;
    above("worker.delivery.window", delivery.window, "worker.delivery.patience", delivery.patience);
    if (s.worker.claim_batch > s.worker.in_flight_max &&
        good({"worker.claim_batch", "worker.in_flight_max"}))
        facts_.wrong(
            "worker.in_flight_max",
            fmt::format("is {}", s.worker.in_flight_max),
            fmt::format("at least worker.claim_batch ({})", s.worker.claim_batch)
        );
}

// The units that are shipped kill what lives longer than that: it is cut short, and not by itself.
void checker::drains() {
    const auto look = [this](const char* key, milliseconds drain) {
        if (drain <= std::chrono::seconds(30)) return;
        warn(
            key,
            fmt::format(
                "is {}: systemd kills the service after its unit's TimeoutStopSec=40",
                to_duration_text(drain)
            ),
            "at most 30s, or a longer TimeoutStopSec"
        );
    };
    look("worker.drain", s.worker.drain);
    look("callback.drain", s.callback.drain);
    look("api.drain", s.api.drain);
}

void checker::check_metrics(const std::string& key, const listen_address& listen) {
    const auto address = ip_address::parse(listen.address);
    const auto loopback4 = cidr::parse("127.0.0.0/8");
    const auto loopback6 = cidr::parse("::1/128");
    if (!address || loopback4->contains(*address) || loopback6->contains(*address)) return;
    warn(key, "isn't loopback: figures and readiness are open to whoever reaches it");
}

void checker::check_listen(const char* key, const listen_address& where) {
    const auto address = ip_address::parse(where.address);
    if (address && is_public_unicast(*address))
        facts_.wrong(
            key,
            "is a public address; the listener speaks plain HTTP",
            "loopback or an inner address behind a reverse proxy"
        );
}

void checker::api() {
    check_listen("api.listen", s.api.listen);
    check_metrics("api.metrics_listen", s.api.metrics_listen);
    above("api.answer_within", s.api.answer_within, "lookup.deadline", s.lookup.deadline);
    above("api.answer_within", s.api.answer_within, "api.produce_timeout", s.api.produce_timeout);
    if (s.api.drain < s.api.answer_within && good({"api.drain", "api.answer_within"})) {
        warn(
            "api.drain",
            fmt::format(
                "is {}: an order may wait longer and is cut off", to_duration_text(s.api.drain)
            ),
            fmt::format("at least api.answer_within ({})", to_duration_text(s.api.answer_within))
        );
    }
}

void checker::callback() {
    const auto& c = s.callback;
    const auto& r = c.reports;
    check_metrics("worker.metrics_listen", s.worker.metrics_listen);
    check_metrics("callback.metrics_listen", c.metrics_listen);
    check_listen("callback.listen", c.listen);
    if (c.proxy_protocol && c.trusted_proxies.empty() && good({"callback.trusted_proxies"}))
        facts_.wrong(
            "callback.proxy_protocol", "is believed of nobody", "callback.trusted_proxies"
        );
    const auto url = url::parse(c.public_url);
    if (url && !url->is_https() && !is_inner_host(url->host()))
        facts_.wrong(
            "callback.public_url",
            "is http to a host that isn't an inner one",
            "https:// (http only for loopback and inner hosts)"
        );
    at_most(
        "callback.header_timeout", c.header_timeout, "callback.request_timeout", c.request_timeout
    );
    at_most(
        "callback.reports.connect_timeout",
        r.connect_timeout,
        "callback.reports.total_timeout",
        r.total_timeout
    );
    above("callback.reports.lease", r.lease, "callback.reports.total_timeout", r.total_timeout);
    if (r.per_endpoint > r.slots &&
        good({"callback.reports.per_endpoint", "callback.reports.slots"}))
        facts_.wrong(
            "callback.reports.per_endpoint",
            fmt::format("is {}", r.per_endpoint),
            fmt::format("at most callback.reports.slots ({})", r.slots)
        );
    check_proxy("callback.reports", r.proxy, r.proxy_credentials);
    if (r.schedule.empty() && good({"callback.reports.schedule"}))
        facts_.wrong("callback.reports.schedule", "is empty", "at least one duration");
    // A schedule whose last wait is 0 would try without a pause.
    if (!r.schedule.empty() && r.schedule.back() == 0ms && good({"callback.reports.schedule"}))
        facts_.wrong(
            "callback.reports.schedule",
            "ends with 0s, which would be repeated",
            "a last wait above 0s"
        );
}

}  // namespace

std::vector<mistake> cross_check(const settings& s, file_facts& facts) {
    return checker(s, facts).run();
}

}  // namespace pinwire::config
