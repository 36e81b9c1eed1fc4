#include "api/account_lookup.hpp"

namespace pinwire::api {
namespace {

class book_accounts final : public account_lookup {
public:
    explicit book_accounts(const upkeep::account_book& book) : book_(book) {}

    account find(const account_name& name) const override { return book_.find(name); }
    account find_by_key(const digest256& digest) const override {
        return book_.find_by_key(digest);
    }
    bool complete() const override { return book_.looked(); }

private:
    const upkeep::account_book& book_;
};

}  // namespace

std::unique_ptr<account_lookup> accounts_of_book(const upkeep::account_book& book) {
    return std::make_unique<book_accounts>(book);
}

}  // namespace pinwire::api
