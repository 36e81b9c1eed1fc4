// The sources that the style rules look at. Paths are relative to the repository's root, with
// slashes. Positions are byte offsets, lines count from 1.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::tidy {

struct source {
    source(std::string path, std::string text);

    std::string path;
    std::string text;
    std::string code;  // text with comments and literals blanked out: same length, same lines

    int line_of(std::size_t position) const;
    std::vector<std::string_view> lines() const;
    // The paths of its #include lines, in order, with their quotes or angle brackets.
    std::vector<std::pair<int, std::string>> includes() const;
    bool is_header() const { return path.ends_with(".hpp"); }
    bool is_below(std::string_view folder) const;
};

struct source_tree {
    std::vector<source> files;  // .cpp and .hpp
    std::vector<source>
        texts;  // what else people write: scripts, SQL, CMake, Markdown; code = text
};

source_tree read_tree(const std::filesystem::path& root);

}  // namespace pinwire::tidy
