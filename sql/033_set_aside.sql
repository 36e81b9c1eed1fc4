-- A row is set aside when three owners died with it in hand. Nothing goes back from in doubt to sending, so the
-- ladder's steps count too: one that kills its worker would be taken up by the next one for ever. Replaces
-- take_in_doubt of 004.

-- The end of the last step's lease. A step that came to its end has put another moment into next_at; while the two are
-- the same, the step is in its owner's hands.
alter table attempt add column leased_until timestamptz;

drop function take_in_doubt(uuid, integer, interval, interval);

-- As before (004); besides, what is inherited in the middle of a step counts that, and is set aside at the last time.
create function take_in_doubt(p_epoch uuid, p_limit integer, p_dead_after interval, p_lease interval,
                              p_takeovers_max integer default 3)
returns setof work_item language plpgsql volatile as
$$
declare
    v_ids uuid[];
    v_jobs uuid[];
    v_now timestamptz;
begin
    select array_agg(c.id) into v_ids from (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 3 and not a.closed and not a.set_aside
          left join process o on o.epoch = a.owner
         where d.what = 3 and d.at <= clock_timestamp() and d.close_at > clock_timestamp()
           and (a.owner is null or a.owner = p_epoch or o.epoch is null or o.dead
                or o.beat_at < clock_timestamp() - p_dead_after)
         order by d.at limit p_limit) c;
    if v_ids is null then
        return;
    end if;
    v_jobs := lock_jobs_of(v_ids);
    v_now := clock_timestamp();
    -- the step is leased: if this process dies in it, another takes it after p_lease, and counts that
    with h as (
        select a.id,
               a.takeovers + coalesce(a.owner is distinct from p_epoch and a.next_at = a.leased_until, false)::integer
                   as takeovers
          from attempt a
         where a.id = any (v_ids) and a.state = 3 and a.next_at <= v_now and not a.closed
           and not a.set_aside
    ), u as (
        update attempt a
           set owner = p_epoch, takeovers = h.takeovers, set_aside = h.takeovers >= p_takeovers_max,
               leased_until = v_now + p_lease,
               next_at = case when h.takeovers >= p_takeovers_max then a.deadline else v_now + p_lease end
          from h
         where a.id = h.id
        returning a.id, a.set_aside
    )
    select array_agg(u.id) filter (where not u.set_aside) into v_ids from u;
    perform reschedule(v_jobs);
    return query select * from work_items(v_ids);
end
$$;
revoke all on function take_in_doubt(uuid, integer, interval, interval, integer) from public;
do
$$
begin
    perform expose('take_in_doubt', 'worker');
end
$$;
