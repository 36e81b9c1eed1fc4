#include "common/core/nearest_status.hpp"

#include <array>
#include <string>

#include "common/core/text.hpp"
#include "common/core/word_table.hpp"

namespace pinwire {
namespace {

// SMPP's words, and how they are written out.
constexpr std::array words{
    word<dlr_status>{dlr_status::enroute, "ENROUTE"},
    word<dlr_status>{dlr_status::enroute, "EN_ROUTE"},
    word<dlr_status>{dlr_status::enroute, "SCHEDULED"},
    word<dlr_status>{dlr_status::unknown, "UNKNOWN"},
    word<dlr_status>{dlr_status::expired, "EXPIRED"},
    word<dlr_status>{dlr_status::deleted, "DELETED"},
    word<dlr_status>{dlr_status::deleted, "CANCELED"},
    word<dlr_status>{dlr_status::deleted, "CANCELLED"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIV"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIVERED"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIVERABLE"},
    word<dlr_status>{dlr_status::undeliv, "FAILED"},
    word<dlr_status>{dlr_status::rejectd, "REJECTD"},
    word<dlr_status>{dlr_status::rejectd, "REJECTED"},
    word<dlr_status>{dlr_status::delivrd, "DELIVRD"},
    word<dlr_status>{dlr_status::delivrd, "DELIVERED"},
};

}  // namespace

dlr_status nearest_status(std::string_view word) {
    std::string upper(word);
    upper_case(upper);
    return value_of<dlr_status>(words, upper).value_or(dlr_status::acceptd);
}

}  // namespace pinwire
