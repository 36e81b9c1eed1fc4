// What a service is told on its command line, beside the configuration file, and what its process
// hands it from its life before.
#pragma once

#include <memory>
#include <string>

namespace pinwire::upkeep {

class lasting;

struct run_options {
    std::string instance = "1";       // its name on this machine; two of one name can't run at once
    std::shared_ptr<lasting> across;  // null: this life is the only one
    std::string fingerprint;          // of the file that it is made of
};

}  // namespace pinwire::upkeep
