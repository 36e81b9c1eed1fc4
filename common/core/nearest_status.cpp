#include "common/core/nearest_status.hpp"

#include <array>
#include <string>

#include "common/core/text.hpp"
#include "common/core/word_table.hpp"

namespace pinwire {
namespace {

// How SMPP's words are written out; as they are, they stand in status.cpp.
constexpr std::array spellings{
    word<dlr_status>{dlr_status::enroute, "EN_ROUTE"},
    word<dlr_status>{dlr_status::enroute, "SCHEDULED"},
    word<dlr_status>{dlr_status::deleted, "CANCELED"},
    word<dlr_status>{dlr_status::deleted, "CANCELLED"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIVERED"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIVERABLE"},
    word<dlr_status>{dlr_status::undeliv, "FAILED"},
    word<dlr_status>{dlr_status::rejectd, "REJECTED"},
    word<dlr_status>{dlr_status::delivrd, "DELIVERED"},
};

}  // namespace

dlr_status nearest_status(std::string_view word) {
    std::string upper(word);
    upper_case(upper);
    if (const auto known = parse_dlr_status(upper)) return *known;
    return value_of<dlr_status>(spellings, upper).value_or(dlr_status::acceptd);
}

}  // namespace pinwire
