// The visitor that fills settings from the file's tree and notes every mistake on its way, with
// unknown keys among them. Lives for one walk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/config/visitor.hpp"

namespace pinwire::config {

// What the cross-checks need to know about the text.
struct file_facts {
    std::string file;
    std::map<std::string, unsigned> lines;  // of every key and table that stands there
    std::vector<mistake> mistakes;

    void wrong(const std::string& key, std::string what, std::string allowed = {});
    mistake about(const std::string& key, std::string what, std::string allowed = {}) const;
    // The key has no mistake so far: comparing it with others makes sense.
    bool good(const std::string& key) const;
};

class reader : public visitor {
public:
    // `prefix` is the key path of the table, empty at the top.
    reader(const node& table, std::string prefix, const read_context& context, file_facts& facts);

    void key(binding given) override;
    void section(const std::string& name, const body& walk_it) override;
    void named(
        const std::string& name, const std::vector<std::string>& present, const named_body& walk_it
    ) override;
    // After the walk of this table.
    void refuse_unknown();

private:
    std::string path(const std::string& name) const;
    const node& table_of(const std::string& name);

    const node& table_;
    std::string prefix_;
    const read_context& context_;
    file_facts& facts_;
    std::vector<std::string> known_;
};

}  // namespace pinwire::config
