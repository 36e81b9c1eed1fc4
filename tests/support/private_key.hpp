// A private key of RSA, made on the spot: an application's, as Vonage's calls are signed with.
#pragma once

#include <string>

namespace pinwire::test {

std::string new_private_key();  // PEM, 2048 bits, not encrypted

}  // namespace pinwire::test
