-- A row that waits or is in doubt hides the others of its job as long as `due` shows it; so it is closed at its own
-- deadline, and not at the latest of them all. Replaces reschedule of 026.

-- As before (026), but what waits or is in doubt shows its own deadline.
create or replace function reschedule(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    perform follow_plans(p_jobs);
    delete from due d using job j where d.job = any (p_jobs) and j.id = d.job and j.final_at is not null;
    update due d
       set what = s.state, route = s.route, at = s.next_at, close_at = s.deadline
      from (select distinct on (a.job) a.job, a.state, a.route, a.next_at,
                   case when a.state in (1, 3) then a.deadline else s2.deadline end as deadline
              from attempt a
              join lateral (select max(b.deadline) as deadline from attempt b
                             where b.job = a.job and b.state in (1, 2, 3, 4) and not b.closed) s2 on true
             where a.job = any (p_jobs) and a.state in (1, 2, 3, 4) and not a.closed
             order by a.job, a.state = 4, a.next_at, a.n) s
     where d.job = s.job
       and (d.what, d.route, d.at, d.close_at) is distinct from (s.state, s.route, s.next_at, s.deadline);
    -- step_after has a value whenever step_at has one, and no index that a plan of an empty day could walk
    if exists (select 1 from due d where d.job = any (p_jobs) and d.step_after is not null) then
        update due d set what = 5, route = '', at = d.step_at, close_at = j.send_by
          from job j
         where d.job = any (p_jobs) and j.id = d.job and d.step_after is not null
           and not exists (select 1 from attempt a
                            where a.job = d.job and a.state in (1, 2, 3, 4) and not a.closed)
           and (d.what, d.route, d.at, d.close_at) is distinct from (5::smallint, '', d.step_at, j.send_by);
    end if;
end
$$;
