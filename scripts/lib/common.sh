# Shared by every script here; to be sourced with `set -euo pipefail` in force.
# Progress goes to stderr, so that a script's stdout stays its answer.

PINWIRE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

log() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
    log "error: $*"
    exit 1
}

# Runs the arguments with a time limit in seconds, polling; false when the limit is over first.
wait_until() {
    local limit=$1 deadline
    shift
    deadline=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
    until "$@"; do
        ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
        sleep 0.05
    done
}

# True while the process lives. A zombie whose parent has not looked yet counts as gone.
alive() {
    local state
    [[ -n ${1:-} && -r /proc/$1/stat ]] || return 1
    state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
    [[ -n $state && ${state:0:1} != Z && ${state:0:1} != X ]]
}
gone() { ! alive "$1"; }

# Ends one process that we started: TERM, then KILL after the limit.
end_process() {
    local pid=$1 limit=${2:-10}
    alive "$pid" || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    wait_until "$limit" gone "$pid" && return 0
    kill -KILL "$pid" 2>/dev/null || return 0
    wait_until 5 gone "$pid" || log "process $pid does not end"
}

# http_status HOST:PORT PATH: the status of a GET, empty when nobody answers.
http_status() {
    (
        exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || exit 0
        printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
        read -r -t 2 _ status _ <&3 && echo "$status"
    ) 2>/dev/null || true
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port that nobody listens on, below the range that the kernel hands out by itself: so it is still
# free for a server that is killed and started again.
free_port() {
    local port low=32768
    read -r low _ </proc/sys/net/ipv4/ip_local_port_range || true
    ((low > 12000)) || low=32768
    for _ in {1..200}; do
        port=$((10000 + (RANDOM * 32768 + RANDOM) % (low - 10000)))
        if port_is_free "$port"; then
            echo "$port"
            return 0
        fi
    done
    die "found no free port"
}

# The last lines of a file, indented: what a program said before it failed.
show_tail() {
    local file=$1 lines=${2:-40}
    [[ -s $file ]] || return 0
    log "last lines of $file:"
    tail -n "$lines" "$file" | sed 's/^/    | /' >&2
}

debian_version() {
    local VERSION_ID=""
    # shellcheck disable=SC1091
    . /etc/os-release
    echo "${VERSION_ID%%.*}"
}

# when_gone OWNER DIR COMMAND...: starts, outside the terminal's process group, something that runs the
# command once the process OWNER is gone while DIR still exists: what a script or a test starts does not
# outlive it, even after kill -9.
when_gone() {
    # shellcheck disable=SC2016
    setsid bash -c '
        owner=$1 directory=$2; shift 2
        while [[ -e $directory ]] && kill -0 "$owner" 2>/dev/null; do sleep 1; done
        [[ ! -e $directory ]] || exec "$@"
    ' when_gone "$@" </dev/null >/dev/null 2>&1 &
    disown
}
