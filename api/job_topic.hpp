// Where jobs go: pin.jobs, keyed by number, with the waiting process in a header. Loop thread only.
#pragma once

#include <memory>
#include <string>

#include "common/core/msisdn.hpp"
#include "common/kafka/producer.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

class job_topic {
public:
    virtual ~job_topic() = default;
    // Bounded by [api] produce_timeout.
    enum class outcome {
        taken,       // acknowledged
        surely_not,  // nobody will ever read it
        perhaps      // it can't be said
    };
    virtual awaitable<outcome> put(msisdn to, std::string job) = 0;
};

// The producer's delivery time-out is what bounds it. `waiter`: who waits for events.
std::unique_ptr<job_topic> make_job_topic(kafka::producer&, std::string topic, std::string waiter);

}  // namespace pinwire::api
