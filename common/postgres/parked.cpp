#include "common/postgres/parked.hpp"

namespace pinwire::postgres {

std::vector<parked_story> list_parked(session& with, const carrier_name& carrier, int limit) {
    const auto rows = with.query(
        "select id, carrier, why, entry, intake_at, tries, next_at from dlr_parked"
        " where $1 = '' or carrier = $1 order by intake_at, id limit $2::integer",
        {carrier.str(), std::to_string(limit)}
    );
    std::vector<parked_story> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        parked_story one;
        one.id = from.int64(0);
        one.carrier = carrier_name(from.view(1));
        one.why = from.text(2);
        one.entry = from.text(3);
        one.intake_at = from.time(4);
        one.tries = from.int32(5);
        one.next_at = from.time(6);
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<parked_count> count_parked(session& with, const carrier_name& carrier) {
    const auto rows = with.query(
        "select carrier, why, count(*), min(intake_at) from dlr_parked"
        " where $1 = '' or carrier = $1 group by 1, 2 order by 1, 2",
        {carrier.str()}
    );
    std::vector<parked_count> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        parked_count one;
        one.carrier = carrier_name(from.view(0));
        one.why = from.text(1);
        one.count = from.int64(2);
        one.oldest = from.time(3);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace pinwire::postgres
