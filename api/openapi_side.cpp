#include "api/openapi_side.hpp"

namespace pinwire::api {
namespace {

constexpr const char* json = "application/json";

http::response wrong_method() {
    http::response made(405, json, R"({"error":"method_not_allowed"})");
    made.fields.add("Allow", "GET");
    return made;
}

}  // namespace

bool openapi_side::serves(std::string_view, std::string_view path) const {
    return path == "/openapi.json";
}

awaitable<http::response> openapi_side::serve(call one) {
    if (one.request.method != "GET") co_return wrong_method();
    co_return http::response(200, json, std::string(openapi_document()));
}

}  // namespace pinwire::api
