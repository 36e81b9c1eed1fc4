// Where this build's migrations are: the source tree's folder for a program that runs from its
// build tree, else the installed one.
#pragma once

#include <filesystem>

namespace pinwire::cli {

std::filesystem::path sql_directory();

}  // namespace pinwire::cli
