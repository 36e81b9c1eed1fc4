#include "api/infobip/dialect.hpp"

#include <boost/asio/error.hpp>

#include "api/infobip/authorization.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::api {
namespace {

void note(const std::exception& error, const call& from) {
    telemetry::log_limited(
        telemetry::log_level::error,
        "infobip",
        "request_failed",
        {{"request_id", from.request_id}, {"error", error.what()}}
    );
}

}  // namespace

infobip_dialect::infobip_dialect(
    const config::settings& settings,
    gate& at,
    order_desk& desk,
    guess_pin& guess,
    pin_store& pins,
    template_store& templates,
    std::function<std::chrono::system_clock::time_point()> now
)
    : gate_(at),
      configuration_(templates),
      pins_(settings, at, desk, guess, pins, templates, std::move(now)) {}

bool infobip_dialect::serves(std::string_view, std::string_view path) const {
    return is_infobip_path(path);
}

awaitable<http::response> infobip_dialect::serve(call from) {
    try {
        co_return co_await answer(from);
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) throw;
        note(error, from);
    } catch (const std::exception& error) {
        note(error, from);
    }
    co_return infobip_general_error();
}

awaitable<http::response> infobip_dialect::answer(const call& from) {
    const auto where = infobip_route_of(from.path);
    if (where.endpoint == infobip_endpoint::none)
        co_return infobip_not_found(where.version, infobip_missing::path);
    if (!allows(where.endpoint, from.request.method))
        co_return infobip_wrong_method(methods_of(where.endpoint));
    const auto verdict = infobip_admit(gate_, from);
    if (!verdict.who)
        co_return verdict.why == refused_caller::suspended ? infobip_forbidden()
                                                           : infobip_unauthorized();
    switch (where.endpoint) {
        case infobip_endpoint::applications:
        case infobip_endpoint::application:
        case infobip_endpoint::messages:
        case infobip_endpoint::message:
            co_return co_await configuration_.run(*verdict.who, where, from);
        default:
            co_return co_await pins_.run(*verdict.who, where, from);
    }
}

}  // namespace pinwire::api
