#include "tests/tidy/code_scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pinwire::tidy {
namespace {

constexpr auto npos = std::string_view::npos;

template <std::size_t N>
bool among(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Words that may stand between `)` and the body of a function or a lambda.
constexpr std::array<std::string_view, 6> body_words{
    "const", "noexcept", "mutable", "override", "final", "volatile"};
constexpr std::array<std::string_view, 5> type_words{
    "class", "struct", "union", "enum", "namespace"};
constexpr std::array<std::string_view, 5> value_words{
    "return", "co_return", "co_yield", "throw", "case"};

// Where the statement or declaration starts that leads to the brace.
std::size_t head_start(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t brace
) {
    auto position = brace;
    while (position > 0) {
        const char c = code[position - 1];
        if (c == ';' || c == '{' || c == '}' || c == '(' || c == ',') break;
        --position;
        if ((c == ')' || c == ']') && partners[position] != npos) position = partners[position];
    }
    return position;
}

bool starts_lambda(std::string_view code, std::size_t bracket) {
    const auto before = previous(code, bracket);
    if (before == npos) return true;
    const char c = code[before];
    if (c == '[' || (bracket + 1 < code.size() && code[bracket + 1] == '['))
        return false;  // an attribute
    if (is_name_char(c)) return among(word_ending_at(code, before), value_words);
    return c != ')' && c != ']' && c != '"' && c != '>';
}

// The lambda's `[` if the text that ends at `position` is a lambda's head, else npos.
std::size_t lambda_head(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t position
) {
    if (position == npos || partners[position] == npos) return npos;
    if (code[position] == ')') position = previous(code, partners[position]);
    if (position == npos || code[position] != ']' || partners[position] == npos) return npos;
    return starts_lambda(code, partners[position]) ? partners[position] : npos;
}

}  // namespace

bool is_name_char(char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::vector<std::size_t> find_word(std::string_view code, std::string_view word) {
    std::vector<std::size_t> result;
    for (auto at = code.find(word); at != npos; at = code.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool starts = at == 0 || !is_name_char(code[at - 1]) || !is_name_char(word.front());
        const bool ends =
            end == code.size() || !is_name_char(code[end]) || !is_name_char(word.back());
        if (starts && ends) result.push_back(at);
    }
    return result;
}

std::size_t previous(std::string_view code, std::size_t position) {
    while (position > 0)
        if (std::isspace(static_cast<unsigned char>(code[--position])) == 0) return position;
    return npos;
}

std::string_view word_ending_at(std::string_view code, std::size_t position) {
    auto start = position + 1;
    while (start > 0 && is_name_char(code[start - 1]))
        --start;
    return code.substr(start, position + 1 - start);
}

std::vector<std::size_t> match_brackets(std::string_view code) {
    std::vector<std::size_t> partners(code.size(), npos);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '(' || code[i] == '[' || code[i] == '{') {
            open.push_back(i);
        } else if ((code[i] == ')' || code[i] == ']' || code[i] == '}') && !open.empty()) {
            partners[i] = open.back();
            partners[open.back()] = i;
            open.pop_back();
        }
    }
    return partners;
}

brace_kind classify_brace(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t brace
) {
    auto before = previous(code, brace);
    if (before == npos) return brace_kind::block;
    while (before != npos && among(word_ending_at(code, before), body_words))
        before = previous(code, before + 1 - word_ending_at(code, before).size());
    if (before == npos) return brace_kind::block;
    if (lambda_head(code, partners, before) != npos) return brace_kind::lambda;
    const char c = code[before];
    if (c == ')' || c == ';' || c == '}' || c == '{')
        return c == '{' && classify_brace(code, partners, before) == brace_kind::initialiser
                   ? brace_kind::initialiser
                   : brace_kind::block;
    if (c == '(' || c == ',' || c == '=' || c == '[' || c == ']' || c == '?' || c == ':')
        return c == ':' ? brace_kind::block : brace_kind::initialiser;  // `case x: {`
    const auto word = word_ending_at(code, before);
    if (word == "else" || word == "do" || word == "try") return brace_kind::block;
    // A trailing return type, or the head of a type or a namespace.
    const auto start = head_start(code, partners, brace);
    const auto head = code.substr(start, brace - start);
    if (const auto arrow = head.rfind("->"); arrow != npos) {
        const auto ahead = previous(code, start + arrow);
        const bool call = ahead != npos && (code[ahead] == ')' || code[ahead] == ']');
        if (call || among(word_ending_at(code, ahead), body_words)) {
            auto end = ahead;
            while (end != npos && among(word_ending_at(code, end), body_words))
                end = previous(code, end + 1 - word_ending_at(code, end).size());
            return lambda_head(code, partners, end) != npos ? brace_kind::lambda
                                                            : brace_kind::block;
        }
    }
    for (const auto type : type_words)
        if (!find_word(head, type).empty()) return brace_kind::block;
    return brace_kind::initialiser;
}

bool is_capturing(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t bracket
) {
    if (partners[bracket] == npos || !starts_lambda(code, bracket)) return false;
    return previous(code, partners[bracket]) != bracket;
}

}  // namespace pinwire::tidy
