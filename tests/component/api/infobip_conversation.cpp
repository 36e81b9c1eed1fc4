#include "tests/component/api/infobip_conversation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace pinwire::api::test {
namespace {

// name=value, or a name alone.
std::map<std::string, std::string> words_of(std::istringstream& from) {
    std::map<std::string, std::string> words;
    std::string word;
    while (from >> word) {
        const auto mark = word.find('=');
        words[word.substr(0, mark)] = mark == std::string::npos ? "" : word.substr(mark + 1);
    }
    return words;
}

const std::string* find(const std::map<std::string, std::string>& words, const char* name) {
    const auto at = words.find(name);
    return at == words.end() ? nullptr : &at->second;
}

placed_order::kind kind_of(const std::string& name) {
    using kind = placed_order::kind;
    static const std::map<std::string, kind> kinds{
        {"taken", kind::taken},
        {"cancelled", kind::cancelled},
        {"limited", kind::limited},
        {"no_credit", kind::no_credit},
        {"key_reused", kind::key_reused},
        {"unavailable", kind::unavailable},
        {"uncertain", kind::uncertain}};
    return kinds.at(name);
}

std::string joined(const std::vector<std::string>& lines, std::size_t from) {
    std::string text;
    for (auto i = from; i < lines.size(); ++i)
        text += (i == from ? "" : "\n") + lines[i];
    return text;
}

// Where the empty line between head and body stands; the end when there is none.
std::size_t end_of_head(const std::vector<std::string>& lines) {
    std::size_t at = 1;
    while (at < lines.size() && !lines[at].empty())
        ++at;
    return at;
}

std::pair<std::string, std::string> header_of(const std::string& line) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error("no header: " + line);
    return {line.substr(0, colon), line.substr(colon + 2)};
}

}  // namespace

infobip_conversation::infobip_conversation()
    : dialect(all.settings, all.gate, all.desk, all.guess, all.pins, all.templates, all.clock) {
    all.gate.by_key[document_key] = all.shop;
    postgres::application application;
    application.id = document_application;
    application.name = "Test application ADVANCED";
    all.templates.applications[{"shop", application.id}] = application;
    postgres::message_template message;
    message.id = document_message;
    message.application = application.id;
    message.text = "Your PIN is {{pin}}.";
    message.sender = "Infobip 2FA";
    all.templates.messages[{"shop", message.id}] = message;
}

postgres::application& infobip_conversation::application() {
    return all.templates.applications.at({"shop", document_application});
}

postgres::message_template& infobip_conversation::message() {
    return all.templates.messages.at({"shop", document_message});
}

http::response infobip_conversation::ask(const a_call& from) {
    return run(dialect.serve(from.get()));
}

fake_pin& infobip_conversation::add_pin(const std::string& id, const std::string& code) {
    auto& made = all.pins.add(all.shop->name, pin_id(id), number(document_number), secret(code));
    made.story.application = document_application;
    made.story.message = document_message;
    infobip_send_request asked;
    asked.from = "InfoSMS";
    made.story.repeat = infobip_repeat_text(infobip_first_sending(message(), asked));
    return made;
}

void infobip_conversation::arrange_application(const words& given) {
    auto& of = application();
    if (find(given, "disabled")) of.enabled = false;
    if (find(given, "once")) of.allow_multiple_verifications = false;
    if (const auto* ttl = find(given, "ttl")) of.pin_time_to_live = *parse_length_of_time(*ttl);
    if (const auto* tries = find(given, "attempts")) of.pin_attempts = std::stoi(*tries);
}

void infobip_conversation::arrange_message(const std::string& what, const std::string& value) {
    if (what == "sender")
        message().sender = value;
    else if (what == "text")
        message().text = value;
    else
        throw std::runtime_error("@message " + what);
}

void infobip_conversation::arrange_account(const words& given) {
    auto& of = *all.shop;
    if (find(given, "suspended")) of.suspended = true;
    if (find(given, "strict")) of.strict = true;
    if (const auto* from = find(given, "caller")) of.callers.push_back(*cidr::parse(*from));
    if (const auto* sender = find(given, "sender")) of.senders.emplace_back(*sender);
    if (const auto* prefix = find(given, "blocked")) of.blocked_prefixes.push_back(*prefix);
}

void infobip_conversation::arrange_pin(const std::string& id, const words& given) {
    const auto* code = find(given, "code");
    pin_ = &add_pin(id, code ? *code : "1598");
    auto& story = pin_->story;
    if (const auto* tries = find(given, "tries")) {
        story.tries_left = std::stoi(*tries);
        pin_->dead = *story.tries_left == 0;
    }
    if (const auto* life = find(given, "life"))
        story.expires_at = all.now + std::chrono::seconds(std::stoi(*life));
    if (const auto* limit = find(given, "limit")) pin_->verify_limit = parse_rate_limit(*limit);
    if (find(given, "once")) story.single_use = true;
    if (find(given, "verified")) {
        story.verified_at = all.now;
        pin_->dead = pin_->spent = story.single_use;
    }
    if (find(given, "cancelled")) {
        story.cancelled_at = all.now;
        pin_->dead = true;
    }
    if (find(given, "foreign")) pin_->account = account_name("somebody-else");
    if (find(given, "unsent")) story.sendings.clear();
}

void infobip_conversation::arrange_sending(const words& given) {
    postgres::pin_sending made;
    made.requested_at = all.now;
    if (const auto* nc = find(given, "nc")) made.nc = parse_nc_status(*nc).value();
    if (const auto* sms = find(given, "sms")) made.sms = parse_sms_status(*sms).value();
    if (const auto* call = find(given, "call")) made.call = parse_call_status(*call).value();
    if (const auto* dlr = find(given, "dlr")) made.dlr = parse_dlr_status(*dlr).value();
    if (const auto* reason = find(given, "reason")) made.reason = *reason;
    pin_->story.sendings.push_back(std::move(made));
}

void infobip_conversation::arrange_next(const std::string& kind, const words& given) {
    placed_order made;
    made.what = kind_of(kind);
    made.pin = pin_id(document_pin);
    status_event now;
    now.pin_id = made.pin;
    now.version = 2;
    if (const auto* nc = find(given, "nc")) now.nc_status = parse_nc_status(*nc).value();
    if (const auto* sms = find(given, "sms")) now.sms_status = parse_sms_status(*sms).value();
    if (const auto* call = find(given, "call")) now.call_status = parse_call_status(*call).value();
    if (const auto* reason = find(given, "reason")) now.reason = *reason;
    if (const auto* retry = find(given, "retry"))
        made.retry_after = std::chrono::seconds(std::stoi(*retry));
    if (find(given, "unminted")) {
        now.final = true;
        now.pin_id = made.pin = pin_id();
    }
    if (!find(given, "silent")) made.now = std::move(now);
    all.desk.answers.push_back(std::move(made));
}

void infobip_conversation::arrange(const std::string& directive) {
    std::istringstream from(directive);
    std::string what;
    std::string first;
    from >> what;
    if (what == "@message") {  // its text may hold anything
        const auto rest = directive.substr(what.size() + 1);
        const auto mark = rest.find('=');
        return arrange_message(rest.substr(0, mark), rest.substr(mark + 1));
    }
    if (what == "@pin" || what == "@next" || what == "@later") from >> first;
    const auto given = words_of(from);
    if (what == "@application") return arrange_application(given);
    if (what == "@account") return arrange_account(given);
    if (what == "@pin") return arrange_pin(first, given);
    if (what == "@sending") return arrange_sending(given);
    if (what == "@next") return arrange_next(first, given);
    if (what == "@later") {
        all.now += std::chrono::seconds(std::stoi(first));
    } else if (what == "@away") {
        all.pins.broken = all.templates.broken = true;
    } else {
        throw std::runtime_error("unknown directive " + directive);
    }
}

std::string infobip_conversation::known(std::string text) const {
    for (const auto& [name, id] : ids_) {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
            text.replace(at, name.size(), id);
    }
    return text;
}

void infobip_conversation::learn(
    const std::string& name, const char* member, const std::string& body
) {
    if (ids_.count(name) != 0) return;
    const auto read = nlohmann::json::parse(body, nullptr, false);
    if (!read.is_object() || !read.contains(member)) return;
    const auto id = read[member].get<std::string>();
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789ABCDEF"), std::string::npos) << id;
    ids_[name] = id;
}

void infobip_conversation::play_one(exchange one) {
    SCOPED_TRACE("request in line " + std::to_string(one.line));
    for (auto& line : one.request)
        line = known(std::move(line));
    const auto space = one.request.at(0).find(' ');
    a_call from(one.request[0].substr(0, space), one.request[0].substr(space + 1));
    const auto head = end_of_head(one.request);
    for (std::size_t i = 1; i < head; ++i) {
        const auto [name, value] = header_of(one.request[i]);
        if (name == "Idempotency-Key")
            from.key(value);
        else
            from.with(name, value);
    }
    from.body(joined(one.request, head + 1));
    const auto answer = ask(from);

    const auto body = joined(one.answer, end_of_head(one.answer) + 1);
    if (body.find("{APP}") != std::string::npos) learn("{APP}", "applicationId", answer.body);
    if (body.find("{MSG}") != std::string::npos) learn("{MSG}", "messageId", answer.body);
    EXPECT_EQ(std::to_string(answer.status), one.answer.at(0));
    EXPECT_EQ(answer.body, known(body));
    EXPECT_EQ(answer.fields.get("Content-Type"), "application/json");
    for (std::size_t i = 1; i < end_of_head(one.answer); ++i) {
        const auto [name, value] = header_of(one.answer[i]);
        EXPECT_EQ(answer.fields.get(name), value) << name;
    }
}

void infobip_conversation::play(const std::string& text) {
    std::istringstream lines(text);
    exchange open;
    int at = 0;
    const auto finish = [&] {
        if (!open.answer.empty()) play_one(std::exchange(open, exchange()));
    };
    for (std::string line; std::getline(lines, line);) {
        ++at;
        const bool asks = line.starts_with('>');
        if (!line.starts_with('<')) finish();
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with('@')) {
            arrange(line);
            continue;
        }
        auto& into = asks ? open.request : open.answer;
        if (asks && open.request.empty()) open.line = at;
        into.push_back(line.size() > 2 ? line.substr(2) : std::string());
    }
    finish();
    EXPECT_TRUE(open.request.empty()) << "a request without an answer";
}

}  // namespace pinwire::api::test
