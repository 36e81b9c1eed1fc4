-- The same steps with less work (docs/decisions/013-plpgsql-for-batches.md). No statement compares each row of a batch with
-- each other row: arrays of a batch go side by side, in one order. What there is nothing to do for is not asked, and what a
-- statement knew is handed on. Rows that are updated together find room on their page.
-- Replaces lock_jobs_of and take_waiting of 004, judge_starts and start_sending of 004 and 009, claim and its parts of 003 and
-- 009, announce of 002, fold_and_close of 018, reschedule of 032, settle_up and insert_final_reports of 022, record and
-- apply_dlrs of 031, settle of 025, complete_reports of 034.

-- A batch inserts neighbours and then updates all of them in one transaction: their page needs room for a second version of
-- each row, else all their indexes get new entries. (An attempt grows besides.)
alter table job set (fillfactor = 50);
alter table attempt set (fillfactor = 45);

-- As before (004), in one statement. Which job an attempt is of never changes: it may be read before the lock.
create or replace function lock_jobs_of(p_attempts uuid[], p_jobs out uuid[]) language plpgsql volatile as
$$
begin
    select coalesce(array_agg(l.id), '{}') into p_jobs from (
        select j.id from job j
         where j.id = any (array(select a.job from attempt a where a.id = any (p_attempts)))
         order by j.id for update) l;
end
$$;

-- As before (002), with nothing to look up where nobody asked again.
create or replace function announce(p_owner uuid, p_changed uuid[], p_repeated uuid[]) returns void
language plpgsql volatile as
$$
begin
    if cardinality(p_changed) + cardinality(p_repeated) = 0 then
        return;
    end if;
    insert into outbox (owner, events)
    select p_owner, e.events
      from (select '[' || string_agg(concat('{"key":"', j.msisdn, '"', ',"waiter":' || to_json(j.waiter), ',"event":',
                                            event_of(j, cardinality(p_repeated) > 0 and j.id <> all (p_changed),
                                                     clock_timestamp()), '}'), ',') || ']'
                     as events
              from job j where j.id = any (p_changed || p_repeated)) e
     where e.events is not null;
end
$$;

-- As before (018), but sorted once for the whole batch, newest attempt first, instead of four times for each job; and it says
-- besides which closed jobs told something before. All arrays are of jobs: whose status changed; those of them that
-- closed; closed while an attempt was open; closed after an earlier report.
drop function fold_and_close(uuid[]);
create function fold_and_close(p_jobs uuid[], out changed uuid[], out closed uuid[], out left_open uuid[], out told uuid[])
language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
begin
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
               (array_agg(a.route))[1] as route,
               (array_agg(a.sender) filter (where a.sender is not null and a.state in (3, 4)))[1] as put_sender,
               (array_agg(coalesce(a.doubt_end, 'open')) filter (where a.doubt is not null))[1] as doubt,
               -- of what a carrier had, if a step of a plan was
               (array_cat(array_agg(coalesce(a.dlr_error, a.error)) filter (where a.step is not null and a.state in (3, 4)),
                          array_agg(coalesce(a.dlr_error, a.error))))[1] as error
          from (select b.* from attempt b where b.job = any (p_jobs) order by b.job, b.n desc) a
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
    ), u as (
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
        returning j.id, j.final_at is not null and not n.was_final as closed_now, n.left_open, j.told_kind
    )
    select coalesce(array_agg(u.id), '{}'), coalesce(array_agg(u.id) filter (where u.closed_now), '{}'),
           array_agg(u.id) filter (where u.closed_now and u.left_open),
           array_agg(u.id) filter (where u.closed_now and u.told_kind > 0)
      into changed, closed, left_open, told from u;
end
$$;

-- Puts the due row of each of these jobs, none of which is final, where its most urgent open attempt wants it; `p_planned`:
-- some have plans, which were followed.
create function put_due(p_jobs uuid[], p_planned boolean) returns void language plpgsql volatile as
$$
begin
    update due d
       set what = s.state, route = s.route, at = s.next_at, close_at = s.deadline
      from (select distinct on (a.job) a.job, a.state, a.route, a.next_at,
                   case when a.state in (1, 3) then a.deadline
                        else (select max(b.deadline) from attempt b
                               where b.job = a.job and b.state in (1, 2, 3, 4) and not b.closed) end as deadline
              from attempt a
             where a.job = any (p_jobs) and a.state in (1, 2, 3, 4) and not a.closed
             order by a.job, a.state = 4, a.next_at, a.n) s
     where d.job = s.job
       and (d.what, d.route, d.at, d.close_at) is distinct from (s.state, s.route, s.next_at, s.deadline);
    if p_planned then
        update due d set what = 5, route = '', at = d.step_at, close_at = j.send_by
          from job j
         where d.job = any (p_jobs) and j.id = d.job and d.step_after is not null
           and not exists (select 1 from attempt a
                            where a.job = d.job and a.state in (1, 2, 3, 4) and not a.closed)
           and (d.what, d.route, d.at, d.close_at) is distinct from (5::smallint, '', d.step_at, j.send_by);
    end if;
end
$$;

-- As before (032), in two parts.
create or replace function reschedule(p_jobs uuid[]) returns void language plpgsql volatile as
$$
declare
    v_planned boolean := exists (select 1 from due d where d.job = any (p_jobs) and d.step is not null);
begin
    if v_planned then
        perform follow_plans(p_jobs);
    end if;
    delete from due d using job j where d.job = any (p_jobs) and j.id = d.job and j.final_at is not null;
    perform put_due(p_jobs, v_planned);
end
$$;

-- As before (022), of jobs of which those in `p_told` told something before.
create function insert_final_reports(p_jobs uuid[], p_owner uuid, p_lease interval, p_told uuid[])
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
begin
    if p_told is not null then
        perform supersede_reports(p_told);
    end if;
    return query
        with made as (
            insert into report (id, job, kind, account, url, format, payload, lease_owner, lease_until)
            select report_id_of(j.id, 1::smallint), j.id, 1, j.account, j.report_url, j.report_format,
                   report_payload(j), case when h.until is null then p_owner else held() end,
                   case when h.until is not null then h.until
                        when p_owner is not null then clock_timestamp() + p_lease end
              from job j
              cross join lateral (select case when j.told_kind > 0 then in_hands(j.id) end as until) h
             where j.id = any (p_jobs) and j.report_url is not null and (j.report_refusal or not caller_was_told(j))
             order by j.id
            on conflict (job, kind) do nothing
            returning *
        )
        select * from made m where m.lease_owner is distinct from held();
end
$$;

-- As before (022): for jobs that were born final, and for calls that were under way when this came.
create or replace function insert_final_reports(p_jobs uuid[], p_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
begin
    if cardinality(p_jobs) > 0 then
        return query select * from insert_final_reports(p_jobs, p_owner, p_lease, (
            select array_agg(j.id) from job j where j.id = any (p_jobs) and j.told_kind > 0));
    end if;
end
$$;

-- As before (022). Callers hold the jobs' locks, so what closed has its due row taken away here and nowhere else, and what
-- was closed before has none.
create or replace function settle_up(p_epoch uuid, p_jobs uuid[], p_report_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
declare
    v_planned boolean := exists (select 1 from due d where d.job = any (p_jobs) and d.step is not null);
    v record;
    v_open uuid[] := p_jobs;
begin
    if v_planned then
        perform follow_plans(p_jobs);
    end if;
    v := fold_and_close(p_jobs);
    if v.left_open is not null then
        update attempt a set state = case when a.state = 1 then 6 else 3 end, error = 'job_final',
                             doubt = case when a.state = 2 then coalesce(a.doubt, 'job_final') else a.doubt end
         where a.job = any (v.left_open) and a.state in (1, 2);
    end if;
    if cardinality(v.closed) > 0 then
        delete from due d where d.job = any (v.closed);
        v_open := case when cardinality(v.closed) < cardinality(p_jobs)
                       then array(select unnest(p_jobs) except select unnest(v.closed)) end;
    end if;
    if cardinality(v.changed) < cardinality(p_jobs) then
        -- a row that some mishap left to a final job would come back with each sweep, and keep others out
        delete from due d using job j where d.job = any (p_jobs) and j.id = d.job and j.final_at is not null;
    end if;
    if v_open is not null then
        perform put_due(v_open, v_planned);
    end if;
    if cardinality(v.changed) > cardinality(v.closed) then
        perform insert_progress_reports(v.changed);
    end if;
    if cardinality(v.closed) > 0 then
        return query select * from insert_final_reports(v.closed, p_report_owner, p_lease, v.told);
    end if;
    perform announce(p_epoch, v.changed, '{}');
end
$$;

-- The claim. Its parts get the new jobs only, and the extras in the same order; the column of theirs that has a namesake is
-- called extra_of.

-- As before (003); besides, which of the new jobs are final.
drop function claim_jobs(claim_row[]);
create function claim_jobs(p_rows claim_row[], made out uuid[], final out uuid[]) language plpgsql volatile as
$$
#variable_conflict use_column
begin
    with i as (
        insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn, spec, report_url, report_format,
                         report_refusal, reference, waiter, sender, requested_at, send_by, nc_status, mccmnc, pin_id,
                         route, attempts, reason, sms_status, call_status, final_at)
        select r.id, r.account, r.job_id, r.claim_id, r.content_hash, r.channel, r.msisdn, r.spec, r.report_url,
               r.report_format, r.report_refusal, r.reference, r.waiter, r.sender, r.requested_at, r.send_by,
               r.nc_status, r.mccmnc, r.pin_id, r.route, (r.attempt is not null)::integer, w.reason,
               case when w.reason is not null and r.channel = 0 then 1 end,
               case when w.reason is not null and r.channel = 1 then 4 end,
               case when w.reason is not null then clock_timestamp() end
          from unnest(p_rows) r
               -- without an attempt there would be no due row, and nobody would ever close it
               cross join lateral (
                   select coalesce(r.reason, case when r.attempt is null then 'no_route' end) as reason) w
         order by r.account, r.job_id
        on conflict (account, job_id) do nothing
        returning id, final_at
    )
    select coalesce(array_agg(i.id), '{}'), coalesce(array_agg(i.id) filter (where i.final_at is not null), '{}')
      into made, final from i;
end
$$;

-- Ends, refused, the new jobs whose PIN can't be sent (009), and returns them.
drop function claim_refuse_pins(claim_row[], uuid[], claim_extra[]);
create function claim_refuse_pins(p_rows claim_row[], p_extra claim_extra[], p_refused out uuid[])
language plpgsql volatile as
$$
begin
    with u as (
        update job j
           set reason = o.why, final_at = clock_timestamp(), attempts = 0, route = null,
               sms_status = case when j.channel = 0 then 1 end, call_status = case when j.channel = 1 then 4 end
          from (select r.id,
                       case when p.by_number and exists (
                                select 1 from pin q
                                 where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                                   and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                            when p.claim_id = r.claim_id then null
                            when p.msisdn <> r.msisdn then 'pin_other_number'
                            when p.cancelled_at is not null then 'pin_cancelled'
                            when p.expires_at <= clock_timestamp() then 'pin_expired'
                            when p.verified_at is not null and p.single_use then 'pin_spent'
                            when p.max_tries > 0 and p.tries_left <= 0 then 'pin_out_of_tries'
                            when p.sealed is null then 'pin_expired'
                            when r.pin_strict and (r.pin_type, r.pin_length, r.pin_expires_in, r.pin_max_tries,
                                                   coalesce(r.single_use, p.single_use))
                                 is distinct from (p.type, p.length, p.expires_in, p.max_tries, p.single_use)
                                then 'pin_parameters_differ' end as why
                  from rows from (unnest(p_extra), unnest(p_rows)) r(extra_of)
                 cross join lateral (select * from pin x
                                      where x.account = r.account and x.pin_id = r.pin_id offset 0) p
                 where r.reason is null and r.attempt is not null) o
         where j.id = o.id and o.why is not null
        returning j.id
    )
    select coalesce(array_agg(u.id), '{}') into p_refused from u;
end
$$;

-- Mints the PINs, wipes the older ones of their numbers, and returns the jobs that are refused because of their PIN. Against
-- one that is minted here only a newer one of the same number can stand; a look at the number's others tells both.
drop function claim_pins(claim_row[], uuid[], claim_extra[]);
create function claim_pins(p_rows claim_row[], p_extra claim_extra[]) returns uuid[] language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v record;
    v_others record;
begin
    with w as (
        select r.account, r.pin_id, r.msisdn, r.claim_id, r.pin_sealed, r.pin_type, r.pin_length, r.pin_expires_in,
               r.pin_max_tries, r.pin_by_number, r.requested_at, r.guess_mac, r.guess_kid, r.single_use
          from rows from (unnest(p_extra), unnest(p_rows)) r(extra_of)
         where r.pin_id is not null
           -- withheld: the PIN exists, so that it can be sent again, by voice too
           and (r.reason = 'lookup_withheld' or (r.reason is null and r.attempt is not null))
    ), i as (
        insert into pin (account, pin_id, msisdn, claim_id, sealed, type, length, expires_in, max_tries, tries_left,
                         by_number, requested_at, expires_at, guess_mac, guess_kid, single_use)
        select w.account, w.pin_id, w.msisdn, w.claim_id, w.pin_sealed, w.pin_type, w.pin_length, w.pin_expires_in,
               w.pin_max_tries, w.pin_max_tries, w.pin_by_number, w.requested_at,
               case when w.pin_expires_in = 0 then 'infinity'
                    else w.requested_at + make_interval(secs => w.pin_expires_in) end,
               w.guess_mac, w.guess_kid, coalesce(w.single_use, false)
          from w
         order by w.account, w.pin_id
        on conflict (account, pin_id) do nothing
        returning account, msisdn, by_number, requested_at, minted_at
    )
    select count(*) = (select count(*) from w) as all_minted,
           array_agg(i.account) filter (where i.by_number) as accounts,
           array_agg(i.msisdn) filter (where i.by_number) as numbers,
           array_agg(i.requested_at) filter (where i.by_number) as requested,
           array_agg(i.minted_at) filter (where i.by_number) as minted
      into v from i;
    -- offset 0: the others of each number, by their key, whatever the planner thinks of the table
    select coalesce(bool_or(o.newer), false) as newer,
           array_agg(o.account order by o.account, o.pin_id) filter (where not o.newer) as accounts,
           array_agg(o.pin_id order by o.account, o.pin_id) filter (where not o.newer) as pins
      into v_others
      from unnest(v.accounts, v.numbers, v.requested, v.minted) n(account, msisdn, requested_at, minted_at)
     cross join lateral (
           select q.account, q.pin_id, (q.requested_at, q.minted_at) > (n.requested_at, n.minted_at) as newer
             from pin q
            where q.by_number and q.account = n.account and q.msisdn = n.msisdn
              and ((q.requested_at, q.minted_at) > (n.requested_at, n.minted_at)
                   or ((q.requested_at, q.minted_at) < (n.requested_at, n.minted_at)
                       and (q.sealed is not null or q.guess_mac is not null)))
           offset 0) o;
    for k in 1 .. coalesce(cardinality(v_others.pins), 0) loop
        update pin q set sealed = null, guess_mac = null
         where q.account = v_others.accounts[k] and q.pin_id = v_others.pins[k];
    end loop;
    if v.all_minted and not v_others.newer then
        return '{}';
    end if;
    return claim_refuse_pins(p_rows, p_extra);
end
$$;

drop function claim_attempts(uuid, claim_row[], uuid[], claim_extra[]);
create function claim_attempts(p_epoch uuid, p_rows claim_row[], p_extra claim_extra[], p_refused uuid[]) returns void
language plpgsql volatile as
$$
begin
    with a as (
        insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at, parts, cost)
        select r.attempt, r.id, 1, r.route, r.carrier, case when r.start then 2 else 1 end,
               case when r.start or r.keep then p_epoch end, r.next_at, r.deadline,
               case when r.start then clock_timestamp() end, r.parts, r.cost
          from rows from (unnest(p_extra), unnest(p_rows)) r(extra_of)
         where r.attempt is not null and r.reason is null and r.id <> all (p_refused)
        returning job, state, route, next_at, deadline
    )
    insert into due (job, what, route, at, close_at) select job, state, route, next_at, deadline from a;
end
$$;

-- As before (009). A batch of new jobs, all of which go on, is answered from what was given, but for the PINs, which are read
-- back: a newer one may have wiped one of them already.
create or replace function claim(p_epoch uuid, p_rows claim_row[], p_extra claim_extra[] default '{}')
returns table (asked uuid, id uuid, claim_id uuid, content_hash bytea, final boolean, reason text,
               attempt_state smallint, attempt_owner uuid, sealed text, pin_expires_at timestamptz)
language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v record := claim_jobs(p_rows);
    v_all_new boolean := cardinality(v.made) = cardinality(p_rows);
    v_rows claim_row[] := p_rows;
    v_extra claim_extra[] := p_extra;
    v_refused uuid[] := '{}';
    v_repeated uuid[];
    v_waiters text[];
begin
    if not v_all_new then
        select array_agg(j.id), array_agg(coalesce(r.waiter, '')) into v_repeated, v_waiters
          from unnest(p_rows) r
         cross join lateral (select x.id, x.claim_id, x.content_hash from job x
                              where x.account = r.account and x.job_id = r.job_id offset 0) j
         where j.claim_id <> r.claim_id and j.content_hash = r.content_hash;
        -- jobs are locked before PINs, like everywhere
        perform 1 from job j where j.id = any (v_repeated) and j.final_at is null order by j.id for update;
    end if;
    if cardinality(v.made) > 0 then
        if not v_all_new or exists (select from rows from (unnest(p_extra), unnest(p_rows)) r(extra_of)
                                     where r.extra_of <> r.claim_id) then
            select array_agg(r), array_agg(x) into v_rows, v_extra
              from unnest(p_rows) r left join unnest(p_extra) x on x.claim_id = r.claim_id where r.id = any (v.made);
        end if;
        v_refused := claim_pins(v_rows, v_extra);
        perform claim_attempts(p_epoch, v_rows, v_extra, v_refused);
        perform insert_final_reports(v.final || v_refused, null, null);
        perform announce(p_epoch, v.made, '{}');
    end if;
    if v_repeated is not null then
        perform announce_repeats(p_epoch, v_repeated, v_waiters);
    end if;
    if v_all_new and cardinality(v.final) + cardinality(v_refused) = 0 then
        return query
            select r.claim_id, r.id, r.claim_id, r.content_hash, false, null::text,
                   case when r.start then 2 else 1 end::smallint, case when r.start or r.keep then p_epoch end,
                   p.sealed, p.expires_at
              from unnest(p_rows) r
              -- offset 0, here and below: lookups by their keys. A plan that was made while the table was small would read the
              -- whole of it for each batch, until its statistics change.
              left join lateral (select x.sealed, x.expires_at from pin x
                                  where x.account = r.account and x.pin_id = r.pin_id offset 0) p on true;
        return;
    end if;
    return query
        select r.claim_id, j.id, j.claim_id, j.content_hash, j.final_at is not null, j.reason, a.state, a.owner,
               p.sealed, p.expires_at
          from unnest(p_rows) r
         cross join lateral (select * from job x where x.account = r.account and x.job_id = r.job_id offset 0) j
          left join lateral (select x.state, x.owner from attempt x where x.job = j.id and x.n = 1 offset 0) a on true
          left join lateral (select x.sealed, x.expires_at from pin x
                              where x.account = j.account and x.pin_id = j.pin_id offset 0) p on true;
end
$$;

-- As before (004, 009), judged and written in one statement. Why an attempt can't be started now; null: it can. A rerun of the
-- same request (same times) is told again that it started. Why a PIN no longer counts comes before what was wiped because of it.
create or replace function start_sending(p_epoch uuid, p_rows start_row[]) returns setof started_attempt
language plpgsql volatile as
$$
declare
    v_jobs uuid[] := lock_jobs_of(array(select r.attempt from unnest(p_rows) r));
    v_judged started_attempt[];
    v_ended boolean;
begin
    with s as materialized (
        select a.id, r.next_at, r.deadline,
               case when a.state = 2 and a.owner = p_epoch and a.next_at = r.next_at and a.deadline = r.deadline then null
                    when a.state <> 1 or a.owner is distinct from p_epoch or a.set_aside then 'not_ours'
                    when j.final_at is not null then 'job_final'
                    when j.send_by <= clock_timestamp() then 'expired'
                    when p.cancelled_at is not null or p.verified_at >= j.accepted_at
                         or (p.verified_at is not null and p.single_use)
                         or (p.max_tries > 0 and p.tries_left <= 0) then 'superseded'
                    when p.by_number and exists (
                        select 1 from pin q
                         where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                           and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                    when p.sealed is null or p.expires_at <= clock_timestamp() then 'pin_expired' end as why,
               p.sealed, p.expires_at
          from unnest(p_rows) r
          join attempt a on a.id = r.attempt
          join job j on j.id = a.job
          left join lateral (select * from pin x
                              where x.account = j.account and x.pin_id = j.pin_id offset 0) p on true
    ), begun as (
        update attempt a
           set state = 2, started_at = clock_timestamp(), next_at = s.next_at, deadline = s.deadline
          from s where a.id = s.id and a.state = 1 and s.why is null
    ), ended as (
        update attempt a
           set state = case when s.why = 'superseded' then 6 else 5 end, error = s.why
          from s where a.id = s.id and s.why in ('expired', 'pin_expired', 'superseded')
        returning a.id
    )
    select array_agg((s.id, s.why, s.sealed, s.expires_at)::started_attempt), exists (select from ended)
      into v_judged, v_ended from s;
    if v_ended then
        perform settle_up(p_epoch, v_jobs, null, null);
    else
        perform reschedule(v_jobs);
    end if;
    return query select * from unnest(v_judged);
end
$$;
drop function judge_starts(uuid, start_row[]);

-- As before (031), without a second look at what is known: the ids that carriers gave come from the rows just written.
create or replace function record(p_epoch uuid, p_rows record_row[], p_extra record_extra[] default '{}',
                       p_ends record_end[] default '{}')
returns table (attempt uuid, applied boolean, next_n smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_ids uuid[];
    v_more boolean;                  -- some are to be followed by a next attempt
    v_jobs uuid[];
    v_applied uuid[];
begin
    select array_agg(r.attempt), bool_or(r.next_attempt is not null) into v_ids, v_more from unnest(p_rows) r;
    v_jobs := lock_jobs_of(v_ids);
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
          left join unnest(p_ends) e on e.attempt = r.attempt
          cross join lateral (      -- the job is looked up for those only that ask for it
               select r.next_attempt is not null
                      and (select j.final_at is null and j.send_by > clock_timestamp() from job j where j.id = b.job)
                      and not exists (select 1 from attempt c where c.job = b.job and c.n = b.n + 1) as may_follow) f
          cross join lateral (
               select f.may_follow,
                      r.result = 4 and b.closed
                      and (select j.final_at is null from job j where j.id = b.job)
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
        returning a.id, a.carrier, r.result, r.carrier_message_id
    ), k as (
        insert into carrier_ref (carrier, carrier_message_id, attempt)
        select u.carrier, u.carrier_message_id, u.id from u where u.result = 4 and u.carrier_message_id <> ''
        on conflict do nothing
    )
    select coalesce(array_agg(u.id), '{}') into v_applied from u;
    if cardinality(v_applied) < cardinality(v_ids) then
        -- of two outcomes of one attempt the update took one, whichever: the other's id is evidence all the same
        insert into carrier_ref (carrier, carrier_message_id, attempt)
        select a.carrier, r.carrier_message_id, a.id
          from unnest(p_rows) r join attempt a on a.id = r.attempt
         where r.result = 4 and r.carrier_message_id <> ''
        on conflict do nothing;
    end if;

    if cardinality(p_ends) > 0 then
        insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code)
        select clock_timestamp(), a.id, a.carrier, e.dlr_status, e.raw_status, nullif(e.error_code, '')
          from unnest(p_ends) e join attempt a on a.id = e.attempt
         where e.dlr_status is not null and e.attempt = any (v_applied);
    end if;

    if v_more then
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
    end if;

    perform settle_up(p_epoch, v_jobs, null, null);
    if not v_more and cardinality(v_applied) = cardinality(v_ids) then
        return query select i, true, null::smallint from unnest(v_ids) i;
        return;
    end if;
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

-- As before (004), but what the caller holds is a hash, not read through for each row.
create or replace function take_waiting(p_epoch uuid, p_route text, p_until timestamptz, p_limit integer, p_stale interval,
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
                or (a.owner = p_epoch and p_held is not null and a.id not in (select unnest(p_held))))
         order by d.at
         limit p_limit
           for update of a skip locked
    ), u as (
        update attempt a set owner = p_epoch from c where a.id = c.id and a.state = 1 returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    if v_ids is not null then
        return query select * from work_items(v_ids);
    end if;
end
$$;

-- As before (031). Parts are looked for only where a row speaks of one.
create or replace function apply_dlrs(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns void
language plpgsql volatile as
$$
declare
    v_parts record;
    v_part_ords bigint[] := '{}';
    v_whole uuid[] := '{}';
begin
    if exists (select from unnest(p_rows) r
                where r.status = 8 and r.carrier_message_id <> '' and r.entry like '%"part":true%') then
        select * into v_parts from part_rows(p_rows, p_ords, p_attempts);
        v_part_ords := v_parts.ords;
        if cardinality(v_part_ords) > 0 then
            v_whole := add_parts(p_rows, v_part_ords, v_parts.attempts);
        end if;
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
               max(case when m.ord = any (v_part_ords) and m.attempt <> all (v_whole) then 2
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

-- As before (025); json instead of jsonb, which nobody keeps.
create or replace function settle(p_epoch uuid, p_rows settle_row[], p_history history_row[], p_marks settled_mark[],
                       p_park_first interval, p_lease interval, p_ids text[],
                       out matched integer, out parked integer, out reports text)
language plpgsql volatile as
$$
declare
    v record := match_all(p_rows);
    v_jobs uuid[];
begin
    matched := cardinality(v.ords);
    parked := cardinality(v.odd);
    if parked > 0 then
        insert into dlr_parked (carrier, entry, why, intake_at, next_at)
        select r.carrier, r.entry, o.why, r.at,
               clock_timestamp() + case when o.why = 'unanswered' then least(p_park_first, interval '1 second')
                                        else p_park_first end
          from unnest(v.odd, v.whys) o(ord, why)
          join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord) on r.ord = o.ord;
    end if;
    if matched > 0 then
        v_jobs := lock_jobs_of(v.attempts);
        perform apply_dlrs(p_rows, v.ords, v.attempts);
        select json_agg(s)::text into reports from settle_up(p_epoch, v_jobs, p_epoch, p_lease) s;
    end if;
    if cardinality(p_history) > 0 then
        perform keep_history(p_history, p_ids, p_rows, v.ords, v.attempts);
    end if;
    insert into settled (partition, until)
    select m.partition, m.until from unnest(p_marks) m order by m.partition
    on conflict (partition) do update set until = greatest(settled.until, excluded.until);
end
$$;

-- As before (034), each statement only where an outcome asks for it.
create or replace function complete_reports(p_owner uuid, p_rows report_result[]) returns void language plpgsql volatile as
$$
declare
    v record;
begin
    with t as materialized (
        select r.id, r.outcome, r.status, r.latency_ms, r.reason, r.answer, a.job as fresh, b.job as tried
          from unnest(p_rows) r left join report a on a.id = any (array[r.id])
                                left join report_retry b on b.id = any (array[r.id])
    ), i as (
        insert into report_try (at, report, job, status, latency_ms, error, answer)
        select clock_timestamp(), t.id, coalesce(t.fresh, t.tried), t.status, coalesce(t.latency_ms, 0),
               nullif(t.reason, ''), nullif(t.answer, '')
          from t
         where t.outcome <> 4 and coalesce(t.fresh, t.tried) is not null
    )
    select bool_or(t.outcome = 2) as later, bool_or(t.outcome = 3) as dead, bool_or(t.outcome = 4) as given_back,
           bool_or(t.tried is not null) as tried
      into v from t;

    if v.later then
        insert into report_retry (id, job, kind, account, url, format, payload, created_at, tries, malformed,
                                  first_try_at, due_at, batch, batch_pos, last_error, lease_owner)
        select a.id, a.job, a.kind, a.account, a.url, a.format, a.payload, a.created_at, 1,
               coalesce(r.malformed, false)::int, clock_timestamp(), r.due_at, nullif(r.batch, ''), r.batch_pos,
               r.reason, p_owner
          from unnest(p_rows) r join report a on a.id = any (array[r.id])
         where r.outcome = 2
        on conflict (id) do nothing;
        update report_retry b
           set tries = b.tries + 1, malformed = b.malformed + coalesce(r.malformed, false)::int, due_at = r.due_at,
               batch = nullif(r.batch, ''), batch_pos = r.batch_pos, last_error = r.reason,
               lease_owner = p_owner, lease_until = null
          from unnest(p_rows) r
         where b.id = any (array[r.id]) and r.outcome = 2
           and not exists (select 1 from report a where a.id = any (array[r.id]))
           and b.due_at is distinct from r.due_at;    -- the same result again, after a lost COMMIT answer, counts once
    end if;

    if v.dead then
        insert into report_dead (id, job, kind, account, url, format, payload, created_at, tries, reason)
        select r.id, coalesce(a.job, b.job), coalesce(a.kind, b.kind), coalesce(a.account, b.account),
               coalesce(a.url, b.url), coalesce(a.format, b.format), coalesce(a.payload, b.payload),
               coalesce(a.created_at, b.created_at), coalesce(b.tries, 0) + (r.status is not null)::int,
               coalesce(nullif(r.reason, ''), 'given_up')
          from unnest(p_rows) r left join report a on a.id = any (array[r.id])
                                left join report_retry b on b.id = any (array[r.id])
         where r.outcome = 3 and coalesce(a.job, b.job) is not null
        on conflict (id) do nothing;
    end if;

    if v.tried then
        delete from report_retry b using unnest(p_rows) r where b.id = any (array[r.id]) and r.outcome in (1, 3);
    end if;
    delete from report a using unnest(p_rows) r where a.id = any (array[r.id]) and r.outcome in (1, 2, 3);

    if v.given_back then
        update report a set lease_owner = null, lease_until = null
          from unnest(p_rows) r where a.id = any (array[r.id]) and r.outcome = 4 and a.lease_owner = p_owner;
        update report_retry b set lease_owner = null, lease_until = null
          from unnest(p_rows) r where b.id = any (array[r.id]) and r.outcome = 4 and b.lease_owner = p_owner;
    end if;
end
$$;

do
$$
declare
    v_function record;
begin
    alter function complete_reports(uuid, report_result[]) set enable_seqscan = off;
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('fold_and_close', 'put_due', 'insert_final_reports', 'claim_jobs',
                                           'claim_refuse_pins', 'claim_pins', 'claim_attempts') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker') from unnest(array['claim', 'start_sending', 'record', 'take_waiting']) f;
    perform expose(f, 'callback') from unnest(array['settle', 'complete_reports']) f;
end
$$;

-- A batch's events are long enough to be compressed; pglz takes a tenth of the batch's time for it. At the end, because nobody
-- announces anything from here to the commit.
do
$$
begin
    alter table outbox alter column events set compression lz4;
exception when feature_not_supported then
    null;    -- a server that was built without it
end
$$;
