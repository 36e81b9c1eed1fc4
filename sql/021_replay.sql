-- Replay of reports, singly and under their own id: of those that were given up (report_dead), and of delivered ones for
-- as long as their job and the tries that delivered them are kept (keep_jobs, keep_history). A delivered report isn't
-- stored a second time: its job's row says it again. New functions and one trigger; replaces nothing.

-- What the final report said of statuses, where later news changed the row (closing happens once, evidence goes on).
alter table job add column told jsonb;

create function keep_what_was_told() returns trigger language plpgsql as
$$
begin
    new.told := jsonb_build_object('sms_status', old.sms_status, 'call_status', old.call_status,
                                   'dlr_status', old.dlr_status, 'in_doubt', old.in_doubt, 'attempts', old.attempts,
                                   'sent_at', old.sent_at, 'route', old.route, 'reason', old.reason);
    return new;
end
$$;
create trigger job_told before update of sms_status, call_status, dlr_status, in_doubt, attempts, sent_at, route, reason
    on job for each row
    when (old.final_at is not null and old.report_url is not null and old.told is null
          and (old.sms_status, old.call_status, old.dlr_status, old.in_doubt, old.attempts, old.sent_at, old.route,
               old.reason)
              is distinct from
              (new.sms_status, new.call_status, new.dlr_status, new.in_doubt, new.attempts, new.sent_at, new.route,
               new.reason))
    execute function keep_what_was_told();

-- The row as its final report told it.
create function as_told(j job) returns job language sql stable as
$$ select case when j.told is null then j else jsonb_populate_record(j, j.told) end $$;

-- scheme://host:port, as common/core/url.hpp has it; null: no such URL.
create function origin_of_report(p_url text) returns text language sql immutable as
$$
    select lower(m[1]) || '://' || lower(m[2]) || ':'
           || coalesce(m[3], case lower(m[1]) when 'https' then '443' else '80' end)
      from regexp_match(p_url, '^(https?)://([^/?#:\[\]]+|\[[^\]]*\])(?::([0-9]+))?(?:[/?]|$)', 'i') m
$$;

create index report_dead_at on report_dead (died_at, id);

create type kept_report as (
    id uuid, job uuid, state text, account text, url text, format smallint,
    at timestamptz,                 -- given up; delivered first in the span; waiting: made
    tries integer, note text        -- the reason, or the last error
);

-- A page of one state's final reports by (at, id), behind (p_after, p_after_id). Null: any account, any origin. Reading
-- delivered ones goes over the days' partitions of report_try.
create function kept_reports(p_state text, p_account text, p_origin text, p_since timestamptz, p_until timestamptz,
                             p_after timestamptz, p_after_id uuid, p_limit integer)
returns setof kept_report language plpgsql stable as
$$
begin
    if p_state = 'dead' then
        return query
            select d.id, d.job, p_state, d.account, d.url, d.format, d.died_at, d.tries::integer, d.reason
              from report_dead d
             where d.kind = 1 and d.died_at >= p_since and d.died_at < p_until
               and (d.died_at, d.id) > (p_after, p_after_id)
               and (p_account is null or d.account = p_account)
               and (p_origin is null or origin_of_report(d.url) = p_origin)
             order by d.died_at, d.id limit p_limit;
    elsif p_state = 'waiting' then
        return query
            select w.* from (
                select r.id, r.job, p_state, r.account, r.url, r.format, r.created_at as at, 0 as tries, null as note
                  from report r where r.kind = 1
                union all
                select r.id, r.job, p_state, r.account, r.url, r.format, r.created_at, r.tries::integer, r.last_error
                  from report_retry r where r.kind = 1) w
             where w.at >= p_since and w.at < p_until and (w.at, w.id) > (p_after, p_after_id)
               and (p_account is null or w.account = p_account)
               and (p_origin is null or origin_of_report(w.url) = p_origin)
             order by w.at, w.id limit p_limit;
    elsif p_state = 'delivered' then
        return query
            select t.report, t.job, p_state, j.account, j.report_url, j.report_format, t.at,
                   (select count(*)::integer from report_try u where u.job = t.job and u.report = t.report),
                   null::text
              from report_try t join job j on j.id = t.job
             where t.status between 200 and 299 and t.at >= p_since and t.at < p_until
               and (t.at, t.report) > (p_after, p_after_id)
               and j.report_url is not null and j.final_at is not null
               and t.report = report_id_of(j.id, 1::smallint)
               and (p_account is null or j.account = p_account)
               and (p_origin is null or origin_of_report(j.report_url) = p_origin)
               -- once, however often it was delivered, and not while it is on its way again
               and not exists (select from report_try u
                                where u.job = t.job and u.report = t.report and u.status between 200 and 299
                                  and u.at >= p_since and u.at < t.at)
               and not exists (select from report r where r.id = t.report)
               and not exists (select from report_retry r where r.id = t.report)
               and not exists (select from report_dead r where r.id = t.report)
             order by t.at, t.report limit p_limit;
    else
        raise exception 'no state of reports: %', p_state using errcode = 'invalid_parameter_value';
    end if;
end
$$;

-- One report, by its own id (webhook-id of a request that held it alone) or by its job's (messageId, sms_id), and what it
-- says. By its own id a delivered one is looked for in all tries that are kept.
create function describe_report(p_id uuid, out report kept_report, out payload text) returns setof record
language plpgsql stable as
$$
declare
    v_job uuid;
begin
    select x.job into v_job
      from (select j.id as job from job j where j.id = p_id
            union all select r.job from report r where r.id = p_id
            union all select r.job from report_retry r where r.id = p_id
            union all select r.job from report_dead r where r.id = p_id) x limit 1;
    if v_job is null then
        select t.job into v_job from report_try t where t.report = p_id limit 1;
    end if;
    return query
        select (x.id, x.job, x.state, x.account, x.url, x.format, x.at, x.tries, x.note)::kept_report, x.payload
          from (select r.id, r.job, 'waiting' as state, r.account, r.url, r.format, r.created_at as at, 0 as tries,
                       null::text as note, r.payload, 1 as nth
                  from report r where r.id = report_id_of(v_job, 1::smallint)
                union all
                select r.id, r.job, 'waiting', r.account, r.url, r.format, r.created_at, r.tries::integer, r.last_error,
                       r.payload, 2
                  from report_retry r where r.id = report_id_of(v_job, 1::smallint)
                union all
                select r.id, r.job, 'dead', r.account, r.url, r.format, r.died_at, r.tries::integer, r.reason, r.payload, 3
                  from report_dead r where r.id = report_id_of(v_job, 1::smallint)
                union all
                select t.report, j.id, 'delivered', j.account, j.report_url, j.report_format, t.at,
                       (select count(*)::integer from report_try u where u.job = j.id and u.report = t.report), null,
                       report_payload(as_told(j)), 4
                  from job j
                  join lateral (select u.report, u.at from report_try u
                                 where u.job = j.id and u.report = report_id_of(j.id, 1::smallint)
                                   and u.status between 200 and 299 order by u.at limit 1) t on true
                 where j.id = v_job and j.report_url is not null and j.final_at is not null) x
         order by x.nth limit 1;
end
$$;

-- Puts final reports of these jobs among the retries, one each p_every from p_from on: the schedule, and so the rate,
-- outlives who asked for it. Their tries begin anew, their 48 hours with their turn; they count as tried, so that they go
-- singly. Those that wait already stay as they are. Returns how many it was.
create function replay_reports(p_jobs uuid[], p_from timestamptz, p_every interval) returns integer
language plpgsql volatile as
$$
declare
    v_count integer;
begin
    perform from job j where j.id = any (p_jobs) order by j.id for key share;   -- not while one is pruned or erased
    with u as (
        select u.job, report_id_of(u.job, 1::smallint) as id, p_from + (u.ord - 1) * p_every as due
          from unnest(p_jobs) with ordinality u(job, ord)
    ), dead as (
        delete from report_dead d using u where d.id = u.id
        returning d.id, d.job, d.kind, d.account, d.url, d.format, d.payload, d.created_at, u.due
    ), told as (
        select u.id, j.id as job, 1::smallint as kind, j.account, j.report_url as url, j.report_format as format,
               report_payload(as_told(j)) as payload, j.final_at as created_at, u.due
          from u join job j on j.id = u.job
         where j.report_url is not null and j.final_at is not null
           and exists (select from report_try t
                        where t.job = j.id and t.report = u.id and t.status between 200 and 299)
           and not exists (select from report r where r.id = u.id)
           and not exists (select from report_dead r where r.id = u.id)
    )
    insert into report_retry (id, job, kind, account, url, format, payload, created_at, tries, first_try_at, due_at,
                              last_error)
    select x.id, x.job, x.kind, x.account, x.url, x.format, x.payload, x.created_at, 1, x.due, x.due, 'replay'
      from (select * from dead union all select * from told) x
    on conflict (id) do nothing;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

create function note_replay(p_who text, p_account text, p_what jsonb) returns void language sql volatile as
$$ insert into audit (who, what, account, after) values (p_who, 'reports replay', p_account, p_what) $$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('keep_what_was_told', 'as_told', 'origin_of_report', 'kept_reports',
                                           'describe_report', 'replay_reports', 'note_replay') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'reader') from unnest(array['kept_reports', 'describe_report', 'origin_of_report']) f;
end
$$;
