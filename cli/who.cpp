#include "cli/who.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace pinwire::cli {

std::string operator_name() {
    const auto id = ::getuid();
    const auto* known = ::getpwuid(id);
    std::string name = known != nullptr ? known->pw_name : "uid " + std::to_string(id);
    // only root's environment was made by sudo; anybody else could have written it there
    const char* behind = id == 0 ? std::getenv("SUDO_USER") : nullptr;
    if (behind != nullptr && *behind != '\0') name += std::string(" for ") + behind;
    return name;
}

}  // namespace pinwire::cli
