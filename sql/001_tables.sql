-- The system of record (ARCHITECTURE.md, "Data"). Rules that hold everywhere:
--   * no index on a column that changes with status: it would cost HOT updates. Unfinished work is found through
--     `due` and the report tables, which stay small;
--   * ids are time-ordered 128-bit values made by the programs;
--   * numbers of statuses are those of common/core/status.hpp and common/core/job.hpp; never renumber one;
--   * no foreign keys: each row is written by one function of ours, in one transaction with what it belongs to.

-- One row for every accepted job: the unit of idempotency, finality and reports.
create table job (
    id            uuid primary key,                 -- message_id: what customers and events see
    account       text not null,
    job_id        text not null,                    -- the producer's key within the account
    claim_id      uuid not null,                    -- the one message that made this row
    content_hash  bytea not null,
    channel       smallint not null,                -- 0 SMS, 1 voice
    msisdn        text not null,                    -- digits
    spec          text not null,                    -- the job itself, for the worker that goes on with it
    report_url    text,
    report_format smallint not null,
    report_refusal boolean not null,
    reference     text,
    waiter        text,                             -- the API process that waits for events, if one does
    sender        text,
    requested_at  timestamptz not null,
    send_by       timestamptz not null,             -- nothing is sent after this
    accepted_at   timestamptz not null default clock_timestamp(),
    pin_id        text,                             -- null: none was minted
    nc_status     smallint,                         -- null: no lookup
    mccmnc        text,
    sms_status    smallint,
    call_status   smallint,
    dlr_status    smallint,
    reason        text,
    in_doubt      boolean not null default false,   -- final, and nobody knows whether a carrier had it
    attempts      smallint not null default 0,
    route         text,
    sent_at       timestamptz,
    final_at      timestamptz,
    version       integer not null default 1,       -- grows with each change that is announced
    unique (account, job_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- One PIN context within its account.
create table pin (
    account      text not null,
    pin_id       text not null,
    msisdn       text not null,
    claim_id     uuid not null,                     -- the claim that minted it
    sealed       text,                              -- AES-256-GCM; null once it can't be sent any more
    guess_mac    bytea,                             -- for guesses; the API fills and reads it
    guess_kid    text,
    type         smallint not null,
    length       smallint not null,
    expires_in   integer not null,                  -- seconds; 0: never
    max_tries    integer not null,                  -- 0: unlimited
    tries_left   integer not null,
    by_number    boolean not null,                  -- verified by number: only the newest of a number counts
    single_use   boolean not null default false,
    requested_at timestamptz not null,
    minted_at    timestamptz not null default clock_timestamp(),
    expires_at   timestamptz not null,              -- infinity: never
    verified_at  timestamptz,
    cancelled_at timestamptz,
    primary key (account, pin_id)
) with (fillfactor = 80);
create index pin_by_number on pin (account, msisdn, requested_at, minted_at) where by_number;
create index pin_by_expiry on pin (expires_at);
create index pin_to_wipe on pin (expires_at) where sealed is not null;

-- One reference given to one carrier: the unit of sending, tokens and DLRs.
create table attempt (
    id          uuid primary key,                   -- the reference that the carrier gets
    job         uuid not null,
    n           smallint not null,                  -- 1, 2, …
    route       text not null,
    carrier     text not null,
    state       smallint not null,                  -- attempt_state
    owner       uuid,                               -- epoch of the process that works on it
    closed      boolean not null default false,     -- no more news is awaited
    takeovers   smallint not null default 0,        -- how often a `sending` row was inherited
    set_aside   boolean not null default false,     -- inherited too often: never sent again
    repeats     smallint not null default 0,        -- requests repeated under this reference
    next_at     timestamptz not null,               -- when there is something to do for it
    deadline    timestamptz not null,               -- when it is closed, whatever came
    created_at  timestamptz not null default clock_timestamp(),
    started_at  timestamptz,
    sent_at     timestamptz,
    carrier_message_id text,
    error       text,
    call_status smallint,
    dlr_status  smallint,
    dlr_at      timestamptz,
    dlr_error   text,
    unique (job, n)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Exactly one row for each unfinished job, from the claim's transaction to the one that makes it final.
create table due (
    job      uuid primary key,
    what     smallint not null,                     -- the attempt's state: 1 send, 2 being sent, 3 ask, 4 await
    route    text not null,
    at       timestamptz not null,
    close_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index due_work on due (what, route, at);
create index due_close on due (close_at);

-- Which attempt a carrier's own id means; append-only.
create table carrier_ref (
    carrier            text not null,
    carrier_message_id text not null,
    attempt            uuid not null,
    at                 timestamptz not null default clock_timestamp(),
    primary key (carrier, carrier_message_id, attempt)
);

-- Reports never tried. Appended and deleted; read with a low-water mark on seq.
create table report (
    seq         bigint generated always as identity primary key,
    id          uuid not null unique,            -- completions find their rows by it
    job         uuid not null,
    kind        smallint not null,                  -- 1 final
    account     text not null,
    url         text not null,
    format      smallint not null,
    payload     text not null,                      -- what it says, frozen when the job closed
    created_at  timestamptz not null default clock_timestamp(),
    lease_owner uuid,                               -- born leased to the callback that closed the job
    lease_until timestamptz,
    unique (job, kind)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- How far `report` can hold no row that is still to be committed: see report_low_water().
create table report_mark (
    only_row  boolean primary key default true check (only_row),
    safe      bigint not null default 0,            -- whoever took a seq up to here has ended
    candidate bigint not null default 0,            -- becomes safe once all transactions below have ended
    below     xid8 not null default '0'
) with (fillfactor = 20);
insert into report_mark default values;

-- Reports that were tried and not taken, by the time of the next try.
create table report_retry (
    id          uuid primary key,
    job         uuid not null,
    kind        smallint not null,
    account     text not null,
    url         text not null,
    format      smallint not null,
    payload     text not null,
    created_at  timestamptz not null,
    tries       smallint not null,
    malformed   smallint not null default 0,        -- how often the endpoint called it malformed
    first_try_at timestamptz not null,
    due_at      timestamptz not null,
    batch       text,                               -- webhook-id of the request that held several
    batch_pos   smallint,
    last_error  text,
    lease_owner uuid,
    lease_until timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index report_retry_due on report_retry (due_at);

-- Reports that were given up: kept for replay.
create table report_dead (
    id         uuid primary key,
    job        uuid not null,
    kind       smallint not null,
    account    text not null,
    url        text not null,
    format     smallint not null,
    payload    text not null,
    created_at timestamptz not null,
    tries      smallint not null,
    reason     text not null,
    died_at    timestamptz not null default clock_timestamp()
);

-- An endpoint that answered 410: account and origin of the URL.
create table endpoint_disabled (
    account text not null,
    origin  text not null,
    reason  text not null,
    at      timestamptz not null default clock_timestamp(),
    primary key (account, origin)
);

-- One row for each transaction that changed statuses, with that batch's events; deleted once Kafka has them.
create table outbox (
    id         bigint generated always as identity primary key,
    owner      uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    events     text not null                        -- JSON array of {key, waiter, event}
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Up to which intake time each partition of pin.dlrs is settled.
create table settled (
    partition integer primary key,
    until     timestamptz not null
) with (fillfactor = 50);

-- DLRs that fit no row yet.
create table dlr_parked (
    id         bigint generated always as identity primary key,
    carrier    text not null,
    entry      text not null,                       -- as it stood in pin.dlrs
    why        text not null,                       -- no_match, ambiguous, other_number, disagrees
    intake_at  timestamptz not null,
    tries      integer not null default 0,
    next_at    timestamptz not null
);
create index dlr_parked_due on dlr_parked (next_at);

-- Who is alive: a row for each life of each process, judged by this database's clock.
create table process (
    epoch      uuid primary key,
    program    text not null,
    instance   text not null,                       -- identity of the state directory
    host       text not null,
    started_at timestamptz not null default clock_timestamp(),
    beat_at    timestamptz not null default clock_timestamp(),
    dead       boolean not null default false,      -- declared by its successor, or said by itself
    keys       text[] not null default '{}'         -- key ids it can use
) with (fillfactor = 50);

-- History, dropped by day. A day that has no partition of its own (intake from before an outage) lands in the default.
create table dlr_history (
    intake_at  timestamptz not null,
    attempt    uuid,
    carrier    text not null,
    status     smallint,
    raw_status text,
    error_code text,
    raw        text
) partition by range (intake_at);
create index on dlr_history (attempt);

create table report_try (
    at         timestamptz not null,
    report     uuid not null,
    job        uuid not null,
    status     integer,                             -- HTTP; null: no answer
    latency_ms integer not null,
    error      text,
    answer     text                                 -- its first bytes
) partition by range (at);
create index on report_try (job);
create table dlr_history_default partition of dlr_history default;
create table report_try_default partition of report_try default;
