#include <algorithm>

#include "tests/support/mirror/mirror.hpp"

namespace pinwire::mirror {
namespace {

using enum attempt_state;

void add_job(std::vector<int>& jobs, int id) {
    if (std::find(jobs.begin(), jobs.end(), id) == jobs.end()) jobs.push_back(id);
}

bool is_dead(tables& all, moment now, int epoch, mirror::span after) {
    const auto* o = all.process(epoch);
    return o == nullptr || o->dead || o->beat_at < now - after;
}

void close(attempt_row& a, moment now) {
    if (a.state == waiting) {
        a.state = not_sent;
        a.error = "expired";
        a.closed = true;
        return;
    }
    a.dlr = fold(a.dlr, dlr_status::unknown);
    if (a.state == sending && a.doubt.empty()) a.doubt = "owner_died";
    if (a.state != sent) {
        a.doubt_end = "held";
        a.doubt_ended_at = now;
    }
    if (a.state == sending) {
        a.state = in_doubt;
        a.error = "owner_died";
    }
    a.closed = true;
}

// --- take_in_doubt()

struct step_due {
    attempt_row* row = nullptr;
    moment at;
    int deaths = 0;
    bool suspect = false;
};

// Oldest first.
std::vector<step_due> steps_due(
    tables& all, moment now, int epoch, mirror::span dead_after, int takeovers_max
) {
    std::vector<step_due> found;
    for (const auto& d : all.due) {
        if (d.what != static_cast<int>(in_doubt) || d.at > now || d.close_at <= now) continue;
        for (auto& a : all.attempts) {
            if (a.job != d.job || a.state != in_doubt || a.closed || a.set_aside) continue;
            const bool free =
                a.owner == 0 || a.owner == epoch || is_dead(all, now, a.owner, dead_after);
            if (!free || a.next_at > now) continue;
            // its owner died in the middle of a step
            const bool died = a.owner != epoch && a.leased_until == a.next_at;
            const int deaths = a.takeovers + (died ? 1 : 0);
            found.push_back({&a, d.at, deaths, deaths >= takeovers_max - 1});
        }
    }
    std::sort(found.begin(), found.end(), [](const step_due& left, const step_due& right) {
        return std::pair(left.at, left.row->id) < std::pair(right.at, right.row->id);
    });
    return found;
}

struct hand {
    bool anything = false;
    bool suspects = false;
    bool alone = false;
};

hand hand_of(const tables& all, moment now, int epoch, mirror::span lease) {
    hand made;
    for (const auto& d : all.due) {
        if (d.what != static_cast<int>(in_doubt) || d.at <= now || d.at > now + lease) continue;
        for (const auto& a : all.attempts) {
            if (a.job != d.job || a.state != in_doubt || a.closed || a.owner != epoch) continue;
            if (a.leased_until != a.next_at) continue;
            made.anything = true;
            made.suspects = made.suspects || a.leased_with;
            made.alone = made.alone || a.leased_with == 1;
        }
    }
    return made;
}

struct choice {
    std::vector<step_due> rows;
    int with = 0;  // how many suspects
};

choice choose(std::vector<step_due> found, const hand& mine, int takeovers_max, int together) {
    choice made;
    if (mine.alone) return made;
    std::vector<step_due> suspects;
    for (const auto& one : found)
        (one.suspect ? suspects : made.rows).push_back(one);
    if (suspects.empty()) return made;
    const auto& oldest = suspects.front();
    if (oldest.deaths >= takeovers_max) {
        if (!made.rows.empty() && made.rows.front().at < oldest.at) return made;
        made.rows.clear();
        if (mine.anything) return made;
        made.rows = {oldest};
        made.with = 1;
        return made;
    }
    if (mine.suspects) return made;
    const bool nothing_else = made.rows.empty() && !mine.anything;
    for (const auto& one : suspects) {
        if (one.deaths >= takeovers_max || made.with == together) continue;
        made.rows.push_back(one);
        ++made.with;
    }
    if (!nothing_else) made.with = std::max(made.with, 2);
    return made;
}

}  // namespace

std::vector<int> take_over_sending(
    tables& all, moment now, int epoch, mirror::span dead_after, int takeovers_max
) {
    std::vector<int> taken, jobs;
    for (const auto& d : all.due) {
        if (d.what != static_cast<int>(sending)) continue;
        for (auto& a : all.attempts) {
            if (a.job != d.job || a.state != sending || a.owner == epoch) continue;
            if (!is_dead(all, now, a.owner, dead_after)) continue;
            ++a.takeovers;
            a.state = in_doubt;
            a.owner = epoch;
            a.set_aside = a.takeovers >= takeovers_max;
            a.next_at = a.set_aside ? a.deadline : now;
            a.error = "owner_died";
            if (a.doubt.empty()) a.doubt = "owner_died";
            taken.push_back(a.id);
            add_job(jobs, a.job);
        }
    }
    reschedule(all, now, jobs);
    return taken;
}

std::vector<int> take_in_doubt(
    tables& all,
    moment now,
    int epoch,
    mirror::span dead_after,
    mirror::span lease,
    int takeovers_max,
    int together
) {
    auto found = steps_due(all, now, epoch, dead_after, takeovers_max);
    const auto mine = hand_of(all, now, epoch, lease);
    const auto chosen = choose(std::move(found), mine, takeovers_max, together);
    std::vector<int> taken, jobs;
    for (const auto& one : chosen.rows) {
        auto& a = *one.row;
        const bool died = one.deaths > a.takeovers;
        a.set_aside = died && one.deaths >= takeovers_max && a.leased_with == 1;
        a.takeovers = one.deaths;
        a.owner = epoch;
        a.leased_until = now + lease;
        a.leased_with = one.suspect ? std::optional(chosen.with) : std::nullopt;
        a.next_at = a.set_aside ? a.deadline : now + lease;
        if (!a.set_aside) taken.push_back(a.id);
        add_job(jobs, a.job);
    }
    reschedule(all, now, jobs);
    return taken;
}

std::optional<moment> settled_until(const tables& all) {
    std::optional<moment> least;
    for (const auto& one : all.settled) {
        if (!one) return std::nullopt;
        if (!least || *one < *least) least = one;
    }
    return least;
}

int close_overdue(tables& all, moment now, const overdue_query& of) {
    const auto settled = settled_until(all);
    const auto heard = settled ? *settled - of.skew : moment::min();
    std::vector<int> jobs;
    for (const auto& d : all.due) {
        const bool waits = d.what == static_cast<int>(waiting);
        if (d.close_at <= now - of.grace && (waits || d.close_at < heard)) jobs.push_back(d.job);
    }
    if (jobs.empty()) return 0;
    int closed = 0;
    for (auto& a : all.attempts) {
        const bool asked = std::find(jobs.begin(), jobs.end(), a.job) != jobs.end();
        if (!asked || !a.open() || a.deadline > now - of.grace) continue;
        if (a.state != waiting && a.deadline >= heard) continue;
        close(a, now);
        ++closed;
    }
    settle_up(all, now, jobs, of.reporter, of.lease);
    return closed;
}

void beat(tables& all, moment now, int epoch, int instance) {
    auto* p = all.process(epoch);
    if (p == nullptr) {
        all.processes.push_back({epoch, instance, now, false});
        return;
    }
    p->beat_at = now;
}

int declare_dead(tables& all, int epoch, int instance) {
    int declared = 0;
    for (auto& p : all.processes) {
        if (p.instance != instance || p.epoch == epoch || p.dead) continue;
        p.dead = true;
        ++declared;
    }
    return declared;
}

void farewell(tables& all, int epoch) {
    if (auto* p = all.process(epoch)) p->dead = true;
}

}  // namespace pinwire::mirror
