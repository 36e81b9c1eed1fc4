// The configuration's words for whom we call, in the HTTP client's words.
#pragma once

#include <filesystem>
#include <string>

#include "common/config/settings.hpp"
#include "common/http/client.hpp"

namespace pinwire::upkeep {

// One client for each of them: at most so many connections.
http::client_settings
client_settings_of(int connections, const std::filesystem::path& ca, const config::link_settings&);

// Who is asked for their names.
http::resolver_settings resolver_settings_of(const config::worker_settings&);

// An empty URL: none.
http::proxy_settings proxy_of(const std::string& url, const config::secret_file& credentials);

// Throws std::runtime_error for what can't be read as a URL.
http::endpoint endpoint_of(const std::string& base_url);

}  // namespace pinwire::upkeep
