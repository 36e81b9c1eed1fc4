// Bindings for files of certificates, and what is wrong with a key of ours. A file that TLS could
// not use is a mistake of the configuration, found before anything is started with it.
#pragma once

#include <filesystem>
#include <string>

#include "common/config/bindings.hpp"
#include "common/core/secret.hpp"

namespace pinwire::config {

// A file with one certificate at least (PEM): authorities, or ours with its chain.
binding certificates_file(std::string name, std::filesystem::path& path);

// Empty: the key (PEM) belongs to the first certificate of the file.
std::string wrong_with_key(const std::filesystem::path& certificate, const secret& key);

}  // namespace pinwire::config
