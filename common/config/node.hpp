// The file as a plain tree with line numbers, so that only parse_toml.cpp sees the TOML library.
// A value; text is as the file has it, without its quotes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::config {

struct member;

struct node {
    enum class kind { table, array, text, integer, real, flag, other } what = kind::table;
    unsigned line = 0;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    bool flag = false;
    std::vector<node> items;      // of an array
    std::vector<member> members;  // of a table, in the file's order

    const node* find(std::string_view name) const;
};

struct member {
    std::string name;
    node value;
};

std::string_view to_string(node::kind what);

// Throws toml_error for text that is no TOML; the library finds only the first such place.
struct toml_error {
    unsigned line;
    std::string what;
};
node parse_toml(std::string_view text);

}  // namespace pinwire::config
