#include "common/postgres/errors.hpp"

#include <utility>

namespace pinwire::postgres {

std::string_view to_string(trouble kind) {
    switch (kind) {
        case trouble::weather:
            return "weather";
        case trouble::bad_row:
            return "bad_row";
        case trouble::in_doubt:
            return "in_doubt";
    }
    return "unknown";
}

trouble classify(std::string_view sqlstate) {
    const auto group = sqlstate.substr(0, 2);
    return group == "22" || group == "23" ? trouble::bad_row : trouble::weather;
}

database_error::database_error(trouble kind, std::string sqlstate, const std::string& message)
    : std::runtime_error(message), kind_(kind), sqlstate_(std::move(sqlstate)) {}

}  // namespace pinwire::postgres
