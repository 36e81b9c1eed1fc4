#include "tests/support/mirror/new_attempt.hpp"

namespace pinwire::mirror {

attempt_row new_attempt(int job, int n, const attempt_wish& wish, int epoch, moment now) {
    attempt_row made;
    made.id = wish.id;
    made.job = job;
    made.n = n;
    made.route = wish.route;
    made.carrier = wish.carrier;
    made.state = wish.start ? attempt_state::sending : attempt_state::waiting;
    made.owner = wish.start || wish.keep ? epoch : 0;
    made.next_at = wish.next_at;
    made.deadline = wish.deadline;
    made.created_at = now;
    if (wish.start) made.started_at = now;
    made.cost = wish.cost;
    return made;
}

}  // namespace pinwire::mirror
