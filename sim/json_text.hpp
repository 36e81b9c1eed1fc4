// Writes one flat JSON object straight into a string: the log and the answers are made for every
// request, and a document tree would cost more than everything else there. Bytes that are no UTF-8
// become U+FFFD. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pinwire::sim {

// With the quotes around it.
void append_json_string(std::string& out, std::string_view text);

class json_object {
public:
    json_object() : text_("{") {}

    json_object& add(std::string_view name, std::string_view value);
    json_object& add(std::string_view name, const char* value) {
        return add(name, std::string_view(value));
    }
    json_object& add(std::string_view name, std::uint64_t value);
    json_object& add(std::string_view name, bool value);
    json_object& add(std::string_view name, std::span<const std::string> values);
    // The value is JSON already.
    json_object& add_raw(std::string_view name, std::string_view json);

    // Ends the object; nothing may be added afterwards.
    std::string take();

private:
    void begin(std::string_view name);

    std::string text_;
};

}  // namespace pinwire::sim
