-- Routes at full width: whose name a route put in another's place, what a job's further attempts are routed by, how
-- routes stand in each worker, and what becomes of what they send.

-- What the route put in place of the sender that job or account named; null: it didn't.
alter table attempt add column sender text;

-- Only of attempts that are this worker's: the others' were told by theirs.
create function note_senders(p_epoch uuid, p_attempts uuid[], p_senders text[]) returns void
language plpgsql volatile as
$$
begin
    update attempt a set sender = s.sender
      from unnest(p_attempts, p_senders) s(attempt, sender)
     where a.id = s.attempt and a.owner = p_epoch and a.sender is distinct from s.sender;
end
$$;

-- What the next attempt of these jobs is routed by: the network that the lookup told, and the routes that surely did
-- not take the job. One that was only passed by (paused, in trouble) may have it again.
create function routing_of(p_attempts uuid[])
returns table (attempt uuid, mccmnc text, refused text[]) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select a.id, j.mccmnc,
               coalesce((select array_agg(b.route) from attempt b
                          where b.job = a.job and b.state = 5
                            and coalesce(b.error, '') not in ('route_paused', 'route_unhealthy')), '{}')
          from attempt a join job j on j.id = a.job
         where a.id = any (p_attempts);
end
$$;

-- How a route stands in one worker, as that worker says every few seconds; for people.
create table route_state (
    epoch      uuid not null,
    route      text not null,
    state      text not null,
    reason     text not null,                       -- empty: none
    rate       double precision not null,           -- parts a second that it lets go at most: its share, slowed down
    errors     double precision not null,           -- share of the requests of the last minute
    waiting    integer not null,                    -- attempts held in memory
    under_way  integer not null,
    confirmed  double precision,                    -- share of what was sent; null: not known
    late_ms    bigint,                              -- how late the slowest tenth of its reports come; null: not known
    since      timestamptz not null default clock_timestamp(), -- the state
    noted_at   timestamptz not null default clock_timestamp(),
    primary key (epoch, route)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

create type route_state_row as (
    route text, state text, reason text, rate double precision, errors double precision, waiting integer,
    under_way integer, confirmed double precision, late_ms bigint
);

-- Rows of workers that say nothing any more go with it: nobody else looks after them.
create function note_routes(p_epoch uuid, p_rows route_state_row[]) returns void language plpgsql volatile as
$$
begin
    insert into route_state as s (epoch, route, state, reason, rate, errors, waiting, under_way, confirmed, late_ms)
    select p_epoch, r.route, r.state, r.reason, r.rate, r.errors, r.waiting, r.under_way, r.confirmed, r.late_ms
      from unnest(p_rows) r order by r.route
    on conflict (epoch, route) do update
       set state = excluded.state, reason = excluded.reason, rate = excluded.rate, errors = excluded.errors,
           waiting = excluded.waiting, under_way = excluded.under_way, confirmed = excluded.confirmed,
           late_ms = excluded.late_ms, noted_at = clock_timestamp(),
           since = case when s.state = excluded.state and s.reason = excluded.reason then s.since
                        else clock_timestamp() end;
    delete from route_state s
     where (s.epoch, s.route) in (
        select o.epoch, o.route from route_state o
         where o.noted_at < clock_timestamp() - interval '1 hour'
           for update skip locked limit 1000);
end
$$;

-- What became of what each route sent between its own moment of p_since and p_until. The span is read in 50 slices, the
-- first p_most attempts of each: whole when little is sent, an even sample when much is.
create function route_deliveries(p_routes text[], p_since timestamptz[], p_until timestamptz, p_most integer)
returns table (route text, sent bigint, confirmed bigint, late_ms bigint) language plpgsql stable as
$$
#variable_conflict use_column
declare
    v_from timestamptz := (select min(s) from unnest(p_since) s);
    v_slice interval := (p_until - v_from) / 50;
begin
    if v_from is null or v_from >= p_until then
        return;
    end if;
    return query
        select w.route, count(*), count(*) filter (where a.dlr_status = 8),
               coalesce((extract(epoch from percentile_disc(0.9) within group (
                   order by case when a.dlr_at is not null then a.dlr_at - a.sent_at end)) * 1000)::bigint, 0)
          from generate_series(0, 49) i
         cross join lateral (
               select b.route, b.sent_at, b.dlr_at, b.dlr_status from attempt b
                where b.id >= first_id_at(v_from + i * v_slice) and b.id < first_id_at(v_from + (i + 1) * v_slice)
                  and b.state = 4
                order by b.id limit p_most) a
          join unnest(p_routes, p_since) w(route, since) on w.route = a.route
         where a.sent_at >= w.since
         group by w.route;
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('note_senders', 'routing_of', 'note_routes', 'route_deliveries') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker')
       from unnest(array['note_senders', 'routing_of', 'note_routes', 'route_deliveries']) f;
end
$$;

grant select on route_state to pinwire_reader;
