#include "common/upkeep/outgoing.hpp"

#include <stdexcept>

#include "common/core/url.hpp"

namespace pinwire::upkeep {

http::endpoint endpoint_of(const std::string& base_url) {
    const auto parsed = url::parse(base_url);
    if (!parsed) throw std::runtime_error("a base_url of the configuration can't be read");
    return http::endpoint(*parsed);
}

http::proxy_settings proxy_of(const std::string& url, const config::secret_file& credentials) {
    http::proxy_settings made;
    if (url.empty()) return made;
    const auto where = endpoint_of(url);
    made.host = where.host;
    made.port = where.port;
    made.credentials = credentials.value;
    return made;
}

http::resolver_settings resolver_settings_of(const config::worker_settings& from) {
    http::resolver_settings made;
    made.servers = from.dns_servers;
    return made;
}

http::client_settings client_settings_of(
    int connections, const std::filesystem::path& ca_file, const config::link_settings& link
) {
    http::client_settings made;
    made.per_endpoint_max = static_cast<std::size_t>(connections);
    made.total_max = made.per_endpoint_max;
    made.ca_file = ca_file.string();
    made.cert_file = link.cert_file.string();
    made.key = link.key.value;
    made.proxy = proxy_of(link.proxy, link.proxy_credentials);
    return made;
}

}  // namespace pinwire::upkeep
