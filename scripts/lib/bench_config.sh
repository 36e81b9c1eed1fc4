# The benchmark's pinwire.toml; to be sourced. Bounds are set so that none of them is what is measured.

# write_common_config FILE PORT: what each measurement's begins with; customers are on loopback, at that port. From
# BENCH_SECRETS, BENCH_KAFKA, BENCH_KAFKA_EMBEDDED (true or false) and BENCH_POSTGRES (conninfo).
write_common_config() {
    cat >"$1" <<TOML
# Written by scripts/bench for one run.
[kafka]
bootstrap_servers = "$BENCH_KAFKA"
embedded = $BENCH_KAFKA_EMBEDDED

[kafka.topics]
replication = 1

[postgres]
conninfo = "$BENCH_POSTGRES"

[keys]
ring_file = "$BENCH_SECRETS/keyring"

[accounts.bench]
webhook_secret_files = ["$BENCH_SECRETS/webhook"]
allow_http = true
allow_cidrs = ["127.0.0.0/8"]
ports = [$2]
default_sender = "Pinwire"

TOML
}

# write_bench_config FILE: from what is common, BENCH_SIM (http://HOST:PORT, the customer's endpoint as well),
# BENCH_STATE, BENCH_WINDOW (places at a carrier) and the ports BENCH_*_PORT; BENCH_TROUBLE (empty: none), with dns and certificate BENCH_FRONT (a folder)
# and its ports.
write_bench_config() {
    write_common_config "$1" "${BENCH_SIM##*:}"
    cat >>"$1" <<TOML
[providers.lookup]
kind = "infobip"
base_url = "$BENCH_SIM/infobip"
api_key_file = "$BENCH_SECRETS/carrier"
max_in_flight = 256

TOML
    if [[ -z ${BENCH_TROUBLE:-} ]]; then
        write_bench_ways >>"$1"
    else
        write_trouble_ways >>"$1"
    fi
    cat >>"$1" <<TOML

[worker]
state_dir = "$BENCH_STATE"
metrics_listen = "127.0.0.1:$BENCH_WORKER_METRICS_PORT"
drain = "5s"
$(trouble_timing)

[callback]
listen = "127.0.0.1:$BENCH_CALLBACK_PORT"
public_url = "http://127.0.0.1:$BENCH_CALLBACK_PORT"
metrics_listen = "127.0.0.1:$BENCH_CALLBACK_METRICS_PORT"
connections_per_address = 2000
drain = "5s"

# One customer gets everything here, which no endpoint does in earnest.
[callback.reports]
slots = 512
per_endpoint = 64
queue_per_endpoint = 100000

[api]
listen = "127.0.0.1:$BENCH_API_PORT"
metrics_listen = "127.0.0.1:$BENCH_API_METRICS_PORT"
drain = "5s"

[log]
level = "warn"
TOML
}

write_bench_ways() {
    cat <<TOML
[carriers.infobip]
kind = "infobip"
base_url = "$BENCH_SIM/infobip"
password_file = "$BENCH_SECRETS/carrier"
max_connections = 512

[carriers.nrs]
kind = "360nrs"
base_url = "$BENCH_SIM/360nrs"
password_file = "$BENCH_SECRETS/carrier"
max_connections = 512

# The same priority and weight: half the jobs each.
[routes.sms_infobip]
carrier = "infobip"
tps = 100000
burst = 100000
window = $BENCH_WINDOW
queue_max = 100000

[routes.sms_nrs]
carrier = "nrs"
tps = 100000
burst = 100000
window = $BENCH_WINDOW
queue_max = 100000
TOML
}

# write_trouble_ways: the sick carrier's jobs are 34, which have another way, and 39, which have none; 44 and 49 are the
# others'. What is in doubt, and what waits for it, ends soon after it is well, so that a round can end.
write_trouble_ways() {
    local sick=$BENCH_SIM/sick/infobip
    [[ -z ${BENCH_FRONT:-} ]] || sick=https://sms.carrier.test:$BENCH_FRONT_PORT/sick/infobip
    cat <<TOML
[carriers.sick]
kind = "infobip"
base_url = "$sick"
password_file = "$BENCH_SECRETS/carrier"
max_connections = 512
idempotency_window = "1m"
TOML
    [[ -z ${BENCH_FRONT:-} ]] || echo "ca_file = \"$BENCH_FRONT/right.crt\""
    bench_carrier nrs 360nrs
    bench_carrier kannel kannel 'username = "pinwire"'
    bench_route sick sick 34 1
    bench_route sick_alone sick 39 1
    bench_route instead_nrs nrs 34 2
    bench_route instead_kannel kannel 34 2
    bench_route other_nrs nrs 44 1
    bench_route other_kannel kannel 49 1
    cat <<TOML
[worker.health]
probe_last = "5s"
TOML
}

bench_carrier() { # NAME KIND [LINE]
    cat <<TOML
[carriers.$1]
kind = "$2"
base_url = "$BENCH_SIM/$2"
password_file = "$BENCH_SECRETS/carrier"
max_connections = 512
${3:-}
TOML
}

bench_route() { # NAME CARRIER PREFIX PRIORITY
    cat <<TOML
[routes.$1]
carrier = "$2"
prefixes = ["$3"]
priority = $4
tps = 100000
burst = 100000
window = 256
queue_max = 100000
validity = "5s"
TOML
}

trouble_timing() {
    [[ -n ${BENCH_TROUBLE:-} ]] || return 0
    echo 'no_news_after = "1s"'
    echo 'retry_max = "5s"'
    [[ -z ${BENCH_FRONT:-} ]] || echo "dns_servers = [\"127.0.0.1:$BENCH_NAMES_PORT\"]"
}

# make_front_certificates DIR: each with its key, and what the worker trusts.
make_front_certificates() {
    local one
    mkdir -p "$1"
    for one in right:sms.carrier.test wrong:sms.elsewhere.test; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=${one#*:}" \
            -addext "subjectAltName=DNS:${one#*:}" -keyout "$1/${one%%:*}.key" -out "$1/${one%%:*}.crt" 2>/dev/null
        cat "$1/${one%%:*}.crt" "$1/${one%%:*}.key" >"$1/${one%%:*}.pem"
    done
}
