-- A waiting row may stand twice in its owner's line: a refill brought it while the answer that told of it too was under
-- way. Then one of the two is started, and the other may still choose another way. Replaces record of 018.

-- As before (018), but what was only passed by ends so from waiting alone; what has been started can't.
create or replace function record(p_epoch uuid, p_rows record_row[], p_extra record_extra[] default '{}',
                       p_ends record_end[] default '{}')
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
               closed = a.closed or (r.result = 6 and o.may_follow) or coalesce(e.dlr_status >= 3, false),
               carrier_message_id = coalesce(a.carrier_message_id, nullif(r.carrier_message_id, '')),
               sent_at = case when r.result = 4 then coalesce(a.sent_at, clock_timestamp()) else a.sent_at end,
               error = case when r.result = 4 then null else nullif(r.error, '') end,
               call_status = greatest(a.call_status, r.call_status),
               dlr_status = greatest(a.dlr_status, e.dlr_status),
               dlr_at = case when e.dlr_status is null then a.dlr_at else clock_timestamp() end,
               dlr_error = coalesce(nullif(e.error_code, ''), a.dlr_error),
               doubt = case when r.result = 3 then coalesce(a.doubt, nullif(r.error, ''), 'no_answer')
                            else a.doubt end,
               doubt_end = case when not o.ends then a.doubt_end
                                when r.result = 6 then 'resent'
                                else coalesce(e.how, case r.result when 4 then 'answered' else 'refused' end) end,
               doubt_ended_at = case when o.ends then clock_timestamp() else a.doubt_ended_at end,
               next_at = case when a.closed then a.next_at
                              when r.result = 6 and not o.may_follow then coalesce(r.deadline, a.deadline)
                              else coalesce(r.next_at, a.next_at) end,
               deadline = coalesce(r.deadline, a.deadline),
               repeats = a.repeats + coalesce(r.repeated, false)::integer
          from unnest(p_rows) r
          join attempt b on b.id = r.attempt
          join job j on j.id = b.job
          left join unnest(p_ends) e on e.attempt = r.attempt
          cross join lateral (
               select r.next_attempt is not null and j.final_at is null and j.send_by > clock_timestamp()
                      and not exists (select 1 from attempt c where c.job = b.job and c.n = b.n + 1) as may_follow) f
          cross join lateral (
               select f.may_follow,
                      b.state = 3 and (r.result in (4, 5) or (r.result = 6 and f.may_follow)) as ends) o
         where a.id = r.attempt
           and (r.result = 4 or (a.owner = p_epoch and (
                    (r.result = 3 and a.state in (2, 3))
                    or (r.result = 5
                        and (a.state = 1
                             or (a.state in (2, 3)
                                 and coalesce(r.error, '') not in ('route_paused', 'route_unhealthy', 'route_gone'))))
                    or (r.result = 6 and a.state = 3 and not a.closed))))
        returning a.id
    )
    select coalesce(array_agg(u.id), '{}') into v_applied from u;

    insert into carrier_ref (carrier, carrier_message_id, attempt)
    select a.carrier, r.carrier_message_id, a.id
      from unnest(p_rows) r join attempt a on a.id = r.attempt
     where r.result = 4 and r.carrier_message_id <> ''
    on conflict do nothing;

    insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code)
    select clock_timestamp(), a.id, a.carrier, e.dlr_status, e.raw_status, nullif(e.error_code, '')
      from unnest(p_ends) e join attempt a on a.id = e.attempt
     where e.dlr_status is not null and e.attempt = any (v_applied);

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
do
$$
begin
    perform expose('record', 'worker');
end
$$;
