# What scripts/bench --scale does in place of saturation and open loop: one worker, then four, each with few places
# ($BENCH_WINDOW) at either of two carriers that take 500 ms to answer, so that places are what is short, and not cores; to be sourced.

# measure_scale DIR BIN CONNINFO BENCH_ARGUMENT...: callback and first worker run, and their ports are in BENCH_*.
measure_scale() {
    local dir=$1 bin=$2 conninfo=$3 one four i port
    shift 3
    curl -fsS -m 10 -X POST -d '{"channel":"sms","action":"slow","delay_ms":500}' "$BENCH_SIM/admin/rules" >/dev/null ||
        die "the simulator took no rule"
    log "one worker"
    one=$(steady_rate "$dir" "$bin" 3000 "$@")
    for i in 2 3 4; do
        port=$(free_port)
        BENCH_WORKER_METRICS_PORT=$port BENCH_POSTGRES=${conninfo/user=postgres/user=pinwire_worker} \
            write_bench_config "$dir/worker$i.toml"
        start_program "$dir" "worker$i" "$bin/pinwire-worker" --config "$dir/worker$i.toml" --instance "$i"
        wait_until_ready "$dir" "worker$i" "127.0.0.1:$port" 30
    done
    log "four workers"
    four=$(steady_rate "$dir" "$bin" 12000 "$@")
    echo "Jobs a second at carriers that take 500 ms to answer, $BENCH_WINDOW places at each of two for a worker"
    awk -v one="$one" -v four="$four" -v places="$((2 * BENCH_WINDOW))" 'BEGIN {
        printf "  one worker   %7.1f   (%d places in 0.5 s: %.1f at most)\n", one, places, places / 0.5
        printf "  four workers %7.1f   %.2f times one\n", four, four / one }'
}

# steady_rate DIR BIN JOBS BENCH_ARGUMENT...: jobs a second without ramp and tail.
steady_rate() {
    local dir=$1 bin=$2 jobs=$3
    shift 3
    "$bin/pinwire-bench" "$@" --requests 0 --jobs "$jobs" --seconds 0 --json "$dir/scale.json" >"$dir/logs/scale.log" 2>&1 || {
        show_tail "$dir/logs/scale.log"
        die "not every job came out"
    }
    jq -e .saturation.steady_jobs_per_second "$dir/scale.json"
}
