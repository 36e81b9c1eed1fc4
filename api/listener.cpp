#include "api/listener.hpp"

#include "api/request_id.hpp"
#include "common/core/client_address.hpp"
#include "common/http/field_list.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::api {
namespace {

constexpr const char* json = "application/json";

http::server_settings server_settings_of(const config::api_settings& from) {
    http::server_settings made;
    made.address = from.listen.address;
    made.port = from.listen.port;
    made.body_max = from.body_max;
    made.connections_max = static_cast<std::size_t>(from.connections_max);
    made.per_address_max = static_cast<std::size_t>(from.connections_per_address);
    made.header_timeout = from.header_timeout;
    made.request_timeout = from.request_timeout;
    made.idle_timeout = from.idle_timeout;
    return made;
}

http::response nobody() {
    return http::response(404, json, R"({"error":"not_found"})");
}

http::response our_trouble() {
    return http::response(500, json, R"({"error":"internal"})");
}

}  // namespace

listener::listener(
    boost::asio::io_context& context,
    const config::settings& settings,
    const router& ways,
    figures& counts
)
    : settings_(settings),
      router_(ways),
      figures_(counts),
      server_(
          context,
          server_settings_of(settings.api),
          [this](http::request&& request, const http::peer& from) {
              return serve(std::move(request), from);
          }
      ) {}

void listener::start() {
    server_.start();
}

void listener::start(const http::listening_socket& door) {
    server_.start(door);
}

http::peer listener::local_endpoint() const {
    return server_.local_endpoint();
}

awaitable<bool> listener::stop(std::chrono::milliseconds grace) {
    return server_.stop(grace);
}

call listener::call_of(http::request&& request, const http::peer& from) const {
    call made;
    const std::string_view target(request.target);
    const auto mark = target.find('?');
    made.path = target.substr(0, mark);
    if (mark != std::string_view::npos) made.query = target.substr(mark + 1);
    const auto forwarded = http::field_list(request.fields, "x-forwarded-for");
    const auto address = client_address(from.address, forwarded, settings_.api.trusted_proxies);
    made.address = address.mapped_v4().value_or(address);
    made.request_id = request_id_of(request.fields.get("x-request-id"), random_bytes<16>());
    made.idempotency_key = request.fields.get("idempotency-key");
    made.notes = std::make_shared<call_notes>();
    made.request = std::move(request);
    return made;
}

awaitable<http::response> listener::serve(http::request request, http::peer from) {
    const auto began = std::chrono::steady_clock::now();
    auto one = call_of(std::move(request), from);
    const auto method = one.request.method;
    const auto path = one.path;
    const auto id = one.request_id;
    const auto notes = one.notes;
    const auto* side = router_.side_for(method, path);
    auto response = co_await answer(std::move(one));
    response.fields.set("X-Request-Id", id);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    figures_.request(side != nullptr ? side->name() : "none", endpoint_of(path), response.status);
    figures_.request_seconds.observe(took.count());
    const auto verb = loggable_method(method);
    const auto shown = loggable(path);
    telemetry::log_info(
        "request",
        {{"method", verb},
         {"path", shown},
         {"status", response.status},
         {"ms", took.count() * 1000},
         {"account", notes->account},
         {"request_id", id}}
    );
    co_return response;
}

awaitable<http::response> listener::answer(call one) {
    auto* side = router_.side_for(one.request.method, one.path);
    if (side == nullptr) co_return nobody();
    const auto id = one.request_id;
    try {
        co_return co_await side->serve(std::move(one));
    } catch (const boost::system::system_error& error) {
        // the connection is being cut
        if (error.code() == boost::asio::error::operation_aborted) throw;
        telemetry::log_error("request_failed", {{"error", error.what()}, {"request_id", id}});
    } catch (const std::exception& error) {
        telemetry::log_error("request_failed", {{"error", error.what()}, {"request_id", id}});
    }
    co_return our_trouble();
}

}  // namespace pinwire::api
