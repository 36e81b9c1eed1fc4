// Checks of single values: what is wrong with a text, empty if nothing is. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/config/bindings.hpp"
#include "common/core/job.hpp"

namespace pinwire::config {

bool is_name(std::string_view text);    // of accounts, providers, carriers, routes
bool is_sender(std::string_view text);  // 11 of letters, digits, space, or 15 digits
bool is_digits(std::string_view text, std::size_t max);  // not empty, first not 0
// An inner or loopback address, a name without a dot, or one below .internal.
bool is_inner_host(const std::string& host);

text_rule url_rule();    // http(s), without query, fragment or trailing slash
text_rule proxy_rule();  // http://host:port
text_rule header_name_rule();
text_rule topic_rule();
text_rule group_rule();
text_rule bootstrap_rule();
text_rule conninfo_rule();  // key=value, no password
text_rule time_zone_rule();
text_rule printable_rule(std::size_t max);
text_rule account_text_rule(dialect);

}  // namespace pinwire::config
