# The benchmark's pinwire.toml; to be sourced. Bounds are set so that none of them is what is measured.

# write_bench_config FILE: from BENCH_SECRETS, BENCH_KAFKA, BENCH_KAFKA_EMBEDDED (true or false),
# BENCH_POSTGRES (conninfo), BENCH_SIM (http://HOST:PORT), BENCH_STATE and the ports BENCH_*_PORT.
write_bench_config() {
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
# The customer's endpoint is the simulator on loopback.
allow_http = true
allow_cidrs = ["127.0.0.0/8"]
ports = [${BENCH_SIM##*:}]
default_sender = "Pinwire"

[providers.lookup]
kind = "infobip"
base_url = "$BENCH_SIM/infobip"
api_key_file = "$BENCH_SECRETS/carrier"
max_in_flight = 256

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
window = 256
queue_max = 100000

[routes.sms_nrs]
carrier = "nrs"
tps = 100000
burst = 100000
window = 256
queue_max = 100000

[worker]
state_dir = "$BENCH_STATE"
metrics_listen = "127.0.0.1:$BENCH_WORKER_METRICS_PORT"
in_flight_max = 4000
drain = "5s"

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
