#include "tests/faults/sick_carrier.hpp"

#include <fmt/format.h>

namespace pinwire::test {
namespace {

constexpr const char* its_name = "sms.carrier.test";

name_entry on_loopback() {
    name_entry made;
    made.addresses = {"127.0.0.1"};
    made.ttl = 1;
    return made;
}

name_entry silent() {
    name_entry made;
    made.silent = true;
    return made;
}

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

}  // namespace

void sick_carrier::arrange(toml_tables& to) {
    if (what_ != ailment::nameless && what_ != ailment::wrong_certificate) return;
    auto& carrier = to["carriers." + name_];
    const auto before = carrier["base_url"];  // "http://127.0.0.1:PORT/NAME"
    const auto port = before.find(':', before.find("//")) + 1;
    const auto path = before.find('/', port);
    authority_ = std::make_unique<certificates>();
    front_ = std::make_unique<tls_front>(
        static_cast<std::uint16_t>(std::stoi(before.substr(port, path - port))),
        authority_->make(its_name)
    );
    names_ = std::make_unique<name_server>(std::map<std::string, name_entry>());
    names_->set(its_name, on_loopback());
    carrier["base_url"] =
        fmt::format("\"https://{}:{}{}", its_name, front_->port(), before.substr(path));
    carrier["ca_file"] = quoted(authority_->ca_file());
    to["worker"]["dns_servers"] = "[" + quoted(names_->address()) + "]";
}

void sick_carrier::rule(pinwire_stack& stack, const std::string& action) const {
    stack.rule({{"instance", instance()}, {"action", action}});
}

void sick_carrier::fall_ill(pinwire_stack& stack) {
    const auto half_of_them_taken = [&](const std::string& action) {
        rule(stack, action);
        stack.rule(
            {{"instance", instance()},
             {"channel", "sms"},
             {"action", action + "_accepted"},
             {"probability", 0.5},
             {"seed", 7}}
        );
    };
    switch (what_) {
        case ailment::hangs:
            return half_of_them_taken("hang");
        case ailment::resets:
            return half_of_them_taken("reset");
        case ailment::garbage:
            return half_of_them_taken("garbage");
        case ailment::throttles:
            return rule(stack, "throttle");
        case ailment::nameless:
            names_->set(its_name, silent());
            return suffer();
        case ailment::wrong_certificate:
            front_->show(authority_->make("sms.elsewhere.test"));
            return front_->cut();
    }
}

void sick_carrier::suffer() {
    if (what_ == ailment::nameless) front_->cut();
}

void sick_carrier::get_well(pinwire_stack& stack) {
    if (front_ == nullptr) return stack.clear_rules();
    names_->set(its_name, on_loopback());
    front_->show(authority_->make(its_name));
    front_->cut();
}

}  // namespace pinwire::test
