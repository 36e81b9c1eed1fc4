#include "common/postgres/templates.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/core/limits.hpp"
#include "common/postgres/array_literal.hpp"
#include "common/postgres/errors.hpp"

namespace pinwire::postgres {
namespace {

using nlohmann::ordered_json;

constexpr auto many_applications =
    "select id, name, enabled, pin_attempts, allow_multiple,"
    " (extract(epoch from pin_time_to_live) * 1000)::bigint,"
    " verify_most, (extract(epoch from verify_within) * 1000)::bigint,"
    " send_most, (extract(epoch from send_within) * 1000)::bigint,"
    " send_number_most, (extract(epoch from send_number_within) * 1000)::bigint"
    " from list_applications($1)";
constexpr auto one_application =
    "select id, name, enabled, pin_attempts, allow_multiple,"
    " (extract(epoch from pin_time_to_live) * 1000)::bigint,"
    " verify_most, (extract(epoch from verify_within) * 1000)::bigint,"
    " send_most, (extract(epoch from send_within) * 1000)::bigint,"
    " send_number_most, (extract(epoch from send_number_within) * 1000)::bigint"
    " from find_application($1, $2)";
constexpr auto many_messages =
    "select id, application, text, pin_type, pin_length, sender, language, repeat_dtmf,"
    " speech_rate, voice_name, regional from list_messages($1, $2)";
constexpr auto one_message =
    "select id, application, text, pin_type, pin_length, sender, language, repeat_dtmf,"
    " speech_rate, voice_name, regional from find_message($1, $2, $3)";

rate_limit limit_of(const row& from, int most, int within) {
    rate_limit made;
    made.most = from.int64(most);
    made.within = std::chrono::milliseconds(from.int64(within));
    return made;
}

double number_of(const row& from, int column) {
    const auto text = from.view(column);
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{}) throw unexpected_answer("a speech rate that is no number");
    return value;
}

application read_application(const row& from) {
    application out;
    out.id = from.text(0);
    out.name = from.text(1);
    out.enabled = from.boolean(2);
    out.pin_attempts = from.int32(3);
    out.allow_multiple_verifications = from.boolean(4);
    out.pin_time_to_live = std::chrono::milliseconds(from.int64(5));
    out.verify_pin_limit = limit_of(from, 6, 7);
    out.send_per_application = limit_of(from, 8, 9);
    out.send_per_number = limit_of(from, 10, 11);
    return out;
}

message_template read_message(const row& from) {
    message_template out;
    out.id = from.text(0);
    out.application = from.text(1);
    out.text = from.text(2);
    out.pin_type = static_cast<pinwire::pin_type>(from.int16(3));
    out.pin_length = static_cast<std::uint8_t>(from.int16(4));
    out.sender = from.text(5);
    out.language = from.text(6);
    out.repeat_dtmf = from.text(7);
    if (!from.is_null(8)) out.speech_rate = number_of(from, 8);
    out.voice_name = from.text(9);
    out.regional = from.text(10);
    return out;
}

std::string columns_of(const account_name& account, const application& from) {
    ordered_json made;
    made["account"] = account.str();
    made["id"] = from.id;
    made["name"] = from.name;
    made["enabled"] = from.enabled;
    made["pin_attempts"] = from.pin_attempts;
    made["allow_multiple"] = from.allow_multiple_verifications;
    made["pin_time_to_live"] = interval_text(from.pin_time_to_live);
    made["verify_most"] = from.verify_pin_limit.most;
    made["verify_within"] = interval_text(from.verify_pin_limit.within);
    made["send_most"] = from.send_per_application.most;
    made["send_within"] = interval_text(from.send_per_application.within);
    made["send_number_most"] = from.send_per_number.most;
    made["send_number_within"] = interval_text(from.send_per_number.within);
    return made.dump();
}

std::string columns_of(const account_name& account, const message_template& from) {
    ordered_json made;
    made["account"] = account.str();
    made["id"] = from.id;
    made["application"] = from.application;
    made["text"] = from.text;
    made["pin_type"] = static_cast<int>(from.pin_type);
    made["pin_length"] = from.pin_length;
    made["sender"] = from.sender;
    made["language"] = from.language;
    made["repeat_dtmf"] = from.repeat_dtmf;
    made["speech_rate"] = nullptr;
    if (from.speech_rate) made["speech_rate"] = *from.speech_rate;
    made["voice_name"] = from.voice_name;
    made["regional"] = from.regional;
    return made.dump();
}

}  // namespace

std::vector<application> list_applications(session& with, const account_name& account) {
    const auto rows = with.query(many_applications, {account.str()});
    std::vector<application> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_application(rows[i]));
    return out;
}

std::optional<application> find_application(
    session& with, const account_name& account, const std::string& id
) {
    const auto rows = with.query(one_application, {account.str(), id});
    if (rows.empty()) return std::nullopt;
    return read_application(rows[0]);
}

bool create_application(session& with, const account_name& account, const application& made) {
    const auto answer = with.query(
        "select create_application($1::jsonb, $2::integer)",
        {columns_of(account, made), std::to_string(limits::applications_max)}
    );
    return answer.one().boolean(0);
}

changed change_application(
    session& with, const account_name& account, const application& former, const application& made
) {
    const auto answer = with.query(
        "select change_application($1::jsonb, $2::jsonb)",
        {columns_of(account, former), columns_of(account, made)}
    );
    return static_cast<changed>(answer.one().int16(0));
}

std::vector<message_template> list_messages(
    session& with, const account_name& account, const std::string& application_id
) {
    const auto rows = with.query(many_messages, {account.str(), application_id});
    std::vector<message_template> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(read_message(rows[i]));
    return out;
}

std::optional<message_template> find_message(
    session& with,
    const account_name& account,
    const std::string& application_id,
    const std::string& id
) {
    const auto rows = with.query(one_message, {account.str(), application_id, id});
    if (rows.empty()) return std::nullopt;
    return read_message(rows[0]);
}

bool create_message(session& with, const account_name& account, const message_template& made) {
    const auto answer = with.query(
        "select create_message($1::jsonb, $2::integer)",
        {columns_of(account, made), std::to_string(limits::messages_max)}
    );
    return answer.one().boolean(0);
}

changed change_message(
    session& with,
    const account_name& account,
    const message_template& former,
    const message_template& made
) {
    const auto answer = with.query(
        "select change_message($1::jsonb, $2::jsonb)",
        {columns_of(account, former), columns_of(account, made)}
    );
    return static_cast<changed>(answer.one().int16(0));
}

}  // namespace pinwire::postgres
