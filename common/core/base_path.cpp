#include "common/core/base_path.hpp"

namespace pinwire {

std::string base_path(std::string_view base_url) {
    const auto scheme = base_url.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto slash = base_url.find('/', scheme + 3);
    if (slash == std::string_view::npos) return {};
    std::string_view path = base_url.substr(slash);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return std::string(path);
}

}  // namespace pinwire
