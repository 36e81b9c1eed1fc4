-- What the API needs: orders and what they cost, send limits, guesses, and jobs that end without a worker. Locks are
-- taken in one order everywhere: job, pin, api_order, rate_count, account_credit, guess_failures; rows of one table in
-- the order of their keys.

-- One row for each order that was admitted: what its Idempotency-Key stands for, and what a resend needs.
create table api_order (
    account      text not null,
    job_id       text not null,
    request_hash bytea not null,
    pin_id       text not null,
    msisdn       text not null,
    application  text not null default '',
    message      text not null default '',
    repeat       text,                              -- what a resend needs, as the dialect wrote it
    windowed     boolean not null,                  -- the same content counts as the same request for a while
    scopes       text[],                            -- the limits that it took a place of; null: none, or given back
    price        bigint not null default 0,         -- micro-units that were debited
    created_at   timestamptz not null,
    settled_at   timestamptz,                       -- null: its charge is open
    returned     boolean not null default false,    -- the charge was given back
    look_at      timestamptz not null,              -- when the open charge is looked at next
    primary key (account, job_id)
) with (fillfactor = 90);
create index api_order_by_pin on api_order (account, pin_id, created_at);
create index api_order_same on api_order (account, request_hash, created_at) where windowed;
create index api_order_by_number on api_order (account, msisdn, created_at) where application <> '';
create index api_order_open on api_order (look_at) where settled_at is null;
create index api_order_by_age on api_order using brin (created_at);

-- How much of each limit is taken. A small limit keeps the moment of each place (an exact sliding window); a large one
-- counts in windows that begin with their first place.
create table rate_count (
    account   text not null,
    scope     text not null,
    taken     timestamptz[] not null default '{}',
    window_at timestamptz,
    n         bigint not null default 0,
    idle_day  date not null,                        -- from then on it may be forgotten; a day, so that HOT stays
    primary key (account, scope)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
create index rate_count_idle on rate_count (idle_day);

-- Prepaid credit; only accounts that are billed so have a row.
create table account_credit (
    account text primary key,
    micros  bigint not null default 0 check (micros >= 0)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- The strict profile: failures of a number across its PINs.
create table guess_failures (
    account  text not null,
    msisdn   text not null,
    failures integer not null default 0,
    last_at  timestamptz,
    idle_day date not null,
    primary key (account, msisdn)
) with (fillfactor = 60);
create index guess_failures_idle on guess_failures (idle_day);

-- What an attempt costs, by its own route's price; null: made by a version that didn't say.
alter table attempt add column parts smallint, add column cost bigint;

drop index pin_to_wipe;
create index pin_to_wipe on pin (expires_at) where sealed is not null or guess_mac is not null;

-- The claim: guesses' MACs, single use, prices. They travel beside the rows, so that a worker of the version before,
-- which sends none, goes on through the upgrade.
create type claim_extra as (
    claim_id uuid, guess_mac bytea, guess_kid text, single_use boolean, parts smallint, cost bigint
);

-- Wipes the PINs that these new ones took the place of: verified by number, only the newest counts.
create function wipe_older_pins(p_accounts text[], p_pins text[]) returns void language plpgsql volatile as
$$
declare
    v_old record;
begin
    for v_old in
        select q.account, q.pin_id
          from unnest(p_accounts, p_pins) n(account, pin_id)
          join pin p on p.account = n.account and p.pin_id = n.pin_id
          join pin q on q.by_number and q.account = p.account and q.msisdn = p.msisdn
         where (q.requested_at, q.minted_at) < (p.requested_at, p.minted_at)
           and (q.sealed is not null or q.guess_mac is not null)
         order by q.account, q.pin_id loop
        update pin q set sealed = null, guess_mac = null where q.account = v_old.account and q.pin_id = v_old.pin_id;
    end loop;
end
$$;

drop function claim_pins(claim_row[], uuid[]);
create function claim_pins(p_rows claim_row[], p_new uuid[], p_extra claim_extra[]) returns void
language plpgsql volatile as
$$
declare
    v_accounts text[];
    v_pins text[];
begin
    with i as (
        insert into pin (account, pin_id, msisdn, claim_id, sealed, type, length, expires_in, max_tries, tries_left,
                         by_number, requested_at, expires_at, guess_mac, guess_kid, single_use)
        select r.account, r.pin_id, r.msisdn, r.claim_id, r.pin_sealed, r.pin_type, r.pin_length, r.pin_expires_in,
               r.pin_max_tries, r.pin_max_tries, r.pin_by_number, r.requested_at,
               case when r.pin_expires_in = 0 then 'infinity'
                    else r.requested_at + make_interval(secs => r.pin_expires_in) end,
               x.guess_mac, x.guess_kid, coalesce(x.single_use, false)
          from unnest(p_rows) r
          left join unnest(p_extra) x on x.claim_id = r.claim_id
         where r.id = any (p_new) and r.pin_id is not null
           -- withheld: the PIN exists, so that it can be sent again, by voice too
           and (r.reason = 'lookup_withheld' or (r.reason is null and r.attempt is not null))
         order by r.account, r.pin_id
        on conflict (account, pin_id) do nothing
        returning account, pin_id, by_number
    )
    select array_agg(i.account), array_agg(i.pin_id) into v_accounts, v_pins from i where i.by_number;
    if v_pins is not null then
        perform wipe_older_pins(v_accounts, v_pins);
    end if;
end
$$;

-- Ends, refused, the new jobs whose PIN can't be sent (a resend of an expired, spent or foreign one). Against a PIN that
-- this claim minted only a newer one of the same number can stand. Why comes before what was wiped because of it.
drop function claim_refuse_pins(claim_row[], uuid[]);
create function claim_refuse_pins(p_rows claim_row[], p_new uuid[], p_extra claim_extra[]) returns void
language plpgsql volatile as
$$
begin
    update job j
       set reason = o.why, final_at = clock_timestamp(), attempts = 0, route = null,
           sms_status = case when j.channel = 0 then 1 end, call_status = case when j.channel = 1 then 4 end
      from (select r.id,
                   case when p.by_number and exists (
                            select 1 from pin q
                             where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                               and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                        when p.claim_id = r.claim_id then null
                        when p.msisdn <> r.msisdn then 'pin_other_number'
                        when p.cancelled_at is not null then 'pin_cancelled'
                        when p.expires_at <= clock_timestamp() then 'pin_expired'
                        when p.verified_at is not null and p.single_use then 'pin_spent'
                        when p.max_tries > 0 and p.tries_left <= 0 then 'pin_out_of_tries'
                        when p.sealed is null then 'pin_expired'
                        when r.pin_strict and (r.pin_type, r.pin_length, r.pin_expires_in, r.pin_max_tries,
                                               coalesce(x.single_use, p.single_use))
                             is distinct from (p.type, p.length, p.expires_in, p.max_tries, p.single_use)
                            then 'pin_parameters_differ' end as why
              from unnest(p_rows) r
              join pin p on p.account = r.account and p.pin_id = r.pin_id
              left join unnest(p_extra) x on x.claim_id = r.claim_id
             where r.id = any (p_new) and r.reason is null and r.attempt is not null) o
     where j.id = o.id and o.why is not null;
end
$$;

drop function claim_attempts(uuid, claim_row[], uuid[]);
create function claim_attempts(p_epoch uuid, p_rows claim_row[], p_new uuid[], p_extra claim_extra[]) returns void
language plpgsql volatile as
$$
begin
    with a as (
        insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at, parts, cost)
        select r.attempt, r.id, 1, r.route, r.carrier, case when r.start then 2 else 1 end,
               case when r.start or r.keep then p_epoch end, r.next_at, r.deadline,
               case when r.start then clock_timestamp() end, x.parts, x.cost
          from unnest(p_rows) r
          join job j on j.id = r.id
          left join unnest(p_extra) x on x.claim_id = r.claim_id
         where r.id = any (p_new) and r.attempt is not null and j.final_at is null
        returning job, state, route, next_at, deadline
    )
    insert into due (job, what, route, at, close_at) select job, state, route, next_at, deadline from a;
end
$$;

-- Repeats announce the present status to whoever asked now; what comes later goes to the newest asker too.
create function announce_repeats(p_owner uuid, p_jobs uuid[], p_waiters text[]) returns void
language plpgsql volatile as
$$
begin
    perform 1 from job j where j.id = any (p_jobs) and j.final_at is null order by j.id for update;
    update job j set waiter = w.waiter
      from (select distinct on (w.id) w.id, w.waiter from unnest(p_jobs, p_waiters) w(id, waiter)
             where w.waiter <> '' order by w.id) w
     where j.id = w.id and j.final_at is null and j.waiter is distinct from w.waiter;
    insert into outbox (owner, events)
    select p_owner, e.events
      from (select '[' || string_agg(concat('{"key":"', j.msisdn, '"', ',"waiter":' || to_json(w.waiter),
                                            ',"event":', event_of(j, true, clock_timestamp()), '}'), ',') || ']'
                     as events
              from (select distinct w.id, nullif(w.waiter, '') as waiter from unnest(p_jobs, p_waiters) w(id, waiter)) w
              join job j on j.id = w.id) e
     where e.events is not null;
end
$$;

create function announce_again(p_epoch uuid, p_jobs uuid[], p_waiters text[]) returns void
language plpgsql volatile as
$$
begin
    perform announce_repeats(p_epoch, p_jobs, p_waiters);
end
$$;

-- As before (003), with the extras and the repeats' own waiters.
drop function claim(uuid, claim_row[]);
create function claim(p_epoch uuid, p_rows claim_row[], p_extra claim_extra[] default '{}')
returns table (asked uuid, id uuid, claim_id uuid, content_hash bytea, final boolean, reason text,
               attempt_state smallint, attempt_owner uuid, sealed text, pin_expires_at timestamptz)
language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_new uuid[] := claim_jobs(p_rows);
    v_closed uuid[];
    v_repeated uuid[];
    v_waiters text[];
begin
    select array_agg(j.id), array_agg(coalesce(r.waiter, '')) into v_repeated, v_waiters
      from unnest(p_rows) r join job j on j.account = r.account and j.job_id = r.job_id
     where j.claim_id <> r.claim_id and j.content_hash = r.content_hash;
    -- jobs are locked before PINs, like everywhere
    perform 1 from job j where j.id = any (v_repeated) and j.final_at is null order by j.id for update;
    if cardinality(v_new) > 0 then
        perform claim_pins(p_rows, v_new, p_extra);
        perform claim_refuse_pins(p_rows, v_new, p_extra);
        perform claim_attempts(p_epoch, p_rows, v_new, p_extra);
        select coalesce(array_agg(j.id), '{}') into v_closed
          from job j where j.id = any (v_new) and j.final_at is not null;
        perform insert_final_reports(v_closed, null, null);
        perform announce(p_epoch, v_new, '{}');
    end if;
    if v_repeated is not null then
        perform announce_repeats(p_epoch, v_repeated, v_waiters);
    end if;
    return query
        select r.claim_id, j.id, j.claim_id, j.content_hash, j.final_at is not null, j.reason, a.state, a.owner,
               p.sealed, p.expires_at
          from unnest(p_rows) r
          join job j on j.account = r.account and j.job_id = r.job_id
          left join attempt a on a.job = j.id and a.n = 1
          left join pin p on p.account = j.account and p.pin_id = j.pin_id;
end
$$;

-- As before (004), but why a PIN no longer counts comes before what was wiped because of it.
create or replace function judge_starts(p_epoch uuid, p_rows start_row[]) returns setof started_attempt
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select a.id,
               case when a.state = 2 and a.owner = p_epoch and a.next_at = r.next_at and a.deadline = r.deadline then null
                    when a.state <> 1 or a.owner is distinct from p_epoch or a.set_aside then 'not_ours'
                    when j.final_at is not null then 'job_final'
                    when j.send_by <= clock_timestamp() then 'expired'
                    when p.cancelled_at is not null or p.verified_at >= j.accepted_at
                         or (p.verified_at is not null and p.single_use)
                         or (p.max_tries > 0 and p.tries_left <= 0) then 'superseded'
                    when p.by_number and exists (
                        select 1 from pin q
                         where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                           and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                    when p.sealed is null or p.expires_at <= clock_timestamp() then 'pin_expired' end,
               p.sealed, p.expires_at
          from unnest(p_rows) r
          join attempt a on a.id = r.attempt
          join job j on j.id = a.job
          left join pin p on p.account = j.account and p.pin_id = j.pin_id;
end
$$;

-- As before (004), with what the next attempt costs.
create type record_extra as (attempt uuid, next_parts smallint, next_cost bigint);
drop function record(uuid, record_row[]);
create function record(p_epoch uuid, p_rows record_row[], p_extra record_extra[] default '{}')
returns table (attempt uuid, applied boolean, next_n smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_ids uuid[] := (select array_agg(r.attempt) from unnest(p_rows) r);
    v_jobs uuid[] := lock_jobs_of(v_ids);
    v_applied uuid[];
begin
    with u as (
        update attempt a
           set state = case when r.result = 6 then 3 else r.result end,
               closed = a.closed or (r.result = 6 and o.may_follow),
               carrier_message_id = coalesce(a.carrier_message_id, nullif(r.carrier_message_id, '')),
               sent_at = case when r.result = 4 then coalesce(a.sent_at, clock_timestamp()) else a.sent_at end,
               error = case when r.result = 4 then null else nullif(r.error, '') end,
               call_status = greatest(a.call_status, r.call_status),
               next_at = case when a.closed then a.next_at
                              when r.result = 6 and not o.may_follow then coalesce(r.deadline, a.deadline)
                              else coalesce(r.next_at, a.next_at) end,
               deadline = coalesce(r.deadline, a.deadline),
               repeats = a.repeats + coalesce(r.repeated, false)::integer
          from unnest(p_rows) r
          join attempt b on b.id = r.attempt
          join job j on j.id = b.job
          cross join lateral (
               select r.next_attempt is not null and j.final_at is null and j.send_by > clock_timestamp()
                      and not exists (select 1 from attempt c where c.job = b.job and c.n = b.n + 1) as may_follow) o
         where a.id = r.attempt
           and (r.result = 4 or (a.owner = p_epoch and (
                    (r.result = 3 and a.state in (2, 3)) or (r.result = 5 and a.state in (1, 2, 3))
                    or (r.result = 6 and a.state = 3 and not a.closed))))
        returning a.id
    )
    select coalesce(array_agg(u.id), '{}') into v_applied from u;

    insert into carrier_ref (carrier, carrier_message_id, attempt)
    select a.carrier, r.carrier_message_id, a.id
      from unnest(p_rows) r join attempt a on a.id = r.attempt
     where r.result = 4 and r.carrier_message_id <> ''
    on conflict do nothing;

    insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at, parts, cost)
    select r.next_attempt, a.job, a.n + 1, r.next_route, r.next_carrier, case when r.next_start then 2 else 1 end,
           case when r.next_start or r.next_keep then p_epoch end, r.next_attempt_at, r.next_deadline,
           case when r.next_start then clock_timestamp() end, x.next_parts, x.next_cost
      from unnest(p_rows) r
      join attempt a on a.id = r.attempt
      join job j on j.id = a.job
      left join unnest(p_extra) x on x.attempt = r.attempt
     where r.result in (5, 6) and r.next_attempt is not null and r.attempt = any (v_applied)
       and (r.result = 5 and j.final_at is null and j.send_by > clock_timestamp() or r.result = 6 and a.closed)
     order by r.next_attempt
    on conflict (job, n) do nothing;

    perform settle_up(p_epoch, v_jobs, null, null);
    return query
        select r.attempt,
               r.attempt = any (v_applied)
               or coalesce(a.owner = p_epoch and (r.result = 5 and a.state = 5
                                                  or r.result = 6 and a.state = 3 and a.closed), false),
               b.n
          from unnest(p_rows) r
          left join attempt a on a.id = r.attempt
          left join attempt b on b.id = r.next_attempt;
end
$$;

-- Limits.

-- Makes sure that these rows are there, and locks them, key by key: a join may read all rows of an account.
create function lock_counts(p_accounts text[], p_scopes text[]) returns void language plpgsql volatile as
$$
declare
    k record;
begin
    for k in select distinct u.account, u.scope from unnest(p_accounts, p_scopes) u(account, scope) order by 1, 2 loop
        loop
            perform 1 from rate_count c where c.account = k.account and c.scope = k.scope for update;
            exit when found;
            insert into rate_count (account, scope, idle_day) values (k.account, k.scope, current_date + 1)
            on conflict do nothing;
        end loop;
    end loop;
end
$$;

-- How long until the limit has a place again; null: it has one. What others took while we waited for the lock may be
-- younger than p_at.
create function wait_for_place(c rate_count, p_most bigint, p_within interval, p_at timestamptz)
returns interval language plpgsql immutable as
$$
declare
    v_taken timestamptz[];
begin
    if p_most > 50 then
        if c.window_at + p_within > p_at and c.n >= p_most then
            return least(c.window_at + p_within - p_at, p_within);
        end if;
        return null;
    end if;
    v_taken := array(select t from unnest(c.taken) t where t > p_at - p_within order by t);
    if cardinality(v_taken) < p_most then
        return null;
    end if;
    return least(v_taken[cardinality(v_taken) - p_most + 1] + p_within - p_at, p_within);
end
$$;

create function take_place(p_account text, p_scope text, p_most bigint, p_within interval, p_at timestamptz)
returns void language plpgsql volatile as
$$
begin
    update rate_count c
       set taken = case when p_most > 50 then '{}'
                        else array(select t from unnest(c.taken) t where t > p_at - p_within order by t) || p_at end,
           window_at = case when p_most <= 50 then null
                            when c.window_at + p_within > p_at then c.window_at else p_at end,
           n = case when p_most <= 50 then 0
                    when c.window_at + p_within > p_at then c.n + 1 else 1 end,
           idle_day = (p_at + p_within)::date + 1
     where c.account = p_account and c.scope = p_scope;
end
$$;

-- Gives the places and the open charges of these orders back; rows that have nothing to give are left alone.
create function give_back(p_accounts text[], p_job_ids text[]) returns void language plpgsql volatile as
$$
declare
    k record;
    o api_order;
    v_orders api_order[] := '{}';
begin
    for k in select * from unnest(p_accounts, p_job_ids) u(account, job_id) order by 1, 2 loop
        select * into o from api_order x
         where x.account = k.account and x.job_id = k.job_id and (x.scopes is not null or x.settled_at is null)
           for update;
        if found then
            v_orders := v_orders || o;
            update api_order x
               set scopes = null, returned = x.returned or x.settled_at is null,
                   settled_at = coalesce(x.settled_at, clock_timestamp())
             where x.account = o.account and x.job_id = o.job_id;
        end if;
    end loop;
    for k in select s.account, t.scope, s.created_at from unnest(v_orders) s, unnest(s.scopes) t(scope)
              order by 1, 2 loop
        update rate_count c
           set taken = case when array_position(c.taken, k.created_at) is null then c.taken
                            else c.taken[:array_position(c.taken, k.created_at) - 1]
                                 || c.taken[array_position(c.taken, k.created_at) + 1:] end,
               n = case when c.window_at <= k.created_at then greatest(c.n - 1, 0) else c.n end
         where c.account = k.account and c.scope = k.scope;
    end loop;
    perform credit_accounts(array_agg(s.account), array_agg(s.price))
       from unnest(v_orders) s where s.settled_at is null having count(*) > 0;
end
$$;

create function credit_accounts(p_accounts text[], p_micros bigint[]) returns void language plpgsql volatile as
$$
begin
    perform 1 from account_credit c where c.account = any (p_accounts) order by c.account for update;
    update account_credit c set micros = c.micros + s.micros
      from (select g.account, sum(g.micros) as micros from unnest(p_accounts, p_micros) g(account, micros)
             group by g.account) s
     where c.account = s.account;
end
$$;

-- Admission.
create type admit_row as (
    account text, job_id text, pin_id text, msisdn text, request_hash bytea,
    same_within interval,           -- so long the same content is the same request; zero: only its key says so
    application text, message text, repeat text, price bigint,
    scopes text[], most bigint[], within_ms bigint[]
);
create type admitted_row as (ord integer, what smallint, job_id text, pin_id text, scope text, retry_ms bigint);

-- First look: is this order new? A new one gets its row, which a refusal takes away again in the same transaction.
create function admit_new(r admit_row, p_ord integer) returns admitted_row language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    o api_order;
begin
    if r.same_within > interval '0' then
        select * into o from api_order x
         where x.windowed and x.account = r.account and x.request_hash = r.request_hash
           and x.created_at > v_at - r.same_within
         order by x.created_at desc limit 1;
        if found then
            return (p_ord, 1, o.job_id, o.pin_id, null, null)::admitted_row;
        end if;
    end if;
    insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, message, repeat, windowed, scopes,
                           price, created_at, settled_at, look_at)
    values (r.account, r.job_id, r.request_hash, r.pin_id, r.msisdn, coalesce(r.application, ''),
            coalesce(r.message, ''), r.repeat, r.same_within > interval '0', r.scopes, r.price, v_at,
            case when r.price = 0 then v_at end, v_at + interval '1 second')
    on conflict (account, job_id) do nothing;
    if found then
        return (p_ord, 0, r.job_id, r.pin_id, null, null)::admitted_row;
    end if;
    select * into o from api_order x where x.account = r.account and x.job_id = r.job_id;
    return (p_ord, case when o.request_hash = r.request_hash then 1 else 2 end, o.job_id, o.pin_id, null,
            null)::admitted_row;
end
$$;

-- Second look, under all locks: has every limit a place, and does the credit cover it? Takes them, or removes the order.
create function admit_counted(r admit_row, p_ord integer) returns admitted_row language plpgsql volatile as
$$
declare
    v_at timestamptz := (select o.created_at from api_order o where o.account = r.account and o.job_id = r.job_id);
    c rate_count;
    v_wait interval;
    v_longest interval;
    v_full text;
    v_what integer := 0;
begin
    for i in 1 .. coalesce(cardinality(r.scopes), 0) loop
        select * into c from rate_count x where x.account = r.account and x.scope = r.scopes[i];
        v_wait := wait_for_place(c, r.most[i], r.within_ms[i] * interval '1 millisecond', v_at);
        if v_wait > v_longest or (v_wait is not null and v_longest is null) then
            v_what := 3;
            v_full := r.scopes[i];
            v_longest := v_wait;
        end if;
    end loop;
    if v_what = 0 and r.price > 0 then
        update account_credit x set micros = x.micros - r.price where x.account = r.account and x.micros >= r.price;
        v_what := case when found then 0 else 4 end;
    end if;
    if v_what <> 0 then
        delete from api_order o where o.account = r.account and o.job_id = r.job_id;
        return (p_ord, v_what, r.job_id, r.pin_id, v_full, ceil(extract(epoch from v_longest) * 1000))::admitted_row;
    end if;
    for i in 1 .. coalesce(cardinality(r.scopes), 0) loop
        perform take_place(r.account, r.scopes[i], r.most[i], r.within_ms[i] * interval '1 millisecond', v_at);
    end loop;
    return (p_ord, 0, r.job_id, r.pin_id, null, null)::admitted_row;
end
$$;

-- One row out for each row in. `what`: 0 admitted, 1 known, 2 key reused, 3 limited, 4 no credit. A rerun of what was
-- admitted is known.
create function admit(p_rows admit_row[]) returns setof admitted_row language plpgsql volatile as
$$
declare
    v_out admitted_row[] := array_fill(null::admitted_row, array[cardinality(p_rows)]);
    v_fresh integer[] := '{}';
    v_ord integer;
    v_one admitted_row;
    v_shared boolean := false;      -- some row is the same request as another
begin
    perform pg_advisory_xact_lock(k.key)
       from (select distinct hashtextextended(r.account || ' ' || encode(r.request_hash, 'hex'), 9) as key
               from unnest(p_rows) r where r.same_within > interval '0' order by 1) k;
    for v_ord in select g from generate_subscripts(p_rows, 1) g
                  order by (p_rows[g]).account, (p_rows[g]).job_id, g loop
        v_out[v_ord] := admit_new(p_rows[v_ord], v_ord);
        if (v_out[v_ord]).what = 0 then
            v_fresh := v_fresh || v_ord;
        end if;
        v_shared := v_shared or (v_out[v_ord]).what = 1;
    end loop;
    perform lock_counts(array_agg((p_rows[g]).account), array_agg(s))
       from unnest(v_fresh) g, unnest((p_rows[g]).scopes) s
     having count(*) > 0;
    perform 1 from account_credit c
      where c.account in (select (p_rows[g]).account from unnest(v_fresh) g where (p_rows[g]).price > 0)
      order by c.account for update;
    for v_ord in select g from unnest(v_fresh) g order by g loop
        v_one := admit_counted(p_rows[v_ord], v_ord);
        v_out[v_ord] := v_one;
        if v_one.what <> 0 and v_shared then
            -- who was told the same request is known shares its refusal
            v_out := array(select case when o.what = 1 and o.job_id = v_one.job_id
                                            and (p_rows[o.ord]).account = (p_rows[v_ord]).account
                                       then (o.ord, v_one.what, v_one.job_id, v_one.pin_id, v_one.scope,
                                             v_one.retry_ms)::admitted_row else o end
                             from unnest(v_out) o order by o.ord);
        end if;
    end loop;
    return query select * from unnest(v_out);
end
$$;

-- Jobs that end here and now: nobody claimed them in time, or their number is a test number.
create type final_row as (
    id uuid, account text, job_id text, claim_id uuid, content_hash bytea, channel smallint, msisdn text, spec text,
    report_url text, report_format smallint, report_refusal boolean, reference text, waiter text, sender text,
    requested_at timestamptz, send_by timestamptz, pin_id text, reason text,
    nc_status smallint, sms_status smallint, call_status smallint, dlr_status smallint,
    -- a test number's PIN; a null guess_mac: none is made
    guess_mac bytea, guess_kid text, pin_type smallint, pin_length smallint, pin_expires_in integer,
    pin_max_tries integer, pin_by_number boolean, pin_single_use boolean
);

create function final_jobs(p_rows final_row[], p_new out uuid[]) language plpgsql volatile as
$$
#variable_conflict use_column
begin
    with i as (
        insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn, spec, report_url, report_format,
                         report_refusal, reference, waiter, sender, requested_at, send_by, pin_id, reason, nc_status,
                         sms_status, call_status, dlr_status, sent_at, final_at)
        select r.id, r.account, r.job_id, r.claim_id, r.content_hash, r.channel, r.msisdn, r.spec, r.report_url,
               r.report_format, r.report_refusal, r.reference, r.waiter, r.sender, r.requested_at, r.send_by, r.pin_id,
               r.reason, r.nc_status, r.sms_status, r.call_status, r.dlr_status,
               case when r.sms_status = 2 or r.call_status <> 4 then clock_timestamp() end,
               clock_timestamp()
          from unnest(p_rows) r
         order by r.account, r.job_id
        on conflict (account, job_id) do nothing
        returning id
    )
    select coalesce(array_agg(id), '{}') into p_new from i;
end
$$;

create function final_pins(p_rows final_row[], p_new uuid[]) returns void language plpgsql volatile as
$$
declare
    v_accounts text[];
    v_pins text[];
begin
    with i as (
        insert into pin (account, pin_id, msisdn, claim_id, guess_mac, guess_kid, type, length, expires_in, max_tries,
                         tries_left, by_number, single_use, requested_at, expires_at)
        select r.account, r.pin_id, r.msisdn, r.claim_id, r.guess_mac, r.guess_kid, r.pin_type, r.pin_length,
               r.pin_expires_in, r.pin_max_tries, r.pin_max_tries, r.pin_by_number, r.pin_single_use, r.requested_at,
               case when r.pin_expires_in = 0 then 'infinity'
                    else r.requested_at + make_interval(secs => r.pin_expires_in) end
          from unnest(p_rows) r
         where r.id = any (p_new) and r.guess_mac is not null and r.pin_id is not null
         order by r.account, r.pin_id
        on conflict (account, pin_id) do nothing
        returning account, pin_id, by_number
    )
    select array_agg(i.account), array_agg(i.pin_id) into v_accounts, v_pins from i where i.by_number;
    if v_pins is not null then
        perform wipe_older_pins(v_accounts, v_pins);
    end if;
end
$$;

-- `ours`: our row stands under the key, and nothing was nor will be sent by others. What an order that ends so had taken
-- of limits and credit is given back with it, once.
create function finish_now(p_epoch uuid, p_rows final_row[])
returns table (asked uuid, ours boolean, id uuid, pin_id text, nc_status smallint, sms_status smallint,
               call_status smallint, final boolean, reason text)
language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_new uuid[] := final_jobs(p_rows);
begin
    if cardinality(v_new) > 0 then
        perform final_pins(p_rows, v_new);
        perform give_back(array_agg(r.account), array_agg(r.job_id))
           from unnest(p_rows) r where r.id = any (v_new) and r.reason <> 'test_number' having count(*) > 0;
        perform insert_final_reports(v_new, null, null);
        perform announce(p_epoch, v_new, '{}');
    end if;
    return query
        select r.claim_id, j.claim_id = r.claim_id, j.id, j.pin_id, j.nc_status, j.sms_status, j.call_status,
               j.final_at is not null, j.reason
          from unnest(p_rows) r join job j on j.account = r.account and j.job_id = r.job_id;
end
$$;

-- Charges of messages that surely weren't sent go back; those that were are booked. What can't be told yet is looked at
-- again, the later the older it is. An order that never became a job goes back when none can come of it any more.
create function settle_charges(p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    v_orders api_order[];
    v_back boolean[];
begin
    select array_agg(s.one) into v_orders from (
        select x as one from api_order x where x.settled_at is null and x.look_at <= v_at
         order by x.look_at limit p_limit for update skip locked) s;
    if v_orders is null then
        return 0;
    end if;
    select array_agg(case when j.id is null then case when o.created_at < v_at - interval '48 hours' then true end
                          when j.sms_status = 2 or exists (select 1 from attempt a where a.job = j.id and a.state = 4)
                               then false
                          when j.final_at is null then null
                          else not exists (select 1 from attempt a where a.job = j.id and a.state = 3) end
                     order by o.ordinality)
      into v_back
      from unnest(v_orders) with ordinality o
      left join job j on j.account = o.account and j.job_id = o.job_id;
    perform credit_accounts(array_agg(o.account), array_agg(o.price))
       from unnest(v_orders) with ordinality o where v_back[o.ordinality] having count(*) > 0;
    update api_order x
       set settled_at = case when v_back[o.ordinality] is not null then v_at end,
           returned = coalesce(v_back[o.ordinality], false),
           look_at = v_at + least(greatest(v_at - o.created_at, interval '1 second'), interval '5 minutes')
      from unnest(v_orders) with ordinality o
     where x.account = o.account and x.job_id = o.job_id;
    return (select count(*) from unnest(v_back) b where b is not null);
end
$$;

-- Guesses.

create type pin_question as (account text, pin_id text, msisdn text);

-- The guess limit of an application; 010 fills it in when it brings the applications.
create function verify_limit_of(p_account text, p_application text, out most bigint, out within_ms bigint)
language plpgsql stable as
$$
begin
    most := null;
    within_ms := null;
end
$$;

-- By id, or the newest of a number; without a row for what isn't there. The key id is null when there is nothing left to
-- compare a guess with.
create function find_pins(p_rows pin_question[])
returns table (ord bigint, pin_id text, msisdn text, guess_kid text, length smallint, type smallint, application text,
               verify_most bigint, verify_within_ms bigint)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select q.ord, p.pin_id, p.msisdn, case when p.guess_mac is not null then p.guess_kid end, p.length, p.type,
               coalesce(o.application, ''), l.most, l.within_ms
          from unnest(p_rows) with ordinality q(account, pin_id, msisdn, ord)
         cross join lateral (
               (select x.* from pin x where x.account = q.account and x.pin_id = q.pin_id)
               union all
               (select x.* from pin x
                 where q.pin_id is null and x.by_number and x.account = q.account and x.msisdn = q.msisdn
                 order by x.requested_at desc, x.minted_at desc limit 1)) p
          left join lateral (select x.application from api_order x
                              where x.account = p.account and x.pin_id = p.pin_id
                              order by x.created_at limit 1) o on true
          left join lateral (select v.most, v.within_ms from verify_limit_of(p.account, o.application) v
                              where o.application <> '') l on true;
end
$$;

-- The strict profile: how long until a number may guess again; null: it may. Success resets, a day's quiet too.
create function strict_wait(p_failures integer, p_last_at timestamptz, p_at timestamptz) returns interval
language sql immutable as
$$
    select case when p_failures < 4 or p_last_at is null or p_last_at <= p_at - interval '24 hours' then null
                else nullif(greatest(
                    p_last_at - p_at + case when p_failures >= 100 then interval '24 hours'
                        else least(interval '30 seconds' * power(2, least(p_failures - 4, 7)), interval '1 hour') end,
                    interval '0'), interval '0') end
$$;

create type guess_row as (
    account text, pin_id text, msisdn text, by_number boolean,
    mac bytea,                      -- null: it can't be right
    scope text, most bigint, within_ms bigint,
    across_pins boolean             -- the strict profile: failures count per number
);
create type guessed_row as (
    ord integer, what smallint, verified_before boolean, spent boolean, tries_left integer, retry_ms bigint
);

-- Locks what the batch will write: PINs, limits, failures. A PIN that is minted after this look isn't there: locking it
-- then would be out of order.
create function lock_guesses(p_rows guess_row[], p_there out text[]) language plpgsql volatile as
$$
declare
    k record;
begin
    p_there := '{}';
    for k in select distinct r.account, r.pin_id from unnest(p_rows) r order by 1, 2 loop
        perform 1 from pin p where p.account = k.account and p.pin_id = k.pin_id for update;
        if found then
            p_there := p_there || (k.account || ' ' || k.pin_id);
        end if;
    end loop;
    perform lock_counts(array_agg(r.account), array_agg(r.scope)) from unnest(p_rows) r where r.most > 0
     having count(*) > 0;
    for k in select distinct r.account, r.msisdn from unnest(p_rows) r where r.across_pins order by 1, 2 loop
        loop
            perform 1 from guess_failures f where f.account = k.account and f.msisdn = k.msisdn for update;
            exit when found;
            insert into guess_failures (account, msisdn, idle_day) values (k.account, k.msisdn, current_date + 2)
            on conflict do nothing;
        end loop;
    end loop;
end
$$;

create function note_guess(r guess_row, p_right boolean, p_at timestamptz) returns void language plpgsql volatile as
$$
begin
    if r.most > 0 then
        perform take_place(r.account, r.scope, r.most, r.within_ms * interval '1 millisecond', p_at);
    end if;
    if r.across_pins then
        update guess_failures f
           set failures = case when p_right then 0 when f.last_at > p_at - interval '24 hours' then f.failures + 1
                               else 1 end,
               last_at = p_at, idle_day = p_at::date + 2
         where f.account = r.account and f.msisdn = r.msisdn;
    end if;
end
$$;

-- Why this PIN's guess isn't compared now; null: it is.
create function guess_refusal(r guess_row, p pin, p_at timestamptz, out what smallint, out wait interval)
language plpgsql volatile as
$$
declare
    v_wait interval;
begin
    what := case when r.by_number and exists (
                        select 1 from pin q
                         where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                           and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 5
                 when p.expires_at <= p_at then 2
                 when p.cancelled_at is not null or p.guess_mac is null or (p.verified_at is not null and p.single_use)
                      or (p.max_tries > 0 and p.tries_left <= 0) then 3 end;
    if what is not null then
        return;
    end if;
    if r.most > 0 then
        select wait_for_place(c, r.most, r.within_ms * interval '1 millisecond', p_at) into wait
          from rate_count c where c.account = r.account and c.scope = r.scope;
    end if;
    if r.across_pins then
        select strict_wait(f.failures, f.last_at, p_at) into v_wait
          from guess_failures f where f.account = r.account and f.msisdn = r.msisdn;
        wait := greatest(wait, v_wait);
    end if;
    if wait is not null then
        what := 6;
    end if;
end
$$;

-- One guess. `what`: 0 right, 1 wrong, 2 expired, 3 used up, 4 gone, 5 a newer one took its place, 6 limited. What can be
-- neither sent nor verified any more is wiped.
create function guess_one(r guess_row, p_ord integer, p_there boolean) returns guessed_row language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    p pin;
    v_why record;
    v_right boolean;
begin
    if p_there then
        select * into p from pin x where x.account = r.account and x.pin_id = r.pin_id;
    end if;
    if p.pin_id is null then
        return (p_ord, 4, false, false, null, null)::guessed_row;
    end if;
    select * into v_why from guess_refusal(r, p, v_at);
    if v_why.what is not null then
        return (p_ord, v_why.what, false, v_why.what = 3 and p.verified_at is not null and p.single_use,
                case when p.max_tries > 0 then p.tries_left end,
                ceil(extract(epoch from v_why.wait) * 1000))::guessed_row;
    end if;
    v_right := coalesce(r.mac = p.guess_mac, false);
    perform note_guess(r, v_right, v_at);
    if v_right and p.verified_at is null then
        update pin x
           set verified_at = v_at, sealed = case when not x.single_use then x.sealed end,
               guess_mac = case when not x.single_use then x.guess_mac end
         where x.account = r.account and x.pin_id = r.pin_id;
    elsif not v_right and p.max_tries > 0 then
        p.tries_left := p.tries_left - 1;
        update pin x
           set tries_left = p.tries_left, sealed = case when p.tries_left > 0 then x.sealed end,
               guess_mac = case when p.tries_left > 0 then x.guess_mac end
         where x.account = r.account and x.pin_id = r.pin_id;
    end if;
    return (p_ord, case when v_right then 0 else 1 end, v_right and p.verified_at is not null, false,
            case when p.max_tries > 0 then p.tries_left end, null)::guessed_row;
end
$$;

-- One row out for each row in; several for one PIN count one after the other.
create function guess(p_rows guess_row[]) returns setof guessed_row language plpgsql volatile as
$$
declare
    v_there text[] := lock_guesses(p_rows);
    r guess_row;
begin
    for v_ord in 1 .. cardinality(p_rows) loop
        r := p_rows[v_ord];
        return next guess_one(r, v_ord, (r.account || ' ' || r.pin_id) = any (v_there));
    end loop;
end
$$;

-- Neither sent nor verified any more. Waiting attempts of its jobs end superseded; nobody's epoch owns the events, so
-- that the sweep of any living process publishes them.
create function cancel_pin(p_account text, p_pin text) returns boolean language plpgsql volatile as
$$
declare
    v_jobs uuid[];
    v_number text := (select p.msisdn from pin p where p.account = p_account and p.pin_id = p_pin);
begin
    if v_number is null then
        return false;
    end if;
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j
         where j.msisdn = v_number and j.account = p_account and j.pin_id = p_pin and j.final_at is null
         order by j.id for update) l;
    update pin p
       set cancelled_at = coalesce(p.cancelled_at, clock_timestamp()), sealed = null, guess_mac = null
     where p.account = p_account and p.pin_id = p_pin;
    update attempt a set state = 6, error = 'superseded' where a.job = any (v_jobs) and a.state = 1;
    if found then
        perform settle_up('00000000-0000-0000-0000-000000000000', v_jobs, null, null);
    end if;
    return true;
end
$$;

-- What a caller may know of one PIN: by id, or the newest of a number.
create function story_of_pin(p_account text, p_pin text, p_number text)
returns table (pin_id text, msisdn text, type smallint, length smallint, tries_left integer, requested_at timestamptz,
               expires_at timestamptz, verified_at timestamptz, cancelled_at timestamptz, application text, message text,
               repeat text, single_use boolean)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select p.pin_id, p.msisdn, p.type, p.length, case when p.max_tries > 0 then p.tries_left end, p.requested_at,
               p.expires_at, p.verified_at, p.cancelled_at, coalesce(o.application, ''), coalesce(o.message, ''),
               o.repeat, p.single_use
          from ((select x.* from pin x where x.account = p_account and x.pin_id = p_pin)
                union all
                (select x.* from job j join pin x on x.account = j.account and x.pin_id = j.pin_id
                  where p_pin is null and j.msisdn = p_number and j.account = p_account
                  order by x.requested_at desc, x.minted_at desc limit 1)) p
          left join lateral (select x.* from api_order x where x.account = p.account and x.pin_id = p.pin_id
                              order by x.created_at limit 1) o on true;
end
$$;

create function sendings_of_pin(p_account text, p_pin text, p_number text)
returns table (id uuid, job_id text, channel smallint, requested_at timestamptz, sent_at timestamptz,
               final_at timestamptz, nc_status smallint, sms_status smallint, call_status smallint, dlr_status smallint,
               reason text, route text, attempts smallint, sender text, spec text)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select j.id, j.job_id, j.channel, j.requested_at, j.sent_at, j.final_at, j.nc_status, j.sms_status,
               j.call_status, j.dlr_status, j.reason, j.route, j.attempts, j.sender, j.spec
          from job j
         where j.msisdn = p_number and j.account = p_account and j.pin_id = p_pin
         order by j.accepted_at, j.id;
end
$$;

-- Verifications of one application and number, newest first.
create function verifications_of(p_account text, p_application text, p_number text, p_limit integer)
returns table (msisdn text, verified_at timestamptz, sent_at timestamptz) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select p.msisdn, p.verified_at,
               (select min(j.sent_at) from api_order o join job j on j.account = o.account and j.job_id = o.job_id
                 where o.account = p_account and o.pin_id = p.pin_id)
          from (select o.pin_id, min(o.created_at) as at from api_order o
                 where o.account = p_account and o.msisdn = p_number and o.application = p_application
                   and o.application <> ''
                 group by o.pin_id order by 2 desc limit p_limit) s
          join pin p on p.account = p_account and p.pin_id = s.pin_id
         order by s.at desc;
end
$$;

-- Retention.
create or replace function wipe_pins(p_limit integer) returns integer language sql volatile as
$$
    with u as (
        update pin p set sealed = null, guess_mac = null
          from (select account, pin_id from pin
                 where expires_at < clock_timestamp() and (sealed is not null or guess_mac is not null)
                 limit p_limit) s
         where p.account = s.account and p.pin_id = s.pin_id returning 1)
    select count(*)::integer from u
$$;

-- Orders go after their jobs; limits and failures when they have been idle for a day.
create function prune_api(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_orders integer;
begin
    with d as (
        delete from api_order x where (x.account, x.job_id) in (
            select o.account, o.job_id from api_order o
             where o.created_at < clock_timestamp() - p_keep and o.settled_at is not null limit p_limit) returning 1)
    select count(*) into v_orders from d;
    delete from rate_count x where (x.account, x.scope) in (
        select c.account, c.scope from rate_count c where c.idle_day < current_date
         limit p_limit for update skip locked);
    delete from guess_failures x where (x.account, x.msisdn) in (
        select f.account, f.msisdn from guess_failures f where f.idle_day < current_date
         limit p_limit for update skip locked);
    return v_orders;
end
$$;

create or replace function prune(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_before uuid := rpad(lpad(to_hex((extract(epoch from clock_timestamp() - p_keep) * 1000)::bigint), 12, '0'),
                          32, '0')::uuid;
    v_jobs uuid[];
begin
    select coalesce(array_agg(s.id), '{}') into v_jobs from (
        select j.id from job j where j.id < v_before and j.final_at is not null order by j.id limit p_limit) s;
    delete from carrier_ref k using attempt a
     where a.job = any (v_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    delete from attempt where job = any (v_jobs);
    delete from job where id = any (v_jobs);
    delete from pin where (account, pin_id) in (
        select p.account, p.pin_id from pin p
         where p.expires_at < clock_timestamp() - p_keep limit p_limit);
    delete from dlr_parked where id in (
        select p.id from dlr_parked p where p.intake_at < clock_timestamp() - p_keep limit p_limit);
    delete from report_dead where id in (
        select r.id from report_dead r where r.died_at < clock_timestamp() - p_keep limit p_limit);
    delete from process where beat_at < clock_timestamp() - interval '7 days';
    return greatest(cardinality(v_jobs), prune_api(p_keep, p_limit));
end
$$;

-- Who may call what. A function that was made anew or replaced has to be exposed again.
create function expose(p_function text, variadic p_roles text[]) returns void language plpgsql volatile as
$$
declare
    v_function record;
    v_role text;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.proname = p_function loop
        execute format('alter function %s security definer set search_path = pinwire, pg_temp', v_function.signature);
        foreach v_role in array p_roles loop
            execute format('grant execute on function %s to %I', v_function.signature, 'pinwire_' || v_role);
        end loop;
    end loop;
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.prokind = 'f' loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker') from unnest(array['claim', 'announce_again', 'record']) f;
    perform expose(f, 'callback') from unnest(array['prune', 'wipe_pins']) f;
    perform expose(f, 'api')
       from unnest(array['admit', 'finish_now', 'settle_charges', 'find_pins', 'guess', 'cancel_pin', 'story_of_pin',
                         'sendings_of_pin', 'verifications_of', 'beat', 'declare_dead', 'farewell', 'living',
                         'read_outbox', 'delete_outbox', 'backlog']) f;
end
$$;

grant select on api_order, rate_count, account_credit, guess_failures to pinwire_reader;
