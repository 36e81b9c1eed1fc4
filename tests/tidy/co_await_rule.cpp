#include <algorithm>

#include "tests/tidy/code_scan.hpp"
#include "tests/tidy/rules.hpp"

namespace pinwire::tidy {
namespace {

constexpr auto npos = std::string_view::npos;

struct scan {
    std::string_view code;
    std::vector<std::size_t> partners;

    brace_kind kind(std::size_t brace) const { return classify_brace(code, partners, brace); }

    // A block's end inside an expression, as a lambda's body is.
    bool goes_on_behind(std::size_t close) const {
        const auto next = code.find_first_not_of(" \n\t", close + 1);
        return next != npos && std::string_view(",).;(").find(code[next]) != npos;
    }

    std::size_t statement_start(std::size_t position) const {
        while (position > 0) {
            const char c = code[--position];
            if (c == ';' || (c == '{' && kind(position) != brace_kind::initialiser))
                return position + 1;
            if (c != ')' && c != ']' && c != '}') continue;
            if (partners[position] == npos) return position + 1;
            const auto open = partners[position];
            const bool block = c == '}' && kind(open) == brace_kind::block;
            if (block || (c == '}' && !goes_on_behind(position))) return position + 1;
            position = open;
        }
        return 0;
    }

    std::size_t statement_end(std::size_t position) const {
        for (; position < code.size(); ++position) {
            const char c = code[position];
            if (c == ';' || (c == '{' && kind(position) == brace_kind::block)) return position;
            if (c == '}' && partners[position] != npos &&
                kind(partners[position]) != brace_kind::initialiser)
                return position;
            if ((c == '(' || c == '[' || c == '{') && partners[position] != npos)
                position = partners[position];
        }
        return position;
    }

    // What is wrong in the statement; a lambda's body is statements of its own.
    std::string fault(std::size_t start, std::size_t end) const {
        for (auto position = start; position < end; ++position) {
            if (code[position] == '[' && is_capturing(code, partners, position))
                return "a capturing lambda in a co_await statement: name it on the line above";
            if (code[position] != '{') continue;
            if (kind(position) == brace_kind::initialiser)
                return "a braced temporary in a co_await statement: name it on the line above";
            if (partners[position] != npos) position = partners[position];
        }
        return {};
    }
};

}  // namespace

offences check_co_await(const source_tree& tree) {
    offences result;
    for (const auto& file : tree.files) {
        const scan look{file.code, match_brackets(file.code)};
        std::size_t done = 0;
        for (const auto position : find_word(file.code, "co_await")) {
            if (position < done) continue;
            const auto end = look.statement_end(position);
            const auto fault = look.fault(look.statement_start(position), end);
            if (fault.empty()) continue;
            result.push_back({file.path, file.line_of(position), fault});
            done = end;
        }
    }
    return result;
}

}  // namespace pinwire::tidy
