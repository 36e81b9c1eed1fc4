// Brings the schema up to date: the files NNN_name.sql of a directory, in order, each once, each in
// a transaction of its own with search_path pinwire, under an advisory lock; what ran is remembered
// in pinwire.schema_version. Forward only. Needs a role that may create the schema and roles.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct migration {
    int number = 0;
    std::string name;  // the file's
    std::string sha256;
    std::string sql;
};

// Throws std::runtime_error: no files, a number twice, a gap, a file that can't be read.
std::vector<migration> read_migrations(const std::filesystem::path& directory);

// Returns what it ran. Throws std::runtime_error when a file that was applied has changed or is
// gone.
std::vector<migration> migrate(session&, const std::vector<migration>&);

// The highest number that was applied; 0: none. Any of our roles may ask.
int schema_version(session&);

}  // namespace pinwire::postgres
