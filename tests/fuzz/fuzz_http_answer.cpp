// What carriers, providers, customers and proxies answer: cut in whatever pieces it is the same,
// and never more of it is kept than was allowed. The first byte is how the bytes are cut, the
// second's lowest bit whether HEAD was asked.
#include <cstdint>
#include <string>

#include "common/http/reader.hpp"
#include "common/http/wire.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;
using http::read_state;

constexpr std::size_t header_max = 1024;
constexpr std::size_t body_max = 512;

struct heard {
    read_state end = read_state::more;
    http::response message;
    bool keep_alive = false;
};

heard listen(std::string_view bytes, bool head, std::size_t piece) {
    http::response_reader reader(header_max, body_max);
    reader.begin(head);
    std::string waiting;
    while (reader.state() == read_state::more && !bytes.empty()) {
        const auto more = bytes.substr(0, piece);
        waiting += more;
        bytes.remove_prefix(more.size());
        const auto taken = reader.put(waiting);
        must(taken <= waiting.size());
        waiting.erase(0, taken);
    }
    reader.put_eof();
    heard made;
    made.end = reader.state();
    must(made.end != read_state::more);
    must(reader.message().body.size() <= body_max);
    if (made.end != read_state::done) return made;
    made.message = std::move(reader.message());
    made.keep_alive = reader.keep_alive();
    must(made.message.status / 100 != 1);
    return made;
}

void write_and_read_again(const http::response& one) {
    std::string out;
    if (!http::write_response(out, one, false, false)) return;
    http::response_reader reader(2 * header_max, body_max);
    reader.begin(false);
    must(reader.put(out) == out.size() && reader.state() == read_state::done);
    must(reader.message().status == one.status);
    const bool bodiless = one.status == 204 || one.status == 304;
    must(reader.message().body == (bodiless ? std::string() : one.body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    const std::size_t piece = 1 + from.byte() % 64;
    const bool head = (from.byte() & 1) != 0;
    const auto whole = listen(from.rest(), head, from.rest().size());
    const auto pieces = listen(from.rest(), head, piece);
    must(whole.end == pieces.end && whole.keep_alive == pieces.keep_alive);
    must(whole.message.status == pieces.message.status);
    must(whole.message.body == pieces.message.body);
    must(whole.message.fields.size() == pieces.message.fields.size());
    if (whole.end == read_state::done) write_and_read_again(whole.message);
    const auto status = http::connect_status(from.rest());
    must(status == 0 || (status >= 100 && status <= 999));
    return 0;
}
