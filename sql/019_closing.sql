-- A job may close while another attempt of it is open: one was reported as delivered. Its due row goes then, and with it
-- whoever would have come for the other attempt, should its owner die. So the transaction that closes the job says what
-- that one is from now on.

-- As before (016), but for every job: what waits is never sent; what is being sent is in doubt until its owner tells
-- more, which it may (record() takes evidence from anybody and the rest from the owner). A report may, too.
create or replace function settle_up(p_epoch uuid, p_jobs uuid[], p_report_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
declare
    v_changed uuid[];
    v_closed uuid[];
    v_left_open uuid[];
begin
    perform follow_plans(p_jobs);
    select coalesce(array_agg(f.job_id), '{}'), coalesce(array_agg(f.job_id) filter (where f.closed_now), '{}'),
           array_agg(f.job_id) filter (where f.closed_now and f.left_open)
      into v_changed, v_closed, v_left_open from fold_and_close(p_jobs) f;
    if v_left_open is not null then
        update attempt a set state = case when a.state = 1 then 6 else 3 end, error = 'job_final',
                             doubt = case when a.state = 2 then coalesce(a.doubt, 'job_final') else a.doubt end
         where a.job = any (v_left_open) and a.state in (1, 2);
    end if;
    perform reschedule(p_jobs);
    return query select * from insert_final_reports(v_closed, p_report_owner, p_lease);
    perform announce(p_epoch, v_changed, '{}');
end
$$;
