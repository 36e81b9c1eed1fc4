#include "worker/route_line.hpp"

#include <algorithm>

#include "common/runtime/database_clock.hpp"

namespace pinwire::worker {

using std::chrono::steady_clock;
using std::chrono::system_clock;

// What line and permits share.
struct route_place {
    route_place(const config::route_settings& from, wakeup& to_tell)
        : lane(
              pace(from.tps, std::max(1.0, from.burst), steady_clock::now()),
              static_cast<std::size_t>(from.window)
          ),
          changed(&to_tell) {}

    route_lane<attempt_work> lane;
    wakeup* changed;  // null: the line is gone
    std::uint64_t parts = 0;
};

namespace {

// Shares and clocks may change while nobody tells the line.
constexpr auto look_again = std::chrono::milliseconds(500);
constexpr auto lead_max = std::chrono::minutes(1);

moment present() {
    return {database_clock::now(), steady_clock::now()};
}

}  // namespace

route_permit& route_permit::operator=(route_permit&& other) noexcept {
    if (this != &other) {
        release();
        place_ = std::move(other.place_);
        parts_ = other.parts_;
    }
    return *this;
}

void route_permit::release() {
    if (!place_) return;
    place_->parts += static_cast<std::uint64_t>(parts_);
    place_->lane.leave();
    forget_place();
}

void route_permit::give_back_unused() {
    if (!place_) return;
    place_->lane.leave_unused(present(), parts_);
    forget_place();
}

void route_permit::forget_place() {
    if (place_->changed != nullptr && place_->lane.waiting() > 0) place_->changed->notify();
    place_.reset();
}

route_line::route_line(executor ex, const config::route_settings& from)
    : settings_(from),
      changed_(std::move(ex)),
      place_(std::make_shared<route_place>(settings_, changed_)) {
    place_->lane.set_closed(settings_.paused);
}

route_line::~route_line() {
    place_->changed = nullptr;
}

std::optional<route_permit> route_line::try_permit(int parts) {
    if (stopped_ || !place_->lane.try_enter(present(), parts)) return std::nullopt;
    return route_permit(place_, parts);
}

wall_time route_line::expected_at(wall_time now) {
    using seconds = std::chrono::duration<double>;
    const auto steady = steady_clock::now();
    auto& pace = place_->lane.pace();
    // Its own rate, not the slowed one: a carrier's trouble passes sooner than what is reckoned in
    // it, and until then nobody else takes the row.
    const auto rate = std::max(pace.rate(steady) / pace.factor(steady), 0.001);
    seconds wait(place_->lane.waiting_parts() / rate);
    if (pace.quiet_until() > steady) wait += pace.quiet_until() - steady;
    return now +
           std::chrono::duration_cast<system_clock::duration>(std::min<seconds>(wait, lead_max));
}

std::size_t route_line::held() const noexcept {
    return place_->lane.waiting();
}

std::size_t route_line::under_way() const noexcept {
    return place_->lane.under_way();
}

std::uint64_t route_line::parts() const noexcept {
    return place_->parts;
}

std::size_t route_line::free_places() const noexcept {
    const auto most = static_cast<std::size_t>(settings_.queue_max);
    return stopped_ || held() >= most ? 0 : most - held();
}

bool route_line::any_due(wall_time now) const {
    return place_->lane.any_due(now);
}

// One batch's claims all saw the same free places: what is beyond them stays in the table, ours,
// and is taken again when there is room.
void route_line::hold(attempt_work work) {
    if (free_places() == 0 || !ours_.insert(work.id).second) return;
    const auto at = work.not_before == wall_time() ? work.next_at : work.not_before;
    const auto parts = work.parts;
    place_->lane.hold(at, parts, std::move(work));
    changed_.notify();
}

void route_line::let_go(const attempt_id& id) {
    ours_.erase(id);
}

awaitable<std::optional<route_line::turn>> route_line::next() {
    while (!stopped_) {
        const auto now = present();
        drop_late(now.wall);
        if (auto work = place_->lane.try_next(now)) {
            turn made;
            made.work = std::move(*work);
            made.permit = route_permit(place_, made.work.parts);
            std::optional<turn> out(std::move(made));
            co_return out;
        }
        const steady_clock::duration wait = place_->lane.next_after(now);
        const auto part = std::min<steady_clock::duration>(wait, look_again);
        co_await changed_.wait_for(part);
    }
    co_return std::nullopt;
}

// Their deadline closes them in the table.
void route_line::drop_late(wall_time now) {
    const auto late = [now](const attempt_work& work) { return now >= work.last_moment(); };
    for (const auto& work : place_->lane.drop_head(late))
        let_go(work.id);
}

std::vector<attempt_work> route_line::take_out(
    const std::function<bool(const attempt_work&)>& which, std::size_t limit
) {
    return place_->lane.remove_if(which, limit);
}

void route_line::set_share(double part) {
    place_->lane.pace().set_share(steady_clock::now(), part);
}

void route_line::throttled(std::chrono::seconds wait) {
    place_->lane.pace().throttled(steady_clock::now(), wait);
}

void route_line::failing() {
    place_->lane.pace().throttled(steady_clock::now(), steady_clock::duration::zero());
}

void route_line::well_again() {
    place_->lane.pace().forgive(steady_clock::now());
    changed_.notify();
}

void route_line::set_paused(bool paused) {
    if (paused == place_->lane.closed()) return;
    place_->lane.set_closed(paused);
    changed_.notify();
}

bool route_line::paused() const noexcept {
    return place_->lane.closed();
}

double route_line::factor() {
    return place_->lane.pace().factor(steady_clock::now());
}

double route_line::rate() {
    return place_->lane.pace().rate(steady_clock::now());
}

bool route_line::slowed_in_vain() {
    return place_->lane.pace().in_vain(steady_clock::now());
}

std::vector<attempt_work> route_line::stop() {
    stopped_ = true;
    const auto all = [](const attempt_work&) { return true; };
    auto held = place_->lane.remove_if(all, place_->lane.waiting());
    changed_.notify();
    return held;
}

}  // namespace pinwire::worker
