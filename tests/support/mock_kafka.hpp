// librdkafka's mock cluster in the test's own process, for what a real Kafka can't be made to do
// cheaply: several brokers, and a group's coordinator that moves from one to the other. It has
// groups and committed offsets, and no admin interface. Main thread only; gone with the object,
// after all that is connected. Throws std::runtime_error where the cluster refuses.
#pragma once

#include <memory>
#include <string>

namespace pinwire::test {

class mock_kafka {
public:
    explicit mock_kafka(int brokers);
    ~mock_kafka();
    mock_kafka(const mock_kafka&) = delete;
    mock_kafka& operator=(const mock_kafka&) = delete;

    std::string bootstrap() const;
    void make_topic(const std::string& name, int partitions);
    // From now on the other brokers say that they aren't this group's coordinator. `broker`:
    // from 1.
    void move_coordinator(const std::string& group, int broker);
    // Whoever joins a group is told so many times, by each broker, that its members just change:
    // known to the group, and without partitions.
    void keep_joining(int times);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::test
