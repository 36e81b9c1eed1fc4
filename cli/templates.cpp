#include "cli/templates.hpp"

#include <fmt/format.h>

#include "cli/accounts.hpp"
#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "common/core/pin.hpp"
#include "common/postgres/accounts.hpp"
#include "common/postgres/templates.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

std::string limit_text(const rate_limit& limit) {
    return limit.bounded() ? to_string(limit) : "-";
}

ordered_json json_of(const postgres::application& from) {
    ordered_json made;
    made["id"] = from.id;
    made["name"] = from.name;
    made["enabled"] = from.enabled;
    made["pin_attempts"] = from.pin_attempts;
    made["allow_multiple_verifications"] = from.allow_multiple_verifications;
    made["pin_time_to_live"] = length_of_time_text(from.pin_time_to_live);
    made["verify_pin_limit"] = limit_text(from.verify_pin_limit);
    made["send_per_application"] = limit_text(from.send_per_application);
    made["send_per_number"] = limit_text(from.send_per_number);
    return made;
}

ordered_json json_of(const postgres::message_template& from) {
    ordered_json made;
    made["id"] = from.id;
    made["application"] = from.application;
    made["text"] = from.text;
    made["pin_type"] = std::string(to_string(from.pin_type));
    made["pin_length"] = from.pin_length;
    made["sender"] = from.sender;
    made["language"] = from.language;
    made["repeat_dtmf"] = from.repeat_dtmf;
    made["speech_rate"] = nullptr;
    if (from.speech_rate) made["speech_rate"] = *from.speech_rate;
    made["voice_name"] = from.voice_name;
    return made;
}

void show(const common_options& common, const ordered_json& what) {
    if (common.json) return print_json(what);
    table rows({"SETTING", "VALUE"});
    for (const auto& [key, value] : what.items()) {
        const auto text = value.is_string() ? value.get<std::string>() : value.dump();
        rows.add({key, text.empty() || value.is_null() ? "-" : text});
    }
    print(rows.text());
}

failure no_such(const char* what, const template_options& options) {
    return failure(
        exit_code::failed, fmt::format("{} has no {} {}", options.account, what, options.id)
    );
}

}  // namespace

exit_code list_apps(const common_options& common, const template_options& options) {
    const auto all = with_database(common, options.database, [&](postgres::session& on) {
        auto found = postgres::list_applications(on, account_name(options.account));
        if (found.empty() && !postgres::account_suspended(on, account_name(options.account)))
            throw no_account(options.account);
        return found;
    });
    table rows({"ID", "NAME", "ENABLED", "ATTEMPTS", "LIFE", "PER NUMBER"});
    for (const auto& one : all) {
        if (common.json) print_json(json_of(one));
        rows.add(
            {one.id,
             one.name,
             one.enabled ? "yes" : "no",
             std::to_string(one.pin_attempts),
             length_of_time_text(one.pin_time_to_live),
             limit_text(one.send_per_number)}
        );
    }
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code show_app(const common_options& common, const template_options& options) {
    const auto found = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::find_application(on, account_name(options.account), options.id);
    });
    if (!found) throw no_such("application", options);
    show(common, json_of(*found));
    return exit_code::ok;
}

exit_code list_templates(const common_options& common, const template_options& options) {
    const auto all = with_database(common, options.database, [&](postgres::session& on) {
        const account_name account(options.account);
        auto found = postgres::list_messages(on, account, options.application);
        if (found.empty() && !postgres::find_application(on, account, options.application))
            throw failure(
                exit_code::failed,
                fmt::format("{} has no application {}", options.account, options.application)
            );
        return found;
    });
    table rows({"ID", "PIN", "SENDER", "LANGUAGE", "TEXT"});
    for (const auto& one : all) {
        if (common.json) print_json(json_of(one));
        rows.add(
            {one.id,
             fmt::format("{} {}", one.pin_length, to_string(one.pin_type)),
             one.sender.empty() ? "-" : one.sender,
             one.language.empty() ? "-" : one.language,
             one.text}
        );
    }
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code show_template(const common_options& common, const template_options& options) {
    const auto found = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::find_message(
            on, account_name(options.account), options.application, options.id
        );
    });
    if (!found) throw no_such("template", options);
    show(common, json_of(*found));
    return exit_code::ok;
}

}  // namespace pinwire::cli
