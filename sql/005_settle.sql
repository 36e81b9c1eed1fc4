-- The DLR's way in: a batch of pin.dlrs, already folded per key, becomes state in one transaction with the mark that
-- says how far each partition is settled.

create type settle_row as (
    token uuid,                     -- the attempt that the URL's token proved; null: none did
    reference uuid,                 -- our reference, echoed
    carrier text, carrier_message_id text, msisdn text,
    status smallint, call_status smallint, error_code text, at timestamptz,
    alone boolean,                  -- the only entry of its request: the token names its attempt
    entry text                      -- as it stood in pin.dlrs; for the parked
);
create type settled_mark as (partition integer, until timestamptz);
create type history_row as (intake_at timestamptz, attempt uuid, carrier text, status smallint, raw_status text,
                            error_code text, raw text);

-- Finds each row's attempt: token, then reference, then the carrier's id, which must agree with the number. `why` is
-- null when exactly one fits.
create function match_dlrs(p_rows settle_row[])
returns table (ord bigint, attempt uuid, why text) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select x.ord,
               case when x.direct is not null then x.direct when x.fits = 1 then x.by_id end,
               case when x.disagrees then 'disagrees'
                    when x.direct is not null or x.fits = 1 then null
                    when x.fits > 1 then 'ambiguous'
                    when x.candidates > 0 then 'other_number' else 'no_match' end
          from (
            select r.ord,
                   r.reference is not null and r.token is not null and r.alone and r.reference <> r.token as disagrees,
                   (select a.id from attempt a
                     where a.id = coalesce(r.reference, case when r.alone then r.token end)
                       and a.carrier = r.carrier) as direct,
                   c.fits, c.candidates, c.by_id
              from unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                    call_status, error_code, at, alone, entry, ord)
              left join lateral (
                    select count(*) filter (where r.msisdn is null or j.msisdn = r.msisdn) as fits,
                           count(*) as candidates,
                           (array_agg(a.id) filter (where r.msisdn is null or j.msisdn = r.msisdn))[1] as by_id
                      from carrier_ref k
                      join attempt a on a.id = k.attempt
                      join job j on j.id = a.job
                     where r.reference is null and not (r.alone and r.token is not null)
                       and k.carrier = r.carrier and k.carrier_message_id = r.carrier_message_id
                       and r.carrier_message_id <> '') c on true
          ) x;
end
$$;

-- Applies matched evidence: one row for each attempt, statuses only grow, and a DLR proves that the carrier had it.
create function apply_dlrs(p_rows settle_row[], p_ords bigint[], p_attempts uuid[]) returns void
language plpgsql volatile as
$$
begin
    update attempt a
       set dlr_status = greatest(a.dlr_status, e.status), call_status = greatest(a.call_status, e.call_status),
           dlr_at = greatest(a.dlr_at, e.at), dlr_error = coalesce(e.error_code, a.dlr_error),
           state = 4, error = null, sent_at = coalesce(a.sent_at, a.started_at, clock_timestamp()),
           carrier_message_id = coalesce(a.carrier_message_id, e.carrier_message_id),
           closed = a.closed or coalesce(greatest(a.dlr_status, e.status) >= 3, false)
      from (
        select m.attempt, max(r.status)::smallint as status, max(r.call_status)::smallint as call_status,
               max(r.at) as at, max(nullif(r.error_code, '')) as error_code,
               max(nullif(r.carrier_message_id, '')) as carrier_message_id
          from unnest(p_ords, p_attempts) m(ord, attempt)
          join unnest(p_rows) with ordinality r(token, reference, carrier, carrier_message_id, msisdn, status,
                                                call_status, error_code, at, alone, entry, ord) on r.ord = m.ord
         group by m.attempt) e
     where a.id = e.attempt;
end
$$;

-- What was matched, and what was not.
create function match_all(p_rows settle_row[], out ords bigint[], out attempts uuid[], out odd bigint[],
                          out whys text[]) language plpgsql stable as
$$
begin
    select coalesce(array_agg(m.ord) filter (where m.why is null), '{}'),
           coalesce(array_agg(m.attempt) filter (where m.why is null), '{}'),
           coalesce(array_agg(m.ord) filter (where m.why is not null), '{}'),
           coalesce(array_agg(m.why) filter (where m.why is not null), '{}')
      into ords, attempts, odd, whys
      from match_dlrs(p_rows) m;
end
$$;

create function settle(p_epoch uuid, p_rows settle_row[], p_history history_row[], p_marks settled_mark[],
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
        select r.carrier, r.entry, o.why, r.at, clock_timestamp() + p_park_first
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

-- Makes sure that each partition has a mark, so that one that was never read counts as not settled.
create function settled_partitions(p_count integer) returns void language sql volatile as
$$
    insert into settled (partition, until) select n, '-infinity' from generate_series(0, p_count - 1) n
    on conflict do nothing
$$;

-- No news has come that is older than this moment; null while a partition was never read.
create function settled_until() returns timestamptz language sql stable as
$$ select case when bool_and(until > '-infinity') then min(until) end from settled $$;

-- Parked DLRs whose next try is due; the caller settles them again. Each is put off, so that one process has it.
create function take_parked(p_limit integer, p_again interval)
returns table (id bigint, carrier text, entry text, intake_at timestamptz) language sql volatile as
$$
    with c as (
        select p.id from dlr_parked p where p.next_at <= clock_timestamp() order by p.next_at limit p_limit
           for update skip locked
    )
    update dlr_parked p
       set tries = p.tries + 1,
           next_at = clock_timestamp() + least(p_again * power(2, least(p.tries, 12)), interval '1 hour')
      from c where p.id = c.id
    returning p.id, p.carrier, p.entry, p.intake_at
$$;

-- Settles parked ones that fit a row by now, and forgets those. Returns as settle() does.
create function settle_parked(p_epoch uuid, p_ids bigint[], p_rows settle_row[], p_lease interval,
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
        delete from dlr_parked p
         using unnest(v.ords) o(ord) where p.id = p_ids[o.ord];
        select jsonb_agg(to_jsonb(s))::text into reports
          from settle_up(p_epoch, v_jobs, p_epoch, p_lease) s;
    end if;
end
$$;
