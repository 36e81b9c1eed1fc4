// Keeps the board of endpoints and the tables in step: reads what operators set and which endpoints
// are off, notes who fails and since when, who is off for it, and how each stands; forgets whom
// nobody has to do with. Loop thread only.
#pragma once

#include "callback/dispatcher.hpp"
#include "callback/endpoint_board.hpp"
#include "callback/figures.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/executor.hpp"

namespace pinwire::callback {

class endpoint_keeper {
public:
    // `committed` is told after each commit that may have made events.
    endpoint_keeper(
        const config::settings&,
        endpoint_board&,
        dispatcher&,
        postgres::executor&,
        epoch_id,
        figures&,
        std::function<void()> committed
    );

    awaitable<void> run();   // until cancelled
    awaitable<void> look();  // what operators set, and which are off
    awaitable<void> note();  // what the board has to say
    awaitable<void> show();  // how each stands, for people; and who fails, for the board

private:
    void tell(const std::vector<postgres::endpoint_turn>&);

    const config::settings& settings_;
    endpoint_board& board_;
    dispatcher& dispatcher_;
    postgres::executor& database_;
    epoch_id epoch_;
    figures& figures_;
    std::function<void()> committed_;
    std::int64_t version_ = -1;
};

}  // namespace pinwire::callback
