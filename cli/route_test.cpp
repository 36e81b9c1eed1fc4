#include "cli/route_test.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

#include "cli/masked_request.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "common/carriers/registry.hpp"
#include "common/core/call_words.hpp"
#include "common/core/sender.hpp"
#include "common/core/time_format.hpp"
#include "common/runtime/random.hpp"
#include "common/upkeep/outgoing.hpp"

namespace pinwire::cli {
namespace {

constexpr std::chrono::seconds validity{300};
constexpr std::size_t text_max = 1600;

// All that is decided before anything is sent.
struct plan {
    config::route_settings route;
    config::carrier_settings carrier;
    http::resolver_settings names;
    std::unique_ptr<carriers::carrier> translator;
    carriers::order order;
};

failure wrong(const std::string& text) {
    return failure(exit_code::wrong, text);
}

std::shared_ptr<const config::settings> load_all(const common_options& common) {
    auto loaded = config::load(common.config_file, load_options_of(true));
    if (loaded) return loaded.settings;
    std::string all = "the configuration is wrong:";
    for (const auto& mistake : loaded.mistakes)
        all += "\n  " + mistake.to_string();
    throw wrong(all);
}

std::string test_text(const config::route_settings& route) {
    return fmt::format(
        "Pinwire test by route {}, {}",
        route.name.view(),
        format_rfc3339(std::chrono::system_clock::now())
    );
}

carriers::order order_of(const route_test_options& options, const config::route_settings& route) {
    const auto number = msisdn::parse(options.number);
    if (!number) throw wrong(options.number + " is no E.164 number");
    if (!options.from.empty() && !is_sender(options.from))
        throw wrong(options.from + " is no sender: 11 of letters, digits, space, or 15 digits");
    auto text = options.text.empty() ? test_text(route) : options.text;
    if (text.size() > text_max) throw wrong(fmt::format("the text is above {} bytes", text_max));
    carriers::order made;
    made.now = std::chrono::system_clock::now();
    made.nonce = random_bytes<16>();
    made.attempt = attempt_id::time_ordered(made.now, random_bytes<10>());
    made.channel = route.channel;
    made.to = *number;
    made.from = options.from.empty() ? route.sender : sender_name(options.from);
    made.text = secret(std::move(text));
    made.validity = validity;
    return made;
}

// As the worker's send step does it: a call whose platform asks what to say is told where.
std::string words_url_of(const config::settings& settings, const plan& what, secret words) {
    call_words sealed;
    sealed.text = std::move(words);
    sealed.until = what.order.now + what.order.validity;
    return words_url(
        settings.callback.public_url,
        *settings.keys.ring,
        what.route.carrier,
        what.order.attempt,
        sealed,
        random_bytes<12>()
    );
}

plan plan_of(const common_options& common, const route_test_options& options) {
    const auto settings = load_all(common);
    const auto route = settings->routes.find(route_name(options.route));
    if (route == settings->routes.end())
        throw wrong(options.route + " is no route of " + common.config_file.string());
    const auto& carrier = settings->carriers.at(route->second.carrier);
    if (carrier.retired) throw wrong("the carrier of " + options.route + " is retired");
    plan made;
    made.route = route->second;
    made.carrier = carrier;
    made.names = upkeep::resolver_settings_of(settings->worker);
    made.translator = carriers::make_carrier(carrier.translator);
    made.order = order_of(options, made.route);
    if (auto words = made.translator->words(made.order); !words.empty())
        made.order.words_url = words_url_of(*settings, made, std::move(words));
    if (const auto refusal = made.translator->refuses(made.order); !refusal.empty())
        throw wrong(fmt::format("{} can't send this: {}", carrier.translator.name.str(), refusal));
    return made;
}

// A person at a terminal may answer; a script must have said --yes.
void ask(const plan& what, const route_test_options& options) {
    if (options.yes) return;
    if (::isatty(STDIN_FILENO) == 0)
        throw wrong("a real message would be sent: say --yes where nobody can be asked");
    std::fprintf(
        stderr,
        "Send a real message to %s by route %s, carrier %s? [y/N] ",
        what.order.to.with_plus().c_str(),
        what.route.name.str().c_str(),
        what.route.carrier.str().c_str()
    );
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "yes") throw wrong("nothing was sent");
}

http::exchange send(const plan& what, const http_request& request) {
    boost::asio::io_context io(1);
    http::resolver names(io, what.names);
    const auto& carrier = what.carrier;
    auto how = upkeep::client_settings_of(1, carrier.ca_file, carrier.link);
    http::client client(io, names, std::move(how));
    http::call_options limits;
    limits.connect_timeout = carrier.connect_timeout;
    limits.answer_timeout = carrier.answer_timeout;
    http::exchange got;
    auto call = client.send(
        upkeep::endpoint_of(carrier.translator.base_url), http::request(request), limits
    );
    boost::asio::co_spawn(io, std::move(call), [&](std::exception_ptr error, http::exchange made) {
        io.stop();  // idle connections have waits of their own
        if (error) std::rethrow_exception(error);
        got = std::move(made);
    });
    io.run();
    return got;
}

// As the worker's send step classes it.
carriers::answer class_of(const plan& what, const http::exchange& got) {
    if (got.answered())
        return what.translator->read_answer(
            http::to_core(http::response(got.answer)), what.order.channel
        );
    carriers::answer made;
    made.verdict =
        got.surely_not_sent() ? carriers::verdict::not_sent_later : carriers::verdict::in_doubt;
    made.error = got.error.empty() ? std::string(http::to_string(got.why)) : got.error;
    return made;
}

std::string_view word(carriers::verdict verdict) {
    switch (verdict) {
        case carriers::verdict::sent:
            return "sent";
        case carriers::verdict::not_sent_next:
            return "surely not sent; another route may take such a message";
        case carriers::verdict::not_sent_later:
            return "surely not sent; this route may take it later";
        case carriers::verdict::not_sent_final:
            return "surely not sent, and no other route would send it";
        case carriers::verdict::in_doubt:
            break;
    }
    return "in doubt: it may have been sent";
}

void tell_as_text(
    const plan& what,
    const shown_request& sent,
    const http::exchange& got,
    const carriers::answer& read
) {
    auto text = fmt::format("> {} {}{}\n", sent.method, sent.origin, sent.target);
    for (const auto& [name, value] : sent.headers)
        text += fmt::format("> {}: {}\n", name, value);
    if (!sent.body.empty()) text += fmt::format(">\n> {}\n", sent.body);
    if (got.answered()) {
        text += fmt::format("< {} after {} ms\n", got.answer.status, got.elapsed.count() / 1000);
        if (!got.answer.body.empty()) text += "< " + printable(sent.masked(got.answer.body)) + "\n";
    }
    text += fmt::format("{}\n", word(read.verdict));
    if (!read.error.empty()) text += "  error: " + printable(read.error) + "\n";
    if (!read.carrier_message_id.empty())
        text += "  its id: " + printable(read.carrier_message_id) + "\n";
    text += "  our reference: " + what.order.attempt.hex() + "\n";
    print(text);
}

void tell_as_json(
    const plan& what,
    const shown_request& sent,
    const http::exchange& got,
    const carriers::answer& read
) {
    nlohmann::ordered_json out;
    out["route"] = what.route.name.str();
    out["carrier"] = what.route.carrier.str();
    out["reference"] = what.order.attempt.hex();
    auto& request = out["request"];
    request["method"] = sent.method;
    request["url"] = sent.origin + sent.target;
    request["headers"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : sent.headers)
        request["headers"][name] = value;
    request["body"] = sent.body;
    out["status"] = got.answered() ? nlohmann::ordered_json(got.answer.status) : nullptr;
    out["answer"] = sent.masked(got.answer.body);
    out["ms"] = got.elapsed.count() / 1000;
    out["sent"] = read.verdict == carriers::verdict::sent;
    out["verdict"] = word(read.verdict);
    out["error"] = read.error;
    out["carrier_message_id"] = read.carrier_message_id;
    print_json(out);
}

}  // namespace

exit_code test_route(const common_options& common, const route_test_options& options) {
    const auto what = plan_of(common, options);
    ask(what, options);
    const auto request = what.translator->to_request(what.order);
    const auto shown = mask(what.carrier.translator, request);
    const auto got = send(what, request);
    const auto read = class_of(what, got);
    common.json ? tell_as_json(what, shown, got, read) : tell_as_text(what, shown, got, read);
    return read.verdict == carriers::verdict::sent ? exit_code::ok : exit_code::failed;
}

}  // namespace pinwire::cli
