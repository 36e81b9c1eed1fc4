-- Delivery reports that are matched by the carrier's id are found by their job, too: at once where the row is known,
-- and when it appears. Replaces settle and settle_parked of 020.

-- Of those that are kept without an attempt, what they will be matched by; no other row has it.
alter table dlr_history add column carrier_message_id text;
create index dlr_history_unmatched on dlr_history (carrier, carrier_message_id)
    where attempt is null and carrier_message_id is not null;

-- The one attempt that this batch's reports of a carrier's id were matched to; no row where it is not one.
create function matched_ids(p_rows settle_row[], p_ords bigint[], p_attempts uuid[])
returns table (carrier text, carrier_message_id text, attempt uuid) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select r.carrier, r.carrier_message_id, min(m.attempt::text)::uuid
          from unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord)
          left join unnest(p_ords, p_attempts) m(ord, attempt) on m.ord = r.ord
         where r.token is null and r.reference is null and r.carrier_message_id <> ''
         group by r.carrier, r.carrier_message_id
        having count(m.attempt) = count(*) and count(distinct m.attempt) = 1;
end
$$;

-- A time ahead of ours would stand in the way of that day's partition. `p_ids` goes with p_history, or is empty.
create function keep_history(p_history history_row[], p_ids text[], p_rows settle_row[], p_ords bigint[],
                             p_attempts uuid[]) returns void language plpgsql volatile as
$$
begin
    if not exists (select from unnest(p_ids) i where i <> '') then
        insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code, raw)
        select least(h.intake_at, clock_timestamp()), h.attempt, h.carrier, h.status, h.raw_status, h.error_code, h.raw
          from unnest(p_history) h;
        return;
    end if;
    insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code, raw, carrier_message_id)
    select least(h.intake_at, clock_timestamp()), coalesce(h.attempt, k.attempt), h.carrier, h.status, h.raw_status,
           h.error_code, h.raw, case when coalesce(h.attempt, k.attempt) is null then nullif(i.id, '') end
      from unnest(p_history) with ordinality h(intake_at, attempt, carrier, status, raw_status, error_code, raw, ord)
      left join unnest(p_ids) with ordinality i(id, ord) on i.ord = h.ord
      left join matched_ids(p_rows, p_ords, p_attempts) k
             on h.attempt is null and k.carrier = h.carrier and k.carrier_message_id = i.id;
end
$$;

-- As before (020), with the ids that the history's reports will be matched by.
create function settle(p_epoch uuid, p_rows settle_row[], p_history history_row[], p_marks settled_mark[],
                       p_park_first interval, p_lease interval, p_ids text[],
                       out matched integer, out parked integer, out reports text)
language plpgsql volatile as
$$
declare
    v record;
    v_jobs uuid[];
begin
    select * into v from match_all(p_rows);
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
        select jsonb_agg(to_jsonb(s))::text into reports
          from settle_up(p_epoch, v_jobs, p_epoch, p_lease) s;
    end if;
    perform keep_history(p_history, p_ids, p_rows, v.ords, v.attempts);
    insert into settled (partition, until)
    select m.partition, m.until from unnest(p_marks) m order by m.partition
    on conflict (partition) do update set until = greatest(settled.until, excluded.until);
end
$$;

-- For callbacks of the version before.
create or replace function settle(p_epoch uuid, p_rows settle_row[], p_history history_row[], p_marks settled_mark[],
                                  p_park_first interval, p_lease interval,
                                  out matched integer, out parked integer, out reports text)
language plpgsql volatile as
$$
begin
    select s.matched, s.parked, s.reports into matched, parked, reports
      from settle(p_epoch, p_rows, p_history, p_marks, p_park_first, p_lease, '{}'::text[]) s;
end
$$;

-- As before (020); and the history's reports of the same id learn whose they are.
create or replace function settle_parked(p_epoch uuid, p_ids bigint[], p_rows settle_row[], p_lease interval,
                                         out matched integer, out reports text)
language plpgsql volatile as
$$
declare
    v record;
    v_jobs uuid[];
begin
    select * into v from match_all(p_rows);
    matched := cardinality(v.ords);
    if matched > 0 then
        v_jobs := lock_jobs_of(v.attempts);
        perform apply_dlrs(p_rows, v.ords, v.attempts);
        select jsonb_agg(to_jsonb(s))::text into reports
          from settle_up(p_epoch, v_jobs, p_epoch, p_lease) s;
        update dlr_history h set attempt = k.attempt, carrier_message_id = null
          from matched_ids(p_rows, v.ords, v.attempts) k
         where h.attempt is null and h.carrier_message_id is not null
           and h.carrier = k.carrier and h.carrier_message_id = k.carrier_message_id;
    end if;
    delete from dlr_parked p using unnest(v.ords || v.moot) o(ord) where p.id = p_ids[o.ord];
end
$$;

do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('matched_ids', 'keep_history', 'settle', 'settle_parked') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'callback') from unnest(array['settle', 'settle_parked']) f;
end
$$;
