// What stands in an Authorization header for a user and a password (RFC 7617). Pure. The result
// holds the password.
#pragma once

#include <string>
#include <string_view>

namespace pinwire {

// "Basic ..."; of USER:PASSWORD.
std::string basic_proof(std::string_view user_and_password);
std::string basic_proof(std::string_view user, std::string_view password);

}  // namespace pinwire
