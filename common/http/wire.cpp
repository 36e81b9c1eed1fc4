#include "common/http/wire.hpp"

#include <charconv>

namespace pinwire::http {
namespace {

bool is_token(std::string_view text) {
    static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    if (text.empty()) return false;
    for (char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && marks.find(c) == std::string_view::npos) return false;
    }
    return true;
}

// No control characters but tab: they would end the line and begin a header of somebody else's
// choice.
bool is_value(std::string_view text) {
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
    }
    return true;
}

bool is_target(std::string_view text) {
    if (text.empty() || (text[0] != '/' && text != "*")) return false;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f) return false;
    }
    return true;
}

void append_number(std::string& out, std::size_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

// Framing is ours alone: two opinions about a length are how requests are smuggled.
bool is_framing(std::string_view name) {
    switch (name.size()) {
        case 2:
            return equal_no_case(name, "te");
        case 6:
            return equal_no_case(name, "expect");
        case 7:
            return equal_no_case(name, "trailer") || equal_no_case(name, "upgrade");
        case 10:
            return equal_no_case(name, "connection") || equal_no_case(name, "keep-alive");
        case 14:
            return equal_no_case(name, "content-length");
        case 17:
            return equal_no_case(name, "transfer-encoding");
        default:
            return false;
    }
}

bool append_fields(std::string& out, const headers& fields) {
    for (const auto& [name, value] : fields) {
        if (is_framing(name)) continue;
        if (!is_token(name) || !is_value(value)) return false;
        append_field(out, name, value);
    }
    return true;
}

}  // namespace

bool write_request(
    std::string& out,
    const request& what,
    std::string_view host_field,
    std::string_view user_agent,
    const proxy_words* through
) {
    if (!is_token(what.method) || !is_target(what.target) || !is_value(host_field)) return false;
    out.append(what.method).append(" ");
    if (through) out.append(through->origin);
    out.append(what.target).append(" HTTP/1.1\r\n");
    if (through && !through->authorization.empty())
        append_field(out, "Proxy-Authorization", through->authorization);
    if (!what.fields.find("host")) append_field(out, "Host", host_field);
    if (!user_agent.empty() && !what.fields.find("user-agent")) {
        append_field(out, "User-Agent", user_agent);
    }
    if (!append_fields(out, what.fields)) return false;
    const bool may_lack_body = what.method == "GET" || what.method == "HEAD";
    if (!what.body.empty() || !may_lack_body) {
        out.append("Content-Length: ");
        append_number(out, what.body.size());
        out.append("\r\n");
    }
    out.append("\r\n").append(what.body);
    return true;
}

std::string connect_request(std::string_view authority, std::string_view authorization) {
    std::string out;
    out.append("CONNECT ").append(authority).append(" HTTP/1.1\r\n");
    append_field(out, "Host", authority);
    if (!authorization.empty()) append_field(out, "Proxy-Authorization", authorization);
    out.append("\r\n");
    return out;
}

unsigned connect_status(std::string_view head) {
    constexpr std::string_view version = "HTTP/1.";
    constexpr std::size_t status_at = version.size() + 2;  // "HTTP/1.1 200"
    if (head.substr(0, version.size()) != version || head.size() < status_at + 3) return 0;
    unsigned status = 0;
    const auto* begin = head.data() + status_at;
    const auto read = std::from_chars(begin, begin + 3, status);
    return read.ptr == begin + 3 && status >= 100 ? status : 0;
}

bool write_response(std::string& out, const response& what, bool head, bool close) {
    if (what.status < 200 || what.status > 999) return false;
    out.append("HTTP/1.1 ");
    append_number(out, what.status);
    out.append(" ").append(reason_of(what.status)).append("\r\n");
    if (!append_fields(out, what.fields)) return false;
    const bool bodiless = what.status == 204 || what.status == 304;
    if (!bodiless) {
        out.append("Content-Length: ");
        append_number(out, what.body.size());
        out.append("\r\n");
    }
    if (close) out.append("Connection: close\r\n");
    out.append("\r\n");
    if (!head && !bodiless) out.append(what.body);
    return true;
}

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Status";
    }
}

}  // namespace pinwire::http
