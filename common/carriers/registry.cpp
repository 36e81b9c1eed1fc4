#include "common/carriers/registry.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "common/carriers/kinds.hpp"

namespace pinwire::carriers {
namespace {

struct kind_row {
    std::string_view kind;
    std::unique_ptr<carrier> (*make)(settings);
};

constexpr auto kinds = std::to_array<kind_row>({
    {"360nrs", make_nrs360},
    {"http", make_http},
    {"infobip", make_infobip},
    {"jasmin", make_jasmin},
    {"kannel", make_kannel},
    {"twilio", make_twilio},
    {"vonage", make_vonage},
});

}  // namespace

std::unique_ptr<carrier> make_carrier(settings given) {
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

}  // namespace pinwire::carriers
