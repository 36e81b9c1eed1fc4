-- A row that kills whoever takes its step must not take along those that shared a batch with it. Until now all rows of a
-- call, up to 256, were counted for each death and set aside together at the third. Now a row is set aside only when so many
-- have died with it and the last had nothing else of the ladder in hand:
--   * What one more death could not set aside is taken as before, the whole limit at once: a worker that is killed with
--     6,000 rows in hand leaves them with one death each, and they go on as fast as ever.
--   * A suspect, whom one more death could set aside, is taken with few (p_together), one such group at a time.
--   * Whom so many deaths met already is taken alone: with empty hands, which stay empty until that step's end. What is due
--     for longer goes first, so that these, p_together at most for each row that kills, delay others and keep nobody away.
-- A row that kills, among 256, does so with all of them, with p_together of them while the other groups go free, and alone.
-- The innocent are through after 255 / 16 + 15 sweeps, shared by all workers, not after 255; and one that is alone from the
-- start is set aside after three deaths, as ever.
-- Replaces take_in_doubt of 033.

-- With how many the last step was leased, if the row was a suspect then; 1: its owner had nothing else in hand.
alter table attempt add column leased_with smallint;

drop function take_in_doubt(uuid, integer, interval, interval, integer);

-- How many have died with the row in hand, if it is taken now: its owner too, when that was in the middle of a step.
create function deaths_of(p_row attempt, p_epoch uuid) returns integer language sql immutable as
$$
    select p_row.takeovers
           + coalesce(p_row.owner is distinct from p_epoch and p_row.next_at = p_row.leased_until, false)::integer
$$;

-- What of the ladder this process has in hand: `anything`, a suspect among it, one alone.
create function in_hand(p_epoch uuid, p_lease interval, out anything boolean, out suspects boolean, out alone boolean)
language plpgsql stable as
$$
begin
    select count(*) > 0, coalesce(bool_or(a.leased_with is not null), false), coalesce(bool_or(a.leased_with = 1), false)
      into anything, suspects, alone
      from due d
      join attempt a on a.job = d.job and a.state = 3 and not a.closed
     where d.what = 3 and d.at > clock_timestamp() and d.at <= clock_timestamp() + p_lease
       and a.owner = p_epoch and a.next_at = a.leased_until;
end
$$;

-- As before (033); besides, suspects come in small groups, and at last alone.
create function take_in_doubt(p_epoch uuid, p_limit integer, p_dead_after interval, p_lease interval,
                              p_takeovers_max integer default 3, p_together integer default 16)
returns setof work_item language plpgsql volatile as
$$
declare
    v_free uuid[];          -- oldest first, as those below
    v_free_at timestamptz;  -- since when the first is due
    v_suspects uuid[];
    v_deaths integer[];
    v_suspect_at timestamptz;
    v_hand record;
    v_with integer;
    v_ids uuid[];
    v_jobs uuid[];
    v_now timestamptz := clock_timestamp();
begin
    select array_agg(c.id order by c.n) filter (where not c.suspect), min(c.at) filter (where not c.suspect),
           array_agg(c.id order by c.n) filter (where c.suspect), array_agg(c.deaths order by c.n) filter (where c.suspect),
           min(c.at) filter (where c.suspect)
      into v_free, v_free_at, v_suspects, v_deaths, v_suspect_at
      from (select b.*, row_number() over (partition by b.suspect order by b.at, b.id) as n
              from (select a.id, d.at, deaths_of(a, p_epoch) as deaths,
                           deaths_of(a, p_epoch) >= p_takeovers_max - 1 as suspect
                      from due d
                      join attempt a on a.job = d.job and a.state = 3 and not a.closed and not a.set_aside
                      left join process o on o.epoch = a.owner
                     where d.what = 3 and d.at <= v_now and d.close_at > v_now and a.next_at <= v_now
                       and (a.owner is null or a.owner = p_epoch or o.epoch is null or o.dead
                            or o.beat_at < v_now - p_dead_after)) b) c
     where c.n <= p_limit;
    if v_free is null and v_suspects is null then
        return;
    end if;
    select * into v_hand from in_hand(p_epoch, p_lease);
    if v_hand.alone then
        return;
    end if;
    if v_deaths[1] >= p_takeovers_max then
        if v_free_at < v_suspect_at then
            v_suspects := null;
        elsif v_hand.anything then
            return;     -- what is in hand comes to its end
        else
            v_free := null;
            v_suspects := v_suspects[1:1];
            v_with := 1;
        end if;
    elsif v_suspects is not null then
        select array_agg(s.id) into v_suspects
          from (select u.id from unnest(v_suspects, v_deaths) with ordinality u(id, deaths, n)
                 where u.deaths < p_takeovers_max and not v_hand.suspects order by u.n limit p_together) s;
        v_with := case when v_free is null and not v_hand.anything then cardinality(v_suspects)
                       else greatest(cardinality(v_suspects), 2) end;
    end if;
    v_ids := coalesce(v_free, '{}') || coalesce(v_suspects, '{}');
    if v_ids = '{}' then
        return;
    end if;
    v_jobs := lock_jobs_of(v_ids);
    v_now := clock_timestamp();
    -- the step is leased: if this process dies in it, another takes it after p_lease, and counts that
    with h as (
        select a.id, deaths_of(a, p_epoch) as deaths,
               deaths_of(a, p_epoch) > a.takeovers and deaths_of(a, p_epoch) >= p_takeovers_max
               and coalesce(a.leased_with = 1, false) as aside
          from attempt a
         where a.id = any (v_ids) and a.state = 3 and a.next_at <= v_now and not a.closed
           and not a.set_aside
    ), u as (
        update attempt a
           set owner = p_epoch, takeovers = h.deaths, set_aside = h.aside,
               leased_until = v_now + p_lease, leased_with = case when a.id = any (v_suspects) then v_with end,
               next_at = case when h.aside then a.deadline else v_now + p_lease end
          from h
         where a.id = h.id
        returning a.id, a.set_aside
    )
    select array_agg(u.id) filter (where not u.set_aside) into v_ids from u;
    perform reschedule(v_jobs);
    return query select * from work_items(v_ids);
end
$$;
revoke all on function take_in_doubt(uuid, integer, interval, interval, integer, integer), deaths_of(attempt, uuid),
                       in_hand(uuid, interval) from public;
do
$$
begin
    perform expose('take_in_doubt', 'worker');
end
$$;
