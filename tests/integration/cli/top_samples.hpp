// Looks at installations that exist nowhere: one that is well, one in which much is wrong.
#pragma once

#include <gtest/gtest.h>

#include "cli/top/look.hpp"

namespace pinwire::cli {

// 120 jobs a second since 0 s, all of them read; at the same moment everywhere.
look well_look(std::chrono::seconds at);
look sick_look();
installation sample_installation();

}  // namespace pinwire::cli
