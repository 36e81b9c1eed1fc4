// pinwire-worker: runs a worker until SIGTERM and exits with its code.
#include "common/upkeep/program.hpp"
#include "worker/worker.hpp"

int main(int argc, char** argv) {
    return pinwire::upkeep::service_main<pinwire::worker::worker>(
        argc, argv, "Sends PIN jobs: Kafka in, carriers out, outcomes into PostgreSQL"
    );
}
