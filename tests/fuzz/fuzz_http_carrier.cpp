// A carrier that the operator described, and its words: a description that the configuration's
// checks let through makes well-formed requests of whatever values, and reads whatever comes by the
// same rules as every other kind. The first bytes choose the kinds of bodies, the next lines are
// the description, the rest is an answer and a report, posted or fetched.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "common/core/form.hpp"
#include "common/core/json_pointer.hpp"
#include "common/core/json_reader.hpp"
#include "tests/fuzz/carrier_harness.hpp"

namespace {

using namespace pinwire;
using namespace pinwire::carriers;
using fuzz::must;
using body_kind = http_request_template::body_kind;

struct choices {
    body_kind body = body_kind::json;
    channel on = channel::sms;
    bool hostile = false;  // the values that fill the templates
    unsigned status = 200;
};

choices read_choices(fuzz::input& from, http_description& into) {
    choices made;
    const auto first = from.byte();
    made.body = static_cast<body_kind>(first % 4);
    made.on = (first & 4) != 0 ? channel::voice : channel::sms;
    made.hostile = (first & 8) != 0;
    if ((first & 16) != 0) into.answer.kind = http_answer::body_kind::text;
    const auto second = from.byte();
    into.dlr.kind = static_cast<http_dlr::body_kind>(second % 3);
    into.dlr.done_at_as = static_cast<http_dlr::time_kind>((second >> 2) % 5);
    made.status = harness::statuses[from.byte() % std::size(harness::statuses)];
    return made;
}

// False: the configuration would be refused.
bool read_template(fuzz::input& from, const choices& how, http_request_template& into) {
    into.kind = how.body;
    into.target = from.line();
    if (!target_fault(into.target, placeholders_of(how.on)).empty()) return false;
    if (const auto header = from.line(); !header.empty()) {
        if (!header_fault(header, placeholders_of(how.on)).empty()) return false;
        into.headers.emplace_back(header);
    }
    into.body = from.line();
    return body_fault(into, placeholders_of(how.on)).empty();
}

bool read_pointer(fuzz::input& from, std::string& into) {
    into = from.line();
    return is_json_pointer(into);
}

bool read_answer_terms(fuzz::input& from, http_answer& into) {
    if (!read_pointer(from, into.success_pointer)) return false;
    if (const auto value = from.line(); !value.empty()) into.success_values.emplace_back(value);
    into.success_prefix = from.line();
    if (!read_pointer(from, into.id_pointer)) return false;
    into.id_after = from.line();
    if (!read_pointer(from, into.error_pointer)) return false;
    if (const auto value = from.line(); !value.empty())
        into.errors.push_back({std::string(value), verdict::not_sent_next});
    if (const auto value = from.line(); !value.empty())
        into.errors.push_back({std::string(value), verdict::sent, true});
    return true;
}

bool read_report_terms(fuzz::input& from, http_dlr& into) {
    if (into.kind == http_dlr::body_kind::json && !read_pointer(from, into.entries)) return false;
    for (auto* place :
         {&into.id, &into.reference, &into.to, &into.status, &into.error, &into.done_at}) {
        *place = from.line();
        if (into.kind == http_dlr::body_kind::json && !is_json_pointer(*place)) return false;
    }
    const std::string word(from.line());
    into.statuses = {{word, dlr_status::delivrd}};
    into.call_statuses = {{word, call_status::processed}};
    return true;
}

// A list with the same places, where those are JSON's.
http_pull pull_like(const http_dlr& posted) {
    http_pull made;
    if (posted.kind != http_dlr::body_kind::json) return made;
    static_cast<http_report_places&>(made) = posted;
    made.request.target = "/{id}";
    made.entries = posted.entries;
    return made;
}

order order_of(const choices& how) {
    auto made = how.on == channel::voice ? samples::voice_order() : samples::sms_order();
    if (!how.hostile) return made;
    made.text = secret("1234 \"}]\\ &x=1 \r\nA: b \x01\xff\xE2\x82\xAC {secret} <b>");
    made.from = sender_name("A B");
    made.voice.voice = "\"\r\n\\";
    made.voice.repeat_dtmf.clear();
    return made;
}

void check_request(const http_request& made, body_kind kind) {
    must(made.target.starts_with('/'));
    must(fuzz::is_visible(made.target));
    for (const auto& [name, value] : made.headers) {
        must(!name.empty() && fuzz::is_visible(name));
        for (const char c : value)
            must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    if (made.body.empty()) return;
    nlohmann::json read;
    if (kind == body_kind::json) must(!read_json(made.body, read));
    if (kind == body_kind::form) must(form::parse(made.body).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    auto given = samples::settings_of("http");
    given.http = {};
    const auto how = read_choices(from, given.http);
    auto& shape = how.on == channel::voice ? given.http.voice : given.http.sms;
    if (!read_template(from, how, shape)) return 0;
    if (!read_answer_terms(from, given.http.answer)) return 0;
    if (!read_report_terms(from, given.http.dlr)) return 0;
    given.http.pull = pull_like(given.http.dlr);
    const std::string said(from.rest());
    const auto made = make_carrier(std::move(given));
    check_request(made->to_request(order_of(how)), how.body);
    harness::read_one_answer(*made, how.status, said, how.on);
    dlr_request report = samples::posted(said);
    if (made->config().http.dlr.kind == http_dlr::body_kind::query) report.target += "?" + said;
    harness::read_one_report(*made, report, how.on);
    if (!made->config().http.pull.empty())
        harness::read_one_pull(*made, {how.status, {}, said}, how.on);
    return 0;
}
