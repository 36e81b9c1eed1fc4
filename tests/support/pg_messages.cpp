#include "tests/support/pg_messages.hpp"

#include <cstdint>

namespace pinwire::test {
namespace {

std::size_t length_at(std::string_view bytes, std::size_t at) {
    std::size_t made = 0;
    for (std::size_t i = 0; i < 4; ++i)
        made = made * 256 + static_cast<unsigned char>(bytes[at + i]);
    return made;
}

// Its text up to the zero, which is taken as well.
std::string take_text(std::string_view& from) {
    const auto end = from.find('\0');
    const std::string made(from.substr(0, end));
    from.remove_prefix(end == std::string_view::npos ? from.size() : end + 1);
    return made;
}

constexpr std::size_t start_up_code = 196608;  // protocol 3.0

}  // namespace

void pg_message_reader::read(
    std::string_view bytes, const std::function<void(char, std::string_view)>& each
) {
    rest_.append(bytes);
    std::size_t at = 0;
    for (;;) {
        const std::size_t head = typed_ ? 1 : 0;
        if (rest_.size() < at + head + 4) break;
        const auto length = length_at(rest_, at + head);  // counts itself
        if (length < 4 || rest_.size() < at + head + length) break;
        const auto body = std::string_view(rest_).substr(at + head + 4, length - 4);
        each(typed_ ? rest_[at] : '\0', body);
        // a request for TLS or the like comes before the start-up message, and looks like it
        if (!typed_ && body.size() >= 4 && length_at(body, 0) == start_up_code) typed_ = true;
        at += head + length;
    }
    rest_.erase(0, at);
}

std::vector<std::string> pg_client_messages::read(std::string_view bytes) {
    std::vector<std::string> complete;
    reader_.read(bytes, [&](char type, std::string_view body) { take(type, body, complete); });
    return complete;
}

void pg_client_messages::take(
    char type, std::string_view body, std::vector<std::string>& complete
) {
    switch (type) {
        case 'P': {  // Parse
            const auto name = take_text(body);
            prepared_[name] = take_text(body);
            return;
        }
        case 'B': {  // Bind
            const auto portal = take_text(body);
            bound_[portal] = prepared_[take_text(body)];
            return;
        }
        case 'E':  // Execute
            executed_.push_back(bound_[take_text(body)]);
            return;
        case 'S':  // Sync
            complete.insert(complete.end(), executed_.begin(), executed_.end());
            executed_.clear();
            return;
        case 'Q':  // Query
            complete.push_back(take_text(body));
            return;
        default:
            return;
    }
}

int pg_server_messages::read(std::string_view bytes) {
    int ready = 0;
    reader_.read(bytes, [&](char type, std::string_view) { ready += type == 'Z' ? 1 : 0; });
    return ready;
}

}  // namespace pinwire::test
