#include "tests/support/mirror/mirror.hpp"

namespace pinwire::mirror {
namespace {

using place = report_row::place;

bool is_free(const report_row& r, moment now) {
    return !r.lease_until || *r.lease_until < now;
}

// As report_retry counts it: the row is born with one try.
void try_again(report_row& r, moment now, int owner, const report_result& how) {
    if (r.where == place::fresh) {
        r.where = place::retry;
        r.tries = 1;
        r.malformed = how.malformed ? 1 : 0;
        r.first_try_at = now;
    } else if (r.due_at != how.due_at) {
        ++r.tries;
        r.malformed += how.malformed ? 1 : 0;
    } else {
        return;
    }
    r.due_at = how.due_at;
    r.owner = owner;
    r.lease_until.reset();
}

}  // namespace

std::vector<int> take_reports(tables& all, moment now, int owner, mirror::span lease) {
    std::vector<int> taken;
    for (auto& r : all.reports) {
        if (r.where != place::fresh || !is_free(r, now)) continue;
        r.owner = owner;
        r.lease_until = now + lease;
        taken.push_back(r.job);
    }
    return taken;
}

std::vector<int> take_retries(tables& all, moment now, int owner, mirror::span lease) {
    std::vector<int> taken;
    for (auto& r : all.reports) {
        if (r.where != place::retry || *r.due_at > now || !is_free(r, now)) continue;
        r.owner = owner;
        r.lease_until = now + lease;
        taken.push_back(r.job);
    }
    return taken;
}

void finish_report(tables& all, moment now, int owner, const report_result& how) {
    for (auto& r : all.reports) {
        const bool live = r.where == place::fresh || r.where == place::retry;
        if (r.job != how.job || !live) continue;
        switch (how.outcome) {
            case outcome::delivered:
                r.where = place::gone;
                break;
            case outcome::retry:
                try_again(r, now, owner, how);
                break;
            case outcome::dead:
                r.tries += how.answered ? 1 : 0;
                r.where = place::dead;
                break;
            case outcome::given_back:
                if (r.owner != owner) break;
                r.owner = 0;
                r.lease_until.reset();
                break;
        }
    }
}

}  // namespace pinwire::mirror
