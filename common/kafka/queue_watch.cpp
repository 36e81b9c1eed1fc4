#include "common/kafka/queue_watch.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace pinwire::kafka {
namespace {

int make_eventfd() {
    const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return fd;
}

}  // namespace

struct queue_watch::state : std::enable_shared_from_this<state> {
    state(executor ex, std::function<void()> ready)
        : descriptor(std::move(ex), make_eventfd()), on_ready(std::move(ready)) {}

    void arm() {
        auto fired = [self = shared_from_this()](boost::system::error_code error) {
            if (error || self->stopped) return;
            self->clear();
            self->on_ready();
            if (!self->stopped) self->arm();
        };
        descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(fired));
    }

    void clear() {
        std::uint64_t count = 0;
        while (::read(descriptor.native_handle(), &count, sizeof count) < 0 && errno == EINTR) {
        }
    }

    boost::asio::posix::basic_stream_descriptor<executor> descriptor;
    std::function<void()> on_ready;
    bool stopped = false;
};

queue_watch::queue_watch(executor ex, rd_kafka_queue_t* queue, std::function<void()> on_ready)
    : state_(std::make_shared<state>(std::move(ex), std::move(on_ready))), queue_(queue) {
    constexpr std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue_, state_->descriptor.native_handle(), &one, sizeof one);
    state_->arm();
}

queue_watch::~queue_watch() {
    rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);  // before the descriptor closes
    state_->stopped = true;
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
}

}  // namespace pinwire::kafka
