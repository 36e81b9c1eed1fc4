-- What readers of the code found, orders: the number that an erased order still named, and what becomes of an order
-- without a job, which was sent a second time.

-- As before (010), but the limits that an order took a place of name its number, too.
create or replace function erase_number(p_who text, p_msisdn text, p_force boolean) returns jsonb language plpgsql volatile as
$$
declare
    v_jobs uuid[];
    v_open uuid[];
    v_ordered integer;
    v_reports integer;
    v_done jsonb;
    v_n integer;
    v_like text := '%' || p_msisdn || '%';
begin
    select coalesce(array_agg(l.id) filter (where l.final_at is not null), '{}'),
           coalesce(array_agg(l.id) filter (where l.final_at is null), '{}')
      into v_jobs, v_open
      from (select j.id, j.final_at from job j where j.msisdn = p_msisdn order by j.id for update) l;
    select count(*) into v_ordered from api_order o
     where o.msisdn = p_msisdn and o.created_at > clock_timestamp() - interval '1 hour'
       and not exists (select 1 from job j where j.account = o.account and j.job_id = o.job_id);
    select (select count(*) from report r where r.job = any (v_jobs))
         + (select count(*) from report_retry r where r.job = any (v_jobs)) into v_reports;
    v_done := jsonb_build_object('jobs_under_way', cardinality(v_open), 'orders_under_way', v_ordered,
                                 'reports_waiting', v_reports);
    if not p_force and cardinality(v_open) + v_ordered + v_reports > 0 then
        return v_done || jsonb_build_object('done', false);
    end if;
    v_done := v_done || jsonb_build_object('done', true, 'jobs', cardinality(v_jobs));

    delete from pin p where p.msisdn = p_msisdn
       and not exists (select 1 from job j where j.id = any (v_open) and j.account = p.account and j.pin_id = p.pin_id);
    get diagnostics v_n = row_count;
    v_done := v_done || jsonb_build_object('pins', v_n);
    update api_order o set msisdn = 'erased', repeat = null, scopes = null, request_hash = decode(repeat('00', 32), 'hex')
     where o.msisdn = p_msisdn
       and not exists (select 1 from job j where j.id = any (v_open) and j.account = o.account and j.job_id = o.job_id)
       and (o.created_at <= clock_timestamp() - interval '1 hour'
            or exists (select 1 from job j where j.account = o.account and j.job_id = o.job_id));
    get diagnostics v_n = row_count;
    v_done := v_done || jsonb_build_object('orders', v_n);
    delete from rate_count c where c.scope like '%:' || p_msisdn;
    delete from guess_failures f where f.msisdn = p_msisdn;

    with a as (delete from report r where r.job = any (v_jobs) returning 1),
         b as (delete from report_retry r where r.job = any (v_jobs) returning 1),
         c as (delete from report_dead r where r.job = any (v_jobs) returning 1)
    select (select count(*) from a) + (select count(*) from b) + (select count(*) from c) into v_n;
    v_done := v_done || jsonb_build_object('reports', v_n);
    update report_try t set answer = null where t.job = any (v_jobs) and t.answer is not null;
    with a as (delete from dlr_history h
                where h.attempt in (select x.id from attempt x where x.job = any (v_jobs)) or h.raw like v_like
               returning 1),
         b as (delete from dlr_parked d where d.entry like v_like returning 1)
    select (select count(*) from a) + (select count(*) from b) into v_n;
    v_done := v_done || jsonb_build_object('delivery_reports', v_n);
    delete from carrier_ref k using attempt a
     where a.job = any (v_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    update attempt a set carrier_message_id = null, error = null, dlr_error = null where a.job = any (v_jobs);
    update job j set msisdn = 'erased', spec = '{}', report_url = null, reference = null, sender = null,
                     content_hash = decode(repeat('00', 32), 'hex')
     where j.id = any (v_jobs);
    insert into audit (who, what, after)
    values (p_who, 'erase', v_done || jsonb_build_object('number', left(p_msisdn, 4) || '…' || right(p_msisdn, 2)));
    return v_done;
end
$$;

update api_order set scopes = null where msisdn = 'erased' and scopes is not null;

do
$$
begin
    revoke all on function erase_number(text, text, boolean) from public;
end
$$;
