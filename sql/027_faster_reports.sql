-- A report's lease changes twice before the row goes, and no index has it: with room on its page the new version stays
-- beside the old one, and no index is written (23 us a row that is taken against 8, measured).
alter table report set (fillfactor = 50);

-- A session plans these once, perhaps while the tables are empty: they must walk the index in order even so, and not
-- gather and sort all that stands behind p_above (at 200,000 rows that took three quarters of PostgreSQL's time).
do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('report_look_end', 'take_fresh_reports', 'passed_reports', 'retry_look_end',
                                           'take_due_retries', 'passed_retries', 'report_low_water') loop
        execute format('alter function %s set enable_bitmapscan = off', v_function.signature);
    end loop;
end
$$;

-- Each result's row by its id, whatever the statistics say: analyzed while the table was nearly empty, and kept full of dead
-- rows by somebody's open transaction, it was read whole for each batch, longer than a statement may take.
alter function complete_reports(uuid, report_result[]) set enable_hashjoin = off;
alter function finish_reports(uuid, report_result[]) set enable_hashjoin = off;
