// Who runs this command, for the audit: the name of the user, and through sudo of whom.
#pragma once

#include <string>

namespace pinwire::cli {

std::string operator_name();

}  // namespace pinwire::cli
