-- A report that a message was refused proves no acceptance. Kannel reports its own "Not routable" (16) beside the answer
-- that says so: the message surely was not sent, and is on another route by then, or soon will be.

-- As before (005); besides, refusals: of an attempt that surely was not sent they say nothing new (`moot`), and while its
-- request is unanswered nobody knows yet which of the two they are: they are parked for the moment.
drop function match_all(settle_row[]);
create function match_all(p_rows settle_row[], out ords bigint[], out attempts uuid[], out odd bigint[],
                          out whys text[], out moot bigint[]) language plpgsql stable as
$$
declare
    v_early bigint[];
begin
    select coalesce(array_agg(m.ord) filter (where m.why is null), '{}'),
           coalesce(array_agg(m.attempt) filter (where m.why is null), '{}'),
           coalesce(array_agg(m.ord) filter (where m.why is not null), '{}'),
           coalesce(array_agg(m.why) filter (where m.why is not null), '{}'), '{}'
      into ords, attempts, odd, whys, moot
      from match_dlrs(p_rows) m;
    if not exists (select from unnest(p_rows) r where r.status = 7) then
        return;
    end if;
    with judged as (
        -- the row by its key, whatever the planner thinks of its table
        select m.ord, m.attempt,
               case when r.status = 7 then (select a.state from attempt a where a.id = m.attempt) end as state
          from unnest(ords, attempts) m(ord, attempt)
          join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
    )
    select coalesce(array_agg(j.ord) filter (where j.state is null or j.state in (3, 4)), '{}'),
           coalesce(array_agg(j.attempt) filter (where j.state is null or j.state in (3, 4)), '{}'),
           coalesce(array_agg(j.ord) filter (where j.state in (1, 5, 6)), '{}'),
           coalesce(array_agg(j.ord) filter (where j.state = 2), '{}')
      into ords, attempts, moot, v_early
      from judged j;
    odd := odd || v_early;
    whys := whys || array_fill('unanswered'::text, array[cardinality(v_early)]);
end
$$;

create or replace function settle(p_epoch uuid, p_rows settle_row[], p_history history_row[], p_marks settled_mark[],
                                  p_park_first interval, p_lease interval,
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
    -- a time ahead of ours would stand in the way of that day's partition
    insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code, raw)
    select least(h.intake_at, clock_timestamp()), h.attempt, h.carrier, h.status, h.raw_status, h.error_code, h.raw
      from unnest(p_history) h;
    insert into settled (partition, until)
    select m.partition, m.until from unnest(p_marks) m order by m.partition
    on conflict (partition) do update set until = greatest(settled.until, excluded.until);
end
$$;

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
                         and p.proname in ('match_all', 'settle', 'settle_parked') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'callback') from unnest(array['settle', 'settle_parked']) f;
end
$$;
