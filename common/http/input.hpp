// The bytes that have been read and not yet taken, in one piece (a parser wants its header whole).
// Grows up to a bound and is kept by the connection. Internal to common/http.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <string_view>
#include <vector>

namespace pinwire::http {

class input {
public:
    explicit input(std::size_t max) : max_(max) {}

    std::string_view bytes() const { return {store_.data() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    // Nothing more fits until something is taken.
    bool full() const { return end_ - begin_ == max_; }
    void clear() { begin_ = end_ = 0; }

    boost::asio::mutable_buffer room() {
        if (begin_ == end_) clear();
        if (begin_ > 0 && end_ == store_.size()) {
            std::memmove(store_.data(), store_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (end_ == store_.size()) {
            store_.resize(std::min(max_, std::max<std::size_t>(4096, store_.size() * 2)));
        }
        return {store_.data() + end_, store_.size() - end_};
    }
    void added(std::size_t n) { end_ += n; }
    void took(std::size_t n) { begin_ += n; }

private:
    std::size_t max_;
    std::vector<char> store_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace pinwire::http
