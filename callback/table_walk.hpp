// Finds work in a table of reports, each look bounded, so that nobody's backlog hides anybody's
// report. Three places are looked at: the newest end, which is always near; one that goes round
// over the whole table; and where an endpoint was passed over, once it has room again. One walk for
// reports never tried, one for those that are due again. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "callback/left_behind.hpp"
#include "common/postgres/executor.hpp"
#include "common/postgres/reports.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::callback {

inline constexpr int walk_rows_max = 500;  // that one look takes

// The table `report`; a place is a seq.
struct fresh_table {
    using place = std::int64_t;
    using row = postgres::report_row;
};
// The table `report_retry`, as far as it is due.
struct retry_table {
    using place = postgres::retry_place;
    using row = postgres::retry_row;
};

template <class Table>
class table_walk {
public:
    using place = typename Table::place;
    using row = typename Table::row;
    using has_room = std::function<bool(const endpoint_key&)>;

    table_walk(postgres::executor& database, epoch_id owner, std::chrono::milliseconds lease)
        : database_(database), owner_(owner), lease_(lease) {}

    struct found {
        std::vector<row> rows;  // leased to the owner
        bool more = false;      // a further look may find something at once
    };
    // Passes over those that are named. Throws database_error; nothing is lost then.
    awaitable<found> look(postgres::endpoint_choice whose, has_room room);

    // It was taken and given back, or passed over.
    void left(const endpoint_key& key, const place& behind) { left_.note(key, behind); }
    bool waits_for(const endpoint_key& key) const { return left_.contains(key); }

private:
    struct one_look {
        bool made = false;
        std::vector<row> rows;
        std::optional<place> next;  // none: it came to the end
    };
    struct looks {
        one_look newest, round, own;
        place tail{};   // where the newest begins next time
        place start{};  // where a round begins
        std::vector<postgres::passed_endpoint<place>> passed;
    };
    using own_place = std::optional<std::pair<endpoint_key, place>>;

    looks look_around(
        postgres::session&, const postgres::endpoint_choice&, const own_place&, bool newest_too
    ) const;
    one_look look_from(
        postgres::session&, const place& after, const postgres::endpoint_choice&, int rows_seen
    ) const;

    postgres::executor& database_;
    epoch_id owner_;
    std::chrono::milliseconds lease_;
    place round_{};
    bool amid_ = false;  // the round isn't at its start
    std::optional<place> tail_;
    left_behind<place> left_;
};

extern template class table_walk<fresh_table>;
extern template class table_walk<retry_table>;

}  // namespace pinwire::callback
