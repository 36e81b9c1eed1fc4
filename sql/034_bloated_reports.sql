-- While somebody's transaction stays open, `report` fills with dead rows and is analyzed as empty. To the planner a walk over
-- the whole index then costs as little as one row by its id; each batch of results took seconds, until the next analyze. `id = any
-- (array[...])` can't be merged or hashed, and with no walk over the table either, each result's row is found by its id whatever
-- the statistics say. Replaces complete_reports and report_low_water of 007 and finish_reports of 024.

create or replace function complete_reports(p_owner uuid, p_rows report_result[]) returns void language plpgsql volatile as
$$
begin
    insert into report_try (at, report, job, status, latency_ms, error, answer)
    select clock_timestamp(), r.id, coalesce(a.job, b.job), r.status, coalesce(r.latency_ms, 0), nullif(r.reason, ''),
           nullif(r.answer, '')
      from unnest(p_rows) r left join report a on a.id = any (array[r.id])
                            left join report_retry b on b.id = any (array[r.id])
     where r.outcome <> 4 and coalesce(a.job, b.job) is not null;

    insert into report_retry (id, job, kind, account, url, format, payload, created_at, tries, malformed,
                              first_try_at, due_at, batch, batch_pos, last_error, lease_owner)
    select a.id, a.job, a.kind, a.account, a.url, a.format, a.payload, a.created_at, 1, coalesce(r.malformed, false)::int,
           clock_timestamp(), r.due_at, nullif(r.batch, ''), r.batch_pos, r.reason, p_owner
      from unnest(p_rows) r join report a on a.id = any (array[r.id])
     where r.outcome = 2
    on conflict (id) do nothing;
    update report_retry b
       set tries = b.tries + 1, malformed = b.malformed + coalesce(r.malformed, false)::int, due_at = r.due_at,
           batch = nullif(r.batch, ''), batch_pos = r.batch_pos, last_error = r.reason,
           lease_owner = p_owner, lease_until = null
      from unnest(p_rows) r
     where b.id = any (array[r.id]) and r.outcome = 2 and not exists (select 1 from report a where a.id = any (array[r.id]))
       and b.due_at is distinct from r.due_at;    -- the same result again, after a lost COMMIT answer, counts once

    insert into report_dead (id, job, kind, account, url, format, payload, created_at, tries, reason)
    select r.id, coalesce(a.job, b.job), coalesce(a.kind, b.kind), coalesce(a.account, b.account),
           coalesce(a.url, b.url), coalesce(a.format, b.format), coalesce(a.payload, b.payload),
           coalesce(a.created_at, b.created_at), coalesce(b.tries, 0) + (r.status is not null)::int,
           coalesce(nullif(r.reason, ''), 'given_up')
      from unnest(p_rows) r left join report a on a.id = any (array[r.id])
                            left join report_retry b on b.id = any (array[r.id])
     where r.outcome = 3 and coalesce(a.job, b.job) is not null
    on conflict (id) do nothing;

    delete from report_retry b using unnest(p_rows) r where b.id = any (array[r.id]) and r.outcome in (1, 3);
    delete from report a using unnest(p_rows) r where a.id = any (array[r.id]) and r.outcome in (1, 2, 3);

    update report a set lease_owner = null, lease_until = null
      from unnest(p_rows) r where a.id = any (array[r.id]) and r.outcome = 4 and a.lease_owner = p_owner;
    update report_retry b set lease_owner = null, lease_until = null
      from unnest(p_rows) r where b.id = any (array[r.id]) and r.outcome = 4 and b.lease_owner = p_owner;
end
$$;

create or replace function finish_reports(p_owner uuid, p_rows report_result[]) returns void language plpgsql volatile as
$$
declare
    v_dead uuid[];
begin
    if exists (select from unnest(p_rows) r where r.outcome = 5) then
        perform from endpoint_disabled d
          where (d.account, d.origin) in (
                select a.account, url_origin(a.url) from unnest(p_rows) r join report a on a.id = any (array[r.id])
                 where r.outcome = 5
                union
                select b.account, url_origin(b.url) from unnest(p_rows) r join report_retry b on b.id = any (array[r.id])
                 where r.outcome = 5)
          order by d.account, d.origin for key share;
        select coalesce(array_agg(x.id), '{}') into v_dead
          from (select a.id, a.account, a.url from unnest(p_rows) r join report a on a.id = any (array[r.id])
                 where r.outcome = 5
                union all
                select b.id, b.account, b.url from unnest(p_rows) r join report_retry b on b.id = any (array[r.id])
                 where r.outcome = 5) x
          join endpoint_disabled d on d.account = x.account and d.origin = url_origin(x.url);
        select array_agg((r.id,
                          case when r.outcome <> 5 then r.outcome when r.id = any (v_dead) then 3 else 4 end,
                          r.due_at, r.reason, r.malformed, r.batch, r.batch_pos, r.status, r.latency_ms,
                          r.answer)::report_result)
          into p_rows from unnest(p_rows) r;
    end if;
    perform complete_reports(p_owner, p_rows);
end
$$;

-- While that transaction is open no transaction's end can be told from it: the safe mark (007) stood still, and each look walked
-- over all that had gone since. When it has stood still for a while, the table itself is asked for, for a moment: once nobody writes to
-- it, nobody is under way, and all seqs that were taken are safe. `low` keeps the last answers, so that no look begins below.
alter table report_mark add column low bigint not null default 0,         -- nothing stands at or below it
                        add column moved_at timestamptz not null default clock_timestamp();

-- The mark holds only if whoever takes a seq has had its transaction's id by then.
create function name_transaction() returns trigger language plpgsql volatile as
$$
begin
    perform pg_current_xact_id();
    return null;
end
$$;
create trigger report_seqs before insert on report for each statement execute function name_transaction();

create or replace function report_low_water() returns bigint language plpgsql volatile as
$$
declare
    v_taken bigint;
    v_snapshot pg_snapshot;
    v_mark report_mark;
    v_low bigint;
begin
    -- in this order: whoever took one of these has a lower id than we are given now
    select last_value - (not is_called)::integer into v_taken from report_seq_seq;
    v_snapshot := pg_current_snapshot();
    update report_mark
       set safe = greatest(safe, candidate), candidate = v_taken, below = pg_current_xact_id(), moved_at = clock_timestamp()
     where pg_snapshot_xmin(v_snapshot) >= below
    returning * into v_mark;
    if not found then
        select * into v_mark from report_mark;
        perform from report_mark where moved_at < clock_timestamp() - interval '10 s' for update skip locked;
        if found then
            update report_mark set moved_at = clock_timestamp() - interval '5 s';   -- then again, if it fails
            begin
                set local lock_timeout = '100ms';   -- whoever wants to write waits for us meanwhile
                lock table report in share mode;
                select last_value - (not is_called)::integer into v_taken from report_seq_seq;
                update report_mark set safe = greatest(safe, v_taken), moved_at = clock_timestamp() returning * into v_mark;
            exception when lock_not_available then
                null;
            end;
        end if;
    end if;
    select least(coalesce(min(r.seq) - 1, v_mark.safe), v_mark.safe) into v_low from report r where r.seq > v_mark.low;
    update report_mark set low = v_low where low < v_low - 1000;    -- seldom: its old versions stay as well
    return v_low;
end
$$;

do
$$
declare
    v_function text;
begin
    foreach v_function in array array['complete_reports(uuid, report_result[])', 'finish_reports(uuid, report_result[])'] loop
        execute format('alter function %s set enable_seqscan = off', v_function);
    end loop;
    alter function report_low_water() set enable_bitmapscan = off;
    revoke all on function name_transaction() from public;
    perform expose(f, 'callback') from unnest(array['complete_reports', 'finish_reports', 'report_low_water']) f;
end
$$;
