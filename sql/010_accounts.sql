-- Accounts, their keys and test numbers, Infobip's applications and templates, and who changed what. The CLI changes
-- accounts as the schema's owner; each change is one function that leaves an audit row. Services read all of it whenever
-- the version number has moved. Secrets come sealed (v1.KID.…), keys as digests: nothing here can be used as it stands.

create table account (
    name               text primary key check (name ~ '^[A-Za-z0-9_-]{1,40}$'),
    created_at         timestamptz not null default clock_timestamp(),
    changed_at         timestamptz not null default clock_timestamp(),
    suspended          boolean not null default false,
    webhook_secrets    text[] not null default '{}',    -- sealed; the first signs first
    allow_http         boolean not null default false,
    allow_cidrs        text[] not null default '{}',    -- inner addresses that report_url may resolve to
    ports              integer[] not null default '{}', -- empty: the default list
    time_zone          text not null default 'UTC',
    default_sender     text not null default '',
    senders            text[] not null default '{}',    -- empty: any
    text_360nrs        text not null default '',
    text_infobip       text not null default '',
    callers            text[] not null default '{}',    -- addresses that may call; empty: any
    allowed_prefixes   text[] not null default '{}',
    blocked_prefixes   text[] not null default '{}',
    per_number         text not null default '10/1h',   -- a rate limit; empty: none
    per_account        text not null default '',
    idempotency_window interval not null default '0',
    prepaid            boolean not null default false,
    strict             boolean not null default false,
    keep_jobs          interval check (keep_jobs >= interval '2 days')  -- null: postgres.keep_jobs
);

-- API keys. A key itself is shown once and kept nowhere.
create table account_key (
    digest     bytea primary key check (octet_length(digest) = 32),     -- SHA-256
    account    text not null,
    label      text not null default '',
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
create index account_key_of on account_key (account);

-- Numbers that nobody's phone has: their PIN and what becomes of it are fixed.
create table test_number (
    account    text not null,
    msisdn     text not null check (msisdn ~ '^[1-9][0-9]{6,14}$'),
    sealed_pin text not null,
    nc_status  smallint,                                -- null: reachable where a lookup is asked for
    dlr_status smallint not null,
    primary key (account, msisdn)
);

-- Grows with every change, in the order of the commits: its row is locked until then.
create table account_version (
    only_row boolean primary key default true check (only_row),
    number   bigint not null
) with (fillfactor = 20);
insert into account_version (number) values (1);

create function bump_account_version() returns trigger language plpgsql as
$$
begin
    update account_version set number = number + 1;
    return null;
end
$$;
create trigger account_changed after insert or update or delete or truncate on account
    for each statement execute function bump_account_version();
create trigger account_key_changed after insert or update or delete or truncate on account_key
    for each statement execute function bump_account_version();
create trigger test_number_changed after insert or update or delete or truncate on test_number
    for each statement execute function bump_account_version();

create table audit (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    who     text not null,
    what    text not null,                              -- "account set", "key revoke", …
    account text,
    before  jsonb,                                      -- without secrets
    after   jsonb
);
create index audit_by_time on audit (at);

-- Infobip's.
create table application (
    account                 text not null,
    id                      text not null,
    created_at              timestamptz not null default clock_timestamp(),
    name                    text not null,
    enabled                 boolean not null,
    pin_attempts            integer not null,
    allow_multiple          boolean not null,           -- verifications
    pin_time_to_live        interval not null,
    verify_most             bigint not null,            -- guesses of one number; 0: no bound
    verify_within           interval not null,
    send_most               bigint not null,            -- sends of the application
    send_within             interval not null,
    send_number_most        bigint not null,            -- sends to one number
    send_number_within      interval not null,
    primary key (account, id)
);

create table message_template (
    account     text not null,
    id          text not null,
    application text not null,
    created_at  timestamptz not null default clock_timestamp(),
    text        text not null,
    pin_type    smallint not null,
    pin_length  smallint not null,
    sender      text not null default '',
    language    text not null default '',
    repeat_dtmf text not null default '',
    speech_rate double precision,
    voice_name  text not null default '',
    regional    text not null default '',               -- JSON, echoed
    primary key (account, id)
);
create index message_template_of on message_template (account, application, created_at);

-- What was sent by attempts that were pruned since, for invoices.
create table usage_day (
    day      date not null,                             -- UTC
    account  text not null,
    route    text not null,
    channel  smallint not null,
    messages bigint not null,                           -- a carrier had them, or may have had
    parts    bigint not null,                           -- of SMS
    cost     bigint not null,                           -- micro-units
    primary key (day, account, route, channel)
);

-- Up to which job an account with a shorter retention was gone through.
create table account_pruned (
    account text primary key,
    below   uuid not null
);

-- `pinwire search` and `pinwire erase`.
create index job_by_number on job (msisdn, accepted_at);
create index pin_by_any_number on pin (msisdn);

-- What services read.
create function accounts_version() returns bigint language plpgsql stable as
$$ begin return (select number from account_version); end $$;

create function read_accounts() returns setof account language plpgsql stable as
$$ begin return query select * from account order by name; end $$;

create function read_account_keys() returns setof account_key language plpgsql stable as
$$ begin return query select * from account_key where revoked_at is null order by created_at; end $$;

create function read_test_numbers() returns setof test_number language plpgsql stable as
$$ begin return query select * from test_number order by account, msisdn; end $$;

-- Null: there is none of that name in the tables.
create function account_suspended(p_name text) returns boolean language plpgsql stable as
$$ begin return (select a.suspended from account a where a.name = p_name); end $$;

-- What the CLI changes. Composite values come as JSON with the columns' names; what isn't named stays as it was.
create function account_for_audit(p_account account) returns jsonb language sql immutable as
$$
    select to_jsonb(p_account) - 'webhook_secrets' - 'changed_at'
           || jsonb_build_object('webhook_secrets', cardinality((p_account).webhook_secrets))
$$;

-- For lists: everything but secrets; null: all of them.
create function account_facts(p_name text) returns setof jsonb language plpgsql stable as
$$
begin
    return query
        select account_for_audit(a)
               || jsonb_build_object(
                      'credit_micros', c.micros,
                      'live_keys', (select count(*) from account_key k
                                     where k.account = a.name and k.revoked_at is null
                                       and (k.expires_at is null or k.expires_at > clock_timestamp())),
                      'test_numbers', (select count(*) from test_number t where t.account = a.name))
          from account a left join account_credit c on c.account = a.name
         where p_name is null or a.name = p_name
         order by a.name;
end
$$;

-- Of one account, or of all; a key is named by the first digits of its digest.
create function list_account_keys(p_account text)
returns table (account text, key text, label text, created_at timestamptz, expires_at timestamptz,
               revoked_at timestamptz)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select k.account, left(encode(k.digest, 'hex'), 12), k.label, k.created_at, k.expires_at, k.revoked_at
          from account_key k where p_account is null or k.account = p_account order by k.account, k.created_at;
end
$$;

-- False: there is one already (p_create), or none (not p_create).
create function save_account(p_who text, p_what text, p_create boolean, p_account jsonb) returns boolean
language plpgsql volatile as
$$
declare
    v_name text := p_account ->> 'name';
    v_old account;
    v_new account;
begin
    if p_create then
        insert into account (name) values (v_name) on conflict do nothing;
        if not found then
            return false;
        end if;
    end if;
    select * into v_old from account where name = v_name for update;
    if not found then
        return false;
    end if;
    v_new := jsonb_populate_record(v_old, p_account || jsonb_build_object('changed_at', clock_timestamp()));
    update account a
       set changed_at = v_new.changed_at, suspended = v_new.suspended, webhook_secrets = v_new.webhook_secrets,
           allow_http = v_new.allow_http, allow_cidrs = v_new.allow_cidrs, ports = v_new.ports,
           time_zone = v_new.time_zone, default_sender = v_new.default_sender, senders = v_new.senders,
           text_360nrs = v_new.text_360nrs, text_infobip = v_new.text_infobip, callers = v_new.callers,
           allowed_prefixes = v_new.allowed_prefixes, blocked_prefixes = v_new.blocked_prefixes,
           per_number = v_new.per_number, per_account = v_new.per_account,
           idempotency_window = v_new.idempotency_window, prepaid = v_new.prepaid, strict = v_new."strict",
           keep_jobs = v_new.keep_jobs
     where a.name = v_name;
    insert into audit (who, what, account, before, after)
    values (p_who, p_what, v_name, case when not p_create then account_for_audit(v_old) end,
            account_for_audit(v_new));
    return true;
end
$$;

-- 0 done, 1 no such account, 2 two live ones already, 3 this key is known.
create function add_account_key(p_who text, p_account text, p_digest bytea, p_label text, p_expires_at timestamptz)
returns integer language plpgsql volatile as
$$
begin
    perform 1 from account where name = p_account for update;
    if not found then
        return 1;
    end if;
    if (select count(*) from account_key k
         where k.account = p_account and k.revoked_at is null
           and (k.expires_at is null or k.expires_at > clock_timestamp())) >= 2 then
        return 2;
    end if;
    insert into account_key (digest, account, label, expires_at)
    values (p_digest, p_account, p_label, p_expires_at) on conflict do nothing;
    if not found then
        return 3;
    end if;
    insert into audit (who, what, account, after)
    values (p_who, 'key add', p_account,
            jsonb_build_object('key', left(encode(p_digest, 'hex'), 12), 'label', p_label, 'expires_at', p_expires_at));
    return 0;
end
$$;

-- By the first digits of its digest, as lists show it. Returns how many were revoked.
create function revoke_account_key(p_who text, p_account text, p_key text) returns integer language plpgsql volatile as
$$
declare
    v_count integer;
begin
    perform 1 from account where name = p_account for update;
    update account_key k set revoked_at = clock_timestamp()
     where k.account = p_account and k.revoked_at is null and left(encode(k.digest, 'hex'), 12) = p_key;
    get diagnostics v_count = row_count;
    if v_count > 0 then
        insert into audit (who, what, account, before)
        values (p_who, 'key revoke', p_account, jsonb_build_object('key', p_key));
    end if;
    return v_count;
end
$$;

-- False: no such account.
create function save_test_number(p_who text, p_number jsonb) returns boolean language plpgsql volatile as
$$
declare
    v_new test_number := jsonb_populate_record(null::test_number, p_number);
begin
    perform 1 from account where name = v_new.account for update;
    if not found then
        return false;
    end if;
    delete from test_number t where t.account = v_new.account and t.msisdn = v_new.msisdn;
    insert into test_number select v_new.*;
    insert into audit (who, what, account, after)
    values (p_who, 'test number add', v_new.account, p_number - 'sealed_pin');
    return true;
end
$$;

create function remove_test_number(p_who text, p_account text, p_msisdn text) returns boolean
language plpgsql volatile as
$$
begin
    delete from test_number t where t.account = p_account and t.msisdn = p_msisdn;
    if not found then
        return false;
    end if;
    insert into audit (who, what, account, before)
    values (p_who, 'test number remove', p_account, jsonb_build_object('msisdn', p_msisdn));
    return true;
end
$$;

-- Adds to (or takes from) an account's prepaid credit; returns what it is then. Null: no such account in the tables.
create function add_credit(p_who text, p_account text, p_micros bigint) returns bigint language plpgsql volatile as
$$
declare
    v_after bigint;
begin
    perform 1 from account where name = p_account for update;
    if not found then
        return null;
    end if;
    insert into account_credit (account) values (p_account) on conflict do nothing;
    update account_credit c set micros = c.micros + p_micros where c.account = p_account
    returning c.micros into v_after;
    insert into audit (who, what, account, before, after)
    values (p_who, 'credit', p_account, jsonb_build_object('micros', v_after - p_micros),
            jsonb_build_object('micros', v_after));
    return v_after;
end
$$;

-- Applications and templates, for the API. Composite values come as JSON with the columns' names.
create function list_applications(p_account text) returns setof application language plpgsql stable as
$$ begin return query select * from application a where a.account = p_account order by a.created_at, a.id; end $$;

create function find_application(p_account text, p_id text) returns setof application language plpgsql stable as
$$ begin return query select * from application a where a.account = p_account and a.id = p_id; end $$;

-- False: the account has that many already. The lock makes two at once count each other.
create function create_application(p_application jsonb, p_most integer) returns boolean language plpgsql volatile as
$$
declare
    v_new application := jsonb_populate_record(null::application,
                                               p_application || jsonb_build_object('created_at', clock_timestamp()));
begin
    perform pg_advisory_xact_lock(hashtext('pinwire.application'), hashtext(v_new.account));
    if (select count(*) from application a where a.account = v_new.account) >= p_most then
        return false;
    end if;
    insert into application select v_new.*;
    return true;
end
$$;

create function update_application(p_application jsonb) returns boolean language plpgsql volatile as
$$
declare
    v_new application;
begin
    select * into v_new from application a
     where a.account = p_application ->> 'account' and a.id = p_application ->> 'id' for update;
    if not found then
        return false;
    end if;
    v_new := jsonb_populate_record(v_new, p_application);
    update application a
       set name = v_new.name, enabled = v_new.enabled, pin_attempts = v_new.pin_attempts,
           allow_multiple = v_new.allow_multiple, pin_time_to_live = v_new.pin_time_to_live,
           verify_most = v_new.verify_most, verify_within = v_new.verify_within, send_most = v_new.send_most,
           send_within = v_new.send_within, send_number_most = v_new.send_number_most,
           send_number_within = v_new.send_number_within
     where a.account = v_new.account and a.id = v_new.id;
    return true;
end
$$;

create function list_messages(p_account text, p_application text) returns setof message_template
language plpgsql stable as
$$
begin
    return query select * from message_template m
                  where m.account = p_account and m.application = p_application order by m.created_at, m.id;
end
$$;

create function find_message(p_account text, p_application text, p_id text) returns setof message_template
language plpgsql stable as
$$
begin
    return query select * from message_template m
                  where m.account = p_account and m.id = p_id and m.application = p_application;
end
$$;

-- False: no such application, or it has that many already.
create function create_message(p_message jsonb, p_most integer) returns boolean language plpgsql volatile as
$$
declare
    v_new message_template := jsonb_populate_record(null::message_template,
                                                    p_message || jsonb_build_object('created_at', clock_timestamp()));
begin
    perform 1 from application a where a.account = v_new.account and a.id = v_new.application for update;
    if not found or (select count(*) from message_template m
                      where m.account = v_new.account and m.application = v_new.application) >= p_most then
        return false;
    end if;
    insert into message_template select v_new.*;
    return true;
end
$$;

create function update_message(p_message jsonb) returns boolean language plpgsql volatile as
$$
declare
    v_new message_template;
begin
    select * into v_new from message_template m
     where m.account = p_message ->> 'account' and m.id = p_message ->> 'id'
       and m.application = p_message ->> 'application' for update;
    if not found then
        return false;
    end if;
    v_new := jsonb_populate_record(v_new, p_message);
    update message_template m
       set text = v_new.text, pin_type = v_new.pin_type, pin_length = v_new.pin_length, sender = v_new.sender,
           language = v_new.language, repeat_dtmf = v_new.repeat_dtmf, speech_rate = v_new.speech_rate,
           voice_name = v_new.voice_name, regional = v_new.regional
     where m.account = v_new.account and m.id = v_new.id;
    return true;
end
$$;

create or replace function verify_limit_of(p_account text, p_application text, out most bigint, out within_ms bigint)
language plpgsql stable as
$$
begin
    select a.verify_most, (extract(epoch from a.verify_within) * 1000)::bigint into most, within_ms
      from application a where a.account = p_account and a.id = p_application and a.verify_most > 0;
end
$$;

-- Invoices. What a carrier had, or may have had, by the day on which its attempt was made.
create function usage_of_attempts(p_attempts attempt[]) returns setof usage_day language sql stable as
$$
    select (a.created_at at time zone 'UTC')::date, j.account, a.route, j.channel, count(*), coalesce(sum(a.parts), 0),
           coalesce(sum(a.cost), 0)::bigint
      from unnest(p_attempts) a join job j on j.id = a.job
     where a.state = 4 or (a.state = 3 and j.final_at is not null)
     group by 1, 2, 3, 4
$$;

-- The first id of a moment: ids are time-ordered.
create function first_id_at(p_at timestamptz) returns uuid language sql stable as
$$ select rpad(lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0'), 32, '0')::uuid $$;

-- From p_from to the day before p_to; ids may have been made by a clock that is a day off.
create function usage(p_from date, p_to date)
returns table (day date, account text, route text, channel smallint, messages bigint, parts bigint, cost bigint)
language plpgsql stable as
$$
#variable_conflict use_column
begin
    return query
        select u.day, u.account, u.route, u.channel, sum(u.messages)::bigint, sum(u.parts)::bigint, sum(u.cost)::bigint
          from (select d.* from usage_day d where d.day >= p_from and d.day < p_to
                union all
                select (a.created_at at time zone 'UTC')::date, j.account, a.route, j.channel, 1, coalesce(a.parts, 0),
                       coalesce(a.cost, 0)
                  from attempt a join job j on j.id = a.job
                 where a.id >= first_id_at((p_from - 1)::timestamp at time zone 'UTC')
                   and a.id < first_id_at((p_to + 1)::timestamp at time zone 'UTC')
                   and a.created_at >= p_from::timestamp at time zone 'UTC'
                   and a.created_at < p_to::timestamp at time zone 'UTC'
                   and (a.state = 4 or (a.state = 3 and j.final_at is not null))) u
         group by 1, 2, 3, 4 order by 1, 2, 3, 4;
end
$$;

-- Retention. Finished jobs go, and what their attempts cost stays.
create function forget_jobs(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    insert into usage_day as d
    select u.* from usage_of_attempts((select array_agg(a) from attempt a where a.job = any (p_jobs))) u
     order by u.day, u.account, u.route, u.channel
    on conflict (day, account, route, channel) do update
       set messages = d.messages + excluded.messages, parts = d.parts + excluded.parts, cost = d.cost + excluded.cost;
    delete from carrier_ref k using attempt a
     where a.job = any (p_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    delete from attempt where job = any (p_jobs);
    delete from job where id = any (p_jobs);
end
$$;

-- Accounts that keep less than all others: each of their jobs is looked at once, from the mark on.
create function prune_accounts(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
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
        v_before := first_id_at(clock_timestamp() - v_account.keep_jobs);
        select array_agg(s.id order by s.id) into v_ids from (
            select j.id from job j
             where j.id >= v_account.below and j.id < v_before and j.account = v_account.name
             order by j.id limit p_limit) s;
        select coalesce(array_agg(l.id), '{}') into v_jobs from (
            select j.id from job j where j.id = any (v_ids) and j.final_at is not null order by j.id for update) l;
        perform forget_jobs(v_jobs);
        insert into account_pruned as m (account, below)
        values (v_account.name,
                coalesce((select s.id from unnest(v_ids) s(id) where s.id <> all (v_jobs) order by s.id limit 1),
                         case when cardinality(v_ids) = p_limit then v_ids[p_limit] else v_before end))
        on conflict (account) do update set below = excluded.below;
        v_count := greatest(v_count, cardinality(v_jobs));
    end loop;
    return v_count;
end
$$;

create or replace function prune(p_keep interval, p_limit integer) returns integer language plpgsql volatile as
$$
declare
    v_before uuid := first_id_at(clock_timestamp() - p_keep);
    v_jobs uuid[];
begin
    select coalesce(array_agg(l.id), '{}') into v_jobs from (
        select j.id from job j where j.id < v_before and j.final_at is not null order by j.id limit p_limit
           for update) l;
    perform forget_jobs(v_jobs);
    delete from pin where (account, pin_id) in (
        select p.account, p.pin_id from pin p
         where p.expires_at < clock_timestamp() - p_keep limit p_limit);
    delete from dlr_parked where id in (
        select p.id from dlr_parked p where p.intake_at < clock_timestamp() - p_keep limit p_limit);
    delete from report_dead where id in (
        select r.id from report_dead r where r.died_at < clock_timestamp() - p_keep limit p_limit);
    delete from process where beat_at < clock_timestamp() - interval '7 days';
    return greatest(cardinality(v_jobs), prune_accounts(p_keep, p_limit), prune_api(p_keep, p_limit));
end
$$;

-- Takes a person out of what is kept, by number; counts for invoices stay. What is under way is left alone: without
-- p_force nothing is done then, with it the rest is.
create function erase_number(p_who text, p_msisdn text, p_force boolean) returns jsonb language plpgsql volatile as
$$
declare
    v_jobs uuid[];
    v_open uuid[];
    v_ordered integer;
    v_reports integer;
    v_done jsonb;
    v_n integer;
    v_like text := '%' || p_msisdn || '%';
begin
    select coalesce(array_agg(l.id) filter (where l.final_at is not null), '{}'),
           coalesce(array_agg(l.id) filter (where l.final_at is null), '{}')
      into v_jobs, v_open
      from (select j.id, j.final_at from job j where j.msisdn = p_msisdn order by j.id for update) l;
    select count(*) into v_ordered from api_order o
     where o.msisdn = p_msisdn and o.created_at > clock_timestamp() - interval '1 hour'
       and not exists (select 1 from job j where j.account = o.account and j.job_id = o.job_id);
    select (select count(*) from report r where r.job = any (v_jobs))
         + (select count(*) from report_retry r where r.job = any (v_jobs)) into v_reports;
    v_done := jsonb_build_object('jobs_under_way', cardinality(v_open), 'orders_under_way', v_ordered,
                                 'reports_waiting', v_reports);
    if not p_force and cardinality(v_open) + v_ordered + v_reports > 0 then
        return v_done || jsonb_build_object('done', false);
    end if;
    v_done := v_done || jsonb_build_object('done', true, 'jobs', cardinality(v_jobs));

    delete from pin p where p.msisdn = p_msisdn
       and not exists (select 1 from job j where j.id = any (v_open) and j.account = p.account and j.pin_id = p.pin_id);
    get diagnostics v_n = row_count;
    v_done := v_done || jsonb_build_object('pins', v_n);
    update api_order o set msisdn = 'erased', repeat = null, request_hash = decode(repeat('00', 32), 'hex')
     where o.msisdn = p_msisdn
       and not exists (select 1 from job j where j.id = any (v_open) and j.account = o.account and j.job_id = o.job_id)
       and (o.created_at <= clock_timestamp() - interval '1 hour'
            or exists (select 1 from job j where j.account = o.account and j.job_id = o.job_id));
    get diagnostics v_n = row_count;
    v_done := v_done || jsonb_build_object('orders', v_n);
    delete from rate_count c where c.scope like '%:' || p_msisdn;
    delete from guess_failures f where f.msisdn = p_msisdn;

    with a as (delete from report r where r.job = any (v_jobs) returning 1),
         b as (delete from report_retry r where r.job = any (v_jobs) returning 1),
         c as (delete from report_dead r where r.job = any (v_jobs) returning 1)
    select (select count(*) from a) + (select count(*) from b) + (select count(*) from c) into v_n;
    v_done := v_done || jsonb_build_object('reports', v_n);
    update report_try t set answer = null where t.job = any (v_jobs) and t.answer is not null;
    with a as (delete from dlr_history h
                where h.attempt in (select x.id from attempt x where x.job = any (v_jobs)) or h.raw like v_like
               returning 1),
         b as (delete from dlr_parked d where d.entry like v_like returning 1)
    select (select count(*) from a) + (select count(*) from b) into v_n;
    v_done := v_done || jsonb_build_object('delivery_reports', v_n);
    delete from carrier_ref k using attempt a
     where a.job = any (v_jobs) and k.carrier = a.carrier and k.carrier_message_id = a.carrier_message_id
       and k.attempt = a.id;
    update attempt a set carrier_message_id = null, error = null, dlr_error = null where a.job = any (v_jobs);
    update job j set msisdn = 'erased', spec = '{}', report_url = null, reference = null, sender = null,
                     content_hash = decode(repeat('00', 32), 'hex')
     where j.id = any (v_jobs);
    insert into audit (who, what, after)
    values (p_who, 'erase', v_done || jsonb_build_object('number', left(p_msisdn, 4) || '…' || right(p_msisdn, 2)));
    return v_done;
end
$$;

-- Who may call what; what isn't named here is the owner's alone.
do
$$
declare
    v_function record;
begin
    for v_function in select p.oid::regprocedure as signature from pg_proc p
                       where p.pronamespace = 'pinwire'::regnamespace and p.prokind = 'f' loop
        execute format('revoke all on function %s from public', v_function.signature);
    end loop;
    perform expose(f, 'worker', 'callback', 'api') from unnest(array['accounts_version', 'read_accounts']) f;
    perform expose('account_suspended', 'worker', 'callback', 'api', 'reader');
    perform expose(f, 'api')
       from unnest(array['read_account_keys', 'read_test_numbers', 'list_applications', 'find_application',
                         'create_application', 'update_application', 'list_messages', 'find_message',
                         'create_message', 'update_message']) f;
    perform expose('prune', 'callback');
    perform expose(f, 'reader')
       from unnest(array['usage', 'account_facts', 'list_account_keys', 'list_applications', 'find_application',
                         'list_messages', 'find_message']) f;
end
$$;

grant select on account_version, audit, application, message_template, usage_day to pinwire_reader;
grant select (account, label, created_at, expires_at, revoked_at) on account_key to pinwire_reader;
grant select (account, msisdn, nc_status, dlr_status) on test_number to pinwire_reader;
grant select (name, created_at, changed_at, suspended, allow_http, allow_cidrs, ports, time_zone, default_sender,
              senders, text_360nrs, text_infobip, callers, allowed_prefixes, blocked_prefixes, per_number, per_account,
              idempotency_window, prepaid, strict, keep_jobs) on account to pinwire_reader;
