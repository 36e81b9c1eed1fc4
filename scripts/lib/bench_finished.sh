# What scripts/bench --finished N does in place of saturation and open loop: the sustained rate with next to nothing in the
# tables, then with N finished jobs in them; to be sourced, behind bench_scale.sh.

# measure_finished DIR BIN CONNINFO JOBS FINISHED BENCH_ARGUMENT...: callback and worker run.
measure_finished() {
    local dir=$1 bin=$2 conninfo=$3 jobs=$4 finished=$5 empty full there times
    local originals=$((2 * jobs))
    shift 5
    times=$((originals > 0 ? finished / originals : 0))
    ((times > 1 && times < 4096)) ||
        die "--finished wants 2 to 4095 times the jobs that are finished before, twice --jobs"
    log "the broker gets warm"
    steady_rate "$dir" "$bin" "$jobs" "$@" >/dev/null
    log "$jobs jobs, no others in the tables but the $jobs before"
    empty=$(steady_rate "$dir" "$bin" "$jobs" "$@")
    log "making $originals finished jobs $finished"
    multiply_finished "$dir" "$conninfo" "$times"
    there=$(PGOPTIONS="-c search_path=pinwire" psql "$conninfo" -XAtq -c "select count(*) from job where final_at is not null")
    log "$jobs jobs while the system caches what is asked for: as yet it has what was written last"
    steady_rate "$dir" "$bin" "$jobs" "$@" >"$dir/cold"
    log "$jobs jobs beside them"
    full=$(steady_rate "$dir" "$bin" "$jobs" "$@")
    echo "Jobs a second, $jobs in each run"
    awk -v empty="$empty" -v full="$full" -v there="$there" 'BEGIN {
        printf "  nothing else in the tables     %7.1f\n", empty
        printf "  %10d finished jobs        %7.1f   %.2f times that\n", there, full, full / empty }'
    printf '  straight after they were made  %7.1f\n' "$(<"$dir/cold")"
}

# multiply_finished DIR CONNINFO TIMES: each row of each finished job gets so many copies in all, with ids and numbers of
# their own beside the original's in every index. Their PINs are wiped, as they would be by then.
multiply_finished() {
    local dir=$1 conninfo=$2 times=$3 table
    local -a ordered=(job:id attempt:id carrier_ref:carrier_message_id pin:pin_id dlr_history:intake_at)
    for table in "${ordered[@]}"; do
        PGOPTIONS="-c search_path=pinwire -c session_replication_role=replica -c statement_timeout=0" psql "$conninfo" -XAtq \
            -v ON_ERROR_STOP=1 -v table="${table%%:*}" -v ordered="${table#*:}" -v times="$times" >"$dir/logs/multiply.log" 2>&1 <<'SQL' || {
-- Ids begin with the time, which gets another first byte, so that no copy is an original; the copy's number goes behind it.
create function pg_temp.copied(name text) returns text language sql as $$
select case
    when name in ('id', 'job', 'claim_id', 'attempt')
        then format('overlay(overlay(s.%I::text placing ''00'' from 1) placing lpad(to_hex(k), 3, ''0'') from 16)::uuid', name)
    when name in ('job_id', 'pin_id', 'carrier_message_id') then format('s.%I || ''-'' || k', name)
    when name = 'msisdn' then 'left(s.msisdn, 2) || lpad(k::text, 4, ''0'') || right(s.msisdn, 6)'
    when name in ('sealed', 'guess_mac', 'guess_kid') then 'null'
    when name = 'expires_at' then 's.expires_at - interval ''1 h'''
    else format('s.%I', name)
end $$;
select format(
    'insert into %1$I (%2$s) select %3$s from (select * from %1$I order by %4$I) s, generate_series(1, %5$s) k',
    :'table', string_agg(quote_ident(attname), ', ' order by attnum),
    string_agg(pg_temp.copied(attname), ', ' order by attnum), :'ordered', :times - 1)
  from pg_attribute
 where attrelid = (:'table')::regclass and attnum > 0 and not attisdropped and attgenerated = ''
\gexec
vacuum (analyze) :"table";
SQL
            show_tail "$dir/logs/multiply.log"
            die "the finished jobs could not be made"
        }
    done
    psql "$conninfo" -XAtq -c checkpoint
}
