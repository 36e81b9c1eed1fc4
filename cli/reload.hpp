// `pinwire reload`: every service of this machine reads its configuration anew, one after the
// other, and says what became of it. Services are found by the locks in worker.state_dir, so it
// needs no systemd; it stops at the first that refuses, so that a mistake costs nothing more.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace pinwire::cli {

struct reload_options {
    std::vector<std::string> instances;  // "worker-1", "api-1"; empty: all that run
    int wait_seconds = 60;               // for each: drain included
};

// failed: none runs, or one didn't take it. wrong: the file has mistakes, nobody was asked.
exit_code reload(const common_options&, const reload_options&);

}  // namespace pinwire::cli
