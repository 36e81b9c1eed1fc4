# What scripts/bench --reports does in place of the pipeline: the callback alone, with the bounds that it has when
# nobody sets any, but for connections of one address; to be sourced.

# write_reports_config FILE: from what is common (bench_config.sh), BENCH_RECEIVE_PORT and BENCH_CALLBACK_*PORT.
write_reports_config() {
    write_common_config "$1" "$BENCH_RECEIVE_PORT"
    cat >>"$1" <<TOML
# Nothing is sent: its delivery reports are all that is heard of it.
[carriers.infobip]
kind = "infobip"
base_url = "http://127.0.0.1:9"
password_file = "$BENCH_SECRETS/carrier"

[routes.sms]
carrier = "infobip"

[callback]
listen = "127.0.0.1:$BENCH_CALLBACK_PORT"
public_url = "http://127.0.0.1:$BENCH_CALLBACK_PORT"
metrics_listen = "127.0.0.1:$BENCH_CALLBACK_METRICS_PORT"
connections_max = 12000
connections_per_address = 12000
idle_timeout = "5m"
drain = "5s"

[log]
level = "warn"
TOML
}

# measure_reports DIR BIN KAFKA_KIND BROKER_PID CONNINFO [OPTION...]: starts the callback and measures; what it ended with.
measure_reports() {
    local dir=$1 bin=$2 kind=$3 broker=$4 conninfo=$5 bench code=0
    shift 5
    # 10,000 connections at both ends
    ulimit -n "$(ulimit -Hn)"
    BENCH_RECEIVE_PORT=$(free_port)
    BENCH_POSTGRES=${conninfo/user=postgres/user=pinwire_callback} write_reports_config "$dir/callback.toml"
    log "starting the callback"
    start_program "$dir" callback "$bin/pinwire-callback" --config "$dir/callback.toml"
    wait_until_ready "$dir" callback "127.0.0.1:$BENCH_CALLBACK_METRICS_PORT" 30
    # In the background, so that Ctrl-C reaches this shell at once.
    "$bin/pinwire-bench-reports" --conninfo "$conninfo" --ring-file "$BENCH_SECRETS/keyring" --kafka-kind "$kind" \
        --listen-port "$BENCH_CALLBACK_PORT" --receive-port "$BENCH_RECEIVE_PORT" --process "broker=$broker" \
        --process "callback=$(program_pid "$dir" callback)" \
        --postmaster "$(head -n 1 "$dir/pg/data/postmaster.pid")" "$@" &
    bench=$!
    process_mark "$bench" >"$dir/pids/bench" || true
    wait "$bench" || code=$?
    return "$code"
}
