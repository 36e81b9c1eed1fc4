// `pinwire topics create` and `pinwire topics show`. What is there already is left as it is.
#pragma once

#include "cli/command.hpp"

namespace pinwire::cli {

exit_code create_topics(const common_options&);
exit_code show_topics(const common_options&);

}  // namespace pinwire::cli
