#include "callback/listener.hpp"

#include <algorithm>

#include "callback/cut_letter.hpp"
#include "common/carriers/intake.hpp"
#include "common/carriers/registry.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/call_words.hpp"
#include "common/core/client_address.hpp"
#include "common/http/field_list.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

http::server_settings server_settings_of(const config::callback_settings& from) {
    http::server_settings made;
    made.address = from.listen.address;
    made.port = from.listen.port;
    made.body_max = from.body_max;
    made.connections_max = static_cast<std::size_t>(from.connections_max);
    made.per_address_max = static_cast<std::size_t>(from.connections_per_address);
    made.header_timeout = from.header_timeout;
    made.request_timeout = from.request_timeout;
    made.idle_timeout = from.idle_timeout;
    if (from.proxy_protocol) made.proxies = from.trusted_proxies;
    return made;
}

http::response refuse(refusal why) {
    switch (why) {
        case refusal::unauthorized: {
            http::response answer(401);
            answer.fields.add("WWW-Authenticate", "Basic realm=\"dlr\"");
            return answer;
        }
        case refusal::forbidden:
            return http::response(403);
        case refusal::unsigned_yet:
        case refusal::unknown_key:
        case refusal::own_trouble: {
            http::response answer(503);
            answer.fields.add("Retry-After", "5");
            return answer;
        }
        case refusal::no_such_path:
        case refusal::none:
            break;
    }
    return http::response(404);
}

carriers::dlr_request request_of(http::request&& from) {
    carriers::dlr_request made;
    made.method = std::move(from.method);
    made.target = std::move(from.target);
    const auto type = from.fields.get("content-type");
    made.content_type = std::string(type.substr(0, type.find(';')));
    while (!made.content_type.empty() && made.content_type.back() == ' ')
        made.content_type.pop_back();
    for (auto& c : made.content_type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    made.body = std::move(from.body);
    return made;
}

// Whose network it is: enough to tell a carrier from a stranger.
std::string masked(const ip_address& client) {
    if (const auto four = client.mapped_v4()) return masked(*four);
    if (client.is_v4()) {
        auto bytes = client.v4();
        bytes[3] = 0;
        return cidr(ip_address(bytes), 24).to_string();
    }
    auto bytes = client.v6();
    std::fill(bytes.begin() + 6, bytes.end(), std::uint8_t{0});
    return cidr(ip_address(bytes), 48).to_string();
}

void add(std::vector<kafka::header>& to, const char* name, std::string value) {
    kafka::header made;
    made.name = name;
    made.value = std::move(value);
    to.push_back(std::move(made));
}

}  // namespace

listener::listener(
    boost::asio::io_context& io,
    const config::settings& settings,
    const key_ring& keys,
    kafka::producer& producer,
    figures& counts
)
    : settings_(settings),
      keys_(keys),
      producer_(producer),
      figures_(counts),
      server_(
          io,
          server_settings_of(settings.callback),
          [this](http::request&& request, const http::peer& from) {
              return serve(std::move(request), from);
          }
      ) {
    for (const auto& [name, carrier] : settings.carriers) {
        carriers_.emplace(name, carriers::make_carrier(carrier.translator));
    }
}

listener::~listener() = default;

void listener::start() {
    server_.start();
}

void listener::start(const http::listening_socket& door) {
    server_.start(door);
}

http::peer listener::local_endpoint() const {
    return server_.local_endpoint();
}

awaitable<void> listener::stop(std::chrono::milliseconds grace) {
    co_await server_.stop(grace);
}

awaitable<http::response> listener::serve(http::request request, http::peer from) {
    const auto began = std::chrono::steady_clock::now();
    const auto forwarded = http::field_list(request.fields, "x-forwarded-for");
    const auto client = client_address(from.address, forwarded, settings_.callback.trusted_proxies);
    const auto now = database_clock::now();
    const auto proof = authenticate(request, client, settings_, keys_, now);
    if (proof.refused != refusal::none) {
        count(proof, client);
        co_return refuse(proof.refused);
    }
    const auto& carrier = *carriers_.at(proof.who.carrier);
    const auto asked = request_of(std::move(request));
    if (!proof.who.words.empty()) co_return say(proof.who, carrier, asked, now);
    auto read = carrier.read_dlrs(asked, proof.who.channel);
    const bool kept = co_await keep(proof.who, carrier, std::move(read), asked.content_type);
    if (!kept) {
        figures_.own_trouble.add();
        co_return refuse(refusal::own_trouble);
    }
    kill_point("callback.after_ack");
    figures_.intake_seconds.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()
    );
    co_return http::response(carrier.acknowledgement());
}

// A key that isn't here is our own trouble only if the token is ours, and anybody can make one up:
// so it is counted apart from what only we can cause, and named, that an operator can tell which.
void listener::count(const authentication& proof, const ip_address& client) {
    if (proof.refused != refusal::unknown_key) return figures_.refused_stranger.add();
    figures_.unknown_key.add();
    telemetry::log_limited(
        telemetry::log_level::warn,
        "unknown_key",
        "dlr_key_unknown",
        {{"carrier", proof.who.carrier}, {"key", proof.key}, {"client", masked(client)}}
    );
}

// Words that are too late, or that can't be opened, are none: the platform is told to hang up.
http::response listener::say(
    const proven& who,
    const carriers::carrier& carrier,
    const carriers::dlr_request& asked,
    std::chrono::system_clock::time_point now
) const {
    auto words = open_words(keys_, who.carrier, *who.attempt, who.words);
    if (!words) {
        figures_.refused_stranger.add();
        return refuse(refusal::forbidden);
    }
    if (words->until < now) words->text = secret();
    return http::response(carrier.say(words->text, asked));
}

// All entries of a request are acknowledged, or the carrier is asked to come again.
awaitable<bool> listener::keep(
    const proven& who,
    const carriers::carrier& carrier,
    carriers::dlr_reading read,
    std::string content_type
) {
    std::vector<kafka::message> messages;
    messages.reserve(read.entries.size() + read.unreadable.size());
    const bool alone = read.entries.size() + read.unreadable.size() == 1;
    for (auto& entry : read.entries) {
        if (carriers::wire::names_others(entry.raw)) figures_.dlrs_unknown_fields.add();
        if (carriers::take_in(entry, carrier.config(), who.channel))
            figures_.dlrs_unknown_status.add();
        messages.push_back(entry_message(who, std::move(entry), alone));
    }
    const auto letter_of = [&](const std::string& raw) {
        auto letter = raw_message(who, raw);
        if (!content_type.empty()) add(letter.headers, "x-content-type", content_type);
        if (alone) add(letter.headers, "x-alone", "1");
        return letter;
    };
    for (const auto& raw : read.unreadable)
        messages.push_back(letter_of(raw));
    const auto taken = static_cast<double>(read.entries.size());
    const auto unread = static_cast<double>(read.unreadable.size());
    kill_point("callback.before_ack");
    auto results = co_await producer_.produce_all(std::move(messages));
    // to come again would help no carrier: what no record holds is kept cut
    for (std::size_t i = 0; i < read.unreadable.size(); ++i) {
        auto& result = results[read.entries.size() + i];
        if (!result.is_too_large) continue;
        const auto& raw = read.unreadable[i];
        auto letter = letter_of(beginning_of(raw));
        note_cut(letter, raw);
        result = co_await producer_.produce(std::move(letter));
    }
    for (const auto& result : results) {
        if (result.ok) continue;
        telemetry::log_limited(
            telemetry::log_level::error,
            "intake",
            "dlr_not_taken",
            {{"carrier", who.carrier}, {"error", result.name}}
        );
        co_return false;
    }
    figures_.dlrs_taken.add(taken);
    figures_.dlrs_unreadable.add(unread);
    co_return true;
}

// The token names the attempt only when it stands alone; of several it proves the carrier.
kafka::message listener::entry_message(const proven& who, dlr entry, bool alone) const {
    entry.carrier = who.carrier;
    entry.token = alone ? who.attempt : std::nullopt;
    entry.intake_at = database_clock::now();
    kafka::message made;
    made.topic = settings_.kafka.topics.dlrs;
    made.key = carriers::key_of(entry);
    made.payload = encode_dlr(entry);
    return made;
}

// It may quote the message, the PIN with it: sealed.
kafka::message listener::raw_message(const proven& who, const std::string& raw) const {
    kafka::message made;
    made.topic = settings_.kafka.topics.dlrs_dead;
    made.key = who.carrier.str();
    made.payload = keys_.seal(secret(raw), "dlr:" + who.carrier.str(), random_bytes<12>());
    add(made.headers, "x-reason", "unreadable");
    add(made.headers, "x-carrier", who.carrier.str());
    add(made.headers, "x-channel", who.channel == channel::voice ? "voice" : "sms");
    if (who.attempt) add(made.headers, "x-attempt", who.attempt->hex());
    return made;
}

}  // namespace pinwire::callback
