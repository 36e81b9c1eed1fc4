// PINs that stand in the database before anyone guesses them, as a worker would have minted them:
// those of even places are verified by number, the others by id and belong to an application. Each
// has its own number, and all have the same digits: what is compared is bound to the PIN's id.
#pragma once

#include <cstddef>
#include <string>

#include "bench/job_maker.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::bench {

inline constexpr const char* minted_digits = "290416";
inline constexpr const char* wrong_digits = "290417";

std::string minted_id(const job_maker& numbers, std::size_t place);

// Blocking. `ring`: the key ring's text. `connection`: the owner's.
void mint_pins(
    postgres::session& connection,
    const std::string& ring,
    const std::string& account,
    const std::string& application,
    const job_maker& numbers,
    std::size_t first,
    std::size_t count
);

}  // namespace pinwire::bench
