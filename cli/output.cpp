#include "cli/output.hpp"

#include <cstdio>

#include "cli/command.hpp"

namespace pinwire::cli {

// A full disk or a closed pipe must not look like success.
void print(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0) {
        throw failure(exit_code::failed, "stdout can't be written");
    }
}

void print_json(const nlohmann::ordered_json& value) {
    print(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace pinwire::cli
