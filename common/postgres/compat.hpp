// The few places where libpqxx 6 and 7 differ; private to this module, the only one that sees
// pqxx.
#pragma once

#include <pqxx/pqxx>
#include <string>

#include "common/postgres/session.hpp"

namespace pinwire::postgres::compat {

#if !defined(PQXX_VERSION_MAJOR) || PQXX_VERSION_MAJOR < 7

inline void prepare(pqxx::connection& on, const std::string& name, const std::string& sql) {
    on.prepare(name, sql);
}

inline pqxx::result run_prepared(
    pqxx::nontransaction& in, const std::string& name, const parameters& values
) {
    return in.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
}

#else

inline void prepare(pqxx::connection& on, const std::string& name, const std::string& sql) {
    on.prepare(name, sql);
}

inline pqxx::result run_prepared(
    pqxx::nontransaction& in, const std::string& name, const parameters& values
) {
    pqxx::params bound;
    bound.reserve(values.size());
    for (const auto& value : values) {
        if (value) {
            bound.append(*value);
        } else {
            bound.append();
        }
    }
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
    return in.exec(pqxx::prepped{name}, bound);
#else
    return in.exec_prepared(name, bound);
#endif
}

#endif

}  // namespace pinwire::postgres::compat
