#include "common/telemetry/health_server.hpp"

#include "common/http/server.hpp"

namespace pinwire::telemetry {

namespace {

constexpr const char* plain = "text/plain; charset=utf-8";

http::server_settings bounds(const health_listen& listen) {
    http::server_settings made;
    made.address = listen.address;
    made.port = listen.port;
    made.body_max = 1024;
    made.connections_max = 64;
    made.per_address_max = 64;
    return made;
}

http::response answer(const http::request& asked, metrics& figures, const health& state) {
    if (asked.method != "GET" && asked.method != "HEAD") {
        http::response refused(405, plain, "GET only\n");
        refused.fields.add("Allow", "GET, HEAD");
        return refused;
    }
    const std::string_view target(asked.target);
    const auto path = target.substr(0, target.find('?'));
    if (path == "/healthz") return http::response(200, plain, "ok\n");
    if (path == "/metrics") {
        return http::response(200, "text/plain; version=0.0.4; charset=utf-8", figures.text());
    }
    constexpr std::string_view readyz = "/readyz";
    if (path.substr(0, readyz.size()) == readyz) {
        auto name = path.substr(readyz.size());
        const bool named = name.size() > 1 && name.front() == '/';
        if (named) name.remove_prefix(1);
        if ((named || name.empty()) && state.knows(name)) {
            return http::response(state.ready(name) ? 200 : 503, plain, state.describe(name));
        }
    }
    return http::response(404, plain, "try /metrics, /healthz, /readyz\n");
}

}  // namespace

struct health_server::impl {
    metrics& figures;
    const health& state;
    http::server server;

    impl(boost::asio::io_context& context, const health_listen& listen, metrics& m, const health& h)
        : figures(m),
          state(h),
          server(
              context,
              bounds(listen),
              [this](http::request&& asked, const http::peer&) -> awaitable<http::response> {
                  // Answers at once: `this` outlives the server's connections (stop()).
                  co_return answer(asked, figures, state);
              }
          ) {}
};

health_server::health_server(
    boost::asio::io_context& context,
    const health_listen& listen,
    metrics& figures,
    const health& state
)
    : impl_(std::make_unique<impl>(context, listen, figures, state)) {}

health_server::~health_server() = default;

void health_server::start() {
    impl_->server.start();
}

void health_server::start(const http::listening_socket& door) {
    impl_->server.start(door);
}

std::uint16_t health_server::port() const {
    return impl_->server.local_endpoint().port;
}

std::string health_server::address() const {
    const auto bound = impl_->server.local_endpoint();
    const auto host = bound.address.to_string();
    const auto port = std::to_string(bound.port);
    return bound.address.is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

awaitable<void> health_server::stop(std::chrono::milliseconds grace) {
    co_await impl_->server.stop(grace);
}

}  // namespace pinwire::telemetry
