-- Nothing forgotten: what must be closed is closed by whoever lives, worker or callback.

-- Closes jobs whose time is over. Waiting attempts end not sent; sent ones and those in doubt end UNKNOWN, but only
-- once every partition of pin.dlrs is settled past their deadline: no news is judged by what is settled, not by the
-- clock. With p_reporter the reports are born leased to it.
create function close_overdue(p_epoch uuid, p_limit integer, p_grace interval, p_skew interval, p_reporter uuid,
                              p_lease interval, out closed integer, out reports text)
language plpgsql volatile as
$$
declare
    v_settled timestamptz := settled_until() - p_skew;
    v_jobs uuid[];
begin
    -- locked in key order, like everywhere; a row that another writer holds is the next sweep's
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j
         where j.id in (select d.job from due d
                         where d.close_at <= clock_timestamp() - p_grace
                           and (d.what = 1 or d.close_at < coalesce(v_settled, '-infinity'))
                         order by d.close_at limit p_limit)
         order by j.id for update skip locked) l;
    closed := 0;
    if cardinality(v_jobs) = 0 then
        return;
    end if;
    update attempt a
       set state = case when a.state = 1 then 5 when a.state = 2 then 3 else a.state end,
           error = case when a.state = 1 then 'expired' when a.state = 2 then 'owner_died' else a.error end,
           dlr_status = case when a.state = 1 then a.dlr_status else greatest(a.dlr_status, 3::smallint) end,
           closed = true
     where a.job = any (v_jobs) and a.state in (1, 2, 3, 4) and not a.closed
       and a.deadline <= clock_timestamp() - p_grace
       and (a.state = 1 or a.deadline < coalesce(v_settled, '-infinity'));
    get diagnostics closed = row_count;
    select jsonb_agg(to_jsonb(s))::text into reports from settle_up(p_epoch, v_jobs, p_reporter, p_lease) s;
end
$$;

-- The heartbeat; returns the database's clock.
create function beat(p_epoch uuid, p_program text, p_instance text, p_host text, p_keys text[])
returns timestamptz language sql volatile as
$$
    insert into process (epoch, program, instance, host, keys) values (p_epoch, p_program, p_instance, p_host, p_keys)
    on conflict (epoch) do update set beat_at = clock_timestamp(), keys = excluded.keys
    returning clock_timestamp()
$$;

-- A restarted instance that holds its instance's lock declares its predecessors dead at once.
create function declare_dead(p_epoch uuid, p_program text, p_instance text) returns integer language sql volatile as
$$
    with u as (
        update process set dead = true
         where program = p_program and instance = p_instance and epoch <> p_epoch and not dead returning 1)
    select count(*)::integer from u
$$;

-- Said by a process that ends in order.
create function farewell(p_epoch uuid) returns void language sql volatile as
$$ update process set dead = true where epoch = p_epoch $$;

create function living(p_program text, p_stale interval) returns integer language sql stable as
$$ select count(*)::integer from process
    where program = p_program and not dead and beat_at >= clock_timestamp() - p_stale $$;

-- The outbox of a process, and what others left behind.
create function read_outbox(p_epoch uuid, p_busy bigint[], p_limit integer, p_orphan interval)
returns table (id bigint, events text) language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select o.id, o.events from outbox o
         where o.id <> all (p_busy) and (o.owner = p_epoch or o.created_at < clock_timestamp() - p_orphan)
         order by o.id limit p_limit;
end
$$;
create function delete_outbox(p_ids bigint[]) returns void language plpgsql volatile as
$$
begin
    delete from outbox where id = any (p_ids);
end
$$;

-- Makes the partition of one day. What the default holds for that day moves there: the days ahead were not made in
-- time, e.g. because nobody lived.
create function make_history_day(p_table text, p_column text, p_day date) returns void language plpgsql volatile as
$$
declare
    v_name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
begin
    if to_regclass('pinwire.' || v_name) is not null then
        return;
    end if;
    execute format('create table pinwire.%I (like pinwire.%I including defaults)', v_name, p_table);
    execute format('with gone as (delete from pinwire.%1$I where %2$I >= %3$L and %2$I < %4$L returning *) '
                   'insert into pinwire.%5$I select * from gone',
                   p_table || '_default', p_column, p_day, p_day + 1, v_name);
    execute format('alter table pinwire.%I attach partition pinwire.%I for values from (%L) to (%L)',
                   p_table, v_name, p_day, p_day + 1);
end
$$;

-- Day partitions of the history, made ahead and dropped when `p_keep` is over. Days are UTC's.
create function maintain_history(p_keep interval) returns void language plpgsql volatile as
$$
declare
    v_today date := (clock_timestamp() at time zone 'UTC')::date;
    v_table text;
    v_column text;
    v_day date;
    v_old record;
begin
    perform set_config('timezone', 'UTC', true);
    perform pg_advisory_xact_lock(hashtext('pinwire.maintain_history'));
    for v_table, v_column in values ('dlr_history', 'intake_at'), ('report_try', 'at') loop
        for v_day in select generate_series(v_today - 1, v_today + 2, interval '1 day')::date loop
            perform make_history_day(v_table, v_column, v_day);
        end loop;
        for v_old in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                      where i.inhparent = ('pinwire.' || v_table)::regclass
                        and c.relname ~ ('^' || v_table || '_[0-9]{8}$')
                        and to_date(right(c.relname, 8), 'YYYYMMDD') < v_today - p_keep loop
            execute format('drop table pinwire.%I', v_old.relname);
        end loop;
        execute format('delete from pinwire.%I where %I < $1', v_table || '_default', v_column)
          using clock_timestamp() - p_keep;
    end loop;
end
$$;

-- Forgets finished jobs older than `p_keep`, a batch at a time; returns how many went.
create function prune(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_before uuid := rpad(lpad(to_hex((extract(epoch from clock_timestamp() - p_keep) * 1000)::bigint), 12, '0'),
                          32, '0')::uuid;
    v_jobs uuid[];
begin
    select coalesce(array_agg(s.id), '{}') into v_jobs from (
        select j.id from job j where j.id < v_before and j.final_at is not null order by j.id limit p_limit) s;
    delete from carrier_ref k using attempt a
     where a.job = any (v_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    delete from attempt where job = any (v_jobs);
    delete from job where id = any (v_jobs);
    delete from pin where (account, pin_id) in (
        select p.account, p.pin_id from pin p
         where p.expires_at < clock_timestamp() - p_keep limit p_limit);
    delete from dlr_parked where id in (
        select p.id from dlr_parked p where p.intake_at < clock_timestamp() - p_keep limit p_limit);
    delete from report_dead where id in (
        select r.id from report_dead r where r.died_at < clock_timestamp() - p_keep limit p_limit);
    delete from process where beat_at < clock_timestamp() - interval '7 days';
    return cardinality(v_jobs);
end
$$;

-- Wipes PINs that can neither be sent nor verified any more.
create function wipe_pins(p_limit integer) returns integer language sql volatile as
$$
    with u as (
        update pin p set sealed = null, guess_mac = null
          from (select account, pin_id from pin where expires_at < clock_timestamp() and sealed is not null
                 limit p_limit) s
         where p.account = s.account and p.pin_id = s.pin_id returning 1)
    select count(*)::integer from u
$$;
