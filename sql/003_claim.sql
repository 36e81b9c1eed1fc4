-- Step 3 of a job's life: the claim. One batch, one transaction; from its commit on the job lives here and the Kafka
-- offset may be stored. Only a row that comes back with the caller's own claim id may be sent.

create type claim_row as (
    id uuid, account text, job_id text, claim_id uuid, content_hash bytea, channel smallint, msisdn text, spec text,
    report_url text, report_format smallint, report_refusal boolean, reference text, waiter text, sender text,
    requested_at timestamptz, send_by timestamptz, nc_status smallint, mccmnc text,
    reason text,                    -- why nothing is sent: the job is final at once; null: it is to be sent
    -- the PIN; a null pin_id: none is minted
    pin_id text, pin_sealed text, pin_type smallint, pin_length smallint, pin_expires_in integer,
    pin_max_tries integer,
    pin_strict boolean,             -- the parameters were given: an existing PIN's must be the same
    pin_by_number boolean,
    -- the first attempt; null: none
    attempt uuid, route text, carrier text,
    start boolean,                  -- the route's permit is in hand: born `sending`
    keep boolean,                   -- waits in this process's window; else any worker may take it
    next_at timestamptz, deadline timestamptz
);

create function claim_jobs(p_rows claim_row[], p_new out uuid[]) language plpgsql volatile as
$$
#variable_conflict use_column
begin
    with i as (
        insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn, spec, report_url, report_format,
                         report_refusal, reference, waiter, sender, requested_at, send_by, nc_status, mccmnc, pin_id,
                         route, attempts, reason, sms_status, call_status, final_at)
        select r.id, r.account, r.job_id, r.claim_id, r.content_hash, r.channel, r.msisdn, r.spec, r.report_url,
               r.report_format, r.report_refusal, r.reference, r.waiter, r.sender, r.requested_at, r.send_by,
               r.nc_status, r.mccmnc, r.pin_id, r.route, (r.attempt is not null)::integer, w.reason,
               case when w.reason is not null and r.channel = 0 then 1 end,
               case when w.reason is not null and r.channel = 1 then 4 end,
               case when w.reason is not null then clock_timestamp() end
          from unnest(p_rows) r
               -- without an attempt there would be no due row, and nobody would ever close it
               cross join lateral (
                   select coalesce(r.reason, case when r.attempt is null then 'no_route' end) as reason) w
         order by r.account, r.job_id
        on conflict (account, job_id) do nothing
        returning id
    )
    select coalesce(array_agg(id), '{}') into p_new from i;
end
$$;

create function claim_pins(p_rows claim_row[], p_new uuid[]) returns void language plpgsql volatile as
$$
begin
    insert into pin (account, pin_id, msisdn, claim_id, sealed, type, length, expires_in, max_tries, tries_left,
                     by_number, requested_at, expires_at)
    select r.account, r.pin_id, r.msisdn, r.claim_id, r.pin_sealed, r.pin_type, r.pin_length, r.pin_expires_in,
           r.pin_max_tries, r.pin_max_tries, r.pin_by_number, r.requested_at,
           case when r.pin_expires_in = 0 then 'infinity'
                else r.requested_at + make_interval(secs => r.pin_expires_in) end
      from unnest(p_rows) r
     where r.id = any (p_new) and r.pin_id is not null
       -- withheld: the PIN exists, so that it can be sent again, by voice too
       and (r.reason = 'lookup_withheld' or (r.reason is null and r.attempt is not null))
     order by r.account, r.pin_id
    on conflict (account, pin_id) do nothing;
end
$$;

-- Ends, refused, the new jobs whose PIN can't be sent (a resend of an expired, spent or foreign one). Against a PIN that
-- this claim minted only a newer one of the same number can stand.
create function claim_refuse_pins(p_rows claim_row[], p_new uuid[]) returns void language plpgsql volatile as
$$
begin
    update job j
       set reason = o.why, final_at = clock_timestamp(), attempts = 0, route = null,
           sms_status = case when j.channel = 0 then 1 end, call_status = case when j.channel = 1 then 4 end
      from (select r.id,
                   case when p.by_number and exists (
                            select 1 from pin q
                             where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                               and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                        when p.claim_id = r.claim_id then null
                        when p.msisdn <> r.msisdn then 'pin_other_number'
                        when p.cancelled_at is not null then 'pin_cancelled'
                        when p.sealed is null or p.expires_at <= clock_timestamp() then 'pin_expired'
                        when p.verified_at is not null and p.single_use then 'pin_spent'
                        when p.max_tries > 0 and p.tries_left <= 0 then 'pin_out_of_tries'
                        when r.pin_strict and (r.pin_type, r.pin_length, r.pin_expires_in, r.pin_max_tries)
                             is distinct from (p.type, p.length, p.expires_in, p.max_tries)
                            then 'pin_parameters_differ' end as why
              from unnest(p_rows) r join pin p on p.account = r.account and p.pin_id = r.pin_id
             where r.id = any (p_new) and r.reason is null and r.attempt is not null) o
     where j.id = o.id and o.why is not null;
end
$$;

create function claim_attempts(p_epoch uuid, p_rows claim_row[], p_new uuid[]) returns void language plpgsql volatile as
$$
begin
    with a as (
        insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at)
        select r.attempt, r.id, 1, r.route, r.carrier, case when r.start then 2 else 1 end,
               case when r.start or r.keep then p_epoch end, r.next_at, r.deadline,
               case when r.start then clock_timestamp() end
          from unnest(p_rows) r join job j on j.id = r.id
         where r.id = any (p_new) and r.attempt is not null and j.final_at is null
        returning job, state, route, next_at, deadline
    )
    insert into due (job, what, route, at, close_at) select job, state, route, next_at, deadline from a;
end
$$;

-- Claims a batch. Running it again after a lost COMMIT answer is harmless: the rows come back with their claim ids.
-- One row out for each row in, in no order: what stands under that key now.
create function claim(p_epoch uuid, p_rows claim_row[])
returns table (asked uuid, id uuid, claim_id uuid, content_hash bytea, final boolean, reason text,
               attempt_state smallint, attempt_owner uuid, sealed text, pin_expires_at timestamptz)
language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_new uuid[] := claim_jobs(p_rows);
    v_closed uuid[];
    v_repeated uuid[];
begin
    if cardinality(v_new) > 0 then
        perform claim_pins(p_rows, v_new);
        perform claim_refuse_pins(p_rows, v_new);
        perform claim_attempts(p_epoch, p_rows, v_new);
        select coalesce(array_agg(j.id), '{}') into v_closed
          from job j where j.id = any (v_new) and j.final_at is not null;
        perform insert_final_reports(v_closed, null, null);
    end if;
    select coalesce(array_agg(distinct j.id), '{}') into v_repeated
      from unnest(p_rows) r join job j on j.account = r.account and j.job_id = r.job_id
     where j.id <> all (v_new) and j.content_hash = r.content_hash;
    perform announce(p_epoch, v_new, v_repeated);
    return query
        select r.claim_id, j.id, j.claim_id, j.content_hash, j.final_at is not null, j.reason, a.state, a.owner,
               p.sealed, p.expires_at
          from unnest(p_rows) r
          join job j on j.account = r.account and j.job_id = r.job_id
          left join attempt a on a.job = j.id and a.n = 1
          left join pin p on p.account = j.account and p.pin_id = j.pin_id;
end
$$;

-- The cheap read before the paid lookup: which of these keys are known already. The claim stays the judge.
create function known_jobs(p_accounts text[], p_job_ids text[])
returns table (account text, job_id text, id uuid, content_hash bytea) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select j.account, j.job_id, j.id, j.content_hash
          from unnest(p_accounts, p_job_ids) k(account, job_id)
          join job j on j.account = k.account and j.job_id = k.job_id;
end
$$;

-- A repeat of a known job announces its present status again.
create function announce_again(p_epoch uuid, p_jobs uuid[]) returns void language sql volatile as
$$ select announce(p_epoch, '{}', p_jobs) $$;
