// One carrier of a stack that falls ill and gets well again: it hangs, resets, talks nonsense, says
// "too fast", loses its name or shows a wrong certificate. For the last two it stands behind a TLS
// front of its own, under a name that the test's name server knows. Main thread only.
#pragma once

#include <memory>
#include <string>

#include "tests/support/certificates.hpp"
#include "tests/support/name_server.hpp"
#include "tests/support/stack/pinwire_stack.hpp"
#include "tests/support/tls_front.hpp"

namespace pinwire::test {

enum class ailment { hangs, resets, garbage, throttles, nameless, wrong_certificate };

class sick_carrier {
public:
    // `name`: as in the stack's configuration.
    sick_carrier(std::string name, ailment what) : name_(std::move(name)), what_(what) {}

    // Puts it behind its front, where it needs one. For stack_options::edit.
    void arrange(toml_tables& to);

    void fall_ill(pinwire_stack&);
    // Again and again while it is ill: a nameless one loses its connections, too, as they do in the
    // end.
    void suffer();
    void get_well(pinwire_stack&);

    const std::string& name() const { return name_; }
    // In the simulator's words.
    std::string instance() const { return name_ == "nrs" ? "360nrs" : name_; }

private:
    void rule(pinwire_stack&, const std::string& action) const;

    const std::string name_;
    const ailment what_;
    std::unique_ptr<certificates> authority_;
    std::unique_ptr<name_server> names_;
    std::unique_ptr<tls_front> front_;
};

}  // namespace pinwire::test
