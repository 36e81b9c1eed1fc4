// One c-ares channel on the loop, with the name servers that the settings or resolv.conf named when
// it was opened: c-ares reads that file once. Loop thread only. Internal to common/http.
#pragma once

#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "common/http/ares_sockets.hpp"
#include "common/http/resolver.hpp"

namespace pinwire::http {

class name_channel {
public:
    // Throws std::runtime_error if c-ares doesn't open it, std::invalid_argument for servers that
    // can't be read.
    name_channel(boost::asio::io_context& context, const resolver_settings& settings);
    // Ends every lookup, whose answers are told; never from within one.
    ~name_channel();
    name_channel(const name_channel&) = delete;
    name_channel& operator=(const name_channel&) = delete;

    // `on_answer` is always called, perhaps at once (a hosts file); it calls answered().
    void ask(const std::string& host, int family, ares_addrinfo_callback on_answer, void* what);
    void answered() { --out_; }
    void rearm() { sockets_->rearm(); }  // after questions
    bool idle() const { return out_ == 0; }

private:
    struct closer {
        void operator()(ares_channel channel) const { ares_destroy(channel); }
    };

    std::shared_ptr<ares_sockets> sockets_;
    std::unique_ptr<ares_channeldata, closer> handle_;
    int out_ = 0;
};

}  // namespace pinwire::http
