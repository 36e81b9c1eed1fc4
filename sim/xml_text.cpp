#include "sim/xml_text.hpp"

#include <array>
#include <utility>

namespace pinwire::sim {

std::string spoken_of(std::string_view markup) {
    std::string text;
    bool inside = false;
    for (const char c : markup) {
        if (c == '<') inside = true;
        if (!inside) text += c;
        if (c == '>') inside = false;
    }
    // the ampersand last: what it then begins was text
    constexpr auto entities = std::to_array<std::pair<std::string_view, char>>({
        {"&lt;", '<'},
        {"&gt;", '>'},
        {"&quot;", '"'},
        {"&apos;", '\''},
        {"&#39;", '\''},
        {"&#9;", '\t'},
        {"&#10;", '\n'},
        {"&#13;", '\r'},
        {"&amp;", '&'},
    });
    for (const auto& [entity, character] : entities)
        for (auto at = text.find(entity); at != text.npos; at = text.find(entity, at + 1))
            text.replace(at, entity.size(), 1, character);
    return text;
}

}  // namespace pinwire::sim
