#include "common/core/lookup_outcome.hpp"

#include <array>

namespace pinwire {
namespace {

constexpr std::array outcome_words = {
    std::string_view("reachable"),
    std::string_view("absent"),
    std::string_view("invalid"),
    std::string_view("landline"),
    std::string_view("valid_only"),
    std::string_view("unknown"),
    std::string_view("no_provider")};

constexpr std::array line_words = {
    std::string_view("unknown"),
    std::string_view("mobile"),
    std::string_view("landline"),
    std::string_view("fixed_voip"),
    std::string_view("nonfixed_voip"),
    std::string_view("personal"),
    std::string_view("toll_free"),
    std::string_view("premium"),
    std::string_view("shared_cost"),
    std::string_view("uan"),
    std::string_view("voicemail"),
    std::string_view("pager")};

}  // namespace

std::string_view to_string(lookup_outcome outcome) {
    const auto at = static_cast<std::size_t>(outcome);
    return at < outcome_words.size() ? outcome_words[at] : "?";
}

std::optional<lookup_outcome> parse_lookup_outcome(std::string_view text) {
    for (std::size_t at = 0; at < outcome_words.size(); ++at)
        if (outcome_words[at] == text) return static_cast<lookup_outcome>(at);
    return std::nullopt;
}

std::string_view to_string(line_type line) {
    const auto at = static_cast<std::size_t>(line);
    return at < line_words.size() ? line_words[at] : "?";
}

}  // namespace pinwire
