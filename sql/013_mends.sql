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

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('caller_was_told') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
end
$$;
