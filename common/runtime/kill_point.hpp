// Places where a test kills the process for good (SIGKILL), to prove that nothing hangs on what
// comes next. Armed by the environment, in builds with tests only: PINWIRE_KILL_AT=name:N kills at
// the Nth pass of that place. In a release it does nothing.
#pragma once

#include <string_view>

namespace pinwire {

void kill_point(std::string_view name);

}  // namespace pinwire
