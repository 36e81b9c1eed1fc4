// The carrier that misbehaves while the others are measured: the simulator's instance `sick`, by
// its rules; or, where its name or its certificate is what fails, behind a TLS front and a name
// server of our own, at the ports and with the certificates that the worker was told of.
// Single-threaded but for those two.
#pragma once

#include <memory>

#include "bench/options.hpp"
#include "bench/simulator_view.hpp"
#include "tests/support/name_server.hpp"
#include "tests/support/tls_front.hpp"

namespace pinwire::bench {

class sick_carrier {
public:
    sick_carrier(const options&, simulator_view&);

    awaitable<void> fall_ill();
    // To be called now and then while it is ill: its connections end, as they do sooner or later.
    void suffer();
    awaitable<void> get_well();

private:
    const options& given_;
    simulator_view& simulator_;
    std::unique_ptr<test::name_server> names_;  // both null: its rules are all it needs
    std::unique_ptr<test::tls_front> front_;
};

}  // namespace pinwire::bench
