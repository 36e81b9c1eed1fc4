// Bytes to messages, for client and server: Beast's parser behind a plain interface, so that only
// reader.cpp sees Beast. Limits are enforced while reading. Internal to common/http; one thread; no
// sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "common/http/message.hpp"

namespace pinwire::http {

enum class read_state {
    more,              // give it more bytes
    done,              // the message is whole
    header_too_large,  // and all below: of no further use before begin()
    body_too_large,    // server: refused; client: the body is cut at the limit
    malformed,
};

// Reads the answers of one connection, one after the other.
class response_reader {
public:
    response_reader(std::size_t header_max, std::size_t body_max);
    ~response_reader();

    void begin(bool answers_head);
    std::size_t put(std::string_view bytes);  // how many were taken; what was left comes again
    void put_eof();  // more → done if the body ran to the end of the stream
    read_state state() const;
    bool keep_alive() const;  // after done
    response& message();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// Reads the requests of one connection, one after the other.
class request_reader {
public:
    request_reader(std::size_t header_max, std::size_t body_max);
    ~request_reader();

    void begin();
    std::size_t put(std::string_view bytes);
    read_state state() const;
    bool header_done() const;
    bool wants_continue() const;  // after header_done
    bool keep_alive() const;      // after done
    request& message();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace pinwire::http
