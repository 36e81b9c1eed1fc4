// A question about one row as a bounded_batch's function: one after the other.
#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "common/postgres/session.hpp"

namespace pinwire::api {

template <class In, class F>
auto each_row(F ask) {
    return [ask](postgres::session& db, std::span<const In> part) {
        std::vector<std::invoke_result_t<const F&, postgres::session&, const In&>> out;
        out.reserve(part.size());
        for (const auto& one : part)
            out.push_back(ask(db, one));
        return out;
    };
}

}  // namespace pinwire::api
