-- A PIN that was promised is there, and what retention is to take it finds.

-- As before (038), but a job without a route has the PIN that came with it: its caller was given the PIN's id.
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
           -- withheld, without a route: the PIN exists, so that it can be sent again, by voice too
           and (r.reason in ('lookup_withheld', 'no_route') or (r.reason is null and r.attempt is not null))
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

-- Ids of a carrier that mean an attempt and aren't the one in its row: two answers, or a report that was quicker and bore
-- another. carrier_ref has no index by attempt, so retention never found those.
create table other_ref (
    attempt            uuid not null,
    carrier            text not null,
    carrier_message_id text not null,
    primary key (attempt, carrier, carrier_message_id)
);
grant select on other_ref to pinwire_reader;

delete from carrier_ref k where not exists (select from attempt a where a.id = k.attempt);
insert into other_ref (attempt, carrier, carrier_message_id)
select k.attempt, k.carrier, k.carrier_message_id
  from carrier_ref k join attempt a on a.id = k.attempt
 where a.carrier_message_id is distinct from k.carrier_message_id;

-- The attempts' rows are written by then. offset 0: each by its key, whatever the planner thinks of the table.
create function note_other_refs() returns trigger language plpgsql set search_path = pinwire, pg_temp as
$$
begin
    insert into other_ref (attempt, carrier, carrier_message_id)
    select f.attempt, f.carrier, f.carrier_message_id
      from fresh f
     cross join lateral (select a.carrier_message_id from attempt a where a.id = f.attempt offset 0) a
     where a.carrier_message_id is distinct from f.carrier_message_id
    on conflict do nothing;
    return null;
end
$$;
create trigger note_other_refs after insert on carrier_ref referencing new table as fresh
    for each statement execute function note_other_refs();

do
$$
begin
    revoke all on function claim_pins(claim_row[], claim_extra[]), note_other_refs() from public;
end
$$;
