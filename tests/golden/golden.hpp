// Compares what code makes with a file under tests/golden, byte for byte. With
// PINWIRE_UPDATE_GOLDEN=1 in the environment the files are written instead: read the diff before
// committing it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pinwire::golden {

inline std::filesystem::path path_of(const std::string& name) {
    return std::filesystem::path(PINWIRE_SOURCE_DIR) / "tests" / "golden" / name;
}

inline std::string read(const std::string& name) {
    std::ifstream file(path_of(name), std::ios::binary);
    EXPECT_TRUE(file.good()) << "can't read tests/golden/" << name;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void expect(const std::string& name, const std::string& made) {
    const char* update = std::getenv("PINWIRE_UPDATE_GOLDEN");
    if (update && std::string(update) == "1") {
        std::ofstream(path_of(name), std::ios::binary) << made;
        return;
    }
    EXPECT_EQ(made, read(name)) << "differs from tests/golden/" << name;
}

}  // namespace pinwire::golden
