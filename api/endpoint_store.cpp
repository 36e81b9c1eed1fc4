#include "api/endpoint_store.hpp"

#include <utility>

#include "api/bounded_batch.hpp"
#include "api/each_row.hpp"

namespace pinwire::api {
namespace {

using setting = std::optional<postgres::endpoint_setting>;

class stored_endpoints final : public endpoint_store {
public:
    stored_endpoints(executor ex, postgres::executor& on, batch_rules rules)
        : find_(
              std::move(ex),
              on,
              rules,
              each_row<postgres::endpoint_name>(postgres::find_endpoint_setting)
          ) {}

    awaitable<setting> find(postgres::endpoint_name which) override {
        return find_.ask(std::move(which));
    }

private:
    bounded_batch<postgres::endpoint_name, setting> find_;
};

}  // namespace

std::unique_ptr<endpoint_store> make_endpoint_store(
    executor ex, postgres::executor& database, std::chrono::milliseconds within
) {
    batch_rules rules;
    rules.within = within;
    return std::make_unique<stored_endpoints>(std::move(ex), database, rules);
}

}  // namespace pinwire::api
