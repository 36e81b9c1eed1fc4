#include "common/http/field_list.hpp"

namespace pinwire::http {

std::string field_list(const headers& fields, std::string_view name) {
    std::string made;
    bool first = true;
    for (const auto& [key, value] : fields) {
        if (!equal_no_case(key, name)) continue;
        if (!first) made += ", ";
        made += value;
        first = false;
    }
    return made;
}

}  // namespace pinwire::http
