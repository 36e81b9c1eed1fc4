// `pinwire keys make`: a fresh key for the key ring, as a line to append to one or as a new file
// that only its owner can read.
#pragma once

#include "cli/command.hpp"

namespace pinwire::cli {

struct key_options {
    std::string id;              // empty: today's date as YYMMDD, so that its age can be seen
    bool active = false;         // of a line; the only key of a new file always is
    std::filesystem::path file;  // empty: a line to stdout
};

exit_code make_key(const common_options&, const key_options&);

}  // namespace pinwire::cli
