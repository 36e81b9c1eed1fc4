// What every program does to itself before it reads a secret: no core dumps and no ptrace by others
// (a dump would hold PINs in clear), and no death by SIGPIPE.
#pragma once

namespace pinwire::telemetry {

// `allow_core` keeps dumps possible; main passes whether PINWIRE_ALLOW_CORE=1 is set, which only
// tests that search a forced dump do. Throws std::system_error if the kernel refuses.
void harden_process(bool allow_core = false);

}  // namespace pinwire::telemetry
