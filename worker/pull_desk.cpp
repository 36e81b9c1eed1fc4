#include "worker/pull_desk.hpp"

#include "common/carriers/intake.hpp"
#include "common/postgres/liveness.hpp"

namespace pinwire::worker {
namespace {

using postgres::session;

class desk final : public pull_desk {
public:
    desk(const config::settings& settings, postgres::executor& database, kafka::producer& producer)
        : topic_(settings.kafka.topics.dlrs), database_(database), producer_(producer) {}

    awaitable<bool> turn(carrier_name name) override {
        auto ask = [chore = "pull/" + name.str()](session& db) {
            return postgres::take_turn(db, chore);
        };
        co_return co_await database_.run(std::move(ask));
    }

    awaitable<std::vector<postgres::overdue_attempt>> take(postgres::overdue_question question
    ) override {
        auto work = [question = std::move(question)](session& db) {
            return postgres::take_overdue(db, question);
        };
        co_return co_await database_.run(std::move(work));
    }

    awaitable<void> again(std::vector<attempt_id> which, std::chrono::milliseconds in) override {
        auto work = [which = std::move(which), in](session& db) {
            postgres::pull_again(db, which, in);
        };
        co_await database_.run(std::move(work));
    }

    awaitable<bool> put(std::vector<dlr> told) override {
        std::vector<kafka::message> messages;
        for (const auto& one : told) {
            kafka::message made;
            made.topic = topic_;
            made.key = carriers::key_of(one);
            made.payload = encode_dlr(one);
            messages.push_back(std::move(made));
        }
        const auto results = co_await producer_.produce_all(std::move(messages));
        for (const auto& result : results)
            if (!result.ok) co_return false;
        co_return true;
    }

private:
    std::string topic_;
    postgres::executor& database_;
    kafka::producer& producer_;
};

}  // namespace

std::unique_ptr<pull_desk> make_pull_desk(
    const config::settings& settings, postgres::executor& database, kafka::producer& producer
) {
    return std::make_unique<desk>(settings, database, producer);
}

}  // namespace pinwire::worker
