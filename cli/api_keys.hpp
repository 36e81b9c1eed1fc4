// `pinwire keys add|list|revoke`: an account's API keys. A key is shown once, when it is made: 256
// random bits behind "pw_"; what is kept is its SHA-256. Two live at most, so that one can be
// replaced without a gap.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct api_key_options {
    database_options database;
    std::string account;
    std::string label;
    std::string expires_in;  // "90d"; empty: never
    std::string key;         // its name in the list
};

exit_code add_api_key(const common_options&, const api_key_options&);
exit_code list_api_keys(const common_options&, const api_key_options&);
exit_code revoke_api_key(const common_options&, const api_key_options&);

}  // namespace pinwire::cli
