// A real Apache Kafka for tests: the one that scripts/test started for the whole run, or a private
// one that a test may kill and bring back. Needs the scripts of the source tree. Not thread-safe;
// failures throw with what the broker said.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

class kafka_cluster {
public:
    // The one named by PINWIRE_TEST_KAFKA. Throws std::runtime_error where that is not set: a test
    // that needs a broker fails, it does not skip.
    static std::string shared_bootstrap();

    // A private one, destroyed with the object or, at the latest, with this process; some seconds
    // to start. Of the version that the run is for (PINWIRE_TEST_KAFKA_VERSION).
    kafka_cluster();
    // Clients that begin at that port of loopback are told to come back there: it must be a
    // proxy's, which passes all on to behind().
    explicit kafka_cluster(std::uint16_t proxy);
    ~kafka_cluster();
    kafka_cluster(const kafka_cluster&) = delete;
    kafka_cluster& operator=(const kafka_cluster&) = delete;

    const std::string& bootstrap() const { return bootstrap_; }
    std::string behind() const;

    void kill9();
    void stop();  // SIGTERM, in order
    // After kill9() or stop(): the same port, the same data. Returns when it answers; a consumer's
    // first message after a kill may take 10 s more, so deadlines should be 30 s at least.
    void start();

private:
    temp_dir directory_;
    std::uint16_t proxy_ = 0;  // 0: none
    std::string bootstrap_;
};

}  // namespace pinwire::test
