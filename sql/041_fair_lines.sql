-- What a reader of the code found: rows of routes that another worker serves, plans that were passed by, reports of nobody that keep
-- the others waiting.

-- As before (016), without attempts whose route was only passed by: they are none of what the job may have.
create or replace function plan_tries(p_job uuid, p_most integer) returns text[] language plpgsql stable as
$$
begin
    return array(
        select concat_ws(' ', coalesce(a.step, 1), (a.state = 5 and a.started_at is not null)::integer,
                         case when a.state in (2, 3, 4) then coalesce(a.cost, 0) else 0 end, a.route)
          from attempt a
         where a.job = p_job and a.n <= p_most
           and not (a.state = 5 and a.started_at is null
                    and coalesce(a.error, '') in ('route_paused', 'route_unhealthy', 'route_gone'))
         order by a.n);
end
$$;

-- As before (038), but a route that a living worker serves is not gone: workers take a new configuration one after the other, and
-- one that doesn't know the route yet would end what the other was about to send.
create or replace function take_homeless(p_epoch uuid, p_routes text[], p_limit integer) returns setof work_item
language plpgsql volatile as
$$
declare
    v_gone text[];
    v_ids uuid[];
begin
    with recursive r(route) as (
        (select d.route from due d where d.what = 1 order by d.route limit 1)
        union all
        select (select d.route from due d where d.what = 1 and d.route > r.route order by d.route limit 1)
          from r where r.route is not null
    )
    select array_agg(r.route) into v_gone
      from r
     where r.route <> all (p_routes)
       and not exists (select from route_state s
                         join process o on o.epoch = s.epoch
                        where s.route = r.route and s.epoch <> p_epoch and not o.dead
                          and s.noted_at > clock_timestamp() - interval '10 seconds');
    if v_gone is null then
        return;
    end if;
    with c as (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 1
          left join process o on o.epoch = a.owner
         where d.what = 1 and d.route = any (v_gone) and d.close_at > clock_timestamp()
           and (d.at <= clock_timestamp() or a.owner is null or a.owner = p_epoch or o.epoch is null or o.dead)
         order by d.at limit p_limit for update of a skip locked
    ), u as (
        update attempt a set owner = p_epoch from c where a.id = c.id and a.state = 1 returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    return query select * from work_items(v_ids);
end
$$;

-- As before (005), but what fits no job waits for up to a day: a carrier whose reports are another system's, too, left many of them,
-- and each was tried every hour for as long as jobs are kept. Nothing is late by it: wake_parked() (023) knows when one fits.
create or replace function take_parked(p_limit integer, p_again interval)
returns table (id bigint, carrier text, entry text, intake_at timestamptz) language sql volatile as
$$
    with c as (
        select p.id from dlr_parked p where p.next_at <= clock_timestamp() order by p.next_at limit p_limit
           for update skip locked
    )
    update dlr_parked p
       set tries = p.tries + 1,
           next_at = clock_timestamp() + least(p_again * power(2, least(p.tries, 16)),
                                               case p.why when 'no_match' then interval '1 day' else interval '1 hour' end)
      from c where p.id = c.id
    returning p.id, p.carrier, p.entry, p.intake_at
$$;

do
$$
begin
    perform expose('take_homeless', 'worker');
    perform expose('take_parked', 'callback');
end
$$;
