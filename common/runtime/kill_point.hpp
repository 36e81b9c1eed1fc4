// Places where a test kills the process for good (SIGKILL), to prove that nothing hangs on what comes next. Compiled in
// only with PINWIRE_KILL_POINTS (test builds); armed by the environment: PINWIRE_KILL_AT=name:N kills at the Nth pass
// of that place. In a release it is nothing at all.
#pragma once

#include <string_view>

namespace pinwire {

#ifdef PINWIRE_KILL_POINTS
void kill_point(std::string_view name);
#else
inline void kill_point(std::string_view) {}
#endif

}  // namespace pinwire
