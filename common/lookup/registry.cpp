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
    kind_needs needs;
};

constexpr auto kinds = std::to_array<kind_row>({
    {"gateway360", make_gateway360, {true, true, false, false, false}},
    {"hlr_lookups", make_hlr_lookups, {true, true, true, true, false}},
    {"http", make_http, {true, false, false, false, true}},
    {"infobip", make_infobip, {true, true, false, false, false}},
    {"twilio", make_twilio, {true, true, true, false, false}},
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

kind_needs needs_of(std::string_view kind) {
    for (const kind_row& row : kinds)
        if (row.kind == kind) return row.needs;
    return {};
}

}  // namespace pinwire::lookup
