-- Plans: a job with steps goes on to the next one when nobody said "delivered" in time, or at once when a step failed
-- (docs/decisions/019-plans.md). Its due row carries the plan: still one row for each unfinished job. A step's attempt is
-- an attempt like every other one; claim, start_sending, record and settle are as they were. What comes next is the
-- workers' to say (common/core/plan.hpp); when a step is over stands here, for it hangs on what is settled.

alter table due
    add column step       smallint,                 -- the plan's present step, from 1; null: a job without a plan
    add column step_after interval,                 -- how long that step lasts; null: it is the last one
    add column step_at    timestamptz;              -- when the next one begins; null: none will
-- Every change of a due row moves indexed columns: this index costs no HOT update that there was. Other rows aren't in it.
create index due_step on due (step_at) where step_at is not null;
comment on column due.what is 'the attempt''s state: 1 send, 2 being sent, 3 ask, 4 await; 5: nothing is open but a step';

alter table attempt
    add column step    smallint,                    -- null: a job without a plan
    add column channel smallint;                    -- its step's, where that is not the job's own

-- The claim of a job with a plan: its first attempt is this step's.
create type claim_plan as (claim_id uuid, step smallint, channel smallint, step_after interval);

create function begin_plans(p_rows claim_row[], p_plans claim_plan[]) returns void language plpgsql volatile as
$$
begin
    with b as (
        update attempt a set step = p.step, channel = nullif(p.channel, j.channel)
          from unnest(p_plans) p
          join unnest(p_rows) r on r.claim_id = p.claim_id
          join job j on j.account = r.account and j.job_id = r.job_id and j.claim_id = r.claim_id
         where a.job = j.id and a.n = 1 and a.step is null      -- a rerun finds it set
        returning a.job, a.step, p.step_after
    )
    update due d set step = b.step, step_after = b.step_after, step_at = clock_timestamp() + b.step_after
      from b where d.job = b.job;
end
$$;

-- For batches with plans among them; the others call claim().
create function claim_with_plans(p_epoch uuid, p_rows claim_row[], p_extra claim_extra[], p_plans claim_plan[])
returns table (asked uuid, id uuid, claim_id uuid, content_hash bytea, final boolean, reason text,
               attempt_state smallint, attempt_owner uuid, sealed text, pin_expires_at timestamptz)
language plpgsql volatile as
$$
begin
    return query select * from claim(p_epoch, p_rows, p_extra);
    perform begin_plans(p_rows, p_plans);
end
$$;

-- Brings the plans of these jobs up to what became of their newest attempts. Callers hold the jobs' locks. It comes
-- before the fold, which keeps a job open while a step is to come.
create function follow_plans(p_jobs uuid[]) returns void language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
begin
    if not exists (select 1 from due d where d.job = any (p_jobs) and d.step is not null) then
        return;
    end if;
    -- what record() or a version without plans inserted belongs to the step of the attempt before it
    update attempt a set step = b.step, channel = b.channel
      from due d, attempt b
     where d.job = any (p_jobs) and d.step is not null
       and a.job = d.job and a.step is null and b.job = a.job and b.n = a.n - 1;
    update due d
       set step_at = case when not s.counts then null
                          when s.failed then least(d.step_at, v_at)
                          else s.began_at + d.step_after end,
           step_after = case when s.counts then d.step_after end
      from job j
           cross join lateral (
               select -- the attempt was stopped because of its PIN: so is the plan
                      not (a.state = 6 or (a.state = 5 and coalesce(a.error in ('expired', 'pin_expired'), false)))
                          as counts,
                      a.state = 5 or a.closed as failed,
                      -- it waits no longer for its turn than it would for a report
                      case when a.state = 1 then a.created_at else coalesce(a.started_at, a.created_at) end as began_at
                 from attempt a where a.job = j.id order by a.n desc limit 1) s
     where j.id = any (p_jobs) and d.job = j.id and d.step_after is not null and j.final_at is null
       and (not s.counts or (s.failed and d.step_at > v_at)
            or (not s.failed and d.step_at <> s.began_at + d.step_after));
end
$$;

-- As before (002), but: a job is open while a step of its plan is to come; sms_status tells of its messages and
-- call_status of its calls, whichever it began with; and the reason is that of what a carrier had, if one had any.
-- Besides it says which jobs closed while an attempt was open.
drop function fold_and_close(uuid[]);
create function fold_and_close(p_jobs uuid[])
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
                   f.attempts, f.sent_at, f.route, f.open > 0 as left_open,
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

-- As before (002); besides, the row of a job of which nothing is open but a step to come. Jobs whose attempt was
-- started, taken over or put off come here without a fold.
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
             order by a.job, a.next_at, a.n) s
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

-- As before (004), with plans: a step that still waits when its job closes is never sent.
create or replace function settle_up(p_epoch uuid, p_jobs uuid[], p_report_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
declare
    v_changed uuid[];
    v_closed uuid[];
    v_left_open uuid[];
begin
    perform follow_plans(p_jobs);
    select coalesce(array_agg(f.job_id), '{}'), coalesce(array_agg(f.job_id) filter (where f.closed_now), '{}'),
           array_agg(f.job_id) filter (where f.closed_now and f.left_open)
      into v_changed, v_closed, v_left_open from fold_and_close(p_jobs) f;
    if v_left_open is not null then
        update attempt a set state = 6, error = 'job_final'
         where a.job = any (v_left_open) and a.state = 1 and a.step is not null;
    end if;
    perform reschedule(p_jobs);
    return query select * from insert_final_reports(v_closed, p_report_owner, p_lease);
    perform announce(p_epoch, v_changed, '{}');
end
$$;

-- What a job has tried, oldest first: "STEP REFUSED COST ROUTE" each, as common/postgres/plans.cpp reads it.
create function plan_tries(p_job uuid, p_most integer) returns text[] language plpgsql stable as
$$
begin
    return array(
        select concat_ws(' ', coalesce(a.step, 1), (a.state = 5 and a.started_at is not null)::integer,
                         case when a.state in (2, 3, 4) then coalesce(a.cost, 0) else 0 end, a.route)
          from attempt a where a.job = p_job and a.n <= p_most order by a.n);
end
$$;

-- What a worker needs besides work_items() for attempts of jobs with a plan. The others have no row.
create function plan_facts(p_attempts uuid[])
returns table (attempt uuid, step smallint, cost bigint, tries text[]) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select a.id, a.step, coalesce(a.cost, 0), plan_tries(a.job, a.n - 1)
          from attempt a where a.id = any (p_attempts) and a.step is not null;
end
$$;

-- Whether the PIN of this job may not be sent any more: judge_starts() (009) says the same of an attempt.
create function plan_is_over(j job) returns boolean language plpgsql stable as
$$
declare
    p pin;
begin
    if j.send_by <= clock_timestamp() then
        return true;
    end if;
    select * into p from pin x where x.account = j.account and x.pin_id = j.pin_id;
    return not found or p.cancelled_at is not null or coalesce(p.verified_at >= j.accepted_at, false)
           or (p.verified_at is not null and p.single_use) or (p.max_tries > 0 and p.tries_left <= 0)
           or p.sealed is null or p.expires_at <= clock_timestamp()
           or (p.by_number and exists (
                   select 1 from pin q
                    where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                      and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)));
end
$$;

-- Jobs whose next step is due, leased to the caller for p_lease: step_at is the lease's token. That no news came of an
-- open attempt is judged by what is settled (less p_skew), not by the clock; a step that failed has nothing to wait for.
-- Plans that are over end here: those rows come with a null step_at.
create function take_steps(p_epoch uuid, p_limit integer, p_skew interval, p_lease interval)
returns table (attempt uuid, job uuid, n smallint, step smallint, step_at timestamptz, spec text, pin_id text,
               pin_expires_at timestamptz, send_by timestamptz, tries text[])
language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_at timestamptz := clock_timestamp();
    v_settled timestamptz := settled_until() - p_skew;
    v_jobs uuid[];
    v_over uuid[];
begin
    -- locked in key order, like everywhere; a row that another writer holds is the next sweep's
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j
         where j.id in (
                   select d.job from due d
                    where d.step_at <= v_at
                      and (d.step_at <= v_settled or not exists (
                               select 1 from attempt b
                                where b.job = d.job and b.state in (2, 3, 4) and not b.closed))
                    order by d.step_at limit p_limit)
         order by j.id for update skip locked) l;
    if cardinality(v_jobs) = 0 then
        return;
    end if;
    with u as (
        update due d set step_at = v_at + p_lease
         where d.job = any (v_jobs) and d.step_at <= v_at returning d.job
    )
    select coalesce(array_agg(u.job), '{}') into v_jobs from u;
    select coalesce(array_agg(j.id), '{}') into v_over
      from job j where j.id = any (v_jobs) and j.final_at is null and plan_is_over(j);
    if cardinality(v_over) > 0 then
        update due d set step_at = null, step_after = null where d.job = any (v_over);
        perform settle_up(p_epoch, v_over, null, null);
    end if;
    return query
        select a.id, j.id, a.n, coalesce(a.step, 1::smallint), d.step_at, j.spec, j.pin_id, p.expires_at, j.send_by,
               plan_tries(j.id, a.n)
          from job j
               cross join lateral (select b.id, b.n, b.step from attempt b where b.job = j.id order by b.n desc limit 1) a
          left join due d on d.job = j.id
          left join pin p on p.account = j.account and p.pin_id = j.pin_id
         where j.id = any (v_jobs);
end
$$;

create type step_row as (
    attempt uuid, step_at timestamptz,              -- as take_steps gave them
    -- the next step's attempt; null: the plan is over
    next_attempt uuid, next_route text, next_carrier text, next_keep boolean, next_at timestamptz,
    next_deadline timestamptz, next_parts smallint, next_cost bigint,
    next_step smallint, next_channel smallint, next_after interval
);

-- Begins the next steps: each with an attempt that waits, and goes the way of every other one from there. Done only
-- while the lease stands, so that of two workers, or of a worker and a report, one decides. A step that still waits for
-- its turn is withdrawn. A rerun after a lost COMMIT answer is told the same again.
create function begin_steps(p_epoch uuid, p_rows step_row[])
returns table (attempt uuid, next_n smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_at timestamptz;
    v_begun uuid[];
    v_changed uuid[];
begin
    perform lock_jobs_of((select array_agg(r.attempt) from unnest(p_rows) r));
    v_at := clock_timestamp();
    with u as (
        update due d
           set step = case when o.goes then r.next_step else d.step end,
               step_after = case when o.goes then r.next_after end,
               step_at = case when o.goes then v_at + r.next_after end
          from unnest(p_rows) r
          join attempt a on a.id = r.attempt
          join job j on j.id = a.job
               cross join lateral (select r.next_attempt is not null and j.send_by > v_at as goes) o
         where d.job = a.job and d.step_at = r.step_at and j.final_at is null
           and not exists (select 1 from attempt c where c.job = a.job and c.n > a.n)
        returning d.job, case when o.goes then r.attempt end as begun
    )
    select coalesce(array_agg(u.begun) filter (where u.begun is not null), '{}'), array_agg(u.job)
      into v_begun, v_changed from u;
    update attempt a set state = 5, error = 'step_over' where a.id = any (v_begun) and a.state = 1;
    insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, parts, cost, step, channel)
    select r.next_attempt, a.job, a.n + 1, r.next_route, r.next_carrier, 1, case when r.next_keep then p_epoch end,
           r.next_at, r.next_deadline, r.next_parts, r.next_cost, r.next_step, nullif(r.next_channel, j.channel)
      from unnest(p_rows) r
      join attempt a on a.id = r.attempt
      join job j on j.id = a.job
     where r.attempt = any (v_begun)
     order by r.next_attempt;
    -- the others' leases may be somebody's: they stay as they are
    if v_changed is not null then
        perform settle_up(p_epoch, v_changed, null, null);
    end if;
    return query select r.attempt, b.n from unnest(p_rows) r left join attempt b on b.id = r.next_attempt;
end
$$;

-- Invoices. As before (010), but an attempt counts by its own channel.
create or replace function usage_of_attempts(p_attempts attempt[]) returns setof usage_day language sql stable as
$$
    select (a.created_at at time zone 'UTC')::date, j.account, a.route, coalesce(a.channel, j.channel), count(*),
           coalesce(sum(a.parts), 0), coalesce(sum(a.cost), 0)::bigint
      from unnest(p_attempts) a join job j on j.id = a.job
     where a.state = 4 or (a.state = 3 and j.final_at is not null)
     group by 1, 2, 3, 4
$$;

create or replace function usage(p_from date, p_to date)
returns table (day date, account text, route text, channel smallint, messages bigint, parts bigint, cost bigint)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select u.day, u.account, u.route, u.channel, sum(u.messages)::bigint, sum(u.parts)::bigint, sum(u.cost)::bigint
          from (select d.* from usage_day d where d.day >= p_from and d.day < p_to
                union all
                select (a.created_at at time zone 'UTC')::date, j.account, a.route, coalesce(a.channel, j.channel), 1,
                       coalesce(a.parts, 0), coalesce(a.cost, 0)
                  from attempt a join job j on j.id = a.job
                 where a.id >= first_id_at((p_from - 1)::timestamp at time zone 'UTC')
                   and a.id < first_id_at((p_to + 1)::timestamp at time zone 'UTC')
                   and a.created_at >= p_from::timestamp at time zone 'UTC'
                   and a.created_at < p_to::timestamp at time zone 'UTC'
                   and (a.state = 4 or (a.state = 3 and j.final_at is not null))) u
         group by 1, 2, 3, 4 order by 1, 2, 3, 4;
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('begin_plans', 'claim_with_plans', 'follow_plans', 'fold_and_close',
                                           'plan_tries', 'plan_facts', 'plan_is_over', 'take_steps',
                                           'begin_steps') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker') from unnest(array['claim_with_plans', 'plan_facts', 'take_steps', 'begin_steps']) f;
    perform expose('usage', 'reader');
end
$$;
