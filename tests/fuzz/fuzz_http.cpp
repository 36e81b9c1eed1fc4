// What comes over a connection to the listener: cut in whatever pieces it is the same requests, as
// Beast reads them from a stream of its own; what is passed on can be written and read again; and a
// request says who sent it or is refused, and then names nobody. The first byte is how the bytes
// are cut, the second the client's address.
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "callback/authenticate.hpp"
#include "common/core/call_words.hpp"
#include "common/core/client_address.hpp"
#include "common/http/reader.hpp"
#include "common/http/wire.hpp"
#include "tests/fuzz/carrier_harness.hpp"
#include "tests/fuzz/dlr_door.hpp"

namespace {

using namespace pinwire;
using fuzz::must;
using http::read_state;

constexpr std::size_t header_max = 1024;
constexpr std::size_t body_max = 2048;

struct conversation {
    std::vector<http::request> requests;
    read_state end = read_state::more;
};

void must_be_same(const http::request& left, const http::request& right) {
    must(left.method == right.method && left.target == right.target && left.body == right.body);
    must(left.fields.size() == right.fields.size());
    must(std::equal(left.fields.begin(), left.fields.end(), right.fields.begin()));
}

// As a session does: what the reader doesn't take comes again with what follows. 0: all at once.
conversation converse(std::string_view bytes, std::size_t piece) {
    conversation made;
    http::request_reader reader(header_max, body_max);
    std::string waiting;
    reader.begin();
    while (!bytes.empty() || !waiting.empty()) {
        const auto taken = reader.put(waiting);
        must(taken <= waiting.size());
        waiting.erase(0, taken);
        if (reader.state() == read_state::done) {
            must(reader.header_done());
            must(reader.message().body.size() <= body_max);
            made.requests.push_back(reader.message());
            reader.begin();
            continue;
        }
        made.end = reader.state();
        if (made.end != read_state::more || bytes.empty()) return made;
        const auto more = bytes.substr(0, piece == 0 ? bytes.size() : piece);
        waiting += more;
        bytes.remove_prefix(more.size());
    }
    return made;
}

bool is_chunked(const http::request& one) {
    return one.fields.find("transfer-encoding") != nullptr;
}

// The same bytes through Beast's test stream: it takes what ours took, and as ours took it.
void compare_with_beast(std::string_view bytes, const conversation& ours) {
    namespace beast = boost::beast;
    boost::asio::io_context io(1);
    beast::test::stream stream(io, {bytes.data(), bytes.size()});
    stream.close_remote();
    beast::flat_buffer buffer;
    buffer.reserve(bytes.size());  // read at once: Beast alone asserts where a last chunk is cut
    for (const auto& one : ours.requests) {
        beast::http::request_parser<beast::http::string_body> parser;
        parser.header_limit(header_max);
        parser.body_limit(body_max);
        beast::error_code error;
        beast::http::read(stream, buffer, parser, error);
        must(!error);
        const auto& theirs = parser.get();
        must(
            one.method ==
            std::string_view(theirs.method_string().data(), theirs.method_string().size())
        );
        must(one.target == std::string_view(theirs.target().data(), theirs.target().size()));
        must(one.body == theirs.body());
        // a trailer is a field to Beast, and none to us
        const auto fields = static_cast<std::size_t>(std::distance(theirs.begin(), theirs.end()));
        must(is_chunked(one) ? one.fields.size() <= fields : one.fields.size() == fields);
    }
}

void write_and_read_again(const http::request& one) {
    std::string out;
    if (!http::write_request(out, one, "example.com", "")) return;
    http::request_reader reader(2 * header_max, body_max);
    reader.begin();
    must(reader.put(out) == out.size());
    must(reader.state() == read_state::done);
    const auto& again = reader.message();
    must(again.method == one.method && again.target == one.target && again.body == one.body);
    must(again.fields.count("host") == 1);
    must(!again.fields.find("transfer-encoding") && !again.fields.find("connection"));
}

config::settings door_settings() {
    using signature_kind = config::dlr_auth_settings::signature_kind;
    config::settings made;
    made.callback.public_url = "https://dlr.example.com";
    for (const auto& carrier : carriers::harness::all_carriers()) {
        const auto& kind = carrier->config().kind;
        auto& one = made.carriers[carrier_name(kind)];
        one.translator = carrier->config();
        if (kind == "kannel") one.dlr_auth.basic_user = "smsbox";
        if (kind == "kannel") one.dlr_auth.basic_password.value = secret("not to be guessed");
        if (kind == "jasmin") one.dlr_auth.cidrs = {*cidr::parse("10.0.0.0/25")};
        one.tokenless = kind == "jasmin" || kind == "vonage";
        if (kind == "vonage") one.dlr_auth.signature = signature_kind::vonage;
        if (kind == "vonage") one.dlr_auth.signature_secret.value = secret("not to be guessed");
    }
    return made;
}

void knock(const http::request& one, const ip_address& client) {
    static const auto settings = door_settings();
    static const auto now = std::chrono::system_clock::from_time_t(1'795'000'000);
    const auto& keys = fuzz::door_keys();
    const auto proof = callback::authenticate(one, client, settings, keys, now);
    if (proof.refused != callback::refusal::none) {
        must(!proof.who.attempt);
        return;
    }
    const auto& carrier = settings.carriers.at(proof.who.carrier);
    must(proof.who.attempt || carrier.tokenless);
    if (!carrier.dlr_auth.cidrs.empty()) must(pinwire::holds(carrier.dlr_auth.cidrs, client));
    if (!proof.who.words.empty()) {
        must(proof.who.attempt.has_value());
        open_words(keys, proof.who.carrier, *proof.who.attempt, proof.who.words);
        return;
    }
    carriers::dlr_request asked;
    asked.method = one.method;
    asked.target = one.target;
    asked.content_type = one.fields.get("content-type");
    asked.body = one.body;
    for (const auto& translator : carriers::harness::all_carriers()) {
        if (translator->config().kind == proof.who.carrier.str())
            carriers::harness::read_one_report(*translator, asked, proof.who.channel);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    const std::size_t piece = 1 + from.byte() % 64;
    const auto client = *ip_address::parse("10.0.0." + std::to_string(from.byte()));
    const auto whole = converse(from.rest(), 0);
    const auto pieces = converse(from.rest(), piece);
    must(whole.requests.size() == pieces.requests.size());
    // of a header that is no good Beast says sooner or later what is wrong, and not always the same
    must((whole.end == read_state::body_too_large) == (pieces.end == read_state::body_too_large));
    for (std::size_t i = 0; i < whole.requests.size(); ++i)
        must_be_same(whole.requests[i], pieces.requests[i]);
    compare_with_beast(from.rest(), whole);
    for (const auto& one : whole.requests) {
        write_and_read_again(one);
        knock(one, client);
    }
    return 0;
}
