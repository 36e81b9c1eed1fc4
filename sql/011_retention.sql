-- Retention of what the API brought: an account that keeps less than all others keeps its orders, PINs and dead reports
-- for less, too; a PIN that never expires goes once it is dead; and what a resend and verifyPinLimit need of an order
-- stays for as long as its PIN can be verified.

create index pin_dead_for_ever on pin (minted_at)
 where sealed is null and guess_mac is null and expires_at = 'infinity';

-- Orders older than p_keep; null: of all accounts. Without an application an order says nothing about its PIN that the
-- PIN itself doesn't.
create function prune_orders(p_account text, p_keep interval, p_limit integer) returns integer
language plpgsql volatile as
$$
declare
    v_at timestamptz := clock_timestamp();
    v_count integer;
begin
    delete from api_order x where (x.account, x.job_id) in (
        select o.account, o.job_id from api_order o
         where o.created_at < v_at - p_keep and o.settled_at is not null
           and (p_account is null or o.account = p_account)
           and not (o.application <> '' and exists (
                   select 1 from pin p
                    where p.account = o.account and p.pin_id = o.pin_id and p.expires_at > v_at
                      and p.guess_mac is not null))
         limit p_limit);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

create function prune_rest_of_accounts(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_account record;
    v_at timestamptz := clock_timestamp();
    v_count integer := 0;
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
        delete from report_dead where id in (
            select r.id from report_dead r
             where r.account = v_account.name and r.died_at < v_at - v_account.keep_jobs limit p_limit);
    end loop;
    return v_count;
end
$$;

-- Orders go after their jobs; limits and failures when they have been idle for a day.
create or replace function prune_api(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_orders integer := greatest(prune_orders(null, p_keep, p_limit), prune_rest_of_accounts(p_keep, p_limit));
begin
    delete from pin x where (x.account, x.pin_id) in (
        select p.account, p.pin_id from pin p
         where p.sealed is null and p.guess_mac is null and p.expires_at = 'infinity'
           and p.minted_at < clock_timestamp() - p_keep limit p_limit);
    delete from rate_count x where (x.account, x.scope) in (
        select c.account, c.scope from rate_count c where c.idle_day < current_date
         limit p_limit for update skip locked);
    delete from guess_failures x where (x.account, x.msisdn) in (
        select f.account, f.msisdn from guess_failures f where f.idle_day < current_date
         limit p_limit for update skip locked);
    return v_orders;
end
$$;

-- Nobody's to call but prune's.
revoke all on function prune_orders(text, interval, integer) from public;
revoke all on function prune_rest_of_accounts(interval, integer) from public;
