#include "cli/sql_directory.hpp"

#include <system_error>

namespace pinwire::cli {

std::filesystem::path sql_directory() {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto folder = program.parent_path();
    if (std::filesystem::equivalent(folder, PINWIRE_BUILD_BIN, error)) return PINWIRE_SOURCE_SQL;
    // moved as a whole (another prefix): the folder beside it
    const auto beside = folder.parent_path() / "share" / "pinwire" / "sql";
    if (std::filesystem::is_directory(beside, error)) return beside;
    return PINWIRE_INSTALLED_SQL;
}

}  // namespace pinwire::cli
