#include "callback/parcel.hpp"

#include <algorithm>
#include <map>

#include "common/reports/signature.hpp"

namespace pinwire::callback {
namespace {

parcel parcel_of(std::vector<postgres::retry_row> rows) {
    parcel made;
    made.tries = rows.front().tries;
    made.malformed = rows.front().malformed;
    made.first_try_at = rows.front().first_try_at;
    made.due_at = rows.front().due_at;
    for (auto& row : rows)
        made.reports.push_back(std::move(row.report));
    return made;
}

std::vector<report_id> ids_of(const std::vector<postgres::retry_row>& rows) {
    std::vector<report_id> ids;
    for (const auto& row : rows)
        ids.push_back(row.report.id);
    return ids;
}

}  // namespace

std::vector<parcel> parcels_of(std::vector<postgres::retry_row> rows) {
    std::vector<parcel> made;
    std::map<std::string, std::vector<postgres::retry_row>> batches;
    const auto singly = [&made](postgres::retry_row row) {
        std::vector<postgres::retry_row> one;
        one.push_back(std::move(row));
        made.push_back(parcel_of(std::move(one)));
    };
    for (auto& row : rows) {
        if (row.batch.empty()) {
            singly(std::move(row));
        } else {
            auto& members = batches[row.batch];
            members.push_back(std::move(row));
        }
    }
    for (auto& [id, members] : batches) {
        std::sort(members.begin(), members.end(), [](const auto& left, const auto& right) {
            return left.batch_pos < right.batch_pos;
        });
        // the id is derived from the members: it tells whether they are all here
        if (reports::webhook_id(ids_of(members)) == id) {
            made.push_back(parcel_of(std::move(members)));
        } else {
            for (auto& row : members)
                singly(std::move(row));
        }
    }
    return made;
}

std::string webhook_id_of(const parcel& of) {
    std::vector<report_id> ids;
    for (const auto& report : of.reports)
        ids.push_back(report.id);
    return reports::webhook_id(ids);
}

}  // namespace pinwire::callback
