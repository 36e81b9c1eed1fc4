// librdkafka's mock cluster as a broker for development and the demo: consumer groups, committed
// offsets and idempotent producers work; there is no admin interface, nothing is on disk, and a
// partition keeps only its newest 5 MiB or 100,000 messages. It lives as long as the object, on
// threads of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace pinwire::broker {

struct topic {
    std::string name;
    int partitions = 12;
};

// "NAME:PARTITIONS"; throws std::invalid_argument with what is wrong.
topic parse_topic(const std::string& text);

class embedded_broker {
public:
    // Throws std::runtime_error if it can't be started or a topic can't be made.
    embedded_broker(int brokers, const std::vector<topic>& topics);
    ~embedded_broker();
    embedded_broker(const embedded_broker&) = delete;
    embedded_broker& operator=(const embedded_broker&) = delete;

    const std::string& bootstrap_servers() const noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::broker
