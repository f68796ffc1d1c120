# measure.sh - what the benches share; to be sourced by a POSIX shell after lib.sh.
#
# shellcheck shell=sh disable=SC2154 # work: lib.sh

# usage: the lines of the bench's heading that show how to call it
usage() {
    sed -n 's/^#   scripts/usage: scripts/p' "$0" >&2
    exit 64
}

bench_build() {
    scripts/setup --bench >&2
    make -s -j2 all measures >&2
}

# What a bench leaves: with $keep all of it. $night_pid: a run of landport that must not outlive it.
bench_end() {
    status=$?
    trap - EXIT
    [ -z "${night_pid-}" ] || kill "$night_pid" 2>/dev/null || :
    if [ "$status" -ne 0 ] && [ -s "$work/landport.log" ]; then
        echo "the last lines of $work/landport.log:" >&2
        tail -n 20 "$work/landport.log" >&2
    fi
    if [ -z "${keep-}" ]; then
        stop_sshd || :
        stop_cluster || :
        ! [ -e "$work/.landport-work" ] || cluster_runs || rm -rf "$work"
    fi
    exit "$status"
}

# bench_open NAME: the program, built unless LANDPORT names one, and a work folder of that name
bench_open() {
    [ -n "${LANDPORT-}" ] || bench_build
    export LC_ALL=C.UTF-8
    work=${LANDPORT_WORK:-$(work_default "$1")}
    trap bench_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work_open "$work"
    step "work folder $work"
}

# bench_hub: keys, sshd, configuration, database in it
bench_hub() {
    make_keys
    start_sshd
    write_conf
    hub init >/dev/null 2>>"$work/landport.log"
}

# now; since NOW: seconds since then
now() {
    date +%s%N
}
since() {
    awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.3f", (to - from) / 1e9 }'
}

# kept TABLE: makes floor.TABLE, without keys, of hub.TABLE, and prints the statements that give it hub.TABLE's rows, which
# are in $work/TABLE.bin then, and its keys
kept() {
    sql -c "\\copy hub.$1 TO '$work/$1.bin' (FORMAT binary)" -c "CREATE TABLE floor.$1 (LIKE hub.$1)"
    printf '\\copy floor.%s FROM %s (FORMAT binary)\n' "$1" "'$work/$1.bin'"
    sql -c "SELECT replace(indexdef, ' ON hub.', ' ON floor.') || ';' FROM pg_indexes
            WHERE schemaname = 'hub' AND tablename = '$1'"
}

# positive NUMBER…: each is one, or the usage
positive() {
    for number; do
        case $number in '' | 0* | *[!0-9]*) usage ;; esac
    done
}

bytes_of() {
    cat "$@" | wc -c | tr -d ' '
}

step() {
    printf 'bench: %s\n' "$*" >&2
}

# $(cpu): seconds that the ended children of the shell that asks, which may be one of a pipe ($$ is not), and the
# database's processes have used so far.
cpu() {
    read -r _ _ _ shell _ </proc/self/stat
    postmaster=$(head -n 1 "$work/pg/data/postmaster.pid")
    # shellcheck disable=SC2046 # numbers
    cat /proc/"$shell"/stat /proc/"$postmaster"/stat $(printf '/proc/%s/stat ' $(cat /proc/"$postmaster"/task/"$postmaster"/children)) 2>/dev/null |
        sed 's/^.*) //' | awk -v hz="$(getconf CLK_TCK)" '
            NR <= 2 { ticks += $14 + $15 }      # of children waited for
            NR >= 2 { ticks += $12 + $13 }      # its own
            END { printf "%.2f", ticks / hz }'
}

# poll LANDPORT POSTMASTER: until the first has ended; then a line for each process that was seen:
# landport PID JOB-PID KIB | postgres PID KIND KIB
poll() {
    awk -v root="$1" -v postmaster="$2" '
    function field(pid, name,    path, line, value) {
        path = "/proc/" pid "/status"
        value = ""
        while ((getline line <path) > 0)
            if (index(line, name ":") == 1) {
                split(line, part, " ")
                value = part[2]
                break
            }
        close(path)
        return value
    }
    function children(pid,    path, line) {
        path = "/proc/" pid "/task/" pid "/children"
        line = ""
        if ((getline line <path) <= 0)
            line = ""
        close(path)
        return line
    }
    function landport(pid, job,    n, i, list, kib) {
        kib = field(pid, "VmHWM") + 0
        if (kib > hwm[pid])
            hwm[pid] = kib
        job_of[pid] = job
        n = split(children(pid), list, " ")
        for (i = 1; i <= n; i++)
            landport(list[i], pid == root ? list[i] : job)
    }
    function kind(pid,    path, line) {
        path = "/proc/" pid "/cmdline"
        line = ""
        if ((getline line <path) <= 0)
            line = ""
        close(path)
        if (line ~ /parallel worker/)
            return "worker"
        return line ~ / landport \[local\]/ ? "backend" : "other"
    }
    function postgres(    n, i, list, pid, kib) {
        n = split(children(postmaster), list, " ")
        for (i = 1; i <= n; i++) {
            pid = list[i]
            kib = field(pid, "RssAnon") + 0
            if (kib > anon[pid])
                anon[pid] = kib
            if (kind_of[pid] == "" || kind_of[pid] == "other")
                kind_of[pid] = kind(pid)
        }
    }
    BEGIN {
        while (field(root, "VmHWM") != "") {
            landport(root, root)
            postgres()
            system("sleep 0.25")
        }
        for (pid in hwm)
            print "landport", pid, job_of[pid], hwm[pid] + 0
        for (pid in anon)
            print "postgres", pid, kind_of[pid], anon[pid] + 0
    }'
}
