-- What readers of the code found: whose message a carrier's list shows, odd spellings of an endpoint, leases of what was let go,
-- marks of partitions that are gone, retention of many accounts.

-- Whether the carrier's own id is known as another attempt's: two attempts of one number may look alike in its list.
create function is_of_another(p_carrier text, p_id text, p_attempt uuid) returns boolean language plpgsql stable as
$$
begin
    return exists (select from carrier_ref k
                    where k.carrier = p_carrier and k.carrier_message_id = p_id and k.attempt <> p_attempt);
end
$$;

-- As before (024), but an IPv6 address in its one spelling, as common/core/url.hpp has it: an endpoint that was spelt
-- otherwise was never found switched off, dead or full, and its reports were taken again and again.
create function plain_host(p_host_and_port text) returns text language sql immutable parallel safe as
$$
    select case when left(p_host_and_port, 1) = '[' and p_host_and_port ~* '^\[[0-9a-f:.]+\]'
                then '[' || host(substring(p_host_and_port from '^\[([^]]+)')::inet) || substring(p_host_and_port from '\].*$')
                else lower(p_host_and_port) end
$$;
create or replace function url_origin(p_url text) returns text language sql immutable parallel safe as
$$
    select lower(split_part(p_url, '/', 1)) || '//' || plain_host(url_host_and_port(p_url))
           || case when strpos(url_host_and_port(p_url), ':') > 0 and right(url_host_and_port(p_url), 1) <> ']' then ''
                   when lower(left(p_url, 6)) = 'https:' then ':443' else ':80' end
$$;

-- As before (007), but only what is held still: a lease would put off what was just planned to be tried again, and tear
-- a batch in two.
create or replace function renew_leases(p_owner uuid, p_ids uuid[], p_lease interval) returns void
language plpgsql volatile as
$$
begin
    update report set lease_until = clock_timestamp() + p_lease
     where lease_owner = p_owner and lease_until is not null and id = any (p_ids);
    update report_retry set lease_until = clock_timestamp() + p_lease
     where lease_owner = p_owner and lease_until is not null and id = any (p_ids);
end
$$;

-- As before (005); besides, marks of partitions that the topic no longer has, which would keep silence from ever closing
-- a job. Not those of a moment ago: the caller may know less than others of a topic that grows.
create or replace function settled_partitions(p_count integer) returns void language plpgsql volatile as
$$
begin
    insert into settled (partition, until) select n, '-infinity' from generate_series(0, p_count - 1) n
    on conflict do nothing;
    delete from settled s
     where s.partition >= p_count and s.until > '-infinity' and s.until < clock_timestamp() - interval '15 minutes';
end
$$;

-- As before (010), but p_limit over all accounts: with many that keep less, one call outlasted its time and nothing was
-- ever deleted.
create or replace function prune_accounts(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_account record;
    v_before uuid;
    v_ids uuid[];
    v_jobs uuid[];
    v_count integer := 0;
begin
    for v_account in select a.name, a.keep_jobs, coalesce(m.below, '00000000-0000-0000-0000-000000000000') as below
                       from account a left join account_pruned m on m.account = a.name
                      where a.keep_jobs < p_keep order by a.name loop
        exit when v_count >= p_limit;
        v_before := first_id_at(clock_timestamp() - v_account.keep_jobs);
        select array_agg(s.id order by s.id) into v_ids from (
            select j.id from job j
             where j.id >= v_account.below and j.id < v_before and j.account = v_account.name
             order by j.id limit p_limit - v_count) s;
        select coalesce(array_agg(l.id), '{}') into v_jobs from (
            select j.id from job j where j.id = any (v_ids) and j.final_at is not null order by j.id for update) l;
        perform forget_jobs(v_jobs);
        insert into account_pruned as m (account, below)
        values (v_account.name,
                coalesce((select s.id from unnest(v_ids) s(id) where s.id <> all (v_jobs) order by s.id limit 1),
                         case when cardinality(v_ids) = p_limit - v_count then v_ids[p_limit - v_count]
                              else v_before end))
        on conflict (account) do update set below = excluded.below;
        v_count := v_count + cardinality(v_jobs);
    end loop;
    return v_count;
end
$$;

-- As before (038), p_limit over all accounts.
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
        exit when v_count >= p_limit;
        v_count := v_count + prune_orders(v_account.name, v_account.keep_jobs, p_limit - v_count);
        delete from pin x where (x.account, x.pin_id) in (
            select p.account, p.pin_id from pin p
             where p.account = v_account.name
               and (p.expires_at < v_at - v_account.keep_jobs
                    or (p.expires_at = 'infinity' and p.sealed is null and p.guess_mac is null
                        and p.minted_at < v_at - v_account.keep_jobs))
             limit p_limit - v_count);
        get diagnostics v_n = row_count;
        v_count := v_count + v_n;
        delete from report_dead where id in (
            select r.id from report_dead r
             where r.account = v_account.name and r.died_at < v_at - v_account.keep_jobs limit p_limit - v_count);
        get diagnostics v_n = row_count;
        v_count := v_count + v_n;
    end loop;
    return v_count;
end
$$;

do
$$
begin
    perform expose('is_of_another', 'worker');
    perform expose('renew_leases', 'callback');
    perform expose('settled_partitions', 'callback');
    grant execute on function plain_host(text) to pinwire_reader;
    revoke all on function is_of_another(text, text, uuid), plain_host(text), url_origin(text), prune_accounts(interval, integer),
                           prune_rest_of_accounts(interval, integer) from public;
end
$$;
