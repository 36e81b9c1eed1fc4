-- Fraud and cost: what is suspended, how much of each cap is taken, and which prefixes stopped converting. Programs
-- read suspensions whenever their version number has moved; caps are counted once for each job that passes a worker.

-- What an operator (or the conversion guard) has switched off.
create table suspension (
    kind       text not null check (kind in ('account', 'key', 'country', 'prefix', 'number', 'route', 'provider')),
    name       text not null,
    reason     text not null,
    who        text not null,
    at         timestamptz not null default clock_timestamp(),
    expires_at timestamptz,                             -- null: until somebody resumes it
    primary key (kind, name),
    check (kind not in ('country', 'prefix', 'number') or name ~ '^[1-9][0-9]{0,14}$')
);

-- Grows with every change, in the order of the commits: its row is locked until then.
create table suspension_version (
    only_row boolean primary key default true check (only_row),
    number   bigint not null
) with (fillfactor = 20);
insert into suspension_version (number) values (1);

create function bump_suspension_version() returns trigger language plpgsql as
$$
begin
    update suspension_version set number = number + 1;
    return null;
end
$$;
create trigger suspension_changed after insert or update or delete or truncate on suspension
    for each statement execute function bump_suspension_version();

create function suspensions_version() returns bigint language plpgsql stable as
$$ begin return (select number from suspension_version); end $$;

-- Those that hold now.
create function read_suspensions() returns setof suspension language plpgsql stable as
$$
begin
    return query select * from suspension s
                  where s.expires_at is null or s.expires_at > clock_timestamp() order by s.kind, s.name;
end
$$;

-- For the audit: a person's number is not written out.
create function suspension_for_audit(p suspension) returns jsonb language sql immutable as
$$
    select jsonb_strip_nulls(jsonb_build_object(
        'kind', p.kind,
        'name', case when p.kind = 'number' then left(p.name, 4) || '…' || right(p.name, 2) else p.name end,
        'reason', p.reason, 'expires_at', p.expires_at))
$$;

-- Whose it is; null: nobody's in particular.
create function suspension_owner(p suspension) returns text language plpgsql stable as
$$
begin
    return case p.kind when 'account' then p.name
                       when 'key' then (select k.account from account_key k
                                         where left(encode(k.digest, 'hex'), 12) = p.name limit 1) end;
end
$$;

-- False: it was suspended already; the reason and the end are these from now on. p_for null: until it is resumed.
create function suspend(p_who text, p_kind text, p_name text, p_reason text, p_for interval) returns boolean
language plpgsql volatile as
$$
declare
    v_old suspension;
    v_new suspension;
begin
    select * into v_old from suspension s where s.kind = p_kind and s.name = p_name for update;
    insert into suspension as s (kind, name, reason, who, at, expires_at)
    values (p_kind, p_name, p_reason, p_who, clock_timestamp(), clock_timestamp() + p_for)
    on conflict (kind, name) do update
       set reason = excluded.reason, who = excluded.who, at = excluded.at, expires_at = excluded.expires_at
    returning * into v_new;
    insert into audit (who, what, account, before, after)
    values (p_who, 'suspend', suspension_owner(v_new),
            case when v_old.kind is not null then suspension_for_audit(v_old) end, suspension_for_audit(v_new));
    return v_old.kind is null or coalesce(v_old.expires_at <= clock_timestamp(), false);
end
$$;

-- False: it wasn't suspended. A prefix begins anew with the conversion guard.
create function resume(p_who text, p_kind text, p_name text) returns boolean language plpgsql volatile as
$$
declare
    v_old suspension;
begin
    delete from suspension s where s.kind = p_kind and s.name = p_name returning * into v_old;
    if not found then
        return false;
    end if;
    if p_kind = 'prefix' then
        delete from guard_conversion g where g.prefix = p_name;
    end if;
    insert into audit (who, what, account, before)
    values (p_who, 'resume', suspension_owner(v_old), suspension_for_audit(v_old));
    return true;
end
$$;

-- Whether there is a live API key of that name (its first 12 digits, as lists show it).
create function account_key_exists(p_name text) returns boolean language plpgsql stable as
$$
begin
    return exists (select 1 from account_key k
                    where k.revoked_at is null and left(encode(k.digest, 'hex'), 12) = p_name);
end
$$;

-- Caps. A window begins with the first job that is counted after the one before has ended.
create table guard_count (
    account   text not null,                            -- empty: of all accounts together
    scope     text not null,
    window_at timestamptz,
    n         bigint not null default 0,                -- of the window that began then
    seen      text not null default '',                 -- a burst's members, each behind a comma
    idle_day  date not null,                            -- from then on it may be forgotten; a day, so that HOT stays
    primary key (account, scope)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
create index guard_count_idle on guard_count (idle_day);

create type guard_counter as (account text, scope text, most bigint, within_ms bigint);
-- What one job takes of which counters (by their number in the batch). A member is counted once in a window.
create type guard_job as (counters integer[], amounts bigint[], members text[]);

-- Locks the rows of these counters, which come without repeats and sorted as all callers sort them.
create function lock_guard_counts(p_counters guard_counter[], p_places out tid[], p_n out bigint[],
                                  p_began out timestamptz[], p_seen out text[])
language plpgsql volatile as
$$
declare
    k record;
begin
    p_places := array_fill(null::tid, array[cardinality(p_counters)]);
    p_n := array_fill(null::bigint, array[cardinality(p_counters)]);
    p_began := array_fill(null::timestamptz, array[cardinality(p_counters)]);
    p_seen := array_fill(''::text, array[cardinality(p_counters)]);
    loop
        insert into guard_count (account, scope, idle_day)
        select c.account, c.scope, current_date + 1 from unnest(p_counters) with ordinality c order by c.ordinality
        on conflict do nothing;
        for k in select c.ordinality as ord, l.place, l.window_at, l.n, l.seen
                   from unnest(p_counters) with ordinality c
                  cross join lateral (select g.ctid as place, g.window_at, g.n, g.seen from guard_count g
                                       where g.account = c.account and g.scope = c.scope for update) l loop
            p_places[k.ord] := k.place;
            p_n[k.ord] := k.n;
            p_began[k.ord] := k.window_at;
            p_seen[k.ord] := k.seen;
        end loop;
        exit when array_position(p_n, null) is null;    -- else one was forgotten meanwhile
    end loop;
end
$$;

-- In the order of the jobs: each takes its place in all of its counters, or, where one is full, in none. Returns a row
-- for each job: the place in its own list of the counter that was full (null: it passes), and when that window ends.
create function count_guarded(p_counters guard_counter[], p_jobs guard_job[])
returns table (job integer, full_at integer, retry_ms bigint) language plpgsql volatile as
$$
declare
    v_places tid[];
    v_n bigint[];
    v_began timestamptz[];
    v_seen text[];
    v_most bigint[];
    v_within bigint[];
    v_changed boolean[] := array_fill(false, array[cardinality(p_counters)]);
    v_at timestamptz;
    j guard_job;
    c integer;
begin
    select array_agg(u.most order by u.ordinality), array_agg(u.within_ms order by u.ordinality)
      into v_most, v_within from unnest(p_counters) with ordinality u;
    select l.p_places, l.p_n, l.p_began, l.p_seen into v_places, v_n, v_began, v_seen
      from lock_guard_counts(p_counters) l;
    v_at := clock_timestamp();
    for c in 1 .. cardinality(v_n) loop
        if v_began[c] is null or v_began[c] + v_within[c] * interval '1 millisecond' <= v_at then
            v_n[c] := 0;
            v_began[c] := v_at;
            v_seen[c] := '';
        end if;
    end loop;
    job := 0;
    foreach j in array p_jobs loop
        job := job + 1;
        full_at := null;
        retry_ms := null;
        for i in 1 .. cardinality(j.counters) loop
            c := j.counters[i];
            if v_n[c] + j.amounts[i] > v_most[c]
               and (j.members[i] = '' or strpos(v_seen[c], ',' || j.members[i]) = 0) then
                full_at := i;
                retry_ms := v_within[c] - (extract(epoch from v_at - v_began[c]) * 1000)::bigint;
                exit;
            end if;
        end loop;
        if full_at is null then
            for i in 1 .. cardinality(j.counters) loop
                c := j.counters[i];
                if j.members[i] = '' then
                    v_n[c] := v_n[c] + j.amounts[i];
                    v_changed[c] := true;
                elsif strpos(v_seen[c], ',' || j.members[i]) = 0 then
                    v_n[c] := v_n[c] + j.amounts[i];
                    v_seen[c] := v_seen[c] || ',' || j.members[i];
                    v_changed[c] := true;
                end if;
            end loop;
        end if;
        return next;
    end loop;
    -- one by one, by place: a join's plan, made while the table was small, might read all of it
    for c in 1 .. cardinality(v_n) loop
        if v_changed[c] then
            update guard_count g
               set n = v_n[c], window_at = v_began[c], seen = v_seen[c],
                   idle_day = (v_began[c] + v_within[c] * interval '1 millisecond')::date + 1
             where g.ctid = v_places[c];
        end if;
    end loop;
end
$$;

-- Conversion: of the messages to a prefix, how many PINs were verified. Each job is counted once, when it is so old
-- that its PIN was verified or won't be.
create table guard_conversion (
    prefix   text not null,
    account  text not null,
    slot     timestamptz not null,
    sent     bigint not null,
    verified bigint not null,
    primary key (prefix, account, slot)
) with (fillfactor = 60);
create table guard_conversion_mark (
    only_row boolean primary key default true check (only_row),
    upto     uuid not null                              -- jobs up to it are counted
) with (fillfactor = 20);
insert into guard_conversion_mark (upto) values ('00000000-0000-0000-0000-000000000000');

-- Counts what has grown old enough, p_limit jobs at most; returns how many were looked at. Nothing while another
-- process does. p_drop: so many last digits of a number aren't its prefix.
create function count_conversion(p_after interval, p_window interval, p_drop integer, p_limit integer)
returns integer language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    v_upto uuid;
    v_to uuid := first_id_at(v_at - p_after);
    v_looked integer;
    v_last uuid;
begin
    select m.upto into v_upto from guard_conversion_mark m for update skip locked;
    if not found then
        return 0;
    end if;
    v_upto := greatest(v_upto, first_id_at(v_at - p_after - p_window));
    with l as materialized (
        select j.id, j.account, j.pin_id, j.msisdn, j.accepted_at, j.sent_at from job j
         where j.id > v_upto and j.id < v_to order by j.id limit p_limit
    ), s as (
        select left(l.msisdn, -p_drop) as prefix, l.account,
               date_bin(p_window / 12, l.accepted_at, timestamptz '2000-01-01') as slot, count(*) as sent,
               count(v.verified_at) as verified
          from l
          -- offset 0: a lookup by key for each, whatever the planner thinks of the table
          left join lateral (select p.verified_at from pin p
                              where p.account = l.account and p.pin_id = l.pin_id offset 0) v on true
         where l.sent_at is not null and l.msisdn ~ '^[1-9][0-9]+$' and length(l.msisdn) > p_drop
         group by 1, 2, 3
    ), i as (
        insert into guard_conversion as g (prefix, account, slot, sent, verified)
        select s.prefix, s.account, s.slot, s.sent, s.verified from s order by 1, 2, 3
        on conflict (prefix, account, slot) do update
           set sent = g.sent + excluded.sent, verified = g.verified + excluded.verified
        returning 1
    )
    select count(*)::integer, (array_agg(l.id order by l.id desc))[1] into v_looked, v_last from l;
    update guard_conversion_mark set upto = case when v_looked < p_limit then greatest(v_upto, v_to) else v_last end;
    return v_looked;
end
$$;

-- Prefixes whose share of verified PINs is below p_warn; below p_stop they are suspended for p_stop_for. Accounts
-- that verified nothing at all in the window verify elsewhere, and say nothing about a prefix.
create function judge_conversion(p_after interval, p_window interval, p_least bigint, p_warn double precision,
                                 p_stop double precision, p_stop_for interval, p_who text)
returns table (prefix text, sent bigint, verified bigint, stopped boolean) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_from timestamptz := clock_timestamp() - p_after - p_window;
    v_low record;
begin
    perform 1 from guard_conversion_mark for update skip locked;
    if not found then
        return;
    end if;
    delete from guard_conversion g where g.slot < v_from;
    for v_low in
        select g.prefix, sum(g.sent)::bigint as sent, sum(g.verified)::bigint as verified
          from guard_conversion g
         where g.account in (select a.account from guard_conversion a group by a.account having sum(a.verified) > 0)
         group by g.prefix
        having sum(g.sent) >= p_least and sum(g.verified) < sum(g.sent) * greatest(p_warn, p_stop)
         order by g.prefix loop
        prefix := v_low.prefix;
        sent := v_low.sent;
        verified := v_low.verified;
        stopped := false;
        if v_low.verified < v_low.sent * p_stop
           and not exists (select 1 from suspension s
                            where s.kind = 'prefix' and v_low.prefix like s.name || '%'
                              and (s.expires_at is null or s.expires_at > clock_timestamp())) then
            perform suspend(p_who, 'prefix', v_low.prefix,
                            format('%s of %s PINs verified', v_low.verified, v_low.sent), p_stop_for);
            stopped := true;
        end if;
        return next;
    end loop;
end
$$;

-- Forgets what is over: counts that nobody asked about, suspensions that have ended.
create function tidy_guard(p_who text, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_count integer;
    v_over record;
begin
    delete from guard_count x where (x.account, x.scope) in (
        select c.account, c.scope from guard_count c where c.idle_day < current_date
         limit p_limit for update skip locked);
    get diagnostics v_count = row_count;
    for v_over in select s.kind, s.name from suspension s where s.expires_at <= clock_timestamp()
                   order by s.kind, s.name limit p_limit for update skip locked loop
        perform resume(p_who, v_over.kind, v_over.name);
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;

-- A person's number, out of the counts.
create function erase_guard(p_msisdn text) returns jsonb language plpgsql volatile as
$$
declare
    v_count integer;
begin
    delete from guard_count c where c.scope in ('number:' || p_msisdn, 'number_money:' || p_msisdn);
    get diagnostics v_count = row_count;
    update guard_count c set seen = replace(c.seen, ',' || right(p_msisdn, 4), '')
     where c.scope = 'burst:' || left(p_msisdn, -4);
    return jsonb_build_object('guard_counts', v_count);
end
$$;

-- Why a worker's guard refuses; common/core/guard.hpp spells them.
create function guard_reasons() returns text[] language sql immutable as
$$ select array['account_suspended', 'country_suspended', 'prefix_suspended', 'number_suspended',
                'country_not_allowed', 'prefix_blocked', 'number_blocked', 'premium_range',
                'number_cap', 'prefix_cap', 'account_cap', 'total_cap', 'prefix_burst'] $$;

-- As before (013); besides, a caller who waits for the lookup's verdict hears of the guard's refusal in its answer.
create or replace function caller_was_told(j job) returns boolean language sql immutable as
$$
    select coalesce(case when j.reason = 'lookup_refused' then true
                         when j.waiter is not null
                              and (j.reason = any (guard_reasons()) or (j.reason = 'expired' and j.nc_status is null))
                         then j.spec::jsonb ->> 'lookup' = 'hlr_lookup' end, false)
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('bump_suspension_version', 'suspensions_version', 'read_suspensions',
                                           'suspension_for_audit', 'suspension_owner', 'suspend', 'resume',
                                           'account_key_exists', 'lock_guard_counts', 'count_guarded',
                                           'count_conversion', 'judge_conversion', 'tidy_guard',
                                           'erase_guard', 'guard_reasons', 'caller_was_told') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker', 'callback', 'api') from unnest(array['suspensions_version', 'read_suspensions']) f;
    perform expose(f, 'worker')
       from unnest(array['count_guarded', 'count_conversion', 'judge_conversion', 'tidy_guard']) f;
    perform expose('read_suspensions', 'reader');
end
$$;

grant select on suspension, guard_count, guard_conversion to pinwire_reader;
