// What a result holds; private to this module.
#pragma once

#include <pqxx/pqxx>
#include <utility>

#include "common/postgres/result.hpp"

namespace pinwire::postgres {

struct result::data {
    explicit data(pqxx::result from) : rows(std::move(from)) {}
    pqxx::result rows;
};

}  // namespace pinwire::postgres
