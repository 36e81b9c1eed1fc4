# Programs that a script starts in the background and ends again; to be sourced after common.sh. Each has a
# file DIR/pids/NAME with its process id and start time, and its output in DIR/logs/NAME.log.

# The process id alone may have been given away since; with its start time it can't.
process_mark() { [[ -r /proc/$1/stat ]] && echo "$1 $(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20)"; }

# start_program DIR NAME COMMAND...: in a session of its own, so that Ctrl-C in the terminal doesn't end it
# before those that depend on it.
start_program() {
    local dir=$1 name=$2
    shift 2
    mkdir -p "$dir/pids" "$dir/logs"
    setsid "$@" >"$dir/logs/$name.log" 2>&1 </dev/null &
    process_mark $! >"$dir/pids/$name" || true
    disown
}

program_pid() {
    local pid mark
    mark=$(cat "$1/pids/$2" 2>/dev/null) && [[ -n $mark ]] || return 1
    pid=${mark%% *}
    alive "$pid" && [[ $(process_mark "$pid") == "$mark" ]] && echo "$pid"
}

# stop_programs DIR LIMIT NAME...: all at once, in order, then whoever is left after LIMIT seconds.
stop_programs() {
    local dir=$1 limit=$2 name pid pids=()
    shift 2
    for name in "$@"; do
        pid=$(program_pid "$dir" "$name") || continue
        kill -TERM "$pid" 2>/dev/null || true
        pids+=("$pid")
    done
    for pid in ${pids[@]+"${pids[@]}"}; do
        end_process "$pid" "$limit"
    done
}

# wait_for_file DIR NAME FILE LIMIT: FILE has something in it, and the program lives; dies with its output
# otherwise.
wait_for_file() {
    local dir=$1 name=$2 file=$3 limit=$4
    there_or_dead() { [[ -s $file ]] || ! program_pid "$dir" "$name" >/dev/null; }
    wait_until "$limit" there_or_dead && [[ -s $file ]] && return 0
    show_tail "$dir/logs/$name.log"
    die "$name did not start"
}

# wait_until_ready DIR NAME HOST:PORT LIMIT: /readyz answers 200.
wait_until_ready() {
    local dir=$1 name=$2 address=$3 limit=$4
    is_ready() { [[ $(http_status "$address" /readyz) == 200 ]]; }
    ready_or_dead() { is_ready || ! program_pid "$dir" "$name" >/dev/null; }
    wait_until "$limit" ready_or_dead && is_ready && return 0
    show_tail "$dir/logs/$name.log"
    die "$name did not become ready"
}
