#include "tests/support/mirror/rows.hpp"

#include <algorithm>

namespace pinwire::mirror {
namespace {

template <class Row, class Field>
Row* find(std::vector<Row>& in, Field Row::*field, int wanted) {
    for (auto& one : in)
        if (one.*field == wanted) return &one;
    return nullptr;
}

template <class Row, class Field>
void sort_by(std::vector<Row>& rows, Field Row::*field) {
    std::sort(rows.begin(), rows.end(), [field](const Row& a, const Row& b) {
        return a.*field < b.*field;
    });
}

}  // namespace

job_row* tables::job(int id) {
    return find(jobs, &job_row::id, id);
}
attempt_row* tables::attempt(int id) {
    return find(attempts, &attempt_row::id, id);
}
pin_row* tables::pin(int id) {
    return find(pins, &pin_row::id, id);
}
due_row* tables::due_of(int job) {
    return find(due, &due_row::job, job);
}
process_row* tables::process(int epoch) {
    return find(processes, &process_row::epoch, epoch);
}

attempt_row* tables::newest_of(int job) {
    attempt_row* newest = nullptr;
    for (auto& one : attempts)
        if (one.job == job && (newest == nullptr || one.n > newest->n)) newest = &one;
    return newest;
}

void sort(tables& all) {
    sort_by(all.jobs, &job_row::id);
    sort_by(all.pins, &pin_row::id);
    sort_by(all.attempts, &attempt_row::id);
    sort_by(all.due, &due_row::job);
    std::sort(all.refs.begin(), all.refs.end());
    sort_by(all.reports, &report_row::job);
    sort_by(all.parked, &parked_row::id);
    sort_by(all.processes, &process_row::epoch);
}

}  // namespace pinwire::mirror
