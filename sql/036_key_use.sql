-- `pinwire keys rotate --drop` counts from the last process that sealed with a key. A process's row is pruned a week after
-- its last heartbeat, and Kafka may keep longer what it sealed: what its row said of that stays, one row a key. Replaces no
-- function.

create table ring_key_use (
    kid          text primary key,
    sealed_until timestamptz not null     -- the last heartbeat of a process that had it as the first of its keys
);
grant select on ring_key_use to pinwire_reader;

create function remember_key_use() returns trigger language plpgsql set search_path = pinwire, pg_temp as
$$
begin
    insert into ring_key_use (kid, sealed_until) values (old.keys[1], old.beat_at)
    on conflict (kid) do update set sealed_until = greatest(ring_key_use.sealed_until, excluded.sealed_until);
    return null;
end
$$;
revoke all on function remember_key_use() from public;

create trigger process_forgotten after delete on process
   for each row when (old.keys[1] is not null) execute function remember_key_use();
