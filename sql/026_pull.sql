-- Reports that didn't come are fetched by workers: an attempt that is sent has a time at which its report is overdue, and
-- `due` shows it. Replaces reschedule of 016.

-- As before (016), but what only waits for its report shows last: whoever sends or asks must find the job while another of
-- its attempts still wants that, and a report that nobody fetches keeps its place for good.
create or replace function reschedule(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    perform follow_plans(p_jobs);
    delete from due d using job j where d.job = any (p_jobs) and j.id = d.job and j.final_at is not null;
    update due d
       set what = s.state, route = s.route, at = s.next_at, close_at = s.deadline
      from (select distinct on (a.job) a.job, a.state, a.route, a.next_at, s2.deadline
              from attempt a
              join lateral (select max(b.deadline) as deadline from attempt b
                             where b.job = a.job and b.state in (1, 2, 3, 4) and not b.closed) s2 on true
             where a.job = any (p_jobs) and a.state in (1, 2, 3, 4) and not a.closed
             order by a.job, a.state = 4, a.next_at, a.n) s
     where d.job = s.job
       and (d.what, d.route, d.at, d.close_at) is distinct from (s.state, s.route, s.next_at, s.deadline);
    -- step_after has a value whenever step_at has one, and no index that a plan of an empty day could walk
    if exists (select 1 from due d where d.job = any (p_jobs) and d.step_after is not null) then
        update due d set what = 5, route = '', at = d.step_at, close_at = j.send_by
          from job j
         where d.job = any (p_jobs) and j.id = d.job and d.step_after is not null
           and not exists (select 1 from attempt a
                            where a.job = d.job and a.state in (1, 2, 3, 4) and not a.closed)
           and (d.what, d.route, d.at, d.close_at) is distinct from (5::smallint, '', d.step_at, j.send_by);
    end if;
end
$$;

-- When an attempt is asked about again: at most every p_every, the older it is the more seldom, and once more p_every
-- before its deadline closes it; after that, never.
create function next_pull(a attempt, p_now timestamptz, p_every interval) returns timestamptz language sql immutable as
$$
    select case when p_now + greatest(p_every, (p_now - a.sent_at) / 2) <= a.deadline - p_every
                then p_now + greatest(p_every, (p_now - a.sent_at) / 2)
                when p_now < a.deadline - p_every then a.deadline - p_every
                else a.deadline end
$$;

-- Attempts of this carrier whose report is overdue, the longest overdue first. Each is put off, so that no other worker has
-- it and none is forgotten if this one dies. Ids that were never told are null.
create function take_overdue(p_carrier text, p_routes text[], p_limit integer, p_every interval)
returns table (attempt uuid, carrier_message_id text, msisdn text, voice boolean, dlr_status smallint,
               call_status smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
    v_jobs uuid[];
begin
    -- locked in key order, like everywhere; a row that another writer holds is the next round's
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j
         where j.id in (
            select c.job
              from unnest(p_routes) r(route)
              cross join lateral (
                    select d.job, d.at from due d
                     where d.what = 4 and d.route = r.route and d.at <= v_now and d.close_at > v_now
                       -- a route may have had another carrier before
                       and exists (select from attempt a
                                    where a.job = d.job and a.carrier = p_carrier and a.state = 4 and not a.closed
                                      and a.next_at <= v_now)
                     order by d.at limit p_limit) c
             order by c.at limit p_limit)
         order by j.id for update skip locked) l;
    if cardinality(v_jobs) = 0 then
        return;
    end if;
    return query
        with u as (
            update attempt a set next_at = next_pull(a, v_now, p_every)
             where a.job = any (v_jobs) and a.carrier = p_carrier and a.route = any (p_routes) and a.state = 4
               and not a.closed and a.next_at <= v_now
            returning a.*
        )
        select u.id, u.carrier_message_id, j.msisdn, coalesce(u.channel, j.channel) = 1, u.dlr_status, u.call_status
          from u join job j on j.id = u.job
         order by u.id;
    perform reschedule(v_jobs);
end
$$;

-- The carrier didn't answer: not so long.
create function pull_again(p_attempts uuid[], p_in interval) returns void language plpgsql volatile as
$$
declare
    v_jobs uuid[] := lock_jobs_of(p_attempts);
begin
    update attempt a set next_at = least(a.next_at, clock_timestamp() + p_in)
     where a.id = any (p_attempts) and a.state = 4 and not a.closed;
    perform reschedule(v_jobs);
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('next_pull', 'take_overdue', 'pull_again') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker') from unnest(array['take_overdue', 'pull_again']) f;
end
$$;
