-- What was resent by the policy is closed. Evidence that its carrier had it all the same makes it sent, whatever the
-- policy said; so it is open again, until its news or its deadline, like all that is sent. Else the job could end as
-- sent without an outcome of the delivery. Replaces record of 030 and apply_dlrs of 023.

-- As before (030); besides, acceptance opens again what was closed without such an outcome, unless the job is final.
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
               closed = (a.closed and not o.reopens) or (r.result = 6 and o.may_follow)
                        or coalesce(e.dlr_status >= 3, false),
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
               next_at = case when a.closed and not o.reopens then a.next_at
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
                      r.result = 4 and b.closed and j.final_at is null
                      and coalesce(greatest(b.dlr_status, e.dlr_status), 0) < 3 as reopens,
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

-- As before (023); besides, the same for a report that is no outcome yet. (A scalar subquery: it is asked for rows that
-- are closed without one, so hardly ever, and can't become a hash of all jobs.)
create or replace function apply_dlrs(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns void
language plpgsql volatile as
$$
declare
    v_parts record;
    v_whole uuid[] := '{}';
begin
    select * into v_parts from part_rows(p_rows, p_ords, p_attempts);
    if cardinality(v_parts.ords) > 0 then
        v_whole := add_parts(p_rows, v_parts.ords, v_parts.attempts);
    end if;
    update attempt a
       set dlr_status = greatest(a.dlr_status, e.status), call_status = greatest(a.call_status, e.call_status),
           dlr_at = greatest(a.dlr_at, e.at), dlr_error = coalesce(e.error_code, a.dlr_error),
           state = 4, error = null, sent_at = coalesce(a.sent_at, a.started_at, clock_timestamp()),
           carrier_message_id = coalesce(a.carrier_message_id, e.carrier_message_id),
           doubt_end = case when a.state = 3 then 'reported' else a.doubt_end end,
           doubt_ended_at = case when a.state = 3 then clock_timestamp() else a.doubt_ended_at end,
           closed = coalesce(greatest(a.dlr_status, e.status) >= 3, false)
                    or (a.closed and (select j.final_at from job j where j.id = a.job) is not null)
      from (
        select m.attempt,
               max(case when m.ord = any (v_parts.ords) and m.attempt <> all (v_whole) then 2
                        else r.status end)::smallint as status,
               max(r.call_status)::smallint as call_status,
               max(r.at) as at, max(nullif(r.error_code, '')) as error_code,
               max(nullif(r.carrier_message_id, '')) as carrier_message_id
          from unnest(p_ords, p_attempts) m(ord, attempt)
          join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
         group by m.attempt) e
     where a.id = e.attempt;
end
$$;
do
$$
begin
    perform expose('record', 'worker');
end
$$;
