// Step 3: the claim. One message's one try to become a job: its PIN is minted and sealed, its route
// chosen, its first attempt written; only what comes back under this claim's own id may be sent.
// Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/runtime/random.hpp"
#include "common/upkeep/account_book.hpp"
#include "worker/figures.hpp"
#include "worker/ports.hpp"
#include "worker/routes.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

struct claimed {
    enum class kind {
        to_send,  // ours, and its permit is in hand
        to_wait,  // ours, held in memory until its route lets it go
        left,     // ours, but the table keeps it: final, or no room in memory
        repeat,   // known already with the same content: its status was announced again
        reused,   // known already with other content: a dead letter
        bad_row   // the database can't take this row: a dead letter
    } what = kind::left;
    attempt_work work;     // to_send, to_wait
    route_permit permit;   // to_send
    std::string sqlstate;  // bad_row
};

class claim_step {
public:
    claim_step(
        const config::settings&,
        const upkeep::account_book&,
        const key_ring&,
        job_store&,
        routes&,
        figures&,
        epoch_id
    );

    // Takes the job out of what it is given once that is the claim's own; otherwise leaves all of
    // it, for the dead letter that it may become.
    awaitable<claimed> run(looked_up&);

private:
    struct draft;
    void choose_route(const job&, std::string_view network, draft&);
    void choose_way(const job&, std::string_view network, draft&);
    void mint(const job&, draft&);
    postgres::claim_request request_of(const looked_up&, const draft&) const;
    claimed judge(const postgres::claim_answer&, looked_up&, draft&) const;

    const config::settings& settings_;
    const upkeep::account_book& accounts_;
    const key_ring& keys_;
    job_store& store_;
    routes& routes_;
    figures& figures_;
    epoch_id epoch_;
    random_source random_;
};

// Random ids of the worker's making.
message_id new_message_id();
attempt_id new_attempt_id();
pin_id new_pin_id();  // 32 upper-case hex digits, as Infobip writes them

}  // namespace pinwire::worker
