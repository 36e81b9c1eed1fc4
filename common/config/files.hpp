// Bindings for keys that name files: secrets, which nobody else may read, and certificates. A path
// is relative to the configuration file; $CREDENTIALS_DIRECTORY at its beginning stands for what
// load_options says. What is wrong with a file is a mistake of its key; its content is never
// quoted.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/config/bindings.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/secret.hpp"

namespace pinwire::config {

// Without the trailing newline, or what is wrong with the file.
std::variant<secret, std::string> read_secret_file(const std::filesystem::path& file);

binding secret_in(std::string name, std::filesystem::path& path, secret& value);
binding secret_in(std::string name, secret_file& target);
binding ring_in(std::string name, std::filesystem::path& path, std::optional<key_ring>& target);
binding webhook_secrets_in(
    std::string name, std::vector<std::filesystem::path>& paths, std::vector<secret>& targets
);
// A file that must be there: certificates.
binding public_file(std::string name, std::filesystem::path& path);
// A folder's path; whether it is there is its user's business.
binding folder(std::string name, std::filesystem::path& path);

}  // namespace pinwire::config
