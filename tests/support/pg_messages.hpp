// What goes over one connection between a PostgreSQL client and its server, read along from the
// bytes in pieces of any size: when a statement has been ordered, and when the server is done with
// one. Pure; without TLS, protocol 3. One object for each direction of one connection.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::test {

// Cuts the bytes into messages: a type (0: of the first ones, which have none) and what is in it.
class pg_message_reader {
public:
    explicit pg_message_reader(bool typed) : typed_(typed) {}

    void read(std::string_view bytes, const std::function<void(char, std::string_view)>& each);

private:
    bool typed_;  // false: until the start-up message is over
    std::string rest_;
};

class pg_client_messages {
public:
    // The texts of the statements whose order is complete with these bytes: a simple query, or
    // what was executed up to a Sync. Each commits by itself when the server has done it.
    std::vector<std::string> read(std::string_view bytes);

private:
    void take(char type, std::string_view body, std::vector<std::string>& complete);

    pg_message_reader reader_{false};
    std::map<std::string, std::string> prepared_;  // name -> text
    std::map<std::string, std::string> bound_;     // portal -> text
    std::vector<std::string> executed_;            // since the last Sync
};

class pg_server_messages {
public:
    // How often the server said that it is ready for the next one.
    int read(std::string_view bytes);

private:
    pg_message_reader reader_{true};
};

}  // namespace pinwire::test
