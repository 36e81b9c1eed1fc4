-- The way out to report_url: rows never tried (`report`, a low-water mark on seq) and rows that wait for another try
-- (`report_retry`, by time). A row is worked on under a lease; a dead process's lease runs out.

create function take_reports(p_owner uuid, p_above bigint, p_limit integer, p_lease interval)
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
begin
    return query
        with c as (
            select r.seq from report r
             where r.seq > p_above and (r.lease_until is null or r.lease_until < clock_timestamp())
             order by r.seq limit p_limit for update skip locked
        )
        update report r set lease_owner = p_owner, lease_until = clock_timestamp() + p_lease
          from c where r.seq = c.seq
        returning r.*;
end
$$;

create function take_retries(p_owner uuid, p_limit integer, p_lease interval)
returns setof report_retry language plpgsql volatile as
$$
#variable_conflict use_column
begin
    return query
        with c as (
            select r.id from report_retry r
             where r.due_at <= clock_timestamp() and (r.lease_until is null or r.lease_until < clock_timestamp())
             order by r.due_at limit p_limit for update skip locked
        )
        update report_retry r set lease_owner = p_owner, lease_until = clock_timestamp() + p_lease,
               -- a batch is repeated as it was only by the process that made it
               batch = case when r.lease_owner = p_owner then r.batch end
          from c where r.id = c.id
        returning r.*;
end
$$;

create function renew_leases(p_owner uuid, p_ids uuid[], p_lease interval) returns void language plpgsql volatile as
$$
begin
    update report set lease_until = clock_timestamp() + p_lease where lease_owner = p_owner and id = any (p_ids);
    update report_retry set lease_until = clock_timestamp() + p_lease
     where lease_owner = p_owner and id = any (p_ids);
end
$$;

create type report_result as (
    id uuid,
    outcome smallint,               -- 1 delivered, 2 try again at due_at, 3 dead, 4 given back untried
    due_at timestamptz, reason text, malformed boolean, batch text, batch_pos smallint,
    status integer, latency_ms integer, answer text
);

create function complete_reports(p_owner uuid, p_rows report_result[]) returns void language plpgsql volatile as
$$
begin
    insert into report_try (at, report, job, status, latency_ms, error, answer)
    select clock_timestamp(), r.id, coalesce(a.job, b.job), r.status, coalesce(r.latency_ms, 0), nullif(r.reason, ''),
           nullif(r.answer, '')
      from unnest(p_rows) r left join report a on a.id = r.id left join report_retry b on b.id = r.id
     where r.outcome <> 4 and coalesce(a.job, b.job) is not null;

    insert into report_retry (id, job, kind, account, url, format, payload, created_at, tries, malformed,
                              first_try_at, due_at, batch, batch_pos, last_error, lease_owner)
    select a.id, a.job, a.kind, a.account, a.url, a.format, a.payload, a.created_at, 1, coalesce(r.malformed, false)::int,
           clock_timestamp(), r.due_at, nullif(r.batch, ''), r.batch_pos, r.reason, p_owner
      from unnest(p_rows) r join report a on a.id = r.id
     where r.outcome = 2
    on conflict (id) do nothing;
    update report_retry b
       set tries = b.tries + 1, malformed = b.malformed + coalesce(r.malformed, false)::int, due_at = r.due_at,
           batch = nullif(r.batch, ''), batch_pos = r.batch_pos, last_error = r.reason,
           lease_owner = p_owner, lease_until = null
      from unnest(p_rows) r
     where b.id = r.id and r.outcome = 2 and not exists (select 1 from report a where a.id = r.id)
       and b.due_at is distinct from r.due_at;    -- the same result again, after a lost COMMIT answer, counts once

    insert into report_dead (id, job, kind, account, url, format, payload, created_at, tries, reason)
    select r.id, coalesce(a.job, b.job), coalesce(a.kind, b.kind), coalesce(a.account, b.account),
           coalesce(a.url, b.url), coalesce(a.format, b.format), coalesce(a.payload, b.payload),
           coalesce(a.created_at, b.created_at), coalesce(b.tries, 0) + (r.status is not null)::int,
           coalesce(nullif(r.reason, ''), 'given_up')
      from unnest(p_rows) r left join report a on a.id = r.id left join report_retry b on b.id = r.id
     where r.outcome = 3 and coalesce(a.job, b.job) is not null
    on conflict (id) do nothing;

    delete from report_retry b using unnest(p_rows) r where b.id = r.id and r.outcome in (1, 3);
    delete from report a using unnest(p_rows) r where a.id = r.id and r.outcome in (1, 2, 3);

    update report a set lease_owner = null, lease_until = null
      from unnest(p_rows) r where a.id = r.id and r.outcome = 4 and a.lease_owner = p_owner;
    update report_retry b set lease_owner = null, lease_until = null
      from unnest(p_rows) r where b.id = r.id and r.outcome = 4 and b.lease_owner = p_owner;
end
$$;

create function disable_endpoint(p_account text, p_origin text, p_reason text) returns void language sql volatile as
$$
    insert into endpoint_disabled (account, origin, reason) values (p_account, p_origin, p_reason)
    on conflict do nothing
$$;
create function disabled_endpoints() returns setof endpoint_disabled language sql stable as
$$ select * from endpoint_disabled $$;

-- Nothing at or below this seq needs a look. A seq is taken before its row is committed, so the lowest visible row
-- proves nothing about lower ones that are still under way: the mark rises only to what was taken before transactions
-- that have all ended since. A transaction that takes a seq has written before, so it had its id by then.
create function report_low_water() returns bigint language plpgsql volatile as
$$
declare
    v_snapshot pg_snapshot;
    v_taken bigint;
    v_safe bigint;
begin
    select last_value - (not is_called)::integer into v_taken from report_seq_seq;
    v_snapshot := pg_current_snapshot();
    update report_mark
       set safe = case when pg_snapshot_xmin(v_snapshot) >= below then candidate else safe end,
           candidate = case when pg_snapshot_xmin(v_snapshot) >= below then v_taken else candidate end,
           below = case when pg_snapshot_xmin(v_snapshot) >= below then pg_snapshot_xmax(v_snapshot)
                        else below end
    returning safe into v_safe;
    return (select least(coalesce(min(r.seq) - 1, v_safe), v_safe) from report r);
end
$$;

-- Figures for readiness and metrics; cheap on the small tables.
create function backlog(out unfinished bigint, out oldest_due timestamptz, out reports_new bigint,
                        out reports_retry bigint, out reports_dead bigint, out parked bigint, out outbox_rows bigint,
                        out set_aside bigint)
language sql stable as
$$
    select (select count(*) from due), (select min(at) from due where what = 1), (select count(*) from report),
           (select count(*) from report_retry), (select count(*) from report_dead),
           (select count(*) from dlr_parked), (select count(*) from outbox),
           (select count(*) from due d join attempt a on a.job = d.job where a.set_aside and not a.closed)
$$;
