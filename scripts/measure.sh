# measure.sh - what the benches share; to be sourced by a POSIX shell after lib.sh.
#
# shellcheck shell=sh disable=SC2154 # work: lib.sh

# now; since NOW: seconds since then
now() {
    date +%s%N
}
since() {
    awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.3f", (to - from) / 1e9 }'
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
    cat /proc/"$shell"/stat /proc/"$postmaster"/stat $(pgrep -P "$postmaster" | sed 's|.*|/proc/&/stat|') 2>/dev/null |
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
