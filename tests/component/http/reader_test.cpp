// Messages in pieces: wherever the network cuts them they are the same, and nobody's cut ends the
// process.
#include "common/http/reader.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace pinwire::http {
namespace {

// As a connection does: what isn't taken comes again with what follows.
template <class Reader>
void feed(Reader& reader, std::string_view bytes, const std::vector<std::size_t>& cuts) {
    std::string waiting;
    std::size_t from = 0;
    const auto put = [&](std::size_t to) {
        waiting += bytes.substr(from, to - from);
        from = to;
        waiting.erase(0, reader.put(waiting));
    };
    for (const auto cut : cuts)
        put(cut);
    put(bytes.size());
    EXPECT_TRUE(waiting.empty());
}

constexpr std::string_view bodies[] = {
    "0\r\n\r\n",
    "3\r\nabc\r\n0\r\n\r\n",
    "3;name=value\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n",
};

std::string body_of(std::string_view chunks) {
    if (chunks.starts_with("0")) return "";
    return chunks.find(';') == std::string_view::npos ? "abc" : "abcd";
}

TEST(Reader, ReadsAChunkedRequestWhereverItIsCut) {
    for (const auto chunks : bodies) {
        const auto text = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          std::string(chunks);
        for (std::size_t first = 1; first < text.size(); ++first) {
            for (std::size_t second = first; second < text.size(); ++second) {
                request_reader reader(1024, 1024);
                reader.begin();
                feed(reader, text, {first, second});
                ASSERT_EQ(reader.state(), read_state::done) << first << ' ' << second << chunks;
                EXPECT_EQ(reader.message().body, body_of(chunks));
            }
        }
    }
}

TEST(Reader, ReadsAChunkedAnswerByteByByte) {
    for (const auto chunks : bodies) {
        const auto text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
        std::vector<std::size_t> cuts;
        for (std::size_t i = 1; i < text.size(); ++i)
            cuts.push_back(i);
        response_reader reader(1024, 1024);
        reader.begin(false);
        feed(reader, text, cuts);
        ASSERT_EQ(reader.state(), read_state::done) << chunks;
        EXPECT_EQ(reader.message().body, body_of(chunks));
    }
}

constexpr std::size_t header_max = 1024;  // bytes

// Start line, fields of 16 bytes, the last one longer, and the empty line.
std::string header_of(std::size_t size, std::string_view start) {
    std::string text(start);
    while (text.size() + 32 <= size - 2)
        text += "name-of: value\r\n";
    const std::string_view last = "last: ";
    text += last;
    text.append(size - text.size() - 4, 'x');
    return text + "\r\n\r\n";
}

template <class Reader>
void count_the_header(std::string_view start) {
    for (const std::size_t piece : {1, 15, 16, 17, 100, 1023, 1024, 5000}) {
        for (const std::size_t size :
             {header_max - 1, header_max, header_max + 1, 4 * header_max}) {
            const auto text = header_of(size, start);
            ASSERT_EQ(text.size(), size);
            Reader reader(header_max, 100);
            if constexpr (std::is_same_v<Reader, request_reader>) {
                reader.begin();
            } else {
                reader.begin(true);  // of HEAD: a header is all
            }
            std::string waiting;
            for (std::size_t at = 0; at < size && reader.state() == read_state::more; at += piece) {
                waiting += text.substr(at, piece);
                waiting.erase(0, reader.put(waiting));
            }
            const auto expected =
                size <= header_max ? read_state::done : read_state::header_too_large;
            EXPECT_EQ(reader.state(), expected) << size << " bytes by " << piece;
        }
    }
}

// However slowly it comes, line by line too: what a stranger can make us keep is bounded.
TEST(Reader, CountsAHeaderInWhateverPiecesItComes) {
    count_the_header<request_reader>("GET /a HTTP/1.1\r\n");
    count_the_header<response_reader>("HTTP/1.1 200 OK\r\n");
}

// What is cut for good is no message.
TEST(Reader, TakesNoChunkedAnswerThatBreaksOff) {
    for (const auto* rest : {"", "0", "0\r\n", "0\r\n\r", "3\r\nab", "3\r\nabc\r\n0\r\n"}) {
        response_reader reader(1024, 1024);
        reader.begin(false);
        reader.put("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(rest));
        reader.put_eof();
        EXPECT_EQ(reader.state(), read_state::malformed) << rest;
    }
}

}  // namespace
}  // namespace pinwire::http
