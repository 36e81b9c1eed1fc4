// Where the sources and the built programs are, for tests that run scripts or programs.
#pragma once

#include <filesystem>
#include <string>

namespace pinwire::test {

std::filesystem::path source_root();
std::filesystem::path script(const std::string& name);   // of scripts/
std::filesystem::path program(const std::string& name);  // as this build made it

}  // namespace pinwire::test
