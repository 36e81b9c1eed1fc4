#include "sim/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "common/core/form.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/asio.hpp"
#include "sim/admin.hpp"
#include "sim/dlr_poster.hpp"
#include "sim/number_lookup.hpp"
#include "sim/protocol.hpp"
#include "sim/state.hpp"
#include "sim/xml_text.hpp"

namespace pinwire::sim {

namespace {

using wall_clock = std::chrono::system_clock;

constexpr std::size_t body_max = 1 << 20;
constexpr std::size_t cut_after_bytes = 30;

http::server_settings server_settings_of(const settings& given) {
    http::server_settings made;
    made.address = given.address;
    made.port = given.port;
    made.header_max = 16 * 1024;
    made.body_max = body_max;
    made.connections_max = given.connections_max;
    made.per_address_max = given.connections_max;
    made.idle_timeout = std::chrono::milliseconds(60'000);
    return made;
}

http::client_settings client_settings_of(const settings& given) {
    http::client_settings made;
    made.per_endpoint_max = given.dlr_per_endpoint_max + 16;  // those posted before an answer
    made.user_agent = "pinwire-sim";
    return made;
}

bool shapes_the_entry(answer_kind kind) {
    return kind == answer_kind::ordinary || kind == answer_kind::refuse ||
           kind == answer_kind::refuse_destination;
}

// Which kind of end the connection takes, on top of the answer that would have been given.
void apply_fate(const behaviour& does, http::response& answer) {
    switch (does.answer) {
        case answer_kind::hang:
            answer.how = http::fate::hang;
            break;
        case answer_kind::reset:
            answer.how = http::fate::reset;
            break;
        case answer_kind::close:
            answer.how = http::fate::close_without_answer;
            break;
        case answer_kind::cut:
            answer.how = http::fate::cut;
            answer.cut_after = cut_after_bytes;
            break;
        case answer_kind::garbage:
            answer = http::response(200, "text/html", "<html>not what you asked for</html>");
            break;
        default:
            break;
    }
    if (does.retry_after_s > 0)
        answer.fields.set("Retry-After", std::to_string(does.retry_after_s));
}

struct carrier_path {
    std::string_view instance;
    std::string_view kind;
    std::string_view rest;  // with its slash
};

std::string_view first_segment(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    return path.substr(0, path.find('/'));
}

bool is_known_kind(std::string_view kind) {
    return find_protocol(kind) || is_lookup_kind(kind);
}

// "/infobip/sms/…" or "/alpha/infobip/sms/…"; empty kind: neither.
carrier_path read_carrier_path(std::string_view path) {
    carrier_path read;
    const std::string_view first = first_segment(path);
    std::string_view rest = path.substr(std::min(path.size(), first.size() + 1));
    if (is_known_kind(first)) {
        read.instance = read.kind = first;
        read.rest = rest;
        return read;
    }
    const std::string_view second = first_segment(rest);
    if (first.empty() || !is_known_kind(second)) return read;
    read.instance = first;
    read.kind = second;
    read.rest = rest.substr(second.size() + 1);
    return read;
}

std::string group_of(const carrier_path& where) {
    std::string group(where.instance);
    group += '/';
    return group += where.kind;
}

}  // namespace

class simulator::impl {
public:
    impl(boost::asio::io_context& context, settings from)
        : executor_(context.get_executor()),
          known_(std::move(from)),
          names_(context, http::resolver_settings{}),
          client_(context, names_, client_settings_of(known_.given)),
          poster_(
              context, client_, known_.given, [this](const dlr_try& ended) { note_dlr(ended); }
          ),
          flush_timer_(executor_),
          server_(
              context,
              server_settings_of(known_.given),
              [this](http::request&& asked, const http::peer&) { return serve(std::move(asked)); }
          ) {
        std::random_device random;
        id_prefix_ = fmt::format("{:08x}{:08x}", random(), random());
    }

    void start() {
        server_.start();
        if (!known_.given.log_file.empty()) flush_later();
    }

    http::peer where() const { return server_.local_endpoint(); }

    awaitable<void> stop(std::chrono::milliseconds grace) {
        co_await server_.stop(grace);
        co_await poster_.stop(grace);
        client_.close_idle();
        flush_timer_.cancel();
        known_.log.flush();
    }

private:
    awaitable<http::response> serve(http::request asked) {
        const std::string_view path = path_of(asked.target);
        const std::string_view first = first_segment(path);
        const std::string_view rest = path.substr(std::min(path.size(), first.size() + 1));
        if (first == "admin") co_return serve_admin(asked, rest, known_, poster_);
        if (first == "inbox") co_return serve_inbox(rest, known_);
        if (first == "customer") co_return co_await serve_customer(asked, rest);
        if (first == "healthz") co_return http::response(200, "text/plain", "ok\n");
        const carrier_path where = read_carrier_path(path);
        if (where.kind.empty()) co_return http::response(404, "text/plain", "no such path\n");
        if (is_lookup_path(where.kind, where.rest)) co_return co_await serve_lookup(asked, where);
        if (!find_protocol(where.kind))
            co_return http::response(404, "text/plain", "no such path\n");
        co_return co_await serve_send(asked, where);
    }

    // ---- carriers

    awaitable<http::response> serve_send(const http::request& asked, carrier_path where) {
        const protocol& speaks = *find_protocol(where.kind);
        const std::string group = group_of(where);
        if (auto told = speaks.balance(asked, where.rest, known_.given.key)) {
            known_.counts.count_send(group, "balances");
            co_return std::move(*told);
        }
        auto wants = speaks.asks(asked, where.rest, known_.given.key);
        if (auto* refused = std::get_if<refusal>(&wants)) co_return std::move(refused->answer);
        if (const auto* list = std::get_if<listing>(&wants)) {
            known_.counts.count_send(group, "inquiries");
            co_return co_await tell(*list, where, speaks);
        }
        known_.counts.count_send(group, "requests");
        auto read = speaks.read(asked, where.rest, known_.given.key, next_id_);
        if (auto* refused = std::get_if<refusal>(&read)) {
            known_.counts.count_send(group, refused->outcome);
            co_return std::move(refused->answer);
        }
        std::vector<submission> entries = std::move(std::get<batch>(read).entries);
        for (submission& entry : entries) {
            entry.instance = where.instance;
            entry.kind = where.kind;
            entry.at = wall_clock::now();
            decide(entry, entries.front(), speaks);
            note_send(entry, group);
        }
        const behaviour does = entries.front().does;
        std::vector<dlr_task> owed = tasks_of(entries, speaks);
        if (does.plan == report_plan::before_answer) {
            for (dlr_task& task : owed)
                co_await poster_.post_now(std::move(task));
            owed.clear();
        }
        if (does.answer_delay.count() > 0) co_await pause(does.answer_delay);
        for (dlr_task& task : owed) {
            const auto own = task.about->does.dlr_delay;
            const auto delay = own ? *own : poster_.timing().delay;
            if (!poster_.schedule(std::move(task), delay)) ++known_.counts.dlrs.dropped;
        }
        http::response answer = does.answer == answer_kind::status
                                    ? speaks.plain_status(does.status)
                                    : speaks.answer(entries);
        apply_fate(does, answer);
        co_return answer;
    }

    // Only rules for inquiries shape this; by itself it is answered.
    awaitable<http::response> tell(
        const listing& wanted, carrier_path where, const protocol& speaks
    ) {
        request_facts facts;
        facts.instance = where.instance;
        facts.kind = "inquiry";
        facts.what = request_kind::inquiry;
        const behaviour does = known_.rules.decide(facts);
        if (does.answer_delay.count() > 0) co_await pause(does.answer_delay);
        const bool plain = does.answer != answer_kind::status || does.status == 200;
        http::response answer =
            plain ? speaks.show(wanted, taken_as(wanted, where)) : speaks.plain_status(does.status);
        apply_fate(does, answer);
        co_return answer;
    }

    // A superset of what is asked for, as lines.
    std::string lines_for(const listing& wanted) const {
        if (wanted.number.empty() && wanted.references.empty())
            return known_.log.lines(0, SIZE_MAX, "accepted");
        std::string all;
        const auto add = [&](std::string_view number, std::string_view reference) {
            for (const std::string_view line : known_.log.accepted(number, reference))
                all.append(line) += '\n';
        };
        if (!wanted.number.empty()) add(wanted.number, "");
        for (const std::string& reference : wanted.references)
            add("", reference);
        return all;
    }

    static std::optional<delivery> ending_of(const std::string& action, request_kind what) {
        const auto did = find_action(action);
        if (!did || did->plan != report_plan::lost) return std::nullopt;
        return what == request_kind::voice ? delivery::human : delivery::delivered;
    }

    // What the log holds of this instance and fits, oldest first.
    std::vector<listed> taken_as(const listing& wanted, const carrier_path& where) const {
        std::vector<listed> found;
        const std::string all = lines_for(wanted);
        for (std::size_t at = 0, end = 0; at < all.size(); at = end + 1) {
            end = all.find('\n', at);
            const auto line = nlohmann::json::parse(std::string_view(all).substr(at, end - at));
            const auto at_us = line.at("at_us").get<std::uint64_t>();
            if (line.at("instance") != where.instance || line.at("kind") != where.kind) continue;
            if (line.at("channel") != to_string(wanted.what)) continue;
            if (at_us < wanted.from_us || at_us > wanted.until_us) continue;
            const auto& ids = wanted.carrier_ids;
            const auto id = line.at("carrier_id").get<std::string>();
            if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
            listed one;
            one.number = line.at("number").get<std::string>();
            one.sender = line.at("sender").get<std::string>();
            one.reference = line.at("reference").get<std::string>();
            one.carrier_id = line.at("carrier_id").get<std::string>();
            one.text = line.at("text").get<std::string>();
            one.at = wall_clock::time_point(std::chrono::microseconds(at_us));
            one.ended = ending_of(line.at("action").get<std::string>(), wanted.what);
            found.push_back(std::move(one));
        }
        return found;
    }

    // The first entry's behaviour settles how the whole request is answered.
    void decide(submission& entry, const submission& first, const protocol& speaks) {
        const bool leads = &entry == &first;
        behaviour ordinary;
        ordinary.takes = false;
        entry.duplicate = entry.fault.empty() && speaks.knows_references() &&
                          known_.references.knows(group_key(entry), entry.reference);
        if (!entry.fault.empty() || entry.duplicate) {
            entry.does = ordinary;
            return;
        }
        request_facts facts;
        facts.instance = entry.instance;
        facts.kind = entry.kind;
        facts.what = entry.what;
        facts.number = entry.number;
        entry.does = known_.rules.decide(facts);
        if (leads) return;
        if (!shapes_the_entry(first.does.answer)) {
            entry.does.takes = first.does.takes;
        } else if (!shapes_the_entry(entry.does.answer)) {
            entry.does = behaviour{};
        }
    }

    static std::string group_key(const submission& entry) {
        return entry.instance + '/' + entry.kind;
    }

    void note_send(const submission& entry, const std::string& group) {
        json_object line;
        line.add("instance", entry.instance).add("kind", entry.kind);
        line.add("channel", to_string(entry.what)).add("number", entry.number);
        line.add("reference", entry.reference);
        if (entry.does.takes) {
            line.add("carrier_id", entry.carrier_id).add("sender", entry.sender);
            line.add("text", entry.text).add("action", entry.does.name);
            known_.log.add_accepted(unix_us(entry.at), line, entry.number, entry.reference);
            if (find_protocol(entry.kind)->knows_references())
                known_.references.add(group_key(entry), entry.reference);
            known_.counts.count_send(group, "accepted");
            if (entry.does.answer != answer_kind::ordinary)
                known_.counts.count_send(group, entry.does.name);
            return;
        }
        std::string_view outcome = entry.does.name;
        if (entry.duplicate) outcome = "duplicate";
        if (!entry.fault.empty()) outcome = "bad_entry";
        line.add("outcome", outcome);
        known_.log.add("not_accepted", unix_us(entry.at), line);
        known_.counts.count_send(group, outcome);
    }

    static std::vector<dlr_task> tasks_of(
        const std::vector<submission>& entries, const protocol& speaks
    ) {
        std::vector<dlr_task> owed;
        for (const submission& entry : entries) {
            if (!entry.does.takes) continue;
            auto steps = plan_reports(entry, speaks);
            if (steps.empty()) continue;
            dlr_task task;
            task.about = std::make_shared<const submission>(entry);
            task.speaks = &speaks;
            task.steps = std::move(steps);
            owed.push_back(std::move(task));
        }
        return owed;
    }

    // What a call said, once its platform had asked for it; nothing if it was told to hang up.
    void note_words(const dlr_try& ended) {
        const submission& about = ended.about;
        json_object line;
        line.add("instance", about.instance).add("kind", about.kind);
        line.add("channel", to_string(about.what)).add("number", about.number);
        line.add("reference", about.reference).add("carrier_id", about.carrier_id);
        line.add("to", to_string(ended.step.what)).add("answer", std::uint64_t{ended.answer});
        line.add("text", ended.taken() ? spoken_of(ended.said) : std::string());
        if (!ended.error.empty()) line.add("error", ended.error);
        known_.log.add_spoken(unix_us(ended.ended_at), line, about.number);
        known_.counts.count_send(group_key(about), "words_asked");
    }

    void note_dlr(const dlr_try& ended) {
        if (ended.step.asks_words) return note_words(ended);
        dlr_counts& counts = known_.counts.dlrs;
        if (ended.batch_head) ++counts.posts;
        ++counts.tries;
        if (ended.number > 1) ++counts.retries;
        if (ended.taken()) {
            ++counts.taken;
        } else if (ended.answer != 0) {
            ++counts.not_taken;
        } else {
            ++counts.unanswered;
        }
        if (ended.given_up) ++counts.given_up;
        json_object line;
        line.add("posted_at_us", unix_us(ended.posted_at));
        line.add("instance", ended.about.instance).add("kind", ended.about.kind);
        line.add("number", ended.about.number).add("reference", ended.about.reference);
        line.add("carrier_id", ended.about.carrier_id).add("status", to_string(ended.step.what));
        line.add("try", std::uint64_t{ended.number}).add("answer", std::uint64_t{ended.answer});
        if (ended.step.wrong_token) line.add("wrong_token", true);
        if (ended.batch_size > 1) line.add("batch", std::uint64_t{ended.batch_size});
        if (!ended.error.empty()) line.add("error", ended.error);
        known_.log.add("dlr", unix_us(ended.ended_at), line);
    }

    // ---- lookup

    awaitable<http::response> serve_lookup(const http::request& asked, carrier_path where) {
        const std::string group = group_of(where);
        known_.counts.count_lookup(group, "requests");
        auto read = read_lookup(where.kind, asked, where.rest, known_.given.key);
        if (auto* refused = std::get_if<refusal>(&read)) {
            known_.counts.count_lookup(group, refused->outcome);
            co_return std::move(refused->answer);
        }
        const lookup_question question = std::move(std::get<lookup_question>(read));
        std::vector<lookup_outcome> outcomes;
        behaviour does;
        for (const std::string& number : question.numbers) {
            request_facts facts;
            facts.instance = where.instance;
            facts.kind = "lookup";
            facts.what = request_kind::lookup;
            facts.number = number;
            const behaviour one = known_.rules.decide(facts);
            if (outcomes.empty()) does = one;
            outcomes.push_back(one.lookup);
            note_lookup(where, group, number, one);
        }
        if (does.answer_delay.count() > 0) co_await pause(does.answer_delay);
        http::response answer = does.answer == answer_kind::status
                                    ? lookup_status(where.kind, does.status)
                                    : answer_lookup(where.kind, question, outcomes);
        apply_fate(does, answer);
        co_return answer;
    }

    void note_lookup(
        const carrier_path& where,
        const std::string& group,
        const std::string& number,
        const behaviour& does
    ) {
        json_object line;
        line.add("instance", where.instance).add("kind", where.kind).add("number", number);
        line.add("outcome", does.name);
        known_.log.add("lookup", unix_us(wall_clock::now()), line);
        known_.counts.count_lookup(group, does.name);
    }

    // ---- customers

    awaitable<http::response> serve_customer(const http::request& asked, std::string_view path) {
        const std::string name(first_segment(path));
        const std::string_view rest = path.substr(std::min(path.size(), name.size() + 1));
        if (name.empty()) co_return http::response(404, "text/plain", "/customer/NAME\n");
        if (asked.method != "POST") co_return show_customer(asked, name, rest, known_);
        request_facts facts;
        facts.instance = name;
        facts.kind = "customer";
        facts.what = request_kind::customer;
        const behaviour does = known_.rules.decide(facts);
        customer_request came = read_customer_request(asked, name);
        http::response answer(does.answer == answer_kind::status ? does.status : 200U);
        // Whoever can't prove where a report comes from is sent away, as a real endpoint would.
        if (came.signature == "bad" && answer.status / 100 == 2) answer.status = 401;
        apply_fate(does, answer);
        came.answer = answer.how == http::fate::normal ? answer.status : 0;
        note_customer(came);
        known_.customers.record(std::move(came));
        if (does.answer_delay.count() > 0) co_await pause(does.answer_delay);
        co_return answer;
    }

    customer_request read_customer_request(const http::request& asked, const std::string& name) {
        static const std::vector<std::string> no_keys;
        const auto keys = known_.customer_keys.find(name);
        const auto now = wall_clock::now();
        customer_request came;
        came.endpoint = name;
        came.at_us = unix_us(now);
        came.signature = check_webhook_signature(
            asked.fields,
            asked.body,
            keys == known_.customer_keys.end() ? no_keys : keys->second,
            now
        );
        came.webhook_id = asked.fields.get("webhook-id");
        came.fields = asked.fields;
        came.body = asked.body;
        came.reading = read_customer_reports(asked.body);
        return came;
    }

    void note_customer(const customer_request& came) {
        std::vector<std::string> ids, statuses;
        std::uint64_t finals = 0;
        for (const customer_report& one : came.reading.reports) {
            ids.push_back(one.id);
            statuses.push_back(one.status);
            if (one.final) ++finals;
        }
        json_object line;
        line.add("endpoint", came.endpoint).add("webhook_id", came.webhook_id);
        line.add("dialect", came.reading.dialect).add("ids", ids).add("statuses", statuses);
        line.add("finals", finals).add("signature", came.signature);
        line.add("answer", std::uint64_t{came.answer});
        known_.log.add("report", came.at_us, line);
        counters& counts = known_.counts;
        counts.count_customer(came.endpoint, "requests");
        const std::string signature = "signature_" + std::string(came.signature);
        counts.count_customer(came.endpoint, signature);
        if (came.reading.dialect.empty()) counts.count_customer(came.endpoint, "unreadable");
        if (came.answer / 100 != 2) return;
        counts.count_customer(came.endpoint, "taken");
        counts.count_customer(came.endpoint, "reports", ids.size());
        counts.count_customer(came.endpoint, "finals", finals);
    }

    // ---- small things

    awaitable<void> pause(std::chrono::milliseconds time) {
        steady_timer timer(executor_, time);
        co_await timer.async_wait(use_awaitable);
    }

    void flush_later() {
        flush_timer_.expires_after(known_.given.log_flush);
        flush_timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            known_.log.flush();
            flush_later();
        });
    }

    executor executor_;
    state known_;
    std::string id_prefix_;
    std::uint64_t ids_made_ = 0;
    id_source next_id_ = [this] { return fmt::format("{}{:016x}", id_prefix_, ++ids_made_); };
    http::resolver names_;
    http::client client_;
    dlr_poster poster_;
    steady_timer flush_timer_;
    http::server server_;  // last: its handlers use all of the above
};

simulator::simulator(boost::asio::io_context& context, settings given)
    : impl_(std::make_shared<impl>(context, std::move(given))) {}

simulator::~simulator() = default;

void simulator::start() {
    impl_->start();
}

std::uint16_t simulator::port() const {
    return impl_->where().port;
}

std::string simulator::base_url() const {
    const http::peer where = impl_->where();
    const std::string host = where.address.to_string();
    const bool v6 = where.address.is_v6();
    return fmt::format("http://{}:{}", v6 ? "[" + host + "]" : host, where.port);
}

awaitable<void> simulator::stop(std::chrono::milliseconds grace) {
    return impl_->stop(grace);
}

}  // namespace pinwire::sim
