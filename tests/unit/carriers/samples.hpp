// One order and one configuration that the carrier tests share, and what the translators make as
// text that people can read in a golden file.
#pragma once

#include <memory>
#include <string>

#include "common/carriers/registry.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::carriers::samples {

inline constexpr const char* attempt_hex = "0193500b7c00a1b2c3d4e5f60718293a";
inline constexpr const char* dlr_url = "https://dlr.example.com/dlr/acme/0193500b7c00k1a5c0ffee";

// A made-up carrier of kind "http": JSON both ways, an array of reports.
inline http_description http_sample() {
    http_description given;
    given.sms.target = "/v1/messages?ref={reference}";
    given.sms.headers = {"Authorization: Bearer {secret}", "Accept: application/json"};
    given.sms.body = R"({"to":"{to_plus}","from":"{from}","text":"{text}","parts":{parts},)"
                     R"("ttl":{validity_seconds},"callback":"{dlr_url}"})";
    given.voice.target = "/v1/calls";
    given.voice.kind = http_request_template::body_kind::form;
    given.voice.body =
        "to={to}&say={text}&lang={language}&rate={speech_rate}&amd={machine_detection}"
        "&voice={voice_name}&again={repeat_dtmf}&minutes={validity_minutes}&cb={dlr_url}";
    given.answer.success_pointer = "/status";
    given.answer.success_values = {"queued", "accepted"};
    given.answer.id_pointer = "/id";
    given.answer.error_pointer = "/error/code";
    given.answer.errors = {
        {"BAD_NUMBER", verdict::not_sent_final},
        {"NO_CREDIT", verdict::not_sent_next},
        {"TOO_FAST", verdict::not_sent_later},
        {"TIMEOUT", verdict::in_doubt},
        {"17", verdict::not_sent_next},
        {"SEEN", verdict::sent, true},
    };
    given.dlr.entries = "/reports";
    given.dlr.id = "/id";
    given.dlr.reference = "/ref";
    given.dlr.to = "/to";
    given.dlr.status = "/state/name";
    given.dlr.error = "/state/code";
    given.dlr.done_at = "/at";
    given.dlr.statuses = {
        {"sent", dlr_status::enroute},
        {"delivered", dlr_status::delivrd},
        {"failed", dlr_status::undeliv},
        {"expired", dlr_status::expired}};
    given.dlr.call_statuses = {
        {"ringing", call_status::processing},
        {"answered", call_status::processed},
        {"busy", call_status::error_user_busy}};
    given.dlr.ack_content_type = "text/plain";
    given.dlr.ack_body = "OK";
    return given;
}

// How it is asked for reports: the same list, of one message.
inline http_pull pull_sample() {
    http_pull given;
    given.request.target = "/v1/reports/{id}?ref={reference}";
    given.request.headers = {"Authorization: Bearer {secret}", "Accept: application/json"};
    given.entries = "/reports";
    given.id = "/id";
    given.reference = "/ref";
    given.to = "/to";
    given.status = "/state/name";
    given.error = "/state/code";
    given.done_at = "/at";
    return given;
}

inline settings settings_of(std::string kind) {
    settings given;
    given.name = carrier_name("acme");
    given.kind = std::move(kind);
    given.base_url = "https://api.example.com";
    given.username = "pinwire";
    given.password = secret("key-of-the-carrier");
    if (given.kind == "http") given.http = http_sample();
    return given;
}

inline std::unique_ptr<carrier> carrier_of(std::string kind) {
    return make_carrier(settings_of(std::move(kind)));
}

inline india_dlt dlt() {
    india_dlt made;
    made.principal_entity_id = "1201160000000000001";
    made.content_template_id = "1207160000000000002";
    made.telemarketer_id = "1202160000000000003,1202160000000000004";
    return made;
}

inline order sms_order() {
    order given;
    given.attempt = *attempt_id::parse(attempt_hex);
    given.to = *msisdn::parse("+34 600 000 000");
    given.from = sender_name("ACME");
    given.text = secret("483920 is your verification code.");
    given.validity = std::chrono::seconds(599);
    given.dlr_url = dlr_url;
    given.now = *parse_rfc3339("2026-08-19T10:00:00Z");
    given.nonce.fill(0xab);
    return given;
}

inline order voice_order() {
    order given = sms_order();
    given.channel = channel::voice;
    given.from = sender_name("34911000000");
    given.text = secret("Your code is 4, 8, 3, 9. Again: 4, 8, 3, 9.");
    given.voice.language = "pt_br";
    given.voice.speech_rate = 0.8;
    given.voice.repeat_dtmf = "1";
    given.voice.voice = "Joana";
    return given;
}

inline std::string text_of(const http_request& request) {
    std::string text = request.method + " " + request.target + "\n";
    for (const auto& [name, value] : request.headers)
        text += name + ": " + value + "\n";
    return text + "\n" + request.body + "\n";
}

inline std::string text_of(verdict said) {
    switch (said) {
        case verdict::sent:
            return "sent";
        case verdict::not_sent_next:
            return "not_sent_next";
        case verdict::not_sent_later:
            return "not_sent_later";
        case verdict::not_sent_final:
            return "not_sent_final";
        case verdict::in_doubt:
            return "in_doubt";
    }
    return "?";
}

inline std::string text_of(const answer& said) {
    std::string text = text_of(said.verdict);
    if (!said.carrier_message_id.empty()) text += " id=" + said.carrier_message_id;
    if (said.call) text += " call=" + std::string(to_string(*said.call));
    if (!said.error.empty()) text += " error=" + said.error;
    if (said.retry_after.count() > 0) text += " after=" + std::to_string(said.retry_after.count());
    if (said.duplicate) text += " duplicate";
    return text;
}

inline inquiry inquiry_of(channel on) {
    inquiry made;
    made.attempt = *attempt_id::parse(attempt_hex);
    made.channel = on;
    made.to = *msisdn::parse("34600000000");
    made.text = secret("483920 is your verification code.");
    made.began = *parse_rfc3339("2026-08-19T10:00:00Z");
    made.patience = std::chrono::seconds(13);
    made.now = made.began + std::chrono::minutes(2);
    made.nonce.fill(0xcd);
    return made;
}

inline std::string text_of(const inquiry_answer& said) {
    using kind = inquiry_answer::kind;
    std::string text = said.what == kind::found    ? "found"
                       : said.what == kind::absent ? "absent"
                                                   : "unknown";
    if (!said.carrier_message_id.empty()) text += " " + said.carrier_message_id;
    if (said.report) {
        const dlr& report = *said.report;
        if (report.call) text += " " + std::string(to_string(*report.call));
        if (report.status) text += " " + std::string(to_string(*report.status));
        text += " as " + report.raw_status;
        if (!report.error_code.empty()) text += ", " + report.error_code;
    }
    if (!said.word.empty()) text += " " + said.word;
    return text;
}

inline std::string text_of(const dlr& entry) {
    std::string text = "entry";
    if (entry.reference) text += " reference=" + entry.reference->hex();
    if (!entry.carrier_message_id.empty()) text += " id=" + entry.carrier_message_id;
    if (entry.to) text += " to=" + entry.to->digits();
    text += " status=" + (entry.status ? std::string(to_string(*entry.status)) : "none");
    if (entry.call) text += " call=" + std::string(to_string(*entry.call));
    text += " raw_status=" + entry.raw_status;
    if (!entry.error_code.empty()) text += " error=" + entry.error_code;
    if (entry.done_at) text += " done_at=" + format_rfc3339(*entry.done_at);
    return text + "\n  raw=" + entry.raw + "\n";
}

inline std::string text_of(const dlr_reading& reading) {
    std::string text;
    for (const dlr& entry : reading.entries)
        text += text_of(entry);
    for (const std::string& bytes : reading.unreadable)
        text += "unreadable " + bytes + "\n";
    return text;
}

inline dlr_request posted(std::string body) {
    dlr_request request;
    request.method = "POST";
    request.target = "/dlr/acme/token";
    request.content_type = "application/json";
    request.body = std::move(body);
    return request;
}

}  // namespace pinwire::carriers::samples
