#include "api/our_trouble.hpp"

#include <utility>

#include "common/postgres/errors.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::api {
namespace {

void log(const std::exception& error, const std::string& request_id) {
    telemetry::log_error("request_failed", {{"error", error.what()}, {"request_id", request_id}});
}

}  // namespace

awaitable<http::response> answer_or(
    awaitable<http::response> answer, std::string request_id, http::response otherwise
) {
    try {
        co_return co_await std::move(answer);
    } catch (const postgres::database_error& error) {
        log(error, request_id);
    } catch (const not_read_yet& error) {
        log(error, request_id);
    }
    co_return otherwise;
}

}  // namespace pinwire::api
