// A folder of its own with the secrets that a configuration names, and a small configuration that
// is right, for tests that make one thing wrong.
#pragma once

#include <string>

#include "common/config/loader.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

class config_folder {
public:
    config_folder();  // with all secrets that good_config() and the example name

    // Only its user may read it, unless another mode is given.
    void write(const std::string& name, const std::string& text, unsigned mode = 0600) const;
    config::load_result load(const std::string& text, const config::load_options& = {}) const;
    const std::filesystem::path& path() const { return folder_.path(); }

private:
    temp_dir folder_;
};

// Loads without a mistake; `extra` comes behind it, where [log] is open.
std::string good_config(const std::string& extra = {});
// The same with one text in it replaced; throws std::logic_error if it isn't there.
std::string changed(const std::string& from, const std::string& to);

}  // namespace pinwire::test
