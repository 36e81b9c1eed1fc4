#include "api/infobip/configuration.hpp"

#include <nlohmann/json.hpp>

#include "api/infobip/members.hpp"
#include "api/infobip/messages.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// A change is made of what was read; so often it is made anew when another one came between.
constexpr int changes_max = 10;

// 32 upper-case hex digits.
std::string new_id() {
    auto made = to_hex(random_bytes<16>());
    for (char& digit : made) {
        if (digit >= 'a' && digit <= 'f') digit = static_cast<char>(digit - 'a' + 'A');
    }
    return made;
}

infobip_reading reading(const caller& who, const infobip_route& where, bool creating) {
    infobip_reading how;
    how.version = where.version;
    how.creating = creating;
    how.strict = who.account->strict;
    return how;
}

http::response not_found(const infobip_route& where) {
    return infobip_not_found(where.version, infobip_missing::application_or_message);
}

// The faults of the body, read by `read` into what stands so far.
template <class Read, class Value>
infobip_faults read_body(const call& from, Read read, const infobip_reading& how, Value& into) {
    infobip_faults faults;
    json body;
    if (!read_infobip_body(from.request.body, body, faults)) return faults;
    return read(body, how, into);
}

}  // namespace

awaitable<http::response> infobip_configuration::run(
    const caller& who, const infobip_route& where, const call& from
) {
    const bool posted = from.request.method == "POST";
    switch (where.endpoint) {
        case infobip_endpoint::applications:
            if (posted) co_return co_await create_application(who, where, from);
            co_return co_await list_applications(who, where);
        case infobip_endpoint::application:
            co_return co_await one_application(who, where, from);
        case infobip_endpoint::messages:
            if (posted) co_return co_await create_message(who, where, from);
            co_return co_await list_messages(who, where);
        case infobip_endpoint::message:
            co_return co_await one_message(who, where, from);
        default:
            co_return infobip_not_found(where.version, infobip_missing::path);
    }
}

awaitable<http::response> infobip_configuration::list_applications(
    const caller& who, const infobip_route& where
) {
    const auto all = co_await store_.list_applications(who.account->name);
    ordered_json list = ordered_json::array();
    for (const auto& one : all)
        list.push_back(infobip_application_json(one, where.version));
    co_return infobip_answer(list);
}

awaitable<http::response> infobip_configuration::create_application(
    const caller& who, const infobip_route& where, const call& from
) {
    postgres::application made;
    const auto faults = read_body(from, read_infobip_application, reading(who, where, true), made);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    made.id = new_id();
    const bool kept = co_await store_.create_application(who.account->name, made);
    if (!kept) co_return infobip_forbidden("The account has too many applications");
    co_return infobip_answer(infobip_application_json(made, where.version));
}

awaitable<http::response> infobip_configuration::one_application(
    const caller& who, const infobip_route& where, const call& from
) {
    const auto& account = who.account->name;
    for (int i = 0; i < changes_max; ++i) {
        const auto former = co_await store_.find_application(account, where.id);
        if (!former) co_return not_found(where);
        auto made = *former;
        auto done = postgres::changed::done;
        if (from.request.method == "PUT") {
            const auto faults =
                read_body(from, read_infobip_application, reading(who, where, false), made);
            if (!faults.empty()) co_return infobip_bad_request(faults);
            done = co_await store_.change_application(account, *former, made);
        }
        if (done == postgres::changed::none_such) co_return not_found(where);
        if (done == postgres::changed::done)
            co_return infobip_answer(infobip_application_json(made, where.version));
    }
    co_return infobip_general_error();
}

awaitable<http::response> infobip_configuration::list_messages(
    const caller& who, const infobip_route& where
) {
    const auto of = co_await store_.find_application(who.account->name, where.id);
    if (!of) co_return not_found(where);
    const auto all = co_await store_.list_messages(who.account->name, where.id);
    ordered_json list = ordered_json::array();
    for (const auto& one : all)
        list.push_back(infobip_message_json(one, where.version));
    co_return infobip_answer(list);
}

awaitable<http::response> infobip_configuration::create_message(
    const caller& who, const infobip_route& where, const call& from
) {
    const auto of = co_await store_.find_application(who.account->name, where.id);
    if (!of) co_return not_found(where);
    postgres::message_template made;
    const auto faults = read_body(from, read_infobip_message, reading(who, where, true), made);
    if (!faults.empty()) co_return infobip_bad_request(faults);
    made.id = new_id();
    made.application = where.id;
    const bool kept = co_await store_.create_message(who.account->name, made);
    if (!kept) co_return infobip_forbidden("The application has too many messages");
    co_return infobip_answer(infobip_message_json(made, where.version));
}

awaitable<http::response> infobip_configuration::one_message(
    const caller& who, const infobip_route& where, const call& from
) {
    const auto& account = who.account->name;
    for (int i = 0; i < changes_max; ++i) {
        const auto former = co_await store_.find_message(account, where.id, where.other_id);
        if (!former) co_return not_found(where);
        auto made = *former;
        auto done = postgres::changed::done;
        if (from.request.method == "PUT") {
            const auto faults =
                read_body(from, read_infobip_message, reading(who, where, false), made);
            if (!faults.empty()) co_return infobip_bad_request(faults);
            done = co_await store_.change_message(account, *former, made);
        }
        if (done == postgres::changed::none_such) co_return not_found(where);
        if (done == postgres::changed::done)
            co_return infobip_answer(infobip_message_json(made, where.version));
    }
    co_return infobip_general_error();
}

}  // namespace pinwire::api
