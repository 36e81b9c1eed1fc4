-- What a review found: reports beside an answer, changes of templates that outran each other, locked numbers.

-- As before (002); besides, an order that asked for a lookup and whose caller waits for the verdict was told of its end
-- when it expired before anybody looked. Jobs of those who don't wait have no other answer than the report.
create or replace function insert_final_reports(p_jobs uuid[], p_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
begin
    return query
        insert into report (id, job, kind, account, url, format, payload, lease_owner, lease_until)
        select report_id_of(j.id, 1::smallint), j.id, 1, j.account, j.report_url, j.report_format, report_payload(j),
               p_owner, case when p_owner is not null then clock_timestamp() + p_lease end
          from job j
         where j.id = any (p_jobs) and j.report_url is not null and (j.report_refusal or not caller_was_told(j))
         order by j.id
        on conflict (job, kind) do nothing
        returning *;
end
$$;

-- Of a job that asked for no report of a refusal.
create function caller_was_told(j job) returns boolean language sql immutable as
$$
    select coalesce(case when j.reason = 'lookup_refused' then true
                         when j.reason = 'expired' and j.nc_status is null and j.waiter is not null
                         then j.spec::jsonb ->> 'lookup' = 'hlr_lookup' end, false)
$$;

-- A change of what was read: done only while what stands there is still that. 0: there is none, 1: done (before, too:
-- an answer may have been lost), 2: another change came between.
create function change_application(p_former jsonb, p_changed jsonb) returns smallint language plpgsql volatile as
$$
declare
    v_now application;
    v_new application;
begin
    select * into v_now from application a
     where a.account = p_changed ->> 'account' and a.id = p_changed ->> 'id' for update;
    if not found then
        return 0;
    end if;
    v_new := jsonb_populate_record(v_now, p_changed);
    if v_now is not distinct from v_new then
        return 1;
    end if;
    if v_now is distinct from jsonb_populate_record(v_now, p_former) then
        return 2;
    end if;
    perform update_application(p_changed);
    return 1;
end
$$;

create function change_message(p_former jsonb, p_changed jsonb) returns smallint language plpgsql volatile as
$$
declare
    v_now message_template;
    v_new message_template;
begin
    select * into v_now from message_template m
     where m.account = p_changed ->> 'account' and m.id = p_changed ->> 'id'
       and m.application = p_changed ->> 'application' for update;
    if not found then
        return 0;
    end if;
    v_new := jsonb_populate_record(v_now, p_changed);
    if v_now is not distinct from v_new then
        return 1;
    end if;
    if v_now is distinct from jsonb_populate_record(v_now, p_former) then
        return 2;
    end if;
    perform update_message(p_changed);
    return 1;
end
$$;

-- The strict profile: a number's failures are forgotten, and so is its wait. Returns how many there were; null: none.
create function unlock_number(p_who text, p_account text, p_msisdn text) returns integer language plpgsql volatile as
$$
declare
    v_failures integer;
begin
    select f.failures into v_failures from guess_failures f
     where f.account = p_account and f.msisdn = p_msisdn and f.failures > 0 for update;
    if not found then
        return null;
    end if;
    update guess_failures f set failures = 0, last_at = null where f.account = p_account and f.msisdn = p_msisdn;
    insert into audit (who, what, account, before)
    values (p_who, 'account unlock', p_account,
            jsonb_build_object('number', left(p_msisdn, 4) || '…' || right(p_msisdn, 2), 'failures', v_failures));
    return v_failures;
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('caller_was_told', 'change_application', 'change_message',
                                           'unlock_number') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'api') from unnest(array['change_application', 'change_message']) f;
end
$$;
