#include "common/http/reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

namespace pinwire::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr unsigned interim_answers_max = 8;  // 1xx before the real answer

std::string_view view(string_view text) {
    return {text.data(), text.size()};
}

// What both directions share: fields, body, no trailers.
template <bool IsRequest, class Message>
class sink : public beast_http::basic_parser<IsRequest> {
public:
    sink(Message& out, std::size_t header_max) : out_(out), header_left_(header_max) {
        this->header_limit(static_cast<std::uint32_t>(header_max));
    }

    // Beast bounds what it is shown at once, so that a header that comes line by line would grow
    // without end; all of it is counted here. `taken`: of the header, now; `waits`: not yet taken.
    bool header_fits(std::size_t taken, std::size_t waits) {
        if (taken + waits > header_left_) return false;
        header_left_ -= taken;
        return true;
    }

protected:
    void on_field_impl(beast_http::field, string_view name, string_view value, error_code&)
        override {
        // What follows the body (trailers) can't become a header any more.
        if (!this->is_header_done()) {
            out_.fields.add(std::string(view(name)), std::string(view(value)));
        }
    }
    void on_header_impl(error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    Message& out_;

private:
    std::size_t header_left_;  // bytes
};

class request_sink final : public sink<true, request> {
public:
    request_sink(request& out, std::size_t header_max, std::size_t body_max)
        : sink(out, header_max) {
        body_limit(body_max);
    }

private:
    void on_request_impl(beast_http::verb, string_view method, string_view target, int, error_code&)
        override {
        out_.method = view(method);
        out_.target = view(target);
    }
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        // The limit was checked before, so a stranger's number reserves no more than that.
        if (length) out_.body.reserve(static_cast<std::size_t>(*length));
    }
    std::size_t on_body_impl(string_view bytes, error_code&) override {
        out_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
        out_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
};

class response_sink final : public sink<false, response> {
public:
    response_sink(response& out, std::size_t header_max, std::size_t body_max)
        : sink(out, header_max), body_max_(body_max) {
        body_limit(boost::none);  // cut by take(), which keeps what fits
    }

private:
    void on_request_impl(beast_http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int status, string_view, int, error_code&) override {
        out_.status = static_cast<unsigned>(status);
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) {
            out_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, body_max_))
            );
        }
    }
    std::size_t on_body_impl(string_view bytes, error_code& error) override {
        return take(bytes, error);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
        return take(bytes, error);
    }
    std::size_t take(string_view bytes, error_code& error) {
        const auto room = body_max_ - out_.body.size();
        out_.body.append(bytes.data(), std::min(room, bytes.size()));
        if (bytes.size() > room) error = beast_http::error::body_limit;
        return bytes.size();
    }

    std::size_t body_max_;
};

// The end of a chunked body, "0" and two line ends, is taken as a whole. Beast looks at a part of
// it once; shown the part again with less than this behind it, it fails an assertion.
constexpr std::size_t last_chunk_min = 5;

template <class Parser>
std::size_t feed(Parser& parser, std::string_view bytes, read_state& state) {
    std::size_t taken = 0;
    while (state == read_state::more && taken < bytes.size()) {
        const bool in_header = !parser.is_header_done();
        const bool in_chunks = !in_header && parser.chunked();
        if (in_chunks && bytes.size() - taken < last_chunk_min) break;
        error_code error;
        const boost::asio::const_buffer rest(bytes.data() + taken, bytes.size() - taken);
        const auto n = parser.put(rest, error);
        taken += n;
        const auto waits = error == beast_http::error::need_more ? rest.size() - n : 0;
        const bool too_large = in_header && !parser.header_fits(n, waits);
        if (too_large || error == beast_http::error::header_limit) {
            state = read_state::header_too_large;
        } else if (error == beast_http::error::body_limit) {
            state = read_state::body_too_large;
        } else if (error && error != beast_http::error::need_more) {
            state = read_state::malformed;
        } else if (parser.is_done()) {
            state = read_state::done;
        } else if (n == 0) {
            break;
        }
    }
    return taken;
}

}  // namespace

struct response_reader::impl {
    std::size_t header_max;
    std::size_t body_max;
    response message;
    std::optional<response_sink> parser;
    read_state state = read_state::malformed;
    bool answers_head = false;
    unsigned interim = 0;

    void restart() {
        message = response();
        parser.emplace(message, header_max, body_max);
        parser->skip(answers_head);
        state = read_state::more;
    }
};

response_reader::response_reader(std::size_t header_max, std::size_t body_max)
    : impl_(std::make_unique<impl>()) {
    impl_->header_max = header_max;
    impl_->body_max = body_max;
}

response_reader::~response_reader() = default;

void response_reader::begin(bool answers_head) {
    impl_->answers_head = answers_head;
    impl_->interim = 0;
    impl_->restart();
}

std::size_t response_reader::put(std::string_view bytes) {
    std::size_t taken = 0;
    for (;;) {
        taken += feed(*impl_->parser, bytes.substr(taken), impl_->state);
        if (impl_->state != read_state::done || impl_->message.status / 100 != 1) return taken;
        // 100 Continue and the like precede the answer; 101 would leave HTTP, which nobody asked
        // for.
        if (impl_->message.status == 101 || ++impl_->interim > interim_answers_max) {
            impl_->state = read_state::malformed;
            return taken;
        }
        impl_->restart();
    }
}

void response_reader::put_eof() {
    error_code error;
    if (impl_->state != read_state::more) return;
    if (!impl_->parser->got_some()) {
        impl_->state = read_state::malformed;
        return;
    }
    impl_->parser->put_eof(error);
    impl_->state = !error && impl_->parser->is_done() ? read_state::done : read_state::malformed;
}

read_state response_reader::state() const {
    return impl_->state;
}
bool response_reader::keep_alive() const {
    return impl_->parser->keep_alive();
}
response& response_reader::message() {
    return impl_->message;
}

struct request_reader::impl {
    std::size_t header_max;
    std::size_t body_max;
    request message;
    std::optional<request_sink> parser;
    read_state state = read_state::malformed;
};

request_reader::request_reader(std::size_t header_max, std::size_t body_max)
    : impl_(std::make_unique<impl>()) {
    impl_->header_max = header_max;
    impl_->body_max = body_max;
}

request_reader::~request_reader() = default;

void request_reader::begin() {
    impl_->message = request();
    impl_->parser.emplace(impl_->message, impl_->header_max, impl_->body_max);
    impl_->state = read_state::more;
}

std::size_t request_reader::put(std::string_view bytes) {
    const auto taken = feed(*impl_->parser, bytes, impl_->state);
    if (impl_->state == read_state::done) {
        // HTTP/1.1 demands exactly one Host; two are a request that two readers see differently.
        const auto hosts = impl_->message.fields.count("host");
        if (hosts > 1) impl_->state = read_state::malformed;
        // RFC 9112 section 6.3: whoever reads another coding sees the body end elsewhere.
        const bool coded = impl_->message.fields.count("transfer-encoding") > 0;
        if (coded && !impl_->parser->chunked()) impl_->state = read_state::malformed;
    }
    return taken;
}

read_state request_reader::state() const {
    return impl_->state;
}
bool request_reader::header_done() const {
    return impl_->parser->is_header_done();
}

bool request_reader::wants_continue() const {
    return equal_no_case(impl_->message.fields.get("expect"), "100-continue");
}

bool request_reader::keep_alive() const {
    return impl_->parser->keep_alive();
}
request& request_reader::message() {
    return impl_->message;
}

}  // namespace pinwire::http
