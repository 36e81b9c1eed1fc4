#include "tests/tidy/source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <utility>

namespace pinwire::tidy {
namespace {

bool is_name_char(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The first position behind the comment or literal that starts here; `from` itself if none does.
std::size_t end_of_blank(const std::string& text, std::size_t from) {
    const auto behind = [&](std::string_view mark, std::size_t start) {
        const auto found = text.find(mark, start);
        return found == std::string::npos ? text.size() : found + mark.size();
    };
    if (text.compare(from, 2, "//") == 0) return std::min(text.find('\n', from), text.size());
    if (text.compare(from, 2, "/*") == 0) return behind("*/", from + 2);
    if (text.compare(from, 2, "R\"") == 0 && (from == 0 || !is_name_char(text[from - 1]))) {
        const auto open = text.find('(', from);
        return behind(")" + text.substr(from + 2, open - from - 2) + "\"", open);
    }
    // A quote behind a digit separates digits: 1'000.
    const bool separator = text[from] == '\'' && from > 0 && is_name_char(text[from - 1]);
    if ((text[from] != '"' && text[from] != '\'') || separator) return from;
    auto position = from + 1;
    while (position < text.size() && text[position] != text[from] && text[position] != '\n')
        position += text[position] == '\\' ? 2 : 1;
    return std::min(position + 1, text.size());
}

std::string blanked(const std::string& text) {
    std::string code = text;
    for (std::size_t position = 0; position < text.size();) {
        const auto end = end_of_blank(text, position);
        // A literal keeps its quotes, so that it still looks like a value.
        const bool literal = text[position] != '/';
        for (auto i = position; i < end; ++i)
            if (text[i] != '\n') code[i] = literal && (i == position || i + 1 == end) ? '"' : ' ';
        position = std::max(end, position + 1);
    }
    return code;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool is_other_text(const std::filesystem::path& path) {
    static constexpr std::array<std::string_view, 9> endings{
        ".sql", ".sh", ".cmake", ".md", ".toml", ".json", ".service", ".conf", ".in"};
    const auto ending = path.extension().string();
    return std::find(endings.begin(), endings.end(), ending) != endings.end() ||
           path.filename() == "CMakeLists.txt" || path.parent_path().filename() == "scripts";
}

}  // namespace

source::source(std::string path_, std::string text_)
    : path(std::move(path_)), text(std::move(text_)), code(blanked(text)) {}

int source::line_of(std::size_t position) const {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(position, text.size()));
    return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

std::vector<std::string_view> source::lines() const {
    std::vector<std::string_view> result;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        result.push_back(std::string_view(text).substr(start, end - start));
        start = end + 1;
    }
    return result;
}

std::vector<std::pair<int, std::string>> source::includes() const {
    static const std::regex form(R"(^\s*#\s*include\s*([<"][^>"]*[>"]))");
    std::vector<std::pair<int, std::string>> result;
    int number = 0;
    for (const auto line : lines()) {
        ++number;
        std::match_results<std::string_view::const_iterator> match;
        if (std::regex_search(line.begin(), line.end(), match, form))
            result.emplace_back(number, match[1].str());
    }
    return result;
}

bool source::is_below(std::string_view folder) const {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

source_tree read_tree(const std::filesystem::path& root) {
    static constexpr std::array<std::string_view, 14> folders{
        "common",
        "worker",
        "callback",
        "api",
        "cli",
        "sim",
        "broker",
        "tests",
        "bench",
        "cmake",
        "scripts",
        "sql",
        "docs",
        "systemd"};
    source_tree tree;
    for (const auto folder : folders) {
        if (!std::filesystem::exists(root / folder)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (!entry.is_regular_file()) continue;
            const auto name = entry.path().lexically_relative(root).generic_string();
            if (name.ends_with(".cpp") || name.ends_with(".hpp"))
                tree.files.emplace_back(name, read(entry.path()));
            else if (is_other_text(entry.path()))
                tree.texts.emplace_back(name, read(entry.path()));
        }
    }
    if (std::filesystem::exists(root / "CMakeLists.txt"))
        tree.texts.emplace_back("CMakeLists.txt", read(root / "CMakeLists.txt"));
    const auto by_path = [](const source& a, const source& b) { return a.path < b.path; };
    std::sort(tree.files.begin(), tree.files.end(), by_path);
    std::sort(tree.texts.begin(), tree.texts.end(), by_path);
    return tree;
}

}  // namespace pinwire::tidy
