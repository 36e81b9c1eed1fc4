# The demo's pinwire.toml and the secrets that it names; to be sourced.

# write_demo_secrets DIR: keys and passwords of this one run.
write_demo_secrets() {
    local dir=$1
    (
        umask 077
        mkdir -p "$dir"
        printf 'k1 %s active\n' "$(head -c 32 /dev/urandom | base64 -w 0)" >"$dir/keyring"
        printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64 -w 0)" >"$dir/webhook"
        # What the simulator asks every carrier's and provider's caller for.
        head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/carrier"
    )
}

# write_demo_config FILE: from DEMO_SECRETS, DEMO_KAFKA, DEMO_KAFKA_EMBEDDED (true or false),
# DEMO_POSTGRES (conninfo), DEMO_SIM (http://HOST:PORT), DEMO_STATE and the ports DEMO_*_PORT.
write_demo_config() {
    cat >"$1" <<TOML
# Written by scripts/demo for one run.
[kafka]
bootstrap_servers = "$DEMO_KAFKA"
embedded = $DEMO_KAFKA_EMBEDDED

[kafka.topics]
replication = 1

[postgres]
conninfo = "$DEMO_POSTGRES"

[keys]
ring_file = "$DEMO_SECRETS/keyring"

# scripts/demo brings it into the tables (pinwire accounts import); from then on it counts there.
[accounts.demo]
webhook_secret_files = ["$DEMO_SECRETS/webhook"]
# The customer's endpoint is the simulator on loopback: only a demo may allow that.
allow_http = true
allow_cidrs = ["127.0.0.1/32"]
ports = [${DEMO_SIM##*:}]
default_sender = "Pinwire"

# Spain and Britain only: a number elsewhere shows what "not configured" means.
[providers.lookup]
kind = "infobip"
base_url = "$DEMO_SIM/infobip"
api_key_file = "$DEMO_SECRETS/carrier"
countries = ["34", "44"]

[carriers.infobip]
kind = "infobip"
base_url = "$DEMO_SIM/infobip"
password_file = "$DEMO_SECRETS/carrier"

[carriers.nrs]
kind = "360nrs"
base_url = "$DEMO_SIM/360nrs"
password_file = "$DEMO_SECRETS/carrier"

[carriers.kannel]
kind = "kannel"
base_url = "$DEMO_SIM/kannel"
username = "pinwire"
password_file = "$DEMO_SECRETS/carrier"

# In this order, the lowest priority first: what one refuses the next takes.
[routes.sms_first]
carrier = "infobip"
priority = 1

[routes.sms_second]
carrier = "nrs"
priority = 2

[routes.sms_third]
carrier = "kannel"
priority = 3

[routes.voice]
carrier = "infobip"
channel = "voice"
sender = "34910000000"   # a call comes from a number

[worker]
state_dir = "$DEMO_STATE"
metrics_listen = "127.0.0.1:$DEMO_WORKER_METRICS_PORT"
drain = "5s"
# Short waits, so that what has to wait is seen as well.
sweep_every = "200ms"
no_news_after = "3s"
doubt_wait = "2s"
hold_grace = "1s"
retry_first = "200ms"
retry_max = "1s"

[api]
listen = "127.0.0.1:$DEMO_API_PORT"
metrics_listen = "127.0.0.1:$DEMO_API_METRICS_PORT"
drain = "5s"

[callback]
listen = "127.0.0.1:$DEMO_CALLBACK_PORT"
public_url = "http://127.0.0.1:$DEMO_CALLBACK_PORT"
metrics_listen = "127.0.0.1:$DEMO_CALLBACK_METRICS_PORT"
drain = "5s"
sweep_every = "200ms"
TOML
}
