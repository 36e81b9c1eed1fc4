// What a service is told on its command line, beside the configuration file.
#pragma once

#include <string>

namespace pinwire::upkeep {

struct run_options {
    std::string instance = "1";  // its name on this machine; two of one name can't run at once
};

}  // namespace pinwire::upkeep
