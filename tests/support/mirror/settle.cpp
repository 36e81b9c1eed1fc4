#include <algorithm>
#include <map>

#include "tests/support/mirror/mirror.hpp"

namespace pinwire::mirror {
namespace {

using enum attempt_state;
using namespace std::chrono_literals;

struct match {
    int attempt = 0;  // 0: it fits none
    std::string why;
};

match match_by_id(tables& all, const dlr_row& r) {
    match out;
    int fits = 0, candidates = 0;
    for (const auto& k : all.refs) {
        if (k.carrier != r.carrier || k.carrier_id != r.carrier_id || r.carrier_id == 0) continue;
        const auto* a = all.attempt(k.attempt);
        ++candidates;
        if (r.number != 0 && all.job(a->job)->number != r.number) continue;
        ++fits;
        out.attempt = a->id;
    }
    if (fits == 1) return out;
    out.attempt = 0;
    out.why = fits > 1 ? "ambiguous" : candidates > 0 ? "other_number" : "no_match";
    return out;
}

// match_dlrs()
match match_one(tables& all, const dlr_row& r) {
    if (r.reference != 0 && r.token != 0 && r.alone && r.reference != r.token)
        return {0, "disagrees"};
    const int direct = r.reference != 0 ? r.reference : r.alone ? r.token : 0;
    if (direct != 0) {
        const auto* a = all.attempt(direct);
        if (a != nullptr && a->carrier == r.carrier) return {direct, {}};
        return {0, "no_match"};
    }
    return match_by_id(all, r);
}

struct matches {
    std::vector<std::pair<const dlr_row*, int>> found;        // and its attempt
    std::vector<std::pair<const dlr_row*, std::string>> odd;  // and why
    std::vector<const dlr_row*> moot;
};

// match_all(): a refusal proves no acceptance.
matches match_all(tables& all, std::span<const dlr_row> rows) {
    matches out;
    for (const auto& r : rows) {
        auto one = match_one(all, r);
        if (one.attempt == 0) {
            out.odd.emplace_back(&r, one.why);
            continue;
        }
        const auto state = all.attempt(one.attempt)->state;
        const bool refusal = r.status == dlr_status::rejectd;
        if (!refusal || state == in_doubt || state == sent)
            out.found.emplace_back(&r, one.attempt);
        else if (state == sending)
            out.odd.emplace_back(&r, "unanswered");
        else
            out.moot.push_back(&r);
    }
    return out;
}

// Folded per attempt first.
dlr_row folded(const dlr_row& one, const dlr_row& other) {
    auto made = one;
    if (other.status) made.status = fold(one.status, *other.status);
    if (other.call) made.call = fold(one.call, *other.call);
    made.at = std::max(one.at, other.at);
    made.error = std::max(one.error, other.error);
    made.carrier_id = std::max(one.carrier_id, other.carrier_id);
    return made;
}

void apply(attempt_row& a, moment now, bool job_final, const dlr_row& e) {
    if (e.status) a.dlr = fold(a.dlr, *e.status);
    if (e.call) a.call = fold(a.call, *e.call);
    a.dlr_at = a.dlr_at ? std::max(*a.dlr_at, e.at) : e.at;
    if (!e.error.empty()) a.dlr_error = e.error;
    if (a.state == in_doubt) {
        a.doubt_end = "reported";
        a.doubt_ended_at = now;
    }
    a.state = sent;
    a.error.clear();
    if (!a.sent_at) a.sent_at = a.started_at.value_or(now);
    if (a.carrier_id == 0) a.carrier_id = e.carrier_id;
    // what was resent is closed, and opens again by news that are no outcome yet
    a.closed = (a.dlr && *a.dlr >= dlr_status::unknown) || (a.closed && job_final);
}

void apply_dlrs(tables& all, moment now, int epoch, const matches& them, mirror::span lease) {
    std::map<int, dlr_row> evidence;
    for (const auto& [row, attempt] : them.found) {
        const auto [it, fresh] = evidence.emplace(attempt, *row);
        if (!fresh) it->second = folded(it->second, *row);
    }
    std::vector<int> jobs;
    for (const auto& [id, e] : evidence) {
        auto& a = *all.attempt(id);
        apply(a, now, all.job(a.job)->final(), e);
        if (std::find(jobs.begin(), jobs.end(), a.job) == jobs.end()) jobs.push_back(a.job);
    }
    if (!jobs.empty()) settle_up(all, now, jobs, epoch, lease);
}

}  // namespace

settled_answer settle(
    tables& all,
    moment now,
    int epoch,
    std::span<const dlr_row> rows,
    std::span<const mark> marks,
    mirror::span park_first,
    mirror::span lease
) {
    const auto them = match_all(all, rows);
    for (const auto& [row, why] : them.odd) {
        parked_row p;
        p.id = ++all.parked_made;
        p.entry = *row;
        p.why = why;
        const bool soon = why == "unanswered";
        p.next_at = now + (soon ? std::min<mirror::span>(park_first, 1s) : park_first);
        all.parked.push_back(p);
    }
    apply_dlrs(all, now, epoch, them, lease);
    for (const auto& m : marks) {
        auto& until = all.settled[static_cast<std::size_t>(m.partition)];
        until = until ? std::max(*until, m.until) : m.until;
    }
    return {static_cast<int>(them.found.size()), static_cast<int>(them.odd.size())};
}

std::vector<int> take_parked(tables& all, moment now, mirror::span again) {
    std::vector<int> taken;
    for (auto& p : all.parked) {
        if (p.next_at > now) continue;
        p.next_at = now + std::min<mirror::span>(again * (1LL << std::min(p.tries, 12)), 1h);
        ++p.tries;
        taken.push_back(p.id);
    }
    return taken;
}

settled_answer settle_parked(
    tables& all, moment now, int epoch, const std::vector<int>& ids, mirror::span lease
) {
    std::vector<dlr_row> rows;
    std::vector<int> known;
    for (const int id : ids) {
        for (const auto& p : all.parked) {
            if (p.id != id) continue;
            rows.push_back(p.entry);
            known.push_back(id);
        }
    }
    const auto them = match_all(all, rows);
    apply_dlrs(all, now, epoch, them, lease);
    std::vector<int> over;
    for (const auto& [row, attempt] : them.found)
        over.push_back(known[static_cast<std::size_t>(row - rows.data())]);
    for (const auto* row : them.moot)
        over.push_back(known[static_cast<std::size_t>(row - rows.data())]);
    const auto gone = [&](const parked_row& p) {
        return std::find(over.begin(), over.end(), p.id) != over.end();
    };
    all.parked.erase(std::remove_if(all.parked.begin(), all.parked.end(), gone), all.parked.end());
    return {static_cast<int>(them.found.size()), 0};
}

}  // namespace pinwire::mirror
