#include "common/http/message.hpp"

#include <algorithm>

namespace pinwire::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool equal_no_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return lower(a) == lower(b);
           });
}

void headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [&](const field& f) { return equal_no_case(f.first, name); });
    fields_.emplace_back(std::string(name), std::move(value));
}

const std::string* headers::find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_no_case(key, name)) return &value;
    }
    return nullptr;
}

std::string_view headers::get(std::string_view name) const {
    const auto* value = find(name);
    return value ? std::string_view(*value) : std::string_view{};
}

std::size_t headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(), fields_.end(), [&](const field& f) { return equal_no_case(f.first, name); }
    ));
}

request::request(http_request from)
    : method(std::move(from.method)),
      target(std::move(from.target)),
      fields(std::move(from.headers)),
      body(std::move(from.body)) {}

response::response(http_response from)
    : status(from.status), fields(std::move(from.headers)), body(std::move(from.body)) {}

http_request to_core(request from) {
    http_request out;
    out.method = std::move(from.method);
    out.target = std::move(from.target);
    out.headers = std::move(from.fields).take();
    out.body = std::move(from.body);
    return out;
}

http_response to_core(response from) {
    http_response out;
    out.status = from.status;
    out.headers = std::move(from.fields).take();
    out.body = std::move(from.body);
    return out;
}

response::response(unsigned code, std::string content_type, std::string text)
    : status(code), body(std::move(text)) {
    fields.add("Content-Type", std::move(content_type));
}

}  // namespace pinwire::http
