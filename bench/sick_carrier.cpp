#include "bench/sick_carrier.hpp"

#include <fmt/format.h>

#include "common/core/url.hpp"

namespace pinwire::bench {
namespace {

constexpr auto its_name = "sms.carrier.test";  // scripts/lib/bench_config.sh has it, too

test::name_entry on_loopback() {
    test::name_entry made;
    made.addresses = {"127.0.0.1"};
    made.ttl = 1;
    return made;
}

test::name_entry silent() {
    test::name_entry made;
    made.silent = true;
    return made;
}

std::string rule_of(const std::string& action) {
    return fmt::format(R"({{"instance":"sick","action":"{}"}})", action);
}

// Another selector, so that it stands beside the rule above.
std::string every_other(const std::string& action) {
    return fmt::format(
        R"({{"instance":"sick","channel":"sms","action":"{}","probability":0.5}})", action
    );
}

}  // namespace

sick_carrier::sick_carrier(const options& given, simulator_view& simulator)
    : given_(given), simulator_(simulator) {
    if (given.front_port == 0) return;
    const auto behind = url::parse(given.sim);
    front_ = std::make_unique<test::tls_front>(
        behind->port(), given.front_certificates + "/right.pem", given.front_port
    );
    names_ = std::make_unique<test::name_server>(
        std::map<std::string, test::name_entry>{{its_name, on_loopback()}}, given.names_port
    );
}

awaitable<void> sick_carrier::fall_ill() {
    const auto& what = given_.trouble;
    if (what == "dns") names_->set(its_name, silent());
    if (what == "certificate") front_->show(given_.front_certificates + "/wrong.pem");
    if (front_) {
        front_->cut();
        co_return;
    }
    co_await simulator_.put_rule(rule_of(what));
    if (what != "throttle") co_await simulator_.put_rule(every_other(what + "_accepted"));
}

void sick_carrier::suffer() {
    if (given_.trouble == "dns") front_->cut();
}

awaitable<void> sick_carrier::get_well() {
    if (!front_) {
        co_await simulator_.clear_rules();
        co_return;
    }
    names_->set(its_name, on_loopback());
    front_->show(given_.front_certificates + "/right.pem");
    front_->cut();
}

}  // namespace pinwire::bench
