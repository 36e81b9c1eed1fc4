// Runs a c-ares channel on the loop: waits for its sockets and its next time-out. The sockets are
// c-ares' own, we only borrow them for waiting. Loop thread only; kept alive by its pending waits.
// Internal to common/http.
#pragma once

#include <ares.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <unordered_map>

#include "common/runtime/asio.hpp"

namespace pinwire::http {

class ares_sockets : public std::enable_shared_from_this<ares_sockets> {
public:
    explicit ares_sockets(boost::asio::io_context& context)
        : context_(context), timer_(context.get_executor()) {}

    void serve(ares_channel channel) { channel_ = channel; }
    void rearm();  // after every call into the channel: its time-outs may have changed
    void stop();   // after ares_destroy

    static void on_state(void* self, ares_socket_t fd, int readable, int writable);

private:
    using descriptor = boost::asio::posix::basic_stream_descriptor<executor>;
    struct watched {
        explicit watched(boost::asio::io_context& context) : fd(context.get_executor()) {}
        descriptor fd;
        bool want_read = false;
        bool want_write = false;
        bool reading = false;
        bool writing = false;
    };

    void change(ares_socket_t fd, bool readable, bool writable);
    void wait(ares_socket_t number, const std::shared_ptr<watched>& one);
    void process(ares_socket_t to_read, ares_socket_t to_write);

    boost::asio::io_context& context_;
    steady_timer timer_;
    ares_channel channel_ = nullptr;
    std::unordered_map<ares_socket_t, std::shared_ptr<watched>> watched_;
};

}  // namespace pinwire::http
