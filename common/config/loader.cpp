#include "common/config/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "common/config/cross_checks.hpp"
#include "common/config/reader.hpp"
#include "common/config/tables.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"

namespace pinwire::config {

namespace {

constexpr std::uintmax_t file_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t fingerprint_bytes = 6;

std::string fingerprint_of(std::string_view text) {
    const auto digest = sha256(text);
    return hex_encode(std::span(digest).first(fingerprint_bytes));
}

load_result failed(const std::filesystem::path& file, unsigned line, std::string what) {
    load_result result;
    result.mistakes.push_back({file.string(), line, {}, std::move(what), {}});
    return result;
}

// The names that the tables' headers gave, and figures that follow from others.
void complete(settings& s) {
    for (auto& [name, account] : s.accounts)
        account.name = name;
    for (auto& [name, provider] : s.providers)
        provider.translator.name = name;
    for (auto& [name, carrier] : s.carriers)
        carrier.translator.name = name;
    for (auto& [name, route] : s.routes) {
        route.name = name;
        if (route.burst == 0) route.burst = std::max(1.0, route.tps / 10);
    }
}

}  // namespace

std::string mistake::to_string() const {
    auto text = file;
    if (line > 0) text += fmt::format(":{}", line);
    if (!key.empty()) text += ": " + key;
    text += (key.empty() ? ": " : " ") + what;
    if (!allowed.empty()) text += "; allowed: " + allowed;
    return text;
}

load_result load_text(
    std::string_view text, const std::filesystem::path& file, const load_options& options
) {
    node root;
    try {
        root = parse_toml(text);
    } catch (const toml_error& error) {
        return failed(file, error.line, "is no TOML: " + error.what);
    }
    root.line = 0;  // what is missing at the top stands on no line
    const read_context context{file.parent_path(), options};
    file_facts facts;
    facts.file = file.string();
    auto made = std::make_shared<settings>();
    made->file = file;
    reader top(root, "", context, facts);
    walk(top, *made);
    top.refuse_unknown();
    complete(*made);

    load_result result;
    result.fingerprint = fingerprint_of(text);
    result.warnings = cross_check(*made, facts);
    result.mistakes = std::move(facts.mistakes);
    const auto in_order = [](const mistake& a, const mistake& b) { return a.line < b.line; };
    std::stable_sort(result.mistakes.begin(), result.mistakes.end(), in_order);
    std::stable_sort(result.warnings.begin(), result.warnings.end(), in_order);
    if (result.mistakes.empty()) result.settings = std::move(made);
    return result;
}

load_result load(const std::filesystem::path& file, const load_options& options) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return failed(file, 0, "can't be read: " + error.message());
    if (size > file_bytes_max)
        return failed(file, 0, fmt::format("is larger than {} bytes", file_bytes_max));
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) {
        if (size == 0) return load_text("", file, options);
        return failed(file, 0, "can't be read: " + std::generic_category().message(errno));
    }
    return load_text(text.str(), file, options);
}

}  // namespace pinwire::config
