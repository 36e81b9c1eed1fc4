// pinwire-api: runs an API process until SIGTERM and exits with its code.
#include "api/api.hpp"
#include "common/upkeep/program.hpp"

int main(int argc, char** argv) {
    return pinwire::upkeep::service_main<pinwire::api::api>(
        argc, argv, "Answers callers in both 2FA dialects and hands their orders to the workers"
    );
}
