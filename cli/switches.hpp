// `pinwire suspend`, `resume`, `suspended`, and `pinwire routes|providers pause|resume`: what takes
// effect in every process within a second or so, without a restart. Changes need the schema's owner
// and leave an audit row.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct switch_options {
    database_options database;
    std::string kind;
    std::string name;
    std::string reason;
    std::string lasts;    // "24h"; empty: until it is resumed
    bool unmask = false;  // of a list: numbers whole
};

exit_code suspend(const common_options&, const switch_options&);
// Failed, when it isn't suspended.
exit_code resume(const common_options&, const switch_options&);
exit_code list_suspended(const common_options&, const switch_options&);

}  // namespace pinwire::cli
