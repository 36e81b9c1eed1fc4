#include "api/store.hpp"

#include "api/bounded_batch.hpp"
#include "api/each_row.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::api {
namespace {

using postgres::session;

struct pin_key {
    account_name account;
    pin_id pin;
};

struct verifications_question {
    account_name account;
    std::string application;
    msisdn to;
};

class postgres_store final : public order_and_pin_store {
public:
    postgres_store(
        executor ex,
        const config::settings& settings,
        epoch_id epoch,
        std::function<void()> committed
    );

    awaitable<postgres::admission> admit(postgres::admission_request request) override {
        return admit_.ask(std::move(request));
    }
    awaitable<postgres::final_answer> finish_now(postgres::final_job request) override;
    awaitable<std::optional<postgres::pin_facts>> find(postgres::pin_question which) override {
        return find_.ask(std::move(which));
    }
    awaitable<postgres::guess_answer> guess(postgres::guess_request request) override {
        return guess_.ask(std::move(request));
    }
    awaitable<bool> cancel(account_name account, pin_id pin) override;
    awaitable<std::optional<postgres::pin_story>> story(postgres::pin_question which) override {
        return story_.ask(std::move(which));
    }
    awaitable<std::vector<postgres::verification>> verifications(
        account_name account, std::string application, msisdn to
    ) override;
    awaitable<int> settle_charges() override;
    void stop() override {
        orders_.stop();
        pins_.stop();
    }
    void abandon() override {
        orders_.abandon();
        pins_.abandon();
    }

private:
    template <class In, class Out>
    using batch = bounded_batch<In, Out>;

    std::function<void()> committed_;
    postgres::executor orders_;
    postgres::executor pins_;
    batch<postgres::admission_request, postgres::admission> admit_;
    batch<postgres::final_job, postgres::final_answer> finish_;
    batch<int, int> settle_;
    batch<postgres::pin_question, std::optional<postgres::pin_facts>> find_;
    batch<postgres::guess_request, postgres::guess_answer> guess_;
    batch<pin_key, bool> cancel_;
    batch<postgres::pin_question, std::optional<postgres::pin_story>> story_;
    batch<verifications_question, std::vector<postgres::verification>> verifications_;
};

batch_rules rules_of(const config::settings& settings) {
    batch_rules made;
    made.within = settings.api.answer_within;
    return made;
}

batch_rules only_once(const config::settings& settings) {
    auto made = rules_of(settings);
    made.rerun_in_doubt = false;
    return made;
}

bool cancel_now(session& db, const pin_key& which) {
    return postgres::cancel_pin(db, which.account, which.pin);
}

int settle_now(session& db, const int& limit) {
    return postgres::settle_charges(db, limit);
}

std::vector<postgres::verification> verifications_now(
    session& db, const verifications_question& about
) {
    return postgres::verifications(db, about.account, about.application, about.to);
}

postgres_store::postgres_store(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
)
    : committed_(std::move(committed)),
      orders_(upkeep::postgres_settings_of(settings, "api-orders"), "pg-orders"),
      pins_(upkeep::postgres_settings_of(settings, "api-pins"), "pg-pins"),
      admit_(ex, orders_, rules_of(settings), postgres::admit),
      finish_(
          ex,
          orders_,
          rules_of(settings),
          [epoch](session& db, auto part) { return postgres::finish_now(db, epoch, part); }
      ),
      settle_(ex, orders_, rules_of(settings), each_row<int>(settle_now)),
      find_(ex, pins_, rules_of(settings), postgres::find_pins),
      guess_(ex, pins_, only_once(settings), postgres::guess),
      cancel_(ex, pins_, rules_of(settings), each_row<pin_key>(cancel_now)),
      story_(
          ex, pins_, rules_of(settings), each_row<postgres::pin_question>(postgres::story_of_pin)
      ),
      verifications_(
          ex, pins_, rules_of(settings), each_row<verifications_question>(verifications_now)
      ) {}

awaitable<postgres::final_answer> postgres_store::finish_now(postgres::final_job request) {
    auto answer = co_await finish_.ask(std::move(request));
    if (answer.ours) committed_();
    co_return answer;
}

awaitable<int> postgres_store::settle_charges() {
    try {
        co_return co_await settle_.ask(settled_at_once_max);
    } catch (const postgres::database_error& error) {
        telemetry::log_limited(
            telemetry::log_level::warn,
            "charges",
            "database_away",
            {{"error", std::string(error.what())}}
        );
    }
    co_return 0;
}

awaitable<bool> postgres_store::cancel(account_name account, pin_id pin) {
    pin_key which;
    which.account = std::move(account);
    which.pin = std::move(pin);
    co_return co_await cancel_.ask(std::move(which));
}

awaitable<std::vector<postgres::verification>> postgres_store::verifications(
    account_name account, std::string application, msisdn to
) {
    verifications_question about;
    about.account = std::move(account);
    about.application = std::move(application);
    about.to = std::move(to);
    co_return co_await verifications_.ask(std::move(about));
}

}  // namespace

std::unique_ptr<order_and_pin_store> make_order_and_pin_store(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
) {
    return std::make_unique<postgres_store>(ex, settings, epoch, std::move(committed));
}

}  // namespace pinwire::api
