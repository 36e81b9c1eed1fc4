#include <fmt/format.h>

#include "common/config/bindings.hpp"
#include "common/config/listen_address.hpp"
#include "common/config/tables.hpp"

namespace pinwire::config {

namespace {

// Writes each key that has a value under its table's header.
class printer : public visitor {
public:
    explicit printer(std::string prefix) : prefix_(std::move(prefix)) {}

    void key(binding given) override {
        const auto value = given.write();
        if (!value.empty()) keys_ += fmt::format("{} = {}\n", given.name, value);
    }
    void section(const std::string& name, const body& walk_it) override {
        printer inner(below(name));
        walk_it(inner);
        below_ += inner.text();
    }
    void named(
        const std::string& name, const std::vector<std::string>& present, const named_body& walk_it
    ) override {
        for (const auto& one : present) {
            const auto table = below(name) + "." + one;
            printer inner(table);
            walk_it(one, inner);
            auto text = inner.text();
            below_ += text.empty() ? fmt::format("\n[{}]\n", table) : text;
        }
    }
    std::string text() const {
        if (keys_.empty()) return below_;
        return fmt::format("\n[{}]\n{}", prefix_, keys_) + below_;
    }

private:
    std::string below(const std::string& name) const {
        return prefix_.empty() ? name : prefix_ + "." + name;
    }

    std::string prefix_;
    std::string keys_;
    std::string below_;
};

// Lists each key once, with NAME for names of the operator's choice.
class lister : public visitor {
public:
    lister(std::string prefix, std::vector<key_description>& found)
        : prefix_(std::move(prefix)), found_(found) {}

    void key(binding given) override {
        found_.push_back(
            {prefix_ + "." + given.name, given.type, given.write(), given.allowed, given.required}
        );
    }
    void section(const std::string& name, const body& walk_it) override {
        lister inner(prefix_.empty() ? name : prefix_ + "." + name, found_);
        walk_it(inner);
    }
    void named(const std::string& name, const std::vector<std::string>&, const named_body& walk_it)
        override {
        lister inner(prefix_.empty() ? name + ".NAME" : prefix_ + "." + name + ".NAME", found_);
        walk_it("NAME", inner);
    }

private:
    std::string prefix_;
    std::vector<key_description>& found_;
};

}  // namespace

std::string print_settings(const settings& given) {
    settings copy = given;  // bindings can write; the walk takes settings that may change
    printer all("");
    walk(all, copy);
    return "# " + given.file.string() + "\n" + all.text();
}

std::vector<key_description> keys() {
    settings defaults;
    std::vector<key_description> found;
    lister all("", found);
    walk(all, defaults);
    return found;
}

std::string_view to_string(in_doubt_policy policy) {
    return policy == in_doubt_policy::hold ? "hold" : "resend";
}

}  // namespace pinwire::config
