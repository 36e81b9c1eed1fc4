// `pinwire keys rotate`: the ring's file taken one step further. First a key is spread, which
// everybody can open and verify with and nobody seals with; `--use` makes it the one that seals and
// signs, once every living process lists it; `--drop` takes away one that nothing can need any
// more. Each step says what to do next.
#pragma once

#include <filesystem>
#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct rotate_options {
    database_options database;
    std::filesystem::path file;
    std::string id;  // empty: of a new key random, else the one that is meant
    bool use = false;
    bool drop = false;
    bool force = false;  // with use: the heartbeats aren't asked
};

// wrong: the step makes no sense now, and nothing was changed.
exit_code rotate_keys(const common_options&, const rotate_options&);

}  // namespace pinwire::cli
