-- Admission and guesses by the batch instead of row by row. What is decided stays as it was (009): rows that share
-- nothing that could run out are decided together, the others one after the other as before.
--
-- Rows that this transaction has locked are updated by ctid: such a plan can't be a bad one, whatever the planner
-- thought of a table that was empty when the session began.

-- Makes sure that these rows are there, and locks them by key. Both steps go in the order of the keys.
create or replace function lock_counts(p_accounts text[], p_scopes text[]) returns void language plpgsql volatile as
$$
declare
    v_wanted bigint;
    v_locked bigint;
begin
    select count(distinct (u.account, u.scope)) into v_wanted from unnest(p_accounts, p_scopes) u(account, scope);
    loop
        insert into rate_count (account, scope, idle_day)
        select distinct u.account, u.scope, current_date + 1 from unnest(p_accounts, p_scopes) u(account, scope)
         order by 1, 2
        on conflict do nothing;
        select count(*) into v_locked
          from (select distinct u.account, u.scope from unnest(p_accounts, p_scopes) u(account, scope) order by 1, 2) k
         cross join lateral (select 1 from rate_count c where c.account = k.account and c.scope = k.scope for update) l;
        exit when v_locked = v_wanted;      -- else one was forgotten meanwhile
    end loop;
end
$$;

-- Takes p_n places in each of these limits, which have them; p_most and p_within are the same for all.
create function take_places(p_counts tid[], p_most bigint, p_within interval, p_n integer, p_at timestamptz)
returns void language plpgsql volatile as
$$
begin
    update rate_count c
       set taken = case when p_most > 50 then '{}'
                        else array(select t from unnest(c.taken) t where t > p_at - p_within order by t)
                             || array_fill(p_at, array[p_n]) end,
           window_at = case when p_most <= 50 then null
                            when c.window_at + p_within > p_at then c.window_at else p_at end,
           n = case when p_most <= 50 then 0
                    when c.window_at + p_within > p_at then c.n + p_n else p_n end,
           idle_day = (p_at + p_within)::date + 1
     where c.ctid = any (p_counts);
end
$$;

-- Whether the limit has so many places.
create function has_places(c rate_count, p_most bigint, p_within interval, p_n bigint, p_at timestamptz)
returns boolean language sql immutable as
$$
    select case when p_most > 50 then p_n + case when c.window_at + p_within > p_at then c.n else 0 end
                else p_n + (select count(*) from unnest(c.taken) t where t > p_at - p_within) end <= p_most
$$;

-- Admission.

-- As before (009), at the batch's moment.
drop function admit_new(admit_row, integer);
create function admit_new(r admit_row, p_ord integer, p_at timestamptz) returns admitted_row
language plpgsql volatile as
$$
declare
    o api_order;
begin
    select * into o from api_order x
     where x.windowed and x.account = r.account and x.request_hash = r.request_hash
       and x.created_at > p_at - r.same_within
     order by x.created_at desc limit 1;
    if found then
        return (p_ord, 1, o.job_id, o.pin_id, null, null)::admitted_row;
    end if;
    insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, message, repeat, windowed,
                           scopes, price, created_at, settled_at, look_at)
    values (r.account, r.job_id, r.request_hash, r.pin_id, r.msisdn, coalesce(r.application, ''),
            coalesce(r.message, ''), r.repeat, true, r.scopes, r.price, p_at,
            case when r.price = 0 then p_at end, p_at + interval '1 second')
    on conflict (account, job_id) do nothing;
    if found then
        return (p_ord, 0, r.job_id, r.pin_id, null, null)::admitted_row;
    end if;
    select * into o from api_order x where x.account = r.account and x.job_id = r.job_id;
    return (p_ord, case when o.request_hash = r.request_hash then 1 else 2 end, o.job_id, o.pin_id, null,
            null)::admitted_row;
end
$$;

-- The same first look for all rows that only their key can make known: what this transaction wrote is new.
create function admit_keyed(p_rows admit_row[], p_at timestamptz) returns setof admitted_row
language plpgsql volatile as
$$
begin
    insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, message, repeat, windowed,
                           scopes, price, created_at, settled_at, look_at)
    select distinct on (r.account, r.job_id) r.account, r.job_id, r.request_hash, r.pin_id, r.msisdn,
           coalesce(r.application, ''), coalesce(r.message, ''), r.repeat, false, r.scopes, r.price, p_at,
           case when r.price = 0 then p_at end, p_at + interval '1 second'
      from unnest(p_rows) with ordinality r
     where r.same_within = interval '0'
     order by r.account, r.job_id, r.ordinality
    on conflict (account, job_id) do nothing;
    return query
        select r.ord::integer,
               case when r.nth = 1 and o.mine then 0 when o.request_hash = r.request_hash then 1 else 2 end::smallint,
               o.job_id, o.pin_id, null::text, null::bigint
          from (select x.account, x.job_id, x.request_hash, x.ordinality as ord,
                       row_number() over (partition by x.account, x.job_id order by x.ordinality) as nth
                  from unnest(p_rows) with ordinality x
                 where x.same_within = interval '0') r
         cross join lateral (select x.job_id, x.pin_id, x.request_hash, x.xmin = pg_current_xact_id()::xid as mine
                               from api_order x where x.account = r.account and x.job_id = r.job_id offset 0) o;
end
$$;

-- Takes places and credit for those of the new orders that can't run out of either, whatever becomes of the others in
-- the batch; who is left has to be looked at one by one. All locks are held.
create function admit_plenty(p_rows admit_row[], p_fresh boolean[], p_at timestamptz, p_left out bigint[])
language plpgsql volatile as
$$
declare
    v_scarce text[];
    v_poor text[];
    g record;
begin
    select array_agg(d.account || ' ' || d.scope) into v_scarce
      from (select r.account, s.scope, min(s.most) as most, max(s.most) as most_max, min(s.within_ms) as within_ms,
                   max(s.within_ms) as within_max, count(*) as n
              from unnest(p_rows) with ordinality r
             cross join lateral unnest(r.scopes, r.most, r.within_ms) s(scope, most, within_ms)
             where p_fresh[r.ordinality]
             group by r.account, s.scope) d
     cross join lateral (select c from rate_count c where c.account = d.account and c.scope = d.scope offset 0) l
     where d.most <> d.most_max or d.within_ms <> d.within_max
        or not has_places(l.c, d.most, d.within_ms * interval '1 millisecond', d.n, p_at);
    select array_agg(d.account) into v_poor
      from (select r.account, sum(r.price) as price from unnest(p_rows) with ordinality r
             where p_fresh[r.ordinality] and r.price > 0 group by 1) d
     where not exists (select 1 from account_credit c where c.account = d.account and c.micros >= d.price);
    select coalesce(array_agg(r.ordinality order by r.ordinality), '{}') into p_left
      from unnest(p_rows) with ordinality r
     where p_fresh[r.ordinality]
       and (exists (select 1 from unnest(r.scopes) s where r.account || ' ' || s = any (v_scarce))
            or (r.price > 0 and r.account = any (v_poor)));
    for g in select array_agg(l.ctid) as counts, d.most, d.within_ms, d.n
               from (select r.account, s.scope, s.most, s.within_ms, count(*)::integer as n
                       from unnest(p_rows) with ordinality r
                      cross join lateral unnest(r.scopes, r.most, r.within_ms) s(scope, most, within_ms)
                      where p_fresh[r.ordinality] and r.ordinality <> all (p_left)
                      group by 1, 2, 3, 4) d
              cross join lateral (select c.ctid from rate_count c
                                   where c.account = d.account and c.scope = d.scope offset 0) l
              group by d.most, d.within_ms, d.n loop
        perform take_places(g.counts, g.most, g.within_ms * interval '1 millisecond', g.n, p_at);
    end loop;
    for g in select r.account as name, sum(r.price) as price from unnest(p_rows) with ordinality r
              where p_fresh[r.ordinality] and r.price > 0 and r.ordinality <> all (p_left) group by 1 loop
        update account_credit x set micros = x.micros - g.price where x.account = g.name;
    end loop;
end
$$;

-- As before (009); only who may be refused is counted one by one.
create or replace function admit(p_rows admit_row[]) returns setof admitted_row language plpgsql volatile as
$$
declare
    v_at timestamptz;
    v_out admitted_row[];
    v_fresh boolean[];
    v_ord integer;
    v_one admitted_row;
    v_shared boolean;       -- some row is the same request as another
begin
    perform pg_advisory_xact_lock(k.key)
       from (select distinct hashtextextended(r.account || ' ' || encode(r.request_hash, 'hex'), 9) as key
               from unnest(p_rows) r where r.same_within > interval '0' order by 1) k;
    v_at := clock_timestamp();
    v_out := array(select k.one from (
                       select (a.ord, a.what, a.job_id, a.pin_id, a.scope, a.retry_ms)::admitted_row as one, a.ord
                         from admit_keyed(p_rows, v_at) a
                       union all
                       select null::admitted_row, r.ordinality from unnest(p_rows) with ordinality r
                        where r.same_within > interval '0') k
                    order by k.ord);
    for v_ord in select r.ordinality from unnest(p_rows) with ordinality r where r.same_within > interval '0'
                  order by r.account, r.job_id, r.ordinality loop
        v_out[v_ord] := admit_new(p_rows[v_ord], v_ord, v_at);
    end loop;
    select array_agg(o.what = 0 order by o.ord), coalesce(bool_or(o.what = 1), false)
      into v_fresh, v_shared from unnest(v_out) o;
    perform lock_counts(array_agg(r.account), array_agg(s))
       from unnest(p_rows) with ordinality r, unnest(r.scopes) s where v_fresh[r.ordinality]
     having count(*) > 0;
    perform 1 from account_credit c
      where c.account in (select r.account from unnest(p_rows) with ordinality r
                           where v_fresh[r.ordinality] and r.price > 0)
      order by c.account for update;
    foreach v_ord in array admit_plenty(p_rows, v_fresh, v_at) loop
        v_one := admit_counted(p_rows[v_ord], v_ord);
        v_out[v_ord] := v_one;
        if v_one.what <> 0 and v_shared then
            -- who was told the same request is known shares its refusal
            v_out := array(select case when o.what = 1 and o.job_id = v_one.job_id
                                            and (p_rows[o.ord]).account = (p_rows[v_ord]).account
                                       then (o.ord, v_one.what, v_one.job_id, v_one.pin_id, v_one.scope,
                                             v_one.retry_ms)::admitted_row else o end
                             from unnest(v_out) o order by o.ord);
        end if;
    end loop;
    return query select * from unnest(v_out);
end
$$;

-- Guesses.

-- As before (009), a table at a time. p_there: which row's PIN is there.
drop function lock_guesses(guess_row[]);
create function lock_guesses(p_rows guess_row[], p_there out boolean[]) language plpgsql volatile as
$$
declare
    k record;
    v_ord integer;
begin
    p_there := array_fill(false, array[cardinality(p_rows)]);
    for v_ord in select unnest(d.ords)
                   from (select r.account, r.pin_id, array_agg(r.ordinality) as ords
                           from unnest(p_rows) with ordinality r group by 1, 2 order by 1, 2) d
                  cross join lateral (select 1 from pin p
                                       where p.account = d.account and p.pin_id = d.pin_id for update) l loop
        p_there[v_ord] := true;
    end loop;
    perform lock_counts(array_agg(r.account), array_agg(r.scope)) from unnest(p_rows) r where r.most > 0
     having count(*) > 0;
    for k in select distinct r.account, r.msisdn from unnest(p_rows) r where r.across_pins order by 1, 2 loop
        loop
            perform 1 from guess_failures f where f.account = k.account and f.msisdn = k.msisdn for update;
            exit when found;
            insert into guess_failures (account, msisdn, idle_day) values (k.account, k.msisdn, current_date + 2)
            on conflict do nothing;
        end loop;
    end loop;
end
$$;

-- Which rows share no PIN and no limit with another: they can be judged together. The strict profile's never are.
create function guesses_alone(p_rows guess_row[]) returns boolean[] language plpgsql immutable as
$$
begin
    return array(
        select s.on_pin = 1 and not s.across_pins and (coalesce(s.most, 0) <= 0 or s.on_scope = 1) from (
            select r.ordinality as ord, r.across_pins, r.most,
                   count(*) over (partition by r.account, r.pin_id) as on_pin,
                   count(*) filter (where r.most > 0) over (partition by r.account, r.scope) as on_scope
              from unnest(p_rows) with ordinality r) s
         order by s.ord);
end
$$;

-- These rows' guesses, all at once; see guess_one (009) for one.
create function guess_together(p_rows guess_row[], p_alone boolean[], p_there boolean[]) returns setof guessed_row
language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    v_out guessed_row[];
    v_right tid[];
    v_wrong tid[];
    v_counted boolean[] := array_fill(false, array[cardinality(p_rows)]);      -- compared, and counts in a limit
    v_ord integer;
    g record;
begin
    with j as (
        select r.*, p.ctid as place, p.pin_id is not null as there, p.expires_at, p.cancelled_at, p.guess_mac,
               p.msisdn as number, p.verified_at, p.single_use, p.max_tries, p.tries_left, p.requested_at, p.minted_at,
               r.ordinality::integer as ord
          from unnest(p_rows) with ordinality r
          left join lateral (select x.ctid, x.* from pin x
                              where x.account = r.account and x.pin_id = r.pin_id offset 0) p
                 on p_there[r.ordinality]
         where p_alone[r.ordinality]
    ), w as materialized (          -- looked at once
        select j.*,
               case when not j.there then 4
                    when j.by_number and exists (
                        select 1 from pin q
                         where q.by_number and q.account = j.account and q.msisdn = j.number
                           and (q.requested_at, q.minted_at) > (j.requested_at, j.minted_at)) then 5
                    when j.expires_at <= v_at then 2
                    when j.cancelled_at is not null or j.guess_mac is null
                         or (j.verified_at is not null and j.single_use)
                         or (j.max_tries > 0 and j.tries_left <= 0) then 3 end as no,
               case when j.there and j.most > 0 then (
                        select wait_for_place(c, j.most, j.within_ms * interval '1 millisecond', v_at)
                          from rate_count c where c.account = j.account and c.scope = j.scope) end as wait
          from j
    ), d as (
        select w.*, coalesce(w.no, case when w.wait is not null then 6 when w.mac = w.guess_mac then 0
                                        else 1 end) as what
          from w
    )
    select array_agg((d.ord, d.what, d.what = 0 and d.verified_at is not null,
                      d.what = 3 and d.verified_at is not null and d.single_use,
                      case when d.there and d.max_tries > 0 then d.tries_left - (d.what = 1)::integer end,
                      case when d.what = 6 then ceil(extract(epoch from d.wait) * 1000) end)::guessed_row),
           array_agg(d.place) filter (where d.what = 0 and d.verified_at is null),
           array_agg(d.place) filter (where d.what = 1 and d.max_tries > 0)
      into v_out, v_right, v_wrong from d;
    if v_right is not null then
        update pin x
           set verified_at = v_at, sealed = case when not x.single_use then x.sealed end,
               guess_mac = case when not x.single_use then x.guess_mac end
         where x.ctid = any (v_right);
    end if;
    if v_wrong is not null then
        update pin x
           set tries_left = x.tries_left - 1, sealed = case when x.tries_left > 1 then x.sealed end,
               guess_mac = case when x.tries_left > 1 then x.guess_mac end
         where x.ctid = any (v_wrong);
    end if;
    for v_ord in select o.ord from unnest(v_out) o where o.what in (0, 1) loop
        v_counted[v_ord] := true;
    end loop;
    for g in select array_agg(l.ctid) as counts, r.most, r.within_ms
               from unnest(p_rows) with ordinality r
              cross join lateral (select c.ctid from rate_count c
                                   where c.account = r.account and c.scope = r.scope offset 0) l
              where r.most > 0 and v_counted[r.ordinality]
              group by r.most, r.within_ms loop
        perform take_places(g.counts, g.most, g.within_ms * interval '1 millisecond', 1, v_at);
    end loop;
    return query select * from unnest(v_out);
end
$$;

-- One row out for each row in; several for one PIN count one after the other. A small batch has little to share the
-- cost of the larger statements with.
create or replace function guess(p_rows guess_row[]) returns setof guessed_row language plpgsql volatile as
$$
declare
    v_there boolean[] := lock_guesses(p_rows);
    v_alone boolean[];
begin
    if cardinality(p_rows) > 8 then
        v_alone := guesses_alone(p_rows);
        return query select * from guess_together(p_rows, v_alone, v_there);
    end if;
    for v_ord in 1 .. cardinality(p_rows) loop
        if v_alone[v_ord] is not true then
            return next guess_one(p_rows[v_ord], v_ord, v_there[v_ord]);
        end if;
    end loop;
end
$$;

-- Plans that are kept for a session are made when its tables may still be empty; and a join that reads a whole table is
-- never right here.
do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.prokind = 'f'
                         and p.proname in ('lock_counts', 'take_places', 'has_places', 'admit_new', 'admit_keyed',
                                           'admit_plenty', 'admit', 'lock_guesses', 'guesses_alone', 'guess_together',
                                           'guess') loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'api') from unnest(array['admit', 'guess', 'find_pins', 'finish_now']) f;
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace
                         and p.proname in ('admit', 'guess', 'find_pins') loop
        execute format('alter function %s set enable_seqscan = off', v_function.signature);
        execute format('alter function %s set plan_cache_mode = force_generic_plan', v_function.signature);
    end loop;
end
$$;
