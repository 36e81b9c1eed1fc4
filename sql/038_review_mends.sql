-- What readers of the code found: PINs that are over and were sent or kept all the same, rows of routes that are gone, looks that
-- grow with the backlog, retention that doesn't keep up.

-- Why the PIN of this job may not be sent any more, as start_sending() says it; null: it may.
create function why_no_more(j job) returns text language plpgsql stable as
$$
declare
    p pin;
begin
    select * into p from pin x where x.account = j.account and x.pin_id = j.pin_id;
    return case when p.cancelled_at is not null or p.verified_at >= j.accepted_at
                     or (p.verified_at is not null and p.single_use)
                     or (p.max_tries > 0 and p.tries_left <= 0) then 'superseded'
                when p.by_number and exists (
                    select 1 from pin q
                     where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                       and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at)) then 'superseded'
                when p.sealed is null or p.expires_at <= clock_timestamp() then 'pin_expired' end;
end
$$;

-- As before (016), with the rule in one place.
create or replace function plan_is_over(j job) returns boolean language plpgsql stable as
$$
begin
    return j.send_by <= clock_timestamp() or why_no_more(j) is not null;
end
$$;

-- As before (037), but a next attempt starts only while the job's PIN may be sent: cancelled, verified or followed by a newer
-- one in the meantime, it is over. An attempt that only waited, and would have gone another way, says so.
create or replace function record(p_epoch uuid, p_rows record_row[], p_extra record_extra[] default '{}',
                       p_ends record_end[] default '{}')
returns table (attempt uuid, applied boolean, next_n smallint) language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v_ids uuid[];
    v_more boolean;                  -- some are to be followed by a next attempt
    v_jobs uuid[];
    v_applied uuid[];
begin
    select array_agg(r.attempt), bool_or(r.next_attempt is not null) into v_ids, v_more from unnest(p_rows) r;
    v_jobs := lock_jobs_of(v_ids);
    with u as (
        update attempt a
           set state = case when r.result = 6 then 3 when o.over = 'superseded' then 6 else r.result end,
               closed = (a.closed and not o.reopens) or (r.result = 6 and o.may_follow)
                        or coalesce(e.dlr_status >= 3, false),
               carrier_message_id = coalesce(a.carrier_message_id, nullif(r.carrier_message_id, '')),
               sent_at = case when r.result = 4 then coalesce(a.sent_at, clock_timestamp()) else a.sent_at end,
               error = case when r.result = 4 then null else coalesce(o.over, nullif(r.error, '')) end,
               call_status = greatest(a.call_status, r.call_status),
               dlr_status = greatest(a.dlr_status, e.dlr_status),
               dlr_at = case when e.dlr_status is null then a.dlr_at else clock_timestamp() end,
               dlr_error = coalesce(nullif(e.error_code, ''), a.dlr_error),
               doubt = case when r.result = 3 then coalesce(a.doubt, nullif(r.error, ''), 'no_answer')
                            else a.doubt end,
               doubt_end = case when not o.ends then a.doubt_end
                                when r.result = 6 then 'resent'
                                else coalesce(e.how, case r.result when 4 then 'answered' else 'refused' end) end,
               doubt_ended_at = case when o.ends then clock_timestamp() else a.doubt_ended_at end,
               next_at = case when a.closed and not o.reopens then a.next_at
                              when r.result = 6 and not o.may_follow then coalesce(r.deadline, a.deadline)
                              else coalesce(r.next_at, a.next_at) end,
               deadline = coalesce(r.deadline, a.deadline),
               repeats = a.repeats + coalesce(r.repeated, false)::integer
          from unnest(p_rows) r
          join attempt b on b.id = r.attempt
          left join unnest(p_ends) e on e.attempt = r.attempt
          left join lateral (       -- the job is looked up for those only that ask for it
               select true as goes_on, why_no_more(j) as why from job j
                where r.next_attempt is not null and j.id = b.job
                  and j.final_at is null and j.send_by > clock_timestamp() offset 0) n on true
          cross join lateral (
               select n.goes_on is not null and n.why is null
                      and not exists (select 1 from attempt c where c.job = b.job and c.n = b.n + 1) as may_follow) f
          cross join lateral (
               select f.may_follow,
                      case when r.result = 5 and b.state = 1 then n.why end as over,
                      r.result = 4 and b.closed
                      and (select j.final_at is null from job j where j.id = b.job)
                      and coalesce(greatest(b.dlr_status, e.dlr_status), 0) < 3 as reopens,
                      b.state = 3 and (r.result in (4, 5) or (r.result = 6 and f.may_follow)) as ends) o
         where a.id = r.attempt
           and (r.result = 4 or (a.owner = p_epoch and (
                    (r.result = 3 and a.state in (2, 3))
                    or (r.result = 5
                        and (a.state = 1
                             or (a.state in (2, 3)
                                 and coalesce(r.error, '') not in ('route_paused', 'route_unhealthy', 'route_gone'))))
                    or (r.result = 6 and a.state = 3 and not a.closed))))
        returning a.id, a.carrier, r.result, r.carrier_message_id
    ), k as (
        insert into carrier_ref (carrier, carrier_message_id, attempt)
        select u.carrier, u.carrier_message_id, u.id from u where u.result = 4 and u.carrier_message_id <> ''
        on conflict do nothing
    )
    select coalesce(array_agg(u.id), '{}') into v_applied from u;
    if cardinality(v_applied) < cardinality(v_ids) then
        -- of two outcomes of one attempt the update took one, whichever: the other's id is evidence all the same
        insert into carrier_ref (carrier, carrier_message_id, attempt)
        select a.carrier, r.carrier_message_id, a.id
          from unnest(p_rows) r join attempt a on a.id = r.attempt
         where r.result = 4 and r.carrier_message_id <> ''
        on conflict do nothing;
    end if;

    if cardinality(p_ends) > 0 then
        insert into dlr_history (intake_at, attempt, carrier, status, raw_status, error_code)
        select clock_timestamp(), a.id, a.carrier, e.dlr_status, e.raw_status, nullif(e.error_code, '')
          from unnest(p_ends) e join attempt a on a.id = e.attempt
         where e.dlr_status is not null and e.attempt = any (v_applied);
    end if;

    if v_more then
        insert into attempt (id, job, n, route, carrier, state, owner, next_at, deadline, started_at, parts, cost)
        select r.next_attempt, a.job, a.n + 1, r.next_route, r.next_carrier, case when r.next_start then 2 else 1 end,
               case when r.next_start or r.next_keep then p_epoch end, r.next_attempt_at, r.next_deadline,
               case when r.next_start then clock_timestamp() end, x.next_parts, x.next_cost
          from unnest(p_rows) r
          join attempt a on a.id = r.attempt
          join job j on j.id = a.job
          left join unnest(p_extra) x on x.attempt = r.attempt
         where r.result in (5, 6) and r.next_attempt is not null and r.attempt = any (v_applied)
           and (r.result = 5 and j.final_at is null and not plan_is_over(j) or r.result = 6 and a.closed)
         order by r.next_attempt
        on conflict (job, n) do nothing;
    end if;

    perform settle_up(p_epoch, v_jobs, null, null);
    if not v_more and cardinality(v_applied) = cardinality(v_ids) then
        return query select i, true, null::smallint from unnest(v_ids) i;
        return;
    end if;
    return query
        select r.attempt,
               r.attempt = any (v_applied)
               or coalesce(a.owner = p_epoch and (r.result = 5 and a.state in (5, 6)
                                                  or r.result = 6 and a.state = 3 and a.closed), false),
               b.n
          from unnest(p_rows) r
          left join attempt a on a.id = r.attempt
          left join attempt b on b.id = r.next_attempt;
end
$$;

-- As before (037), without rows whose deadline is over: closing them is the sweep's, and they would take the places of those that
-- can be sent.
create or replace function take_waiting(p_epoch uuid, p_route text, p_until timestamptz, p_limit integer, p_stale interval,
                             p_grace interval, p_held uuid[] default null)
returns setof work_item language plpgsql volatile as
$$
declare
    v_ids uuid[];
begin
    with c as (
        select a.id
          from due d
          join attempt a on a.job = d.job and a.state = 1
          left join process o on o.epoch = a.owner
         where d.what = 1 and d.route = p_route and d.at <= p_until and d.close_at > clock_timestamp()
           and (a.owner is null or o.epoch is null or o.dead or o.beat_at < clock_timestamp() - p_stale
                or (d.at < clock_timestamp() - p_grace and a.owner <> p_epoch)
                or (a.owner = p_epoch and p_held is not null and a.id not in (select unnest(p_held))))
         order by d.at
         limit p_limit
           for update of a skip locked
    ), u as (
        update attempt a set owner = p_epoch from c where a.id = c.id and a.state = 1 returning a.id
    )
    select array_agg(u.id) into v_ids from u;
    if v_ids is not null then
        return query select * from work_items(v_ids);
    end if;
end
$$;

-- As before (004), but what no living process holds is taken whenever it is due: that was reckoned for a route that is gone. The
-- routes of what waits are found one by one by the index: a large backlog was looked through each second.
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
    select array_agg(r.route) into v_gone from r where r.route <> all (p_routes);
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

-- As before (037), but a PIN that a newer one of its number has overtaken is wiped where it is minted.
create or replace function claim_pins(p_rows claim_row[], p_extra claim_extra[]) returns uuid[] language plpgsql volatile as
$$
#variable_conflict use_column
declare
    v record;
    v_others record;
begin
    with w as (
        select r.account, r.pin_id, r.msisdn, r.claim_id, r.pin_sealed, r.pin_type, r.pin_length, r.pin_expires_in,
               r.pin_max_tries, r.pin_by_number, r.requested_at, r.guess_mac, r.guess_kid, r.single_use
          from rows from (unnest(p_extra), unnest(p_rows)) r(extra_of)
         where r.pin_id is not null
           -- withheld: the PIN exists, so that it can be sent again, by voice too
           and (r.reason = 'lookup_withheld' or (r.reason is null and r.attempt is not null))
    ), i as (
        insert into pin (account, pin_id, msisdn, claim_id, sealed, type, length, expires_in, max_tries, tries_left,
                         by_number, requested_at, expires_at, guess_mac, guess_kid, single_use)
        select w.account, w.pin_id, w.msisdn, w.claim_id, w.pin_sealed, w.pin_type, w.pin_length, w.pin_expires_in,
               w.pin_max_tries, w.pin_max_tries, w.pin_by_number, w.requested_at,
               case when w.pin_expires_in = 0 then 'infinity'
                    else w.requested_at + make_interval(secs => w.pin_expires_in) end,
               w.guess_mac, w.guess_kid, coalesce(w.single_use, false)
          from w
         order by w.account, w.pin_id
        on conflict (account, pin_id) do nothing
        returning account, msisdn, by_number, requested_at, minted_at
    )
    select count(*) = (select count(*) from w) as all_minted,
           array_agg(i.account) filter (where i.by_number) as accounts,
           array_agg(i.msisdn) filter (where i.by_number) as numbers,
           array_agg(i.requested_at) filter (where i.by_number) as requested,
           array_agg(i.minted_at) filter (where i.by_number) as minted
      into v from i;
    -- offset 0: the others of each number, by their key, whatever the planner thinks of the table
    select coalesce(bool_or(o.newer), false) as newer,
           array_agg(o.account order by o.account, o.pin_id) filter (where not o.newer) as accounts,
           array_agg(o.pin_id order by o.account, o.pin_id) filter (where not o.newer) as pins
      into v_others
      from unnest(v.accounts, v.numbers, v.requested, v.minted) n(account, msisdn, requested_at, minted_at)
     cross join lateral (
           select q.account, q.pin_id, (q.requested_at, q.minted_at) > (n.requested_at, n.minted_at) as newer
             from pin q
            where q.by_number and q.account = n.account and q.msisdn = n.msisdn
              and ((q.requested_at, q.minted_at) > (n.requested_at, n.minted_at)
                   or ((q.requested_at, q.minted_at) < (n.requested_at, n.minted_at)
                       and (q.sealed is not null or q.guess_mac is not null)))
           offset 0) o;
    for k in 1 .. coalesce(cardinality(v_others.pins), 0) loop
        update pin q set sealed = null, guess_mac = null
         where q.account = v_others.accounts[k] and q.pin_id = v_others.pins[k];
    end loop;
    if v.all_minted and not v_others.newer then
        return '{}';
    end if;
    update pin p set sealed = null, guess_mac = null
      from unnest(p_rows) r
     where p.account = r.account and p.pin_id = r.pin_id and p.claim_id = r.claim_id and p.by_number
       and exists (select 1 from pin q
                    where q.by_number and q.account = p.account and q.msisdn = p.msisdn
                      and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at));
    return claim_refuse_pins(p_rows, p_extra);
end
$$;

-- As before (007), but what was set aside is looked for among what is in doubt or planned, not among all that waits: with 300,000
-- jobs waiting that was half a second of each five.
create or replace function backlog(out unfinished bigint, out oldest_due timestamptz, out reports_new bigint,
                        out reports_retry bigint, out reports_dead bigint, out parked bigint, out outbox_rows bigint,
                        out set_aside bigint)
language sql stable as
$$
    select (select count(*) from due), (select min(at) from due where what = 1), (select count(*) from report),
           (select count(*) from report_retry), (select count(*) from report_dead),
           (select count(*) from dlr_parked), (select count(*) from outbox),
           (select count(*) from due d join attempt a on a.job = d.job
             where (d.what = 3 or d.step is not null) and a.set_aside and not a.closed)
$$;

-- As before (010, 011), but whatever there was most of says whether there is more: only jobs and orders were counted, so parked
-- reports of strangers, idle limits and failures went a thousand an hour and no faster than jobs did.
create or replace function prune(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_before uuid := first_id_at(clock_timestamp() - p_keep);
    v_jobs uuid[];
    v_most integer := 0;
    v_n integer;
begin
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j where j.id < v_before and j.final_at is not null order by j.id limit p_limit
           for update) l;
    perform forget_jobs(v_jobs);
    delete from pin where (account, pin_id) in (
        select p.account, p.pin_id from pin p
         where p.expires_at < clock_timestamp() - p_keep limit p_limit);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    delete from dlr_parked where id in (
        select p.id from dlr_parked p where p.intake_at < clock_timestamp() - p_keep limit p_limit);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    delete from report_dead where id in (
        select r.id from report_dead r where r.died_at < clock_timestamp() - p_keep limit p_limit);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    delete from process where beat_at < clock_timestamp() - interval '7 days';
    return greatest(v_most, cardinality(v_jobs), prune_accounts(p_keep, p_limit), prune_api(p_keep, p_limit));
end
$$;

create or replace function prune_rest_of_accounts(p_keep interval, p_limit integer) returns integer
language plpgsql volatile as
$$
declare
    v_account record;
    v_at timestamptz := clock_timestamp();
    v_count integer := 0;
    v_n integer;
begin
    for v_account in select a.name, a.keep_jobs from account a where a.keep_jobs < p_keep order by a.name loop
        v_count := greatest(v_count, prune_orders(v_account.name, v_account.keep_jobs, p_limit));
        delete from pin x where (x.account, x.pin_id) in (
            select p.account, p.pin_id from pin p
             where p.account = v_account.name
               and (p.expires_at < v_at - v_account.keep_jobs
                    or (p.expires_at = 'infinity' and p.sealed is null and p.guess_mac is null
                        and p.minted_at < v_at - v_account.keep_jobs))
             limit p_limit);
        get diagnostics v_n = row_count;
        v_count := greatest(v_count, v_n);
        delete from report_dead where id in (
            select r.id from report_dead r
             where r.account = v_account.name and r.died_at < v_at - v_account.keep_jobs limit p_limit);
        get diagnostics v_n = row_count;
        v_count := greatest(v_count, v_n);
    end loop;
    return v_count;
end
$$;

create or replace function prune_api(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_most integer := greatest(prune_orders(null, p_keep, p_limit), prune_rest_of_accounts(p_keep, p_limit));
    v_n integer;
begin
    delete from pin x where (x.account, x.pin_id) in (
        select p.account, p.pin_id from pin p
         where p.sealed is null and p.guess_mac is null and p.expires_at = 'infinity'
           and p.minted_at < clock_timestamp() - p_keep limit p_limit);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    delete from rate_count x where (x.account, x.scope) in (
        select c.account, c.scope from rate_count c where c.idle_day < current_date
         limit p_limit for update skip locked);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    delete from guess_failures x where (x.account, x.msisdn) in (
        select f.account, f.msisdn from guess_failures f where f.idle_day < current_date
         limit p_limit for update skip locked);
    get diagnostics v_n = row_count;
    v_most := greatest(v_most, v_n);
    return v_most;
end
$$;

do
$$
begin
    perform expose('backlog', 'worker', 'callback', 'reader');
    perform expose('prune', 'callback');
    perform expose(f, 'worker') from unnest(array['record', 'take_waiting', 'take_homeless']) f;
    revoke all on function claim_pins(claim_row[], claim_extra[]) from public;
    revoke all on function why_no_more(job) from public;
end
$$;
