// What operators set for endpoints, over Postgres: one row by its key. Past `within` database_error
// is thrown. Loop thread; what it is given outlives it.
#pragma once

#include <chrono>
#include <memory>

#include "api/ports.hpp"
#include "common/postgres/executor.hpp"

namespace pinwire::api {

std::unique_ptr<endpoint_store> make_endpoint_store(
    executor, postgres::executor&, std::chrono::milliseconds within
);

}  // namespace pinwire::api
