-- How a doubt ended, beside the attempt that was in it; what a carrier said of the delivery when it was asked; and both,
-- with the sender that a route put in another's place, in events.

alter table attempt
    add column doubt          text,                 -- why it was in doubt once; null: never
    add column doubt_end      text,                 -- how that ended (docs/life-of-a-pin.md); null: it hasn't
    add column doubt_ended_at timestamptz;

alter table job
    add column put_sender text,                     -- what the route of its newest sent attempt put there; null: it didn't
    add column doubt      text;                     -- how its newest doubt ended, `open`: it hasn't; null: there was none

-- What an outcome says beside the older row: how the doubt ended, and what the carrier's own list says of the delivery.
create type record_end as (attempt uuid, how text, dlr_status smallint, raw_status text, error_code text);

-- As before (009); besides, a doubt's beginning and end, and a delivery that was found by asking, which goes the way of
-- a report: the same fold, the same history.
drop function record(uuid, record_row[], record_extra[]);
create function record(p_epoch uuid, p_rows record_row[], p_extra record_extra[] default '{}',
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

-- As before (005); besides, the end of a doubt.
create or replace function apply_dlrs(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns void
language plpgsql volatile as
$$
begin
    update attempt a
       set dlr_status = greatest(a.dlr_status, e.status), call_status = greatest(a.call_status, e.call_status),
           dlr_at = greatest(a.dlr_at, e.at), dlr_error = coalesce(e.error_code, a.dlr_error),
           state = 4, error = null, sent_at = coalesce(a.sent_at, a.started_at, clock_timestamp()),
           carrier_message_id = coalesce(a.carrier_message_id, e.carrier_message_id),
           doubt_end = case when a.state = 3 then 'reported' else a.doubt_end end,
           doubt_ended_at = case when a.state = 3 then clock_timestamp() else a.doubt_ended_at end,
           closed = a.closed or coalesce(greatest(a.dlr_status, e.status) >= 3, false)
      from (
        select m.attempt, max(r.status)::smallint as status, max(r.call_status)::smallint as call_status,
               max(r.at) as at, max(nullif(r.error_code, '')) as error_code,
               max(nullif(r.carrier_message_id, '')) as carrier_message_id
          from unnest(p_ords, p_attempts) m(ord, attempt)
          join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
         group by m.attempt) e
     where a.id = e.attempt;
end
$$;

-- As before (004); besides, the beginning of a doubt.
create or replace function take_over_sending(p_epoch uuid, p_limit integer, p_dead_after interval, p_takeovers_max integer)
returns integer language plpgsql volatile as
$$
declare
    v_ids uuid[];
    v_jobs uuid[];
begin
    select array_agg(c.id) into v_ids from (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 2
          left join process o on o.epoch = a.owner
         where d.what = 2 and a.owner is distinct from p_epoch
           and (o.epoch is null or o.dead or o.beat_at < clock_timestamp() - p_dead_after)
         order by d.at limit p_limit) c;
    if v_ids is null then
        return 0;
    end if;
    v_jobs := lock_jobs_of(v_ids);
    with u as (
        update attempt a
           set state = 3, owner = p_epoch, takeovers = a.takeovers + 1,
               set_aside = a.takeovers + 1 >= p_takeovers_max,
               next_at = case when a.takeovers + 1 >= p_takeovers_max then a.deadline else clock_timestamp() end,
               error = 'owner_died', doubt = coalesce(a.doubt, 'owner_died')
         where a.id = any (v_ids) and a.state = 2
           and not exists (select 1 from process o
                            where o.epoch = a.owner and not o.dead
                              and o.beat_at >= clock_timestamp() - p_dead_after)
        returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    perform reschedule(v_jobs);
    return coalesce(cardinality(v_ids), 0);
end
$$;

-- As before (006); besides, the end of a doubt that nothing settled.
create or replace function close_overdue(p_epoch uuid, p_limit integer, p_grace interval, p_skew interval, p_reporter uuid,
                              p_lease interval, out closed integer, out reports text)
language plpgsql volatile as
$$
declare
    v_settled timestamptz := settled_until() - p_skew;
    v_jobs uuid[];
begin
    -- locked in key order, like everywhere; a row that another writer holds is the next sweep's
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j
         where j.id in (select d.job from due d
                         where d.close_at <= clock_timestamp() - p_grace
                           and (d.what = 1 or d.close_at < coalesce(v_settled, '-infinity'))
                         order by d.close_at limit p_limit)
         order by j.id for update skip locked) l;
    closed := 0;
    if cardinality(v_jobs) = 0 then
        return;
    end if;
    update attempt a
       set state = case when a.state = 1 then 5 when a.state = 2 then 3 else a.state end,
           error = case when a.state = 1 then 'expired' when a.state = 2 then 'owner_died' else a.error end,
           dlr_status = case when a.state = 1 then a.dlr_status else greatest(a.dlr_status, 3::smallint) end,
           doubt = case when a.state = 2 then coalesce(a.doubt, 'owner_died') else a.doubt end,
           doubt_end = case when a.state in (2, 3) then 'held' else a.doubt_end end,
           doubt_ended_at = case when a.state in (2, 3) then clock_timestamp() else a.doubt_ended_at end,
           closed = true
     where a.job = any (v_jobs) and a.state in (1, 2, 3, 4) and not a.closed
       and a.deadline <= clock_timestamp() - p_grace
       and (a.state = 1 or a.deadline < coalesce(v_settled, '-infinity'));
    get diagnostics closed = row_count;
    select jsonb_agg(to_jsonb(s))::text into reports from settle_up(p_epoch, v_jobs, p_reporter, p_lease) s;
end
$$;

-- As before (002), with what the route put as the sender, and the doubt.
create or replace function event_of(j job, p_repeat boolean, p_at timestamptz) returns text language sql stable as
$$
    select concat('{"account":', to_json(j.account), ',"job_id":', to_json(j.job_id), ',"message_id":"', hex_name(j.id),
                  '","version":', j.version, ',"at":"', time_name(p_at), '","to":"', j.msisdn,
                  '","final":', (j.final_at is not null)::text, ',"in_doubt":', j.in_doubt::text,
                  ',"pin_id":' || to_json(j.pin_id), ',"nc_status":"' || nc_name(j.nc_status) || '"',
                  ',"sms_status":"' || sms_name(j.sms_status) || '"',
                  ',"call_status":"' || call_name(j.call_status) || '"',
                  ',"dlr_status":"' || dlr_name(j.dlr_status) || '"', ',"reason":' || to_json(j.reason),
                  ',"reference":' || to_json(j.reference),
                  ',"put_sender":' || to_json(j.put_sender), ',"doubt":"' || j.doubt || '"', case when p_repeat then ',"repeat":true' end, '}')
$$;

-- As before (016); besides, both of them in the job.
create or replace function fold_and_close(p_jobs uuid[])
returns table (job_id uuid, closed_now boolean, left_open boolean) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_at timestamptz := clock_timestamp();
begin
    return query
        with f as (
            select a.job,
                   count(*) filter (where a.state in (1, 2, 3, 4) and not a.closed) as open,
                   bool_or(a.state = 4) as any_sent,
                   bool_or(a.state = 3) as any_doubt,
                   coalesce(bool_or(a.state = 4) filter (where a.channel is null), false) as own_sent,
                   coalesce(bool_or(a.state in (2, 3)) filter (where a.channel is null), false) as own_doubt,
                   -- only what was tried: a planned call that was never made has no status
                   count(a.channel) filter (where a.state in (2, 3, 4)
                                               or (a.state = 5 and a.error is distinct from 'step_over')) as others,
                   coalesce(bool_or(a.state = 4) filter (where a.channel is not null), false) as other_sent,
                   coalesce(bool_or(a.state in (2, 3)) filter (where a.channel is not null), false) as other_doubt,
                   max(a.dlr_status) filter (where a.state in (3, 4)) as dlr,
                   max(a.call_status) filter (where a.state in (3, 4)) as call_sent,
                   max(a.call_status) filter (where a.state = 5) as call_unsent,
                   count(*)::smallint as attempts,
                   min(a.sent_at) as sent_at,
                   (array_agg(a.route order by a.n desc))[1] as route,
                   -- filtered: no rows, no sort
                   (array_agg(a.sender order by a.n desc)
                       filter (where a.sender is not null and a.state in (3, 4)))[1] as put_sender,
                   (array_agg(coalesce(a.doubt_end, 'open') order by a.n desc)
                       filter (where a.doubt is not null))[1] as doubt,
                   (array_agg(coalesce(a.dlr_error, a.error)
                              order by a.step is not null and a.state in (3, 4) desc, a.n desc))[1] as error
              from attempt a
             where a.job = any (p_jobs)
             group by a.job
        ), n as (
            select j.id, j.final_at is not null as was_final,
                   o.done as is_final,
                   case when j.channel = 0 or f.others > 0 then greatest(j.sms_status,
                        case when o.sms_sent or (o.done and o.sms_doubt) then 2
                             when o.done then 1 end) end as sms,
                   case when j.channel = 1 or f.others > 0 then greatest(j.call_status,
                        case when not o.done and f.call_sent between 3 and 11 then null
                             when f.call_sent is not null then f.call_sent
                             when o.done and o.call_doubt then 3
                             when o.done and not o.call_sent then coalesce(f.call_unsent, 4) end) end as call,
                   greatest(j.dlr_status,
                        case when o.open > 0 and f.dlr between 3 and 7 then null else f.dlr end,
                        case when o.open = 0 and f.any_doubt then 3 end) as dlr,
                   (o.open = 0 and f.any_doubt and not f.any_sent) as doubt,
                   f.attempts, f.sent_at, f.route, f.put_sender, f.doubt as doubted, f.open > 0 as left_open,
                   case when coalesce(f.dlr, 0) = 8 then null
                        when o.open = 0 then coalesce(f.error, j.reason) else j.reason end as reason
              from job j
              join f on f.job = j.id
              -- offset 0: a lookup by its key, whatever the planner thinks of the table
              left join lateral (select x.step_at from due x where x.job = j.id offset 0) d on true
                   cross join lateral (
                       select f.open + (d.step_at is not null and j.send_by > v_at)::integer as open) w
                   cross join lateral (
                       select w.open, (w.open = 0 or coalesce(f.dlr = 8, false)) as done,
                              case when j.channel = 0 then f.own_sent else f.other_sent end as sms_sent,
                              case when j.channel = 0 then f.own_doubt else f.other_doubt end as sms_doubt,
                              case when j.channel = 0 then f.other_sent else f.own_sent end as call_sent,
                              case when j.channel = 0 then f.other_doubt else f.own_doubt end as call_doubt) o
        )
        update job j
           set sms_status = n.sms::smallint, call_status = n.call::smallint, dlr_status = n.dlr::smallint,
               in_doubt = n.doubt, attempts = n.attempts, sent_at = n.sent_at, route = n.route, reason = n.reason,
               put_sender = n.put_sender, doubt = n.doubted,
               final_at = case when j.final_at is not null then j.final_at
                               when n.is_final then clock_timestamp() end,
               version = j.version + 1
          from n
         where j.id = n.id
           and ((j.sms_status, j.call_status, j.dlr_status, j.in_doubt, j.final_at is not null)
                is distinct from
                (n.sms::smallint, n.call::smallint, n.dlr::smallint, n.doubt, n.was_final or n.is_final))
        returning j.id, j.final_at is not null and not n.was_final, n.left_open;
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.proname = 'record' loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker') from unnest(array['record', 'take_over_sending', 'close_overdue']) f;
    perform expose('close_overdue', 'callback');
end
$$;
