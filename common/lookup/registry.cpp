#include "common/lookup/registry.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "common/lookup/kinds.hpp"

namespace pinwire::lookup {
namespace {

struct kind_row {
    std::string_view kind;
    std::unique_ptr<provider> (*make)(settings);
};

constexpr auto kinds = std::to_array<kind_row>({
    {"infobip", make_infobip},
});

}  // namespace

std::unique_ptr<provider> make_provider(settings given) {
    for (const kind_row& row : kinds)
        if (row.kind == given.kind) return row.make(std::move(given));
    return nullptr;
}

std::vector<std::string> known_kinds() {
    std::vector<std::string> names;
    for (const kind_row& row : kinds)
        names.emplace_back(row.kind);
    return names;
}

}  // namespace pinwire::lookup
