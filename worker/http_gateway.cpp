#include "worker/http_gateway.hpp"

#include <map>

#include "common/http/resolver.hpp"
#include "common/upkeep/outgoing.hpp"

namespace pinwire::worker {
namespace {

struct line {
    http::endpoint where;
    std::unique_ptr<http::client> client;
    // Of providers and of questions; a message brings its route's own.
    std::chrono::milliseconds connect_timeout{3000};
    std::chrono::milliseconds answer_timeout{10'000};
};

class http_gateway final : public gateway {
public:
    http_gateway(boost::asio::io_context& context, const config::settings& settings)
        : names_(context, upkeep::resolver_settings_of(settings.worker)) {
        for (const auto& [name, carrier] : settings.carriers) {
            line made;
            made.where = upkeep::endpoint_of(carrier.translator.base_url);
            made.client =
                client_of(context, carrier.max_connections, carrier.ca_file, carrier.link);
            carriers_.emplace(name, std::move(made));
            const auto& asked_at = carrier.translator.inquiry_url;
            const auto& base_url = carrier.translator.base_url;
            const auto& questions = asked_at.empty() ? base_url : asked_at;
            inquiries_.emplace(name, line_of_questions(context, carrier, questions));
            if (!asked_at.empty())
                balances_.emplace(name, line_of_questions(context, carrier, base_url));
        }
        for (const auto& [name, provider] : settings.providers) {
            line made;
            made.where = upkeep::endpoint_of(provider.translator.base_url);
            made.client =
                client_of(context, provider.max_in_flight, provider.ca_file, provider.link);
            made.connect_timeout = provider.timeout;
            made.answer_timeout = provider.timeout;
            providers_.emplace(name, std::move(made));
        }
    }

    awaitable<http::exchange> to_carrier(
        carrier_name name,
        http_request request,
        config::request_times within,
        std::function<bool()> may_send,
        std::function<void()> on_first_byte
    ) override {
        auto& to = carriers_.at(name);
        http::call_options how;
        how.connect_timeout = within.connect;
        how.answer_timeout = within.answer;
        how.may_send = std::move(may_send);
        how.on_first_byte = std::move(on_first_byte);
        http::request what(std::move(request));
        co_return co_await to.client->send(to.where, std::move(what), std::move(how));
    }

    awaitable<http::exchange> ask_carrier(carrier_name name, http_request request) override {
        auto asking = ask(inquiries_.at(name), std::move(request));
        co_return co_await std::move(asking);
    }

    awaitable<http::exchange> ask_balance(carrier_name name, http_request request) override {
        const auto own = balances_.find(name);
        auto& to = own == balances_.end() ? inquiries_.at(name) : own->second;
        auto asking = ask(to, std::move(request));
        co_return co_await std::move(asking);
    }

    awaitable<http::exchange> to_provider(
        provider_name name, http_request request, std::chrono::steady_clock::time_point by
    ) override {
        auto& to = providers_.at(name);
        http::call_options how;
        how.connect_timeout = to.connect_timeout;
        how.answer_timeout = to.answer_timeout;
        how.by = by;
        http::request what(std::move(request));
        co_return co_await to.client->send(to.where, std::move(what), std::move(how));
    }

private:
    static constexpr int inquiries_at_once = 4;
    static constexpr std::size_t list_max = 1024 * 1024;  // bytes

    static awaitable<http::exchange> ask(line& to, http_request request) {
        http::call_options how;
        how.connect_timeout = to.connect_timeout;
        how.answer_timeout = to.answer_timeout;
        http::request what(std::move(request));
        co_return co_await to.client->send(to.where, std::move(what), std::move(how));
    }

    // A pool of its own: questions never stand in a message's way.
    line line_of_questions(
        boost::asio::io_context& context,
        const config::carrier_settings& carrier,
        const std::string& url
    ) {
        line made;
        made.where = upkeep::endpoint_of(url);
        made.client =
            client_of(context, inquiries_at_once, carrier.ca_file, carrier.link, list_max);
        made.connect_timeout = carrier.connect_timeout;
        made.answer_timeout = carrier.answer_timeout;
        return made;
    }

    std::unique_ptr<http::client> client_of(
        boost::asio::io_context& context,
        int connections,
        const std::filesystem::path& ca_file,
        const config::link_settings& link,
        std::size_t body_max = http::client_settings().body_max
    ) {
        auto how = upkeep::client_settings_of(connections, ca_file, link);
        how.body_max = body_max;
        return std::make_unique<http::client>(context, names_, std::move(how));
    }

    http::resolver names_;
    std::map<carrier_name, line> carriers_;
    std::map<carrier_name, line> inquiries_;
    std::map<carrier_name, line> balances_;  // of those that are asked about attempts elsewhere
    std::map<provider_name, line> providers_;
};

}  // namespace

std::unique_ptr<gateway> make_http_gateway(
    boost::asio::io_context& context, const config::settings& settings
) {
    return std::make_unique<http_gateway>(context, settings);
}

}  // namespace pinwire::worker
