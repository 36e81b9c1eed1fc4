-- Steps 4 and 5: an attempt's way from waiting to a recorded outcome. Each function is one transaction: it locks the
-- batch's job rows in key order, then works with fresh snapshots, folds, closes, reports and announces.

create function lock_jobs_of(p_attempts uuid[], p_jobs out uuid[]) language plpgsql volatile as
$$
begin
    -- which job an attempt is of never changes: it may be read before the lock
    select coalesce(array_agg(distinct a.job), '{}') into p_jobs from attempt a where a.id = any (p_attempts);
    perform 1 from job j where j.id = any (p_jobs) order by j.id for update;
end
$$;

-- What every writer ends with. Returns the final reports it made.
create function settle_up(p_epoch uuid, p_jobs uuid[], p_report_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
declare
    v_changed uuid[];
    v_closed uuid[];
begin
    select coalesce(array_agg(f.job_id), '{}'), coalesce(array_agg(f.job_id) filter (where f.closed_now), '{}')
      into v_changed, v_closed from fold_and_close(p_jobs) f;
    perform reschedule(p_jobs);
    return query select * from insert_final_reports(v_closed, p_report_owner, p_lease);
    perform announce(p_epoch, v_changed, '{}');
end
$$;

-- What a worker needs to go on with an attempt that it did not claim a moment ago.
create type work_item as (
    attempt uuid, job uuid, n smallint, route text, carrier text, state smallint, spec text, account text,
    pin_id text, sealed text, pin_expires_at timestamptz, send_by timestamptz, requested_at timestamptz,
    takeovers smallint, repeats smallint, set_aside boolean, started_at timestamptz, deadline timestamptz,
    next_at timestamptz, refused_routes text[]
);

create function work_items(p_attempts uuid[]) returns setof work_item language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select a.id, a.job, a.n, a.route, a.carrier, a.state, j.spec, j.account, j.pin_id, p.sealed, p.expires_at,
               j.send_by, j.requested_at, a.takeovers, a.repeats, a.set_aside, a.started_at, a.deadline, a.next_at,
               coalesce((select array_agg(b.route) from attempt b where b.job = a.job and b.state = 5), '{}')
          from attempt a
          join job j on j.id = a.job
          left join pin p on p.account = j.account and p.pin_id = j.pin_id
         where a.id = any (p_attempts)
         order by a.next_at, a.id;
end
$$;

create type start_row as (attempt uuid, next_at timestamptz, deadline timestamptz);

create type started_attempt as (attempt uuid, why text, sealed text, pin_expires_at timestamptz);

-- Why each of these attempts can't be started now; null: it can. A rerun of the same request (same times) is told
-- again that it started.
create function judge_starts(p_epoch uuid, p_rows start_row[]) returns setof started_attempt language plpgsql stable as
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
                         or (p.verified_at is not null and p.single_use) then 'superseded'
                    when p.sealed is null or p.expires_at <= clock_timestamp() then 'pin_expired'
                    when p.by_number and exists (
                        select 1 from pin q
                         where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                           and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded' end,
               p.sealed, p.expires_at
          from unnest(p_rows) r
          join attempt a on a.id = r.attempt
          join job j on j.id = a.job
          left join pin p on p.account = j.account and p.pin_id = j.pin_id;
end
$$;

-- waiting -> sending, guarded by state and owner. An attempt whose time is over ends not sent; one whose PIN no longer
-- counts ends superseded.
create function start_sending(p_epoch uuid, p_rows start_row[]) returns setof started_attempt
language plpgsql volatile as
$$
declare
    v_ids uuid[] := (select array_agg(r.attempt) from unnest(p_rows) r);
    v_jobs uuid[] := lock_jobs_of(v_ids);
    v_judged started_attempt[];
begin
    select array_agg(s) into v_judged from judge_starts(p_epoch, p_rows) s;
    update attempt a
       set state = 2, started_at = clock_timestamp(), next_at = r.next_at, deadline = r.deadline
      from unnest(p_rows) r join unnest(v_judged) s on s.attempt = r.attempt
     where a.id = r.attempt and a.state = 1 and s.why is null;
    update attempt a
       set state = case when s.why = 'superseded' then 6 else 5 end, error = s.why
      from unnest(v_judged) s
     where a.id = s.attempt and s.why in ('expired', 'pin_expired', 'superseded');
    if found then
        perform settle_up(p_epoch, v_jobs, null, null);
    else
        perform reschedule(v_jobs);
    end if;
    return query select * from unnest(v_judged);
end
$$;

create type record_row as (
    attempt uuid,
    result smallint,                -- 3 in doubt, 4 sent, 5 not sent; 6: in doubt, given up by the resend policy if
                                    -- the next attempt can be made, else held
    carrier_message_id text, error text, call_status smallint,
    next_at timestamptz,            -- sent: when news is overdue; in doubt: the ladder's next step
    deadline timestamptz,
    repeated boolean,               -- this was a repeat under the attempt's reference
    -- the next attempt, when this one surely was not sent (or by the resend policy); null: none
    next_attempt uuid, next_route text, next_carrier text, next_start boolean, next_keep boolean,
    next_attempt_at timestamptz, next_deadline timestamptz
);

-- Records outcomes. Evidence of acceptance is written whoever brings it; everything else only for the owner, and
-- only from the state it was in. `applied` false: the row had moved on, and no next attempt was made. A rerun after a
-- lost COMMIT answer is told the same again.
create function record(p_epoch uuid, p_rows record_row[])
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

    insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at)
    select r.next_attempt, a.job, a.n + 1, r.next_route, r.next_carrier, case when r.next_start then 2 else 1 end,
           case when r.next_start or r.next_keep then p_epoch end, r.next_attempt_at, r.next_deadline,
           case when r.next_start then clock_timestamp() end
      from unnest(p_rows) r
      join attempt a on a.id = r.attempt
      join job j on j.id = a.job
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

-- Refills a route's window in due order: waiting rows that nobody living holds, or whose time is well past. `p_held`
-- are the caller's own that it knows of: its others are due again too, for the answer that brought them may have been
-- lost with the connection. Null: it can't say, and gets none of its own.
create function take_waiting(p_epoch uuid, p_route text, p_until timestamptz, p_limit integer, p_stale interval,
                             p_grace interval, p_held uuid[] default null)
returns setof work_item language plpgsql volatile as
$$
declare
    v_ids uuid[];
begin
    with c as (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 1
          left join process o on o.epoch = a.owner
         where d.what = 1 and d.route = p_route and d.at <= p_until
           and (a.owner is null or o.epoch is null or o.dead or o.beat_at < clock_timestamp() - p_stale
                or (d.at < clock_timestamp() - p_grace and a.owner <> p_epoch)
                or (a.owner = p_epoch and a.id <> all (p_held)))
         order by d.at
         limit p_limit
           for update of a skip locked
    ), u as (
        update attempt a set owner = p_epoch from c where a.id = c.id and a.state = 1 returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    return query select * from work_items(v_ids);
end
$$;

-- Waiting rows whose route is not among `p_routes` (renamed or gone): they choose again.
create function take_homeless(p_epoch uuid, p_routes text[], p_limit integer) returns setof work_item
language plpgsql volatile as
$$
declare
    v_ids uuid[];
begin
    with c as (
        select a.id
          from due d join attempt a on a.job = d.job and a.state = 1
         where d.what = 1 and d.route <> all (p_routes) and d.at <= clock_timestamp()
         order by d.at limit p_limit for update of a skip locked
    ), u as (
        update attempt a set owner = p_epoch from c where a.id = c.id and a.state = 1 returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    return query select * from work_items(v_ids);
end
$$;

-- Inherits `sending` rows of dead owners: they are in doubt now. Inherited too often, a row is set aside: never sent
-- again, still closed at its deadline.
create function take_over_sending(p_epoch uuid, p_limit integer, p_dead_after interval, p_takeovers_max integer)
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
               error = 'owner_died'
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

-- The ladder: in-doubt rows whose next step is due and which no living process works on.
create function take_in_doubt(p_epoch uuid, p_limit integer, p_dead_after interval, p_lease interval)
returns setof work_item language plpgsql volatile as
$$
declare
    v_ids uuid[];
    v_jobs uuid[];
begin
    select array_agg(c.id) into v_ids from (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 3 and not a.closed and not a.set_aside
          left join process o on o.epoch = a.owner
         where d.what = 3 and d.at <= clock_timestamp() and d.close_at > clock_timestamp()
           and (a.owner is null or a.owner = p_epoch or o.epoch is null or o.dead
                or o.beat_at < clock_timestamp() - p_dead_after)
         order by d.at limit p_limit) c;
    if v_ids is null then
        return;
    end if;
    v_jobs := lock_jobs_of(v_ids);
    -- the step is leased: if this process dies in it, another takes it after p_lease
    with u as (
        update attempt a set owner = p_epoch, next_at = clock_timestamp() + p_lease
         where a.id = any (v_ids) and a.state = 3 and a.next_at <= clock_timestamp() and not a.closed
        returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    perform reschedule(v_jobs);
    return query select * from work_items(v_ids);
end
$$;

-- The ladder's waiting steps, and rows that keep their state: only when they are looked at next.
create type postpone_row as (attempt uuid, next_at timestamptz);
create function postpone(p_epoch uuid, p_rows postpone_row[]) returns void language plpgsql volatile as
$$
declare
    v_jobs uuid[] := lock_jobs_of((select array_agg(r.attempt) from unnest(p_rows) r));
begin
    update attempt a set next_at = r.next_at
      from unnest(p_rows) r where a.id = r.attempt and a.owner = p_epoch and a.state in (1, 3);
    perform reschedule(v_jobs);
end
$$;

-- On SIGTERM, and when the window is full: waiting rows are given up, so that others take them at once.
create function give_up_waiting(p_epoch uuid, p_attempts uuid[]) returns integer language sql volatile as
$$
    with u as (
        update attempt a set owner = null
         where a.id = any (p_attempts) and a.state = 1 and a.owner = p_epoch returning 1)
    select count(*)::integer from u
$$;
