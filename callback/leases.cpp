#include "callback/leases.hpp"

#include <algorithm>

namespace pinwire::callback {

void leases::take(const postgres::report_row& row) {
    auto& until = until_.try_emplace(row.id, time_point::min()).first->second;
    until = std::max(until, row.lease_until.value_or(time_point::min()));
}

void leases::renewed(
    const std::vector<report_id>& ids,
    time_point asked,
    time_point answered,
    std::chrono::milliseconds length
) {
    for (const auto& id : ids) {
        const auto found = until_.find(id);
        if (found == until_.end() || found->second <= answered) continue;
        found->second = std::max(found->second, asked + length);
    }
}

bool leases::stand(const parcel& what, time_point now) const {
    return std::all_of(what.reports.begin(), what.reports.end(), [&](const auto& row) {
        const auto found = until_.find(row.id);
        return found != until_.end() && now < found->second;
    });
}

std::vector<report_id> leases::ids() const {
    std::vector<report_id> all;
    all.reserve(until_.size());
    for (const auto& [id, until] : until_)
        all.push_back(id);
    return all;
}

}  // namespace pinwire::callback
