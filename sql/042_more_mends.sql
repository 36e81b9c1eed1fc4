-- What readers of the code found, orders: the number that an erased order still named, and what becomes of an order
-- without a job, which was sent a second time.

-- As before (010), but the limits that an order took a place of name its number, too, and the carrier may know it by further ids.
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
    with o as (
        delete from other_ref x using attempt a where a.job = any (v_jobs) and x.attempt = a.id returning x.*
    )
    delete from carrier_ref k using o
     where k.carrier = o.carrier and k.carrier_message_id = o.carrier_message_id and k.attempt = o.attempt;
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

-- What the job of an order was that retention took while the order stayed, for its PIN can still be sent again: 1 ended
-- cancelled, 2 anything else. Null: the job is there, or none ever was.
alter table api_order add column job_was smallint;

-- Of those before, whatever is too old to become a job; what was given back came to nothing.
update api_order o set job_was = 2
 where o.created_at < clock_timestamp() - interval '48 hours' and o.settled_at is not null and not o.returned
   and not exists (select 1 from job j where j.account = o.account and j.job_id = o.job_id);

-- What admit (009) says of an order that is known. `what` besides: 5 known, and its job is gone; 6 likewise, and the job
-- had ended cancelled.
create function known_as(p_job_was smallint) returns integer language sql immutable parallel safe as
$$
    select case p_job_was when 1 then 6 when 2 then 5 else 1 end
$$;

-- As before (010), and a carrier's further ids (040); besides, an order that outlives its job remembers that there was
-- one: the same key again was a new job, and was sent a second time. Orders of no application go with their jobs.
create or replace function forget_jobs(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    insert into usage_day as d
    select u.* from usage_of_attempts((select array_agg(a) from attempt a where a.job = any (p_jobs))) u
     order by u.day, u.account, u.route, u.channel
    on conflict (day, account, route, channel) do update
       set messages = d.messages + excluded.messages, parts = d.parts + excluded.parts, cost = d.cost + excluded.cost;
    delete from carrier_ref k using attempt a
     where a.job = any (p_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    with o as (
        delete from other_ref x using attempt a where a.job = any (p_jobs) and x.attempt = a.id returning x.*
    )
    delete from carrier_ref k using o
     where k.carrier = o.carrier and k.carrier_message_id = o.carrier_message_id and k.attempt = o.attempt;
    perform 1 from api_order o join job j on j.account = o.account and j.job_id = o.job_id
      where j.id = any (p_jobs) and (o.application <> '' or o.settled_at is null)
      order by o.account, o.job_id for update of o;
    update api_order o set job_was = case when j.reason = 'cancelled' then 1 else 2 end
      from job j
     where j.id = any (p_jobs) and o.account = j.account and o.job_id = j.job_id
       and (o.application <> '' or o.settled_at is null);
    delete from attempt where job = any (p_jobs);
    delete from job where id = any (p_jobs);
end
$$;

-- No job came of it in time, and its charge was given back: the same key again was sent free.
create function came_to_nothing(o api_order) returns boolean language plpgsql stable as
$$
begin
    return o.returned and o.job_was is null
           and not exists (select from job j where j.account = o.account and j.job_id = o.job_id);
end
$$;

-- As before (012), but of an order whose job is gone it says so, and what came to nothing is new.
create or replace function admit_new(r admit_row, p_ord integer, p_at timestamptz) returns admitted_row
language plpgsql volatile as
$$
declare
    o api_order;
begin
    select * into o from api_order x
     where x.windowed and x.account = r.account and x.request_hash = r.request_hash
       and x.created_at > p_at - r.same_within and not came_to_nothing(x)
     order by x.created_at desc limit 1;
    if found then
        return (p_ord, known_as(o.job_was), o.job_id, o.pin_id, null, null)::admitted_row;
    end if;
    insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, message, repeat, windowed,
                           scopes, price, created_at, settled_at, look_at)
    values (r.account, r.job_id, r.request_hash, r.pin_id, r.msisdn, coalesce(r.application, ''),
            coalesce(r.message, ''), r.repeat, true, r.scopes, r.price, p_at,
            case when r.price = 0 then p_at end, p_at + interval '1 second')
    on conflict (account, job_id) do nothing;
    if found then
        return (p_ord, 0, r.job_id, r.pin_id, null, null)::admitted_row;
    end if;
    select * into o from api_order x where x.account = r.account and x.job_id = r.job_id;
    return (p_ord, case when o.request_hash = r.request_hash then known_as(o.job_was) else 2 end, o.job_id, o.pin_id,
            null, null)::admitted_row;
end
$$;

create or replace function admit_keyed(p_rows admit_row[], p_at timestamptz) returns setof admitted_row
language plpgsql volatile as
$$
declare
    v_fresh bigint;
    k record;
begin
    insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, message, repeat, windowed,
                           scopes, price, created_at, settled_at, look_at)
    select distinct on (r.account, r.job_id) r.account, r.job_id, r.request_hash, r.pin_id, r.msisdn,
           coalesce(r.application, ''), coalesce(r.message, ''), r.repeat, false, r.scopes, r.price, p_at,
           case when r.price = 0 then p_at end, p_at + interval '1 second'
      from unnest(p_rows) with ordinality r
     where r.same_within = interval '0'
     order by r.account, r.job_id, r.ordinality
    on conflict (account, job_id) do nothing;
    get diagnostics v_fresh = row_count;
    if v_fresh < (select count(*) from unnest(p_rows) r where r.same_within = interval '0') then
        for k in select distinct on (r.account, r.job_id) r.*
                   from unnest(p_rows) with ordinality r
                  cross join lateral (select from api_order x
                                       where x.account = r.account and x.job_id = r.job_id
                                         and x.request_hash = r.request_hash and came_to_nothing(x) offset 0) l
                  where r.same_within = interval '0'
                  order by r.account, r.job_id, r.ordinality loop
            update api_order x
               set pin_id = k.pin_id, repeat = k.repeat, scopes = k.scopes, price = k.price, created_at = p_at,
                   settled_at = case when k.price = 0 then p_at end, returned = false,
                   look_at = p_at + interval '1 second'
             where x.account = k.account and x.job_id = k.job_id and x.returned;
        end loop;
    end if;
    return query
        select r.ord::integer,
               case when r.nth = 1 and o.mine then 0 when o.request_hash = r.request_hash then known_as(o.job_was)
                    else 2 end::smallint,
               o.job_id, o.pin_id, null::text, null::bigint
          from (select x.account, x.job_id, x.request_hash, x.ordinality as ord,
                       row_number() over (partition by x.account, x.job_id order by x.ordinality) as nth
                  from unnest(p_rows) with ordinality x
                 where x.same_within = interval '0') r
         cross join lateral (select x.job_id, x.pin_id, x.request_hash, x.job_was,
                                    x.xmin = pg_current_xact_id()::xid as mine
                               from api_order x where x.account = r.account and x.job_id = r.job_id offset 0) o;
end
$$;

do
$$
begin
    revoke all on function erase_number(text, text, boolean), known_as(smallint), came_to_nothing(api_order)
        from public;
end
$$;
