// GET /openapi.json: the document of this API as it was built in (api/openapi.json). Without a key;
// it says nothing about any account. Loop thread only.
#pragma once

#include "api/router.hpp"

namespace pinwire::api {

// Built in by CMake; lives as long as the program.
std::string_view openapi_document();

class openapi_side final : public dialect_side {
public:
    std::string_view name() const override { return "pinwire"; }
    bool serves(std::string_view method, std::string_view path) const override;
    awaitable<http::response> serve(call) override;
};

}  // namespace pinwire::api
