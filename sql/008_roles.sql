-- Least privilege: programs may call their functions and nothing else; the functions run as the owner of the schema,
-- with a fixed search path. The reader sees everything but sealed PINs and what guesses are compared with.
-- The highest migration that ran; `pinwire migrate` keeps the table.
create function schema_version_number() returns integer language sql stable as
$$ select coalesce(max(number), 0) from schema_version $$;

do
$$
declare
    v_role text;
    v_function record;
begin
    foreach v_role in array array['pinwire_worker', 'pinwire_callback', 'pinwire_api', 'pinwire_reader'] loop
        begin
            if not exists (select 1 from pg_roles where rolname = v_role) then
                execute format('create role %I login', v_role);
            end if;
        exception when duplicate_object or unique_violation then
            null;    -- roles belong to the whole cluster: another database's migration was faster
        end;
        execute format('grant usage on schema pinwire to %I', v_role);
    end loop;
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.prokind = 'f' loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    for v_function in
        select p.oid::regprocedure as signature, g.role
          from pg_proc p
          join (values ('claim', 'worker'), ('known_jobs', 'worker'), ('announce_again', 'worker'),
                       ('start_sending', 'worker'), ('record', 'worker'), ('take_waiting', 'worker'),
                       ('take_homeless', 'worker'), ('take_over_sending', 'worker'), ('take_in_doubt', 'worker'),
                       ('postpone', 'worker'), ('give_up_waiting', 'worker'), ('work_items', 'worker'),
                       ('settle', 'callback'), ('settled_partitions', 'callback'), ('take_parked', 'callback'),
                       ('settle_parked', 'callback'), ('take_reports', 'callback'), ('take_retries', 'callback'),
                       ('renew_leases', 'callback'), ('complete_reports', 'callback'),
                       ('disable_endpoint', 'callback'), ('disabled_endpoints', 'callback'),
                       ('report_low_water', 'callback'), ('maintain_history', 'callback'), ('prune', 'callback'),
                       ('wipe_pins', 'callback'),
                       ('settled_until', 'worker'), ('settled_until', 'callback'),
                       ('close_overdue', 'worker'), ('close_overdue', 'callback'),
                       ('beat', 'worker'), ('beat', 'callback'), ('declare_dead', 'worker'),
                       ('declare_dead', 'callback'), ('farewell', 'worker'), ('farewell', 'callback'),
                       ('living', 'worker'), ('living', 'callback'), ('read_outbox', 'worker'),
                       ('read_outbox', 'callback'), ('delete_outbox', 'worker'), ('delete_outbox', 'callback'),
                       ('backlog', 'worker'), ('backlog', 'callback'), ('backlog', 'reader'),
                       ('schema_version_number', 'worker'), ('schema_version_number', 'callback'),
                       ('schema_version_number', 'api'), ('schema_version_number', 'reader'))
               g(function, role) on g.function = p.proname
         where p.pronamespace = 'pinwire'::regnamespace loop
        execute format('alter function %s security definer set search_path = pinwire, pg_temp',
                       v_function.signature);
        execute format('grant execute on function %s to %I', v_function.signature, 'pinwire_' || v_function.role);
    end loop;
    -- names of statuses, for people who read tables
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('nc_name', 'sms_name', 'call_name', 'dlr_name', 'time_name', 'hex_name',
                                           'report_id_of')
        loop
        execute format('grant execute on function %s to pinwire_reader', v_function.signature);
    end loop;
end
$$;

grant select on job, attempt, due, carrier_ref, report, report_retry, report_dead, endpoint_disabled, outbox, settled,
                dlr_parked, process, dlr_history, report_try to pinwire_reader;
grant select (account, pin_id, msisdn, claim_id, type, length, expires_in, max_tries, tries_left, by_number, single_use,
              requested_at, minted_at, expires_at, verified_at, cancelled_at) on pin to pinwire_reader;

select maintain_history(interval '30 days');
