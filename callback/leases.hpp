// The reports in this process's hands, and until when each is its own: a process that stood still,
// or couldn't reach the database, for longer than that finds them in another's. Times are the
// database's. Loop thread only.
#pragma once

#include <chrono>
#include <unordered_map>
#include <vector>

#include "callback/parcel.hpp"

namespace pinwire::callback {

class leases {
public:
    using time_point = std::chrono::system_clock::time_point;

    // Of one that is in hand already, the later end counts.
    void take(const postgres::report_row&);
    void let_go(const report_id& id) { until_.erase(id); }
    // The database was asked at `asked` to lease them for `length` more, and has answered by
    // `answered`. Where a lease had run out by then, somebody else may have been quicker: it stays.
    void renewed(
        const std::vector<report_id>&,
        time_point asked,
        time_point answered,
        std::chrono::milliseconds length
    );

    bool in_hand(const report_id& id) const { return until_.contains(id); }
    // False: at least one of them may be another's by now.
    bool stand(const parcel&, time_point now) const;
    std::size_t size() const noexcept { return until_.size(); }
    std::vector<report_id> ids() const;

private:
    std::unordered_map<report_id, time_point> until_;
};

}  // namespace pinwire::callback
