-- Which reports an account wants: the final ones (default), or one of each change before it as well. One job's reports go
-- one at a time and in order: a later one takes the place of an earlier one that is in nobody's hands, and waits for one
-- that is (held). The rules stand at the tables, so that they hold whoever takes and completes reports.
-- Replaces save_account() of 010, insert_final_reports() of 013 and settle_up() of 019.

alter table account add column report_events text not null default 'final' check (report_events in ('final', 'all'));
grant select (report_events) on account to pinwire_reader;

-- The furthest kind of report before the final one that was made: 0 none, 2 accepted, 3 en route.
alter table job add column told_kind smallint not null default 0;

-- As before (010), with report_events.
create or replace function save_account(p_who text, p_what text, p_create boolean, p_account jsonb) returns boolean
language plpgsql volatile as
$$
declare
    v_name text := p_account ->> 'name';
    v_old account;
    v_new account;
begin
    if p_create then
        insert into account (name) values (v_name) on conflict do nothing;
        if not found then
            return false;
        end if;
    end if;
    select * into v_old from account where name = v_name for update;
    if not found then
        return false;
    end if;
    v_new := jsonb_populate_record(v_old, p_account || jsonb_build_object('changed_at', clock_timestamp()));
    update account a
       set changed_at = v_new.changed_at, suspended = v_new.suspended, webhook_secrets = v_new.webhook_secrets,
           allow_http = v_new.allow_http, allow_cidrs = v_new.allow_cidrs, ports = v_new.ports,
           time_zone = v_new.time_zone, default_sender = v_new.default_sender, senders = v_new.senders,
           text_360nrs = v_new.text_360nrs, text_infobip = v_new.text_infobip, callers = v_new.callers,
           allowed_prefixes = v_new.allowed_prefixes, blocked_prefixes = v_new.blocked_prefixes,
           per_number = v_new.per_number, per_account = v_new.per_account,
           idempotency_window = v_new.idempotency_window, prepaid = v_new.prepaid, strict = v_new."strict",
           keep_jobs = v_new.keep_jobs, report_events = v_new.report_events
     where a.name = v_name;
    insert into audit (who, what, account, before, after)
    values (p_who, p_what, v_name, case when not p_create then account_for_audit(v_old) end,
            account_for_audit(v_new));
    return true;
end
$$;

create index report_progress on report (job) where kind <> 1;
create index report_retry_progress on report_retry (job) where kind <> 1;

-- Who leases a report that waits for an earlier one of its job; the lease lasts as long as that one's.
create function held() returns uuid language sql immutable as
$$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

-- Until when the report in somebody's hands is leased; null: there is none.
create function in_hands(p_job uuid) returns timestamptz language plpgsql stable as
$$
begin
    return (select max(x.lease_until)
              from (select r.lease_until from report r
                     where r.job = p_job and r.kind <> 1 and r.lease_owner <> held()
                    union all
                    select r.lease_until from report_retry r where r.job = p_job and r.kind <> 1) x
             where x.lease_until >= clock_timestamp());
end
$$;

-- Takes earlier reports away that nobody has in hand, of jobs that have a later one now. Those in somebody's hands are
-- locked: they can't end before it is known who waits for them.
create function supersede_reports(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    perform from report r where r.job = any (p_jobs) and r.kind <> 1 order by r.id for update;
    perform from report_retry r where r.job = any (p_jobs) and r.kind <> 1 order by r.id for update;
    delete from report r
     where r.job = any (p_jobs) and r.kind <> 1
       and (r.lease_until is null or r.lease_until < clock_timestamp() or r.lease_owner = held());
    delete from report_retry r
     where r.job = any (p_jobs) and r.kind <> 1 and (r.lease_until is null or r.lease_until < clock_timestamp());
end
$$;

-- As before (013); besides, of jobs that told something before: the earlier report goes, or has to end first. Such a one
-- is nobody's, and isn't returned.
create or replace function insert_final_reports(p_jobs uuid[], p_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_told uuid[];
begin
    select array_agg(j.id) into v_told from job j where j.id = any (p_jobs) and j.told_kind > 0;
    if v_told is not null then
        perform supersede_reports(v_told);
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

-- What a report says of a job that goes on: that a carrier took it, or that it is on its way, as of now. An earlier
-- attempt's failure isn't among it.
create function progress_payload(j job) returns text language sql stable as
$$
    select concat('{"kind":', j.told_kind, ',',
                  substr(report_payload(jsonb_populate_record(j, jsonb_build_object(
                      'final_at', clock_timestamp(), 'dlr_status', j.told_kind - 1, 'reason', null))), 2))
$$;

-- One report for each step forward of a job whose account wants all. 360NRS has one word for both steps.
create function insert_progress_reports(p_jobs uuid[]) returns void language plpgsql volatile as
$$
declare
    v_jobs uuid[];
begin
    if not exists (select from account a where a.report_events = 'all') then
        return;
    end if;
    with n as (
        select j.id, case when (j.dlr_status = 2 or j.call_status = 2) and j.report_format <> 0 then 3
                          when j.sms_status = 2 or j.dlr_status in (1, 2) or j.call_status in (1, 2) then 2
                          else 0 end as kind
          from job j join account a on a.name = j.account
         where j.id = any (p_jobs) and a.report_events = 'all' and j.report_url is not null and j.final_at is null
    ), u as (
        update job j set told_kind = n.kind from n where j.id = n.id and n.kind > j.told_kind returning j.id
    )
    select array_agg(u.id order by u.id) into v_jobs from u;
    if v_jobs is null then
        return;
    end if;
    perform supersede_reports(v_jobs);
    insert into report (id, job, kind, account, url, format, payload, lease_owner, lease_until)
    select report_id_of(j.id, j.told_kind), j.id, j.told_kind, j.account, j.report_url, j.report_format,
           progress_payload(j), case when h.until is not null then held() end, h.until
      from job j
      cross join lateral (select in_hands(j.id) as until) h
     where j.id = any (v_jobs)
     order by j.id
    on conflict (job, kind) do nothing;
end
$$;

-- As before (019); besides, reports of what isn't final.
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
        update attempt a set state = case when a.state = 1 then 6 else 3 end, error = 'job_final',
                             doubt = case when a.state = 2 then coalesce(a.doubt, 'job_final') else a.doubt end
         where a.job = any (v_left_open) and a.state in (1, 2);
    end if;
    perform reschedule(p_jobs);
    perform insert_progress_reports(v_changed);
    return query select * from insert_final_reports(v_closed, p_report_owner, p_lease);
    perform announce(p_epoch, v_changed, '{}');
end
$$;

-- What was in somebody's hands has ended: the one that waits for it may go. What is nobody's any more, because its holder
-- died, holds nothing: the other's lease ran out with its own. (Both may be taken by one statement then, which must not
-- find a row changed under it.)
create function release_held() returns trigger language plpgsql as
$$
begin
    update report r set lease_owner = null, lease_until = null where r.job = old.job and r.lease_owner = held();
    return null;
end
$$;
create trigger report_ended after delete on report for each row
    when (old.kind <> 1 and old.lease_until >= clock_timestamp()) execute function release_held();
create trigger report_retry_ended after delete on report_retry for each row
    when (old.kind <> 1 and old.lease_until >= clock_timestamp()) execute function release_held();

create function is_superseded(p_job uuid, p_kind smallint) returns boolean language plpgsql stable as
$$
begin
    return exists (select from job j where j.id = p_job and (j.final_at is not null or j.told_kind > p_kind));
end
$$;

-- An earlier report that changes hands, or comes out of them untaken, goes when there is a later one. While it stays in
-- its hands, so does what waits for it.
create function change_hands() returns trigger language plpgsql as
$$
begin
    if new.lease_owner is not distinct from old.lease_owner and new.lease_until is not null
       and old.lease_until >= clock_timestamp() then
        update report r set lease_until = new.lease_until where r.job = new.job and r.lease_owner = held();
        return new;
    end if;
    if not is_superseded(new.job, new.kind) then
        return new;
    end if;
    if tg_table_name = 'report' then
        delete from report r where r.id = old.id;
    else
        delete from report_retry r where r.id = old.id;
    end if;
    return null;
end
$$;
create trigger report_changes_hands before update on report for each row
    when (old.kind <> 1 and old.lease_owner is distinct from '00000000-0000-0000-0000-000000000000'::uuid)
    execute function change_hands();
create trigger report_retry_changes_hands before update on report_retry for each row
    when (old.kind <> 1) execute function change_hands();

create function retry_unless_superseded() returns trigger language plpgsql as
$$ begin return case when is_superseded(new.job, new.kind) then null else new end; end $$;
create trigger report_tried_again before insert on report_retry for each row
    when (new.kind <> 1) execute function retry_unless_superseded();

-- What was said of a job that went on is worth nothing later: only final reports are kept.
create function drop_report() returns trigger language plpgsql as
$$ begin return null; end $$;
create trigger report_given_up before insert on report_dead for each row
    when (new.kind <> 1) execute function drop_report();

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('held', 'supersede_reports', 'in_hands', 'progress_payload',
                                           'insert_progress_reports', 'release_held', 'is_superseded', 'change_hands',
                                           'retry_unless_superseded', 'drop_report') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
end
$$;
