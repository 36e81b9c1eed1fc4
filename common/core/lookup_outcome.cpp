#include "common/core/lookup_outcome.hpp"

namespace pinwire {

std::string_view to_string(lookup_outcome outcome) {
    switch (outcome) {
        case lookup_outcome::reachable:
            return "reachable";
        case lookup_outcome::absent:
            return "absent";
        case lookup_outcome::invalid:
            return "invalid";
        case lookup_outcome::landline:
            return "landline";
        case lookup_outcome::valid_only:
            return "valid_only";
        case lookup_outcome::unknown:
            return "unknown";
        case lookup_outcome::no_provider:
            return "no_provider";
    }
    return "?";
}

}  // namespace pinwire
