-- A long text whose parts are reported one by one: it is delivered when all of them are. And a parked report is tried at
-- once when the row that it waits for appears. Replaces apply_dlrs of 018.

alter table attempt
    add column delivered_parts text[];              -- ids of those parts that were reported as delivered; null: none

-- Which of these rows speak of one part of a text that has several: only "delivered" does so with consequences. Almost
-- no row does, and no attempt is read for the others.
create function part_rows(p_rows settle_row[], p_ords bigint[], p_attempts uuid[], out ords bigint[], out attempts uuid[])
language plpgsql stable as
$$
begin
    select coalesce(array_agg(m.ord), '{}'), coalesce(array_agg(m.attempt), '{}') into ords, attempts
      from unnest(p_ords, p_attempts) m(ord, attempt)
      join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                            call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
     where r.status = 8 and r.carrier_message_id <> '' and r.entry like '%"part":true%'
       and exists (select from attempt a where a.id = m.attempt and a.parts > 1);
end
$$;

-- Remembers the parts that arrived, and says of which attempts all did.
create function add_parts(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns uuid[]
language plpgsql volatile as
$$
declare
    v_whole uuid[];
begin
    with u as (
        update attempt a
           set delivered_parts = array(select p from unnest(a.delivered_parts) p
                                       union select p from unnest(e.parts) p order by 1)
          from (
            select m.attempt, array_agg(r.carrier_message_id) as parts
              from unnest(p_ords, p_attempts) m(ord, attempt)
              join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                    call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
             group by m.attempt) e
         where a.id = e.attempt
        returning a.id, cardinality(a.delivered_parts) >= a.parts as whole)
    select coalesce(array_agg(u.id) filter (where u.whole), '{}') into v_whole from u;
    return v_whole;
end
$$;

-- As before (018), but one part's arrival is the text's only if it was the last; until then it is under way. Any other
-- news of a part is the text's: what lacks a part is of no use.
create or replace function apply_dlrs(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns void
language plpgsql volatile as
$$
declare
    v_parts record;
    v_whole uuid[] := '{}';
begin
    select * into v_parts from part_rows(p_rows, p_ords, p_attempts);
    if cardinality(v_parts.ords) > 0 then
        v_whole := add_parts(p_rows, v_parts.ords, v_parts.attempts);
    end if;
    update attempt a
       set dlr_status = greatest(a.dlr_status, e.status), call_status = greatest(a.call_status, e.call_status),
           dlr_at = greatest(a.dlr_at, e.at), dlr_error = coalesce(e.error_code, a.dlr_error),
           state = 4, error = null, sent_at = coalesce(a.sent_at, a.started_at, clock_timestamp()),
           carrier_message_id = coalesce(a.carrier_message_id, e.carrier_message_id),
           doubt_end = case when a.state = 3 then 'reported' else a.doubt_end end,
           doubt_ended_at = case when a.state = 3 then clock_timestamp() else a.doubt_ended_at end,
           closed = a.closed or coalesce(greatest(a.dlr_status, e.status) >= 3, false)
      from (
        select m.attempt,
               max(case when m.ord = any (v_parts.ords) and m.attempt <> all (v_whole) then 2
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

-- What a parked report waits for, if it is a carrier's id.
alter table dlr_parked add column carrier_message_id text;
create index dlr_parked_id on dlr_parked (carrier, carrier_message_id);
create function name_parked() returns trigger language plpgsql set search_path = pinwire, pg_temp as
$$
begin
    new.carrier_message_id := new.entry::json ->> 'carrier_message_id';
    return new;
exception when data_exception then
    return new;    -- what isn't JSON to this database waits like all others
end
$$;
create trigger name_parked before insert on dlr_parked for each row execute function name_parked();

-- A row that is locked is being tried this very moment; should that come too early, its next try isn't far.
create function wake_parked() returns trigger language plpgsql set search_path = pinwire, pg_temp as
$$
begin
    if not exists (select from dlr_parked) then
        return null;
    end if;
    update dlr_parked p set next_at = clock_timestamp()
      from (select w.id from dlr_parked w
              join fresh f on f.carrier = w.carrier and f.carrier_message_id = w.carrier_message_id
               for update of w skip locked) w
     where p.id = w.id and p.next_at > clock_timestamp();
    return null;
end
$$;
create trigger wake_parked after insert on carrier_ref referencing new table as fresh
    for each statement execute function wake_parked();

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('part_rows', 'add_parts', 'name_parked', 'wake_parked') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
end
$$;
