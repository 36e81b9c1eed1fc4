// What a carrier is to Pinwire: a pure translator in both directions (request to send, its answer,
// its DLRs and what it wants to hear back), one file a carrier, because the directions must agree.
// No socket, no clock. Immutable and safe to share; made once from the configuration by
// make_carrier (registry.hpp).
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/carriers/balance.hpp"
#include "common/carriers/http_description.hpp"
#include "common/carriers/verdict.hpp"
#include "common/core/dlr.hpp"
#include "common/core/http_message.hpp"
#include "common/core/job.hpp"
#include "common/core/secret.hpp"

namespace pinwire::carriers {

// [carriers.NAME] as the translator needs it; secrets are already read from their files.
struct settings {
    carrier_name name;
    std::string kind;      // one of known_kinds()
    std::string base_url;  // scheme://host[:port][/path], without a trailing slash
    // kannel, jasmin; {username} of http; twilio: the account's SID; vonage: the API key
    std::string username;
    // kannel, jasmin; API key of infobip and 360nrs; {secret} of http; twilio: auth token, or the
    // secret of key_sid; vonage: API secret, or the application's private key (PEM)
    secret password;
    std::string smsc;  // kannel: which SMSC; empty: its own choice
    // How this carrier writes its message ids: the same id must always become the same text.
    enum class id_form { as_is, lower, upper, hex_lower, decimal } ids = id_form::as_is;
    // How its reports write an id that its answers write in the other base.
    enum class id_base { as_answered, hex, decimal } report_ids = id_base::as_answered;
    // Whether each part of a long text has reports of its own, under an id of its own.
    enum class part_reports { by_kind, each, whole } parts = part_reports::by_kind;
    std::chrono::seconds idempotency_window{
        0};                         // repeat under one reference is safe so long; 0: not known
    std::string time_zone = "UTC";  // of times without a zone
    bool machine_detection = true;  // voice
    http_description http;          // http
    std::chrono::seconds ring_timeout{0};  // voice; 0: the carrier's own
    std::chrono::seconds call_timeout{0};  // voice: the whole call; 0: the carrier's own
    enum class api_version { v2, v3 } api = api_version::v2;  // infobip, SMS
    std::string key_sid;            // twilio: an API key's SID; empty: the auth token
    std::string messaging_service;  // twilio, SMS: its SID; empty: the sender is given
    std::string application;        // vonage: its id; a carrier with one places calls
    std::string inquiry_url;  // where it is asked, if elsewhere than base_url (vonage, SMS; http)
    // What its own list doesn't have so long after the first try (and the idempotency window) was
    // surely not taken; 0: its list proves nothing by what it lacks.
    std::chrono::seconds absent_after{0};
    // Voice: the PIN is only spoken once a key was pressed, which no voicemail does.
    bool press_key = false;
    // infobip: the scenario of each language that asks for the key
    std::map<std::string, std::string, std::less<>> scenarios;
    // kannel: what its smpp-tlv groups call the ids of India's DLT, in the order of india_dlt;
    // fewer names: the others aren't sent
    std::vector<std::string> dlt_tlvs;
};

// Random bytes that a request needs; they come from the caller, since carriers know no randomness.
using nonce = std::array<std::uint8_t, 16>;

// One attempt, ready to be sent. Holds the only clear copy of the PIN.
struct order {
    attempt_id attempt;
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    sender_name from;
    secret text;  // SMS: as it goes out. Voice: as it is spoken, twice
    voice_options voice;
    std::chrono::seconds validity{
        0};                 // what is left; carriers round down to their unit, never below one
    std::string dlr_url;    // public URL with the token
    std::string words_url;  // voice: where the platform asks what to say; see carrier::words
    std::chrono::system_clock::time_point now;  // for what is signed with a time
    carriers::nonce nonce{};                    // fresh for each request
    india_dlt dlt;                              // SMS; empty: none
};

// What became of an attempt? Asked when its request went out and no certainty came back.
struct inquiry {
    attempt_id attempt;
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    secret text;  // as in the order; empty: it can't be made any more
    std::chrono::system_clock::time_point began;  // when its first request may have gone out
    // How long after that it, or a repeat of it, may have arrived.
    std::chrono::milliseconds patience{0};
    std::chrono::system_clock::time_point now;
    carriers::nonce nonce{};
};

struct inquiry_answer {
    enum class kind {
        found,   // the carrier took it
        absent,  // it surely did not: only by settings::absent_after
        unknown  // neither is proved
    } what = kind::unknown;
    std::string carrier_message_id;  // found; normalised
    // Found, and its list says how it stands: what a report would have said. No raw: no audit needs
    // more than the word.
    std::optional<dlr> report;
    std::string word;  // why, for the log: "NOT_LISTED", "HTTP(401)"; no number
};

// Reports that didn't come are fetched: one request about these, all of one channel, none without
// its id where pull_terms demands it, and no more than that allows.
struct pull {
    struct overdue {
        attempt_id attempt;
        std::string carrier_message_id;  // normalised; empty: not known
        msisdn to;
    };
    pinwire::channel channel = pinwire::channel::sms;
    std::vector<overdue> about;
    std::chrono::system_clock::time_point now;
    carriers::nonce nonce{};
};

// How a carrier's reports can be fetched.
struct pull_terms {
    std::size_t most = 0;  // attempts that one request can ask about; 0: they can't be fetched
    bool by_id = false;    // by the carrier's own id: attempts without one can't be asked about
};

struct pull_reading {
    bool readable = false;  // it is what was asked for, empty or not
    // As reports that were posted would have been read; what isn't known yet has none.
    std::vector<dlr> entries;
    std::string word;  // not readable: why, for the log: "HTTP(401)"
};

// One thing that a carrier is documented to say to a send, classed once. A carrier's rows stand in
// its file as one constexpr table that read_answer looks into; what no row names is classed by its
// HTTP status alone (wire::status_table). docs/carriers.md shows the same rows, and a test holds
// table, read_answer and page together.
struct error_class {
    unsigned status;        // of the HTTP answer that it comes in
    std::string_view says;  // the carrier's own code or word, or what the body begins with
    std::string_view word;  // in answer::error, as "WORD" or "WORD(...)"; unused when it was sent
    carriers::verdict verdict;
    bool duplicate = false;  // with sent: proof of an earlier acceptance
};

struct answer {
    carriers::verdict verdict = verdict::in_doubt;
    std::string carrier_message_id;   // normalised; empty: the carrier gives none
    std::optional<call_status> call;  // voice: the first state, or why it was refused
    std::string error;  // carrier's code and our word for it, e.g. "REJECTED_SOURCE(11)"; no PIN
    std::chrono::seconds retry_after{0};  // 0: not said
    bool duplicate = false;               // it was proof of an earlier acceptance (Infobip 23)
};

// A request that a carrier posted, already authenticated.
struct dlr_request {
    std::string method;
    std::string target;        // with the query
    std::string content_type;  // lower-case, without parameters
    std::string body;
};

// Entries are independent: a bad one costs only itself.
struct dlr_reading {
    std::vector<dlr> entries;  // carrier and token are filled in by the listener
    std::vector<std::string>
        unreadable;  // entries that are none, raw; the whole body if nothing could be read
};

class carrier {
public:
    virtual ~carrier() = default;

    const settings& config() const noexcept { return settings_; }
    virtual bool can(pinwire::channel) const = 0;
    // Why this carrier can't take this order, though it does the channel (a language that it
    // doesn't speak); empty: it can. Asked before to_request.
    virtual std::string_view refuses(const order&) const { return {}; }
    // What a call says, where the platform has to ask for it once it knows who answered; the sender
    // seals it into order::words_url. Empty: the words go with the request, or nothing is spoken.
    virtual secret words(const order&) const { return {}; }
    // The answer to a platform that asks at words_url: those words, or a hang-up. Empty words: it
    // is too late for them.
    virtual http_response say(const secret& /*words*/, const dlr_request&) const {
        return {404, {}, {}};
    }

    // The target is below base_url's origin.
    virtual http_request to_request(const order&) const = 0;
    // Only for requests that were answered; time-outs, resets and 5xx without a word are the
    // sender's to class.
    virtual answer read_answer(const http_response&, pinwire::channel) const = 0;
    // What is documented to come as an answer on that channel; lives as long as the carrier.
    virtual std::span<const error_class> error_table(pinwire::channel) const = 0;

    virtual dlr_reading read_dlrs(const dlr_request&, pinwire::channel) const = 0;
    // What this carrier expects to hear when its reports are taken.
    virtual http_response acknowledgement() const = 0;

    // How to ask what became of an attempt; none: this carrier can't be asked. The target is below
    // the origin of inquiry_url, or of base_url without one.
    virtual std::optional<http_request> to_inquiry(const inquiry&) const { return std::nullopt; }
    // Only for requests that were answered.
    virtual inquiry_answer read_inquiry(const http_response&, const inquiry&) const { return {}; }

    // How to fetch reports that didn't come, by requests that change nothing there: asked twice, it
    // says the same twice. The target is where to_inquiry's is.
    virtual pull_terms pulls(pinwire::channel) const { return {}; }
    virtual http_request to_pull(const pull&) const { return {}; }
    virtual pull_reading read_pull(const http_response&, const pull&) const { return {}; }

    // What the operator has left there; nullopt: it can't be asked, or its answer isn't one.
    virtual std::optional<http_request> to_balance_request() const { return std::nullopt; }
    virtual std::optional<balance> read_balance(const http_response&) const { return std::nullopt; }

protected:
    explicit carrier(settings given) : settings_(std::move(given)) {}

private:
    settings settings_;
};

}  // namespace pinwire::carriers
