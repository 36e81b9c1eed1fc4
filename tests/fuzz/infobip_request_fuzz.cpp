// Whatever a stranger sends to /2fa/...: a request or named faults, never a throw; what was taken
// keeps the rules that jobs have, and comes back the same through its own JSON. The first byte
// chooses the reader; a line end parts query and body.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "api/infobip/authorization.hpp"
#include "api/infobip/messages.hpp"
#include "api/infobip/order.hpp"
#include "api/infobip/route.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/placeholder.hpp"

namespace {

using namespace pinwire;
using namespace pinwire::api;

void must(bool holds) {
    if (!holds) std::abort();
}

infobip_reading reading_of(std::uint8_t choice) {
    infobip_reading how;
    how.version = (choice & 1) != 0 ? infobip_version::v1 : infobip_version::v2;
    how.creating = (choice & 2) != 0;
    how.strict = (choice & 4) != 0;
    return how;
}

// Read, written and read again: the same.
template <class Value, class Read, class Write>
void read_config(
    std::string_view body, const infobip_reading& how, Value made, Read read, Write write
) {
    nlohmann::json root;
    if (read_json(body, root) || !root.is_object()) return;
    if (!read(root, how, made).empty()) return;
    const auto written = write(made, how.version).dump();
    Value again = made;
    nlohmann::json back;
    must(!read_json(written, back));
    infobip_reading update = how;
    update.creating = false;
    must(read(back, update, again).empty());
    must(write(again, how.version).dump() == written);
}

void read_message(std::string_view body, const infobip_reading& how) {
    postgres::message_template made;
    made.text = "{{pin}}";
    if (how.strict) made.pin_length = infobip_strict_length_min;
    read_config(body, how, made, read_infobip_message, infobip_message_json);
}

void read_application(std::string_view body, const infobip_reading& how) {
    postgres::application made;
    made.name = "a";
    if (how.strict) made.pin_time_to_live = infobip_strict_life_max;
    read_config(body, how, made, read_infobip_application, infobip_application_json);
}

void send(std::string_view query, std::string_view body, bool strict) {
    infobip_send_request asked;
    if (!read_infobip_send(body, query, strict, asked).empty()) return;
    must(!asked.to.empty());
    postgres::message_template says;
    says.text = "{{a}} {{b}}{{pin}}{{{c}}}";
    const auto first = infobip_first_sending(says, asked);
    const auto text = fill_infobip_text(first.text, first.placeholders);
    if (text) must(has_valid_placeholders(dialect::infobip, *text));
    const auto again = parse_infobip_repeat(infobip_repeat_text(first));
    must(again.placeholders == first.placeholders && again.from == first.from);
    const auto pin = infobip_pin_parameters(postgres::application(), says, asked.code, strict);
    must(pin.length >= (strict ? 6 : 4) && pin.length <= 16);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::uint8_t choice = data[0];
    const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto end = rest.find('\n');
    const auto query = rest.substr(0, end);
    const auto body = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    secret guess;
    std::optional<infobip_placeholders> placeholders;
    infobip_verifications_request asked;
    switch ((choice >> 3) % 8) {
        case 0:
            send(query, body, (choice & 4) != 0);
            break;
        case 1:
            (void)read_infobip_resend(body, placeholders);
            break;
        case 2:
            if (read_infobip_guess(body, guess).empty()) must(!guess.empty());
            break;
        case 3:
            if (read_infobip_verifications(query, asked).empty()) must(!asked.to.empty());
            break;
        case 4:
            read_application(body, reading_of(choice));
            break;
        case 5:
            read_message(body, reading_of(choice));
            break;
        case 6:
            (void)infobip_credentials_of(query);
            break;
        default:
            (void)infobip_route_of(query);
    }
    return 0;
}
