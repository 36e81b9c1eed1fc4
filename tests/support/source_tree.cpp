#include "tests/support/source_tree.hpp"

namespace pinwire::test {

std::filesystem::path source_root() {
    return PINWIRE_SOURCE_DIR;
}

std::filesystem::path script(const std::string& name) {
    return source_root() / "scripts" / name;
}

std::filesystem::path program(const std::string& name) {
    return std::filesystem::path(PINWIRE_BINARY_DIR) / "bin" / name;
}

}  // namespace pinwire::test
