-- The PINs that newer ones took the place of are looked up one number at a time. Joined freely, the planner walked
-- every PIN of the table for each batch (its statistics were made while the table was small), and the claim
-- slowed down with the number of PINs.
create or replace function wipe_older_pins(p_accounts text[], p_pins text[]) returns void language plpgsql volatile as
$$
declare
    v_old record;
begin
    for v_old in
        select q.account, q.pin_id
          from unnest(p_accounts, p_pins) n(account, pin_id)
         -- offset 0: the parts stay apart, so that each is an index lookup by its own keys
         cross join lateral (
               select p.account, p.msisdn, p.requested_at, p.minted_at
                 from pin p
                where p.account = n.account and p.pin_id = n.pin_id
               offset 0) p
         cross join lateral (
               select o.account, o.pin_id
                 from pin o
                where o.by_number and o.account = p.account and o.msisdn = p.msisdn
                  and (o.requested_at, o.minted_at) < (p.requested_at, p.minted_at)
                  and (o.sealed is not null or o.guess_mac is not null)
               offset 0) q
         order by q.account, q.pin_id loop
        update pin q set sealed = null, guess_mac = null where q.account = v_old.account and q.pin_id = v_old.pin_id;
    end loop;
end
$$;
