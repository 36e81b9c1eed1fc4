// The one table of keys is a walk (tables.hpp) that shows each key to a visitor as a binding: its
// name, its rule, how to read it into the settings and how to write it back. The loader, the list
// of keys and the printer are three visitors of the same walk, so that they can't disagree.
// Bindings refer to the settings walked over; they live for one call only.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/config/loader.hpp"
#include "common/config/node.hpp"

namespace pinwire::config {

struct read_context {
    std::filesystem::path folder;  // of the configuration file
    load_options options;
};

struct binding {
    std::string name;
    std::string type;
    std::string allowed;
    bool required = false;
    // Puts the value into the settings; returns what is wrong with it, empty if nothing is.
    std::function<std::string(const node&, const read_context&)> read;
    // The present value as TOML; empty: none.
    std::function<std::string()> write;
};

class visitor {
public:
    using body = std::function<void(visitor&)>;
    using named_body = std::function<void(const std::string& name, visitor&)>;

    virtual ~visitor() = default;
    virtual void key(binding) = 0;
    // [name]
    virtual void section(const std::string& name, const body&) = 0;
    // [name.X] for each X of the operator's choice; `present` are those the settings hold.
    virtual void
    named(const std::string& name, const std::vector<std::string>& present, const named_body&) = 0;
};

}  // namespace pinwire::config
