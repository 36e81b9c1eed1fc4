-- Endpoints as things: account and origin of a report_url. What an operator set for one, which are off and why, which
-- fail and since when, how each stands in each callback; and taking reports past those that can't have any now.
-- New beside take_reports(), take_retries(), complete_reports() and disable_endpoint() (007), which older callbacks go on
-- calling.

-- The origin of a URL that was checked when it was taken: scheme://host:port, lower case, the port always there, as
-- common/core/url.hpp spells it (but for odd spellings of IPv6 addresses).
create function url_host_and_port(p_url text) returns text language sql immutable parallel safe as
$$ select split_part(split_part(p_url, '/', 3), '?', 1) $$;
create function url_origin(p_url text) returns text language sql immutable parallel safe as
$$
    select lower(split_part(p_url, '/', 1) || '//' || url_host_and_port(p_url))
           || case when strpos(url_host_and_port(p_url), ':') > 0 and right(url_host_and_port(p_url), 1) <> ']' then ''
                   when lower(left(p_url, 6)) = 'https:' then ':443' else ':80' end
$$;

-- What an operator set; null: as for every endpoint.
create table endpoint_setting (
    account     text not null,
    origin      text not null,
    concurrency integer check (concurrency between 1 and 10000),
    rate        double precision check (rate > 0),  -- requests a second of one callback
    header      text,                               -- sent with each request; value: sealed with the key ring
    value       text,
    changed_at  timestamptz not null default clock_timestamp(),
    primary key (account, origin),
    check ((header is null) = (value is null))
);

-- empty: the endpoint itself, by its answers
alter table endpoint_disabled add column who text not null default '';

-- No try succeeded since; forgotten at the first success.
create table endpoint_failing (
    account    text not null,
    origin     text not null,
    since      timestamptz not null,
    failures   bigint not null,
    last_at    timestamptz not null,
    last_error text not null,
    stage      smallint not null default 0,         -- warned after 1: an hour, 2: a day, 3: three days
    primary key (account, origin)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- How the busiest and the sickest stand in one callback, as it says every few seconds; for people.
create table endpoint_state (
    epoch      uuid not null,
    account    text not null,
    origin     text not null,
    breaker    text not null,                       -- closed, open, half_open
    queued     integer not null,                    -- reports in memory
    in_flight  integer not null,                    -- requests
    tries      double precision not null,           -- of the last minutes, older ones count less
    succeeded  double precision not null,           -- of them
    latency_ms integer not null,
    last_error text not null,                       -- empty: none yet
    noted_at   timestamptz not null default clock_timestamp(),
    primary key (epoch, account, origin)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Grows with every change of what callbacks obey, in the order of the commits.
create table endpoint_version (
    only_row boolean primary key default true check (only_row),
    number   bigint not null
) with (fillfactor = 20);
insert into endpoint_version (number) values (1);

create function bump_endpoint_version() returns trigger language plpgsql as
$$
begin
    update endpoint_version set number = number + 1;
    return null;
end
$$;
create trigger endpoint_set after insert or update or delete or truncate on endpoint_setting
    for each statement execute function bump_endpoint_version();
create trigger endpoint_switched after insert or update or delete or truncate on endpoint_disabled
    for each statement execute function bump_endpoint_version();

create function endpoints_version() returns bigint language plpgsql stable as
$$ begin return (select number from endpoint_version); end $$;

create function read_endpoint_settings() returns setof endpoint_setting language plpgsql stable as
$$ begin return query select * from endpoint_setting; end $$;

-- The newest: strangers make origins, and whoever isn't among them is tried once more and says 410 again.
create function read_disabled_endpoints(p_most integer) returns setof endpoint_disabled language plpgsql stable as
$$ begin return query select * from endpoint_disabled d order by d.at desc limit p_most; end $$;

create function read_failing_endpoints(p_most integer)
returns table (account text, origin text, since timestamptz) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query select f.account, f.origin, f.since from endpoint_failing f order by f.last_at desc limit p_most;
end
$$;

-- For consumers of pin.events; whoever has no such endpoint passes it over.
create function announce_endpoint(p_epoch uuid, p_type text, p_account text, p_origin text, p_reason text,
                                  p_since timestamptz) returns void language plpgsql volatile as
$$
begin
    insert into outbox (owner, events)
    values (p_epoch, jsonb_build_array(jsonb_build_object(
        'key', p_account,
        'event', jsonb_strip_nulls(jsonb_build_object(
            'type', p_type, 'account', p_account, 'origin', p_origin, 'reason', p_reason,
            'failing_since', time_name(p_since), 'at', time_name(clock_timestamp())))))::text);
end
$$;

-- False: it was off already. p_who empty: the endpoint brought it about itself. An operator's word leaves an audit row.
create function endpoint_off(p_epoch uuid, p_account text, p_origin text, p_reason text, p_who text)
returns boolean language plpgsql volatile as
$$
begin
    insert into endpoint_disabled (account, origin, reason, who) values (p_account, p_origin, p_reason, p_who)
    on conflict do nothing;
    if not found then
        return false;
    end if;
    if p_who <> '' then
        insert into audit (who, what, account, after)
        values (p_who, 'endpoint disable', p_account, jsonb_build_object('origin', p_origin, 'reason', p_reason));
    end if;
    perform announce_endpoint(p_epoch, 'endpoint.disabled', p_account, p_origin, p_reason,
                              (select f.since from endpoint_failing f
                                where f.account = p_account and f.origin = p_origin));
    delete from endpoint_failing f where f.account = p_account and f.origin = p_origin;
    return true;
end
$$;

-- When; null: it wasn't off. Whatever was given up for its being off was so by then: see finish_reports().
create function endpoint_on(p_epoch uuid, p_account text, p_origin text, p_who text) returns timestamptz
language plpgsql volatile as
$$
declare
    v_old endpoint_disabled;
begin
    delete from endpoint_disabled d where d.account = p_account and d.origin = p_origin returning * into v_old;
    if not found then
        return null;
    end if;
    insert into audit (who, what, account, before)
    values (p_who, 'endpoint enable', p_account,
            jsonb_build_object('origin', p_origin, 'reason', v_old.reason, 'at', v_old.at));
    perform announce_endpoint(p_epoch, 'endpoint.enabled', p_account, p_origin, null, null);
    return clock_timestamp();
end
$$;

-- p_setting: what changes of concurrency, rate, header with value; null takes it away. The audit has no value.
create function save_endpoint_setting(p_who text, p_account text, p_origin text, p_setting jsonb) returns void
language plpgsql volatile as
$$
declare
    v_old endpoint_setting;
    v_new endpoint_setting;
begin
    select * into v_old from endpoint_setting s where s.account = p_account and s.origin = p_origin for update;
    v_new := jsonb_populate_record(v_old, p_setting);
    v_new.account := p_account;
    v_new.origin := p_origin;
    v_new.changed_at := clock_timestamp();
    delete from endpoint_setting s where s.account = p_account and s.origin = p_origin;
    if v_new.concurrency is not null or v_new.rate is not null or v_new.header is not null then
        insert into endpoint_setting select v_new.*;
    end if;
    insert into audit (who, what, account, before, after)
    values (p_who, 'endpoint set', p_account,
            case when v_old.account is not null then to_jsonb(v_old) - 'value' - 'account' end,
            to_jsonb(v_new) - 'value' - 'account');
end
$$;

-- What a callback saw of one endpoint since it last said so: at most one for each.
create type endpoint_note as (
    account text, origin text,
    succeeded_at timestamptz,       -- the last success; null: none
    failures integer,               -- behind that success
    failing_from timestamptz,       -- the first of them
    last_error text
);

-- Returns what a failure brought about, to one callback each: stage 1 to 3 as above, 4: the endpoint is off now. Off
-- goes who has failed for so long, ten times at least: a single try is no proof.
create function note_endpoints(p_epoch uuid, p_off_after interval, p_notes endpoint_note[])
returns table (account text, origin text, since timestamptz, stage smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    n endpoint_note;
    v endpoint_failing;
    v_stage smallint;
    v_lasts interval;
begin
    for n in select * from unnest(p_notes) x order by x.account, x.origin loop
        delete from endpoint_failing f
         where f.account = n.account and f.origin = n.origin and f.since <= n.succeeded_at;
        continue when n.failures = 0;
        insert into endpoint_failing as f (account, origin, since, failures, last_at, last_error)
        values (n.account, n.origin, n.failing_from, n.failures, clock_timestamp(), n.last_error)
        on conflict (account, origin) do update
           set since = least(f.since, excluded.since), failures = f.failures + excluded.failures,
               last_at = excluded.last_at, last_error = excluded.last_error
        returning * into v;
        v_lasts := clock_timestamp() - v.since;
        v_stage := case when v_lasts >= p_off_after and v.failures >= 10 then 4
                        when v_lasts >= interval '72 hours' then 3
                        when v_lasts >= interval '24 hours' then 2
                        when v_lasts >= interval '1 hour' then 1 else 0 end;
        continue when v_stage <= v.stage;
        if v_stage = 4 then
            continue when not endpoint_off(p_epoch, v.account, v.origin, 'failing', '');
        else
            update endpoint_failing f set stage = v_stage where f.account = v.account and f.origin = v.origin;
            perform announce_endpoint(p_epoch, 'endpoint.failing', v.account, v.origin, v.last_error, v.since);
        end if;
        account := v.account; origin := v.origin; since := v.since; stage := v_stage;
        return next;
    end loop;
end
$$;

create type endpoint_state_row as (
    account text, origin text, breaker text, queued integer, in_flight integer, tries double precision,
    succeeded double precision, latency_ms integer, last_error text
);

-- Rows of callbacks that say nothing any more go with it.
create function note_endpoint_states(p_epoch uuid, p_rows endpoint_state_row[]) returns void
language plpgsql volatile as
$$
begin
    delete from endpoint_state s
     where s.epoch = p_epoch
       and (s.account, s.origin) not in (select r.account, r.origin from unnest(p_rows) r);
    insert into endpoint_state as s (epoch, account, origin, breaker, queued, in_flight, tries, succeeded, latency_ms,
                                     last_error)
    select p_epoch, r.account, r.origin, r.breaker, r.queued, r.in_flight, r.tries, r.succeeded, r.latency_ms,
           r.last_error
      from unnest(p_rows) r order by r.account, r.origin
    on conflict (epoch, account, origin) do update
       set breaker = excluded.breaker, queued = excluded.queued, in_flight = excluded.in_flight,
           tries = excluded.tries, succeeded = excluded.succeeded, latency_ms = excluded.latency_ms,
           last_error = excluded.last_error, noted_at = clock_timestamp();
    delete from endpoint_state s
     where (s.epoch, s.account, s.origin) in (
        select o.epoch, o.account, o.origin from endpoint_state o
         where o.noted_at < clock_timestamp() - interval '1 hour' for update skip locked limit 1000);
end
$$;

-- Endpoints that nobody calls any more; and what an endpoint brought about itself, once what it left dead is gone: the
-- next report finds out whether it still holds.
create function forget_endpoints(p_keep interval) returns void language plpgsql volatile as
$$
begin
    delete from endpoint_failing f where f.last_at < clock_timestamp() - greatest(p_keep, interval '15 days');
    delete from endpoint_disabled d where d.who = '' and d.at < clock_timestamp() - p_keep;
end
$$;

-- Where a look that sees so many rows ends; null: at the table's end. Those of a full endpoint may stand in thousands
-- before those of others: a look is bounded, and the next one goes on behind it.
create function report_look_end(p_above bigint, p_rows integer) returns bigint language plpgsql stable as
$$
begin
    return (select r.seq from report r where r.seq > p_above order by r.seq offset p_rows - 1 limit 1);
end
$$;

-- What was taken before this look began stands up to here, but for what commits late: further back than that the
-- safe mark (007) says when nothing can come any more, and rounds over the table find the rest.
create function report_tail() returns bigint language plpgsql stable as
$$
begin
    return (select greatest(m.safe, s.last_value - (not s.is_called)::integer - 2000)
              from report_mark m, report_seq_seq s);
end
$$;

-- Reports never tried, with seq above p_above and up to p_upto, but for those of the endpoints that are named; with
-- p_account and p_origin only those of that one. The owner in the answer is the one before: whoever died with it.
create function take_fresh_reports(p_owner uuid, p_above bigint, p_upto bigint, p_limit integer, p_lease interval,
                                   p_but_accounts text[], p_but_origins text[], p_account text, p_origin text)
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
begin
    return query
        with c as (
            select r.seq, r.lease_owner from report r
             where r.seq > p_above and r.seq <= p_upto and (r.lease_until is null or r.lease_until < v_now)
               and (r.account, url_origin(r.url)) not in (
                   select f.account, f.origin from unnest(p_but_accounts, p_but_origins) f(account, origin))
               and (p_account is null or (r.account = p_account and url_origin(r.url) = p_origin))
             order by r.seq limit p_limit for update skip locked
        )
        update report r set lease_owner = p_owner, lease_until = v_now + p_lease
          from c where r.seq = c.seq
        returning r.seq, r.id, r.job, r.kind, r.account, r.url, r.format, r.payload, r.created_at, c.lease_owner,
                  r.lease_until;
end
$$;

-- Of the endpoints that are named: behind which seq the first that such a look passed over stands.
create function passed_reports(p_above bigint, p_upto bigint, p_accounts text[], p_origins text[])
returns table (account text, origin text, behind bigint) language plpgsql stable as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
begin
    return query
        select f.account, f.origin, min(r.seq) - 1
          from report r
          join unnest(p_accounts, p_origins) f(account, origin)
            on f.account = r.account and f.origin = url_origin(r.url)
         where r.seq > p_above and r.seq <= p_upto and (r.lease_until is null or r.lease_until < v_now)
         group by f.account, f.origin;
end
$$;

create function retry_look_end(p_due timestamptz, p_id uuid, p_rows integer, out due_at timestamptz, out id uuid)
language plpgsql stable as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
begin
    select r.due_at, r.id into due_at, id from report_retry r
     where (r.due_at, r.id) > (p_due, p_id) and r.due_at <= v_now
     order by r.due_at, r.id offset p_rows - 1 limit 1;
end
$$;

-- Retries that are due, behind (p_due, p_id) and up to (p_upto, p_upto_id); of which endpoints: as above. With a member
-- of a batch that this process made come all others: it is repeated as it was.
create function take_due_retries(p_owner uuid, p_due timestamptz, p_id uuid, p_upto timestamptz, p_upto_id uuid,
                                 p_limit integer, p_lease interval, p_but_accounts text[], p_but_origins text[],
                                 p_account text, p_origin text)
returns setof report_retry language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
    v_ids uuid[];
    v_others uuid[];
    v_times timestamptz[];
    v_batches text[];
begin
    select array_agg(s.id) into v_ids from (
        select r.id from report_retry r
         where (r.due_at, r.id) > (p_due, p_id) and r.due_at <= least(p_upto, v_now)
           and (r.due_at, r.id) <= (p_upto, p_upto_id)
           and (r.lease_until is null or r.lease_until < v_now)
           and (r.account, url_origin(r.url)) not in (
               select f.account, f.origin from unnest(p_but_accounts, p_but_origins) f(account, origin))
           and (p_account is null or (r.account = p_account and url_origin(r.url) = p_origin))
         order by r.due_at, r.id limit p_limit for update skip locked) s;
    if v_ids is null then
        return;
    end if;
    select array_agg(distinct c.due_at), array_agg(distinct c.batch) into v_times, v_batches
      from report_retry c where c.id = any (v_ids) and c.batch is not null and c.lease_owner = p_owner;
    if v_times is not null then
        select array_agg(s.id) into v_others from (
            select m.id from report_retry m
             where m.due_at = any (v_times) and m.batch = any (v_batches) and m.id <> all (v_ids)
               and (m.lease_until is null or m.lease_until < v_now)
               for update skip locked) s;
    end if;
    return query
        update report_retry r set lease_owner = p_owner, lease_until = v_now + p_lease,
               -- a batch is repeated as it was only by the process that made it
               batch = case when r.lease_owner = p_owner then r.batch end
         where r.id = any (v_ids || coalesce(v_others, '{}'))
        returning r.*;
end
$$;

create function passed_retries(p_due timestamptz, p_id uuid, p_upto timestamptz, p_upto_id uuid, p_accounts text[],
                               p_origins text[])
returns table (account text, origin text, due_at timestamptz) language plpgsql stable as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
begin
    return query
        select f.account, f.origin, min(r.due_at)
          from report_retry r
          join unnest(p_accounts, p_origins) f(account, origin)
            on f.account = r.account and f.origin = url_origin(r.url)
         where (r.due_at, r.id) > (p_due, p_id) and r.due_at <= least(p_upto, v_now)
           and (r.due_at, r.id) <= (p_upto, p_upto_id)
           and (r.lease_until is null or r.lease_until < v_now)
         group by f.account, f.origin;
end
$$;

-- As complete_reports() (007). Besides, outcome 5: dead if its endpoint is off, else given back; whoever says so may not
-- have heard that it was enabled. Enabling waits for it, and so finds all that was given up before.
create function finish_reports(p_owner uuid, p_rows report_result[]) returns void language plpgsql volatile as
$$
declare
    v_dead uuid[];
begin
    if exists (select from unnest(p_rows) r where r.outcome = 5) then
        perform from endpoint_disabled d
          where (d.account, d.origin) in (
                select a.account, url_origin(a.url) from report a
                 where a.id in (select r.id from unnest(p_rows) r where r.outcome = 5)
                union
                select b.account, url_origin(b.url) from report_retry b
                 where b.id in (select r.id from unnest(p_rows) r where r.outcome = 5))
          order by d.account, d.origin for key share;
        select coalesce(array_agg(x.id), '{}') into v_dead
          from (select a.id, a.account, a.url from report a
                 where a.id in (select r.id from unnest(p_rows) r where r.outcome = 5)
                union all
                select b.id, b.account, b.url from report_retry b
                 where b.id in (select r.id from unnest(p_rows) r where r.outcome = 5)) x
          join endpoint_disabled d on d.account = x.account and d.origin = url_origin(x.url);
        select array_agg((r.id,
                          case when r.outcome <> 5 then r.outcome when r.id = any (v_dead) then 3 else 4 end,
                          r.due_at, r.reason, r.malformed, r.batch, r.batch_pos, r.status, r.latency_ms,
                          r.answer)::report_result)
          into p_rows from unnest(p_rows) r;
    end if;
    perform complete_reports(p_owner, p_rows);
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('url_host_and_port', 'url_origin', 'bump_endpoint_version',
                                           'endpoints_version', 'read_endpoint_settings', 'read_disabled_endpoints',
                                           'read_failing_endpoints', 'announce_endpoint', 'endpoint_off',
                                           'endpoint_on', 'save_endpoint_setting', 'note_endpoints',
                                           'note_endpoint_states', 'forget_endpoints', 'report_look_end',
                                           'report_tail', 'take_fresh_reports', 'passed_reports', 'retry_look_end',
                                           'take_due_retries', 'passed_retries', 'finish_reports') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'callback')
       from unnest(array['endpoints_version', 'read_endpoint_settings', 'read_disabled_endpoints',
                         'read_failing_endpoints', 'endpoint_off', 'note_endpoints', 'note_endpoint_states',
                         'forget_endpoints', 'report_look_end', 'report_tail', 'take_fresh_reports',
                         'passed_reports', 'retry_look_end', 'take_due_retries', 'passed_retries',
                         'finish_reports']) f;
    grant execute on function url_host_and_port(text), url_origin(text) to pinwire_reader;
end
$$;

grant select on endpoint_failing, endpoint_state, endpoint_version to pinwire_reader;
grant select (account, origin, concurrency, rate, header, changed_at) on endpoint_setting to pinwire_reader;
