// pinwire-callback: runs a callback until SIGTERM and exits with its code.
#include "callback/callback.hpp"
#include "common/upkeep/program.hpp"

int main(int argc, char** argv) {
    return pinwire::upkeep::service_main<pinwire::callback::callback>(
        argc, argv, "Takes delivery reports from carriers and posts reports to customers"
    );
}
