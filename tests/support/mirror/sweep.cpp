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
    int takeovers_max
) {
    std::vector<int> taken, jobs;
    for (const auto& d : all.due) {
        if (d.what != static_cast<int>(in_doubt) || d.at > now || d.close_at <= now) continue;
        for (auto& a : all.attempts) {
            if (a.job != d.job || a.state != in_doubt || a.closed || a.set_aside) continue;
            const bool free =
                a.owner == 0 || a.owner == epoch || is_dead(all, now, a.owner, dead_after);
            if (!free) continue;
            add_job(jobs, a.job);
            if (a.next_at > now) continue;
            // its owner died in the middle of a step
            if (a.owner != epoch && a.leased_until == a.next_at) ++a.takeovers;
            a.owner = epoch;
            a.set_aside = a.takeovers >= takeovers_max;
            a.leased_until = now + lease;
            a.next_at = a.set_aside ? a.deadline : now + lease;
            if (!a.set_aside) taken.push_back(a.id);
        }
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
