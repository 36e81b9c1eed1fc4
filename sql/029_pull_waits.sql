-- As before (026); besides, while reports that were acknowledged are still unread, or nobody reads them, no carrier is asked:
-- what is overdue may be among them, and what a carrier says now would be settled beside what it said before, in no order.
create or replace function take_overdue(p_carrier text, p_routes text[], p_limit integer, p_every interval)
returns table (attempt uuid, carrier_message_id text, msisdn text, voice boolean, dlr_status smallint,
               call_status smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp();
    v_jobs uuid[];
begin
    if exists (select from settled s where s.until < v_now - interval '10 seconds') then
        return;
    end if;
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
do
$$
begin
    perform expose('take_overdue', 'worker');
end
$$;
