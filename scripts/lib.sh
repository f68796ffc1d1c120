# lib.sh - what demo, bench and the end-to-end tests share; to be sourced by a POSIX shell.
#
# work      the folder everything is kept in; set by work_open
# landport  the program; from LANDPORT, else the build's
# Functions stop the script with a sentence when they cannot do what they say.
#
# shellcheck shell=sh

# Whatever the caller's locale: texts are UTF-8, sorted by bytes. Debian has this one in libc-bin.
export LC_ALL=C.UTF-8
unset LANGUAGE

parties='LYPLAT01 LYPAY01 LYLOGI01 customs'
# keys, and how the server agrees on a session's; sshd_options: others of sshd
key_type=ed25519
key_exchange='curve25519-sha256,curve25519-sha256@libssh.org'
sshd_options=
pg_account=postgres
[ "$(id -u)" -eq 0 ] || pg_account=$(id -un)

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Can the database's account enter this folder? The shell's own user always can.
reachable() {
    [ "$(id -u)" -ne 0 ] || runuser -u "$pg_account" -- test -x "$1"
}

# Where work goes when nobody named a place: below the checkout if the database's account can
# reach it there, else below /var/tmp. A blank in the path would end a key's forced command.
work_default() {
    case $PWD in
    *[[:space:]]*) ;;
    *)
        if { [ -O var ] || mkdir var 2>/dev/null; } && chmod 711 var && reachable "$PWD/var"; then
            printf '%s/var/%s\n' "$PWD" "$1"
            return
        fi
        rmdir var 2>/dev/null || :
        ;;
    esac
    printf '/var/tmp/landport-%s-%s\n' "$1" "$(id -u)"
}

# An empty folder of our own. An earlier one is emptied, and what still ran in it is stopped.
work_open() {
    work=$1
    if [ -e "$work" ]; then
        if [ -L "$work" ] || [ ! -O "$work" ]; then
            die "$work belongs to somebody else"
        fi
        [ -e "$work/.landport-work" ] || [ -z "$(ls -A "$work")" ] ||
            die "$work holds files that are not ours"
        stop_sshd
        stop_cluster
        rm -rf "$work"
    fi
    mkdir -p "$work"
    chmod 711 "$work"
    : >"$work/.landport-work"
    work=$(cd "$work" && pwd -P)
    reachable "$work" || die "account $pg_account cannot enter $work; name another folder"
}

# ssh_key NAME COMMENT: keys/NAME and keys/NAME.pub
ssh_key() {
    [ -e "$work/keys/$1" ] || ssh-keygen -q -t "$key_type" -N '' -C "$2" -f "$work/keys/$1"
}

# Keys: one a party and one of the hub for each drop box, a host key, the zone's signing key. What is there stays.
make_keys() {
    mkdir -p "$work/keys"
    chmod 700 "$work/keys"
    for party in $parties; do
        ssh_key "$party" "$party"
        ssh_key "hub_$party" "hub for $party"
    done
    ssh_key host 'host key'
    [ ! -e "$work/keys/zone.crt" ] || return 0
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$work/keys/zone.key" 2>"$work/openssl.log" ||
        die "openssl: $(cat "$work/openssl.log")"
    chmod 600 "$work/keys/zone.key"
    make_cert zone '/C=CN/O=landport/CN=LY zone'
}

# make_cert NAME SUBJECT [FROM UNTIL [OPTION…]]: keys/NAME.crt for keys/NAME.key, valid on the days that the clocks
# of tests and demo show; YYYYMMDDhhmmssZ. OpenSSL 3.0 can set both ends only here. Options are those of openssl ca.
make_cert() {
    cert=$1 subject=$2 from=${3:-20200101000000Z} until=${4:-21200101000000Z}
    if [ $# -le 4 ]; then shift $#; else shift 4; fi
    mkdir -p "$work/ca"
    : >"$work/ca/index"
    cat >"$work/ca/conf" <<END
[ca]
default_ca = one
[one]
database = $work/ca/index
new_certs_dir = $work/ca
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = own
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = none
[none]
[own]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
basicConstraints = critical, CA:TRUE
END
    {
        openssl req -new -config "$work/ca/conf" -key "$work/keys/$cert.key" -subj "$subject" -out "$work/ca/csr" "$@" &&
            openssl ca -batch -notext -selfsign -config "$work/ca/conf" -keyfile "$work/keys/$cert.key" -in "$work/ca/csr" \
                -startdate "$from" -enddate "$until" -out "$work/keys/$cert.crt" "$@"
    } >"$work/openssl.log" 2>&1 || die "openssl: $(cat "$work/openssl.log")"
}

# A port nobody listens on, as the kernel's tables say.
free_port() {
    port=$((20000 + ($(date +%s) * 7 + $$ * 13) % 30000))
    while :; do
        hex=$(printf '%04X' "$port")
        # shellcheck disable=SC2046 # two files, one of which may be missing
        grep -q "^ *[0-9]*: [0-9A-F]*:$hex " $(ls /proc/net/tcp /proc/net/tcp6 2>/dev/null) ||
            return 0
        port=$((port + 1))
    done
}

write_sshd_config() {
    user=$(id -un)
    pam=no
    # without PAM sshd takes a locked password for a locked account
    case $(getent shadow "$user" 2>/dev/null | cut -d: -f2) in '!'*) pam=yes ;; esac
    cat >"$work/sshd_config" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $work/keys/host
PidFile $work/sshd.pid
AuthorizedKeysFile $work/authorized_keys
AllowUsers $user
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
KexAlgorithms $key_exchange
UsePAM $pam
MaxStartups 100
Subsystem sftp internal-sftp
END
    : >"$work/authorized_keys"
    for party in $parties; do
        mkdir -p "$work/sftp/$party/in" "$work/sftp/$party/out" "$work/sftp/$party/done"
        for key in "$party" "hub_$party"; do
            printf 'command="internal-sftp -d %s",restrict %s\n' "$work/sftp/$party" \
                "$(cat "$work/keys/$key.pub")" >>"$work/authorized_keys"
        done
    done
    chmod 600 "$work/authorized_keys"
}

run_sshd() {
    # shellcheck disable=SC2086 # options
    /usr/sbin/sshd $sshd_options -f "$work/sshd_config" -E "$work/sshd.log"
}

# A private OpenSSH server on loopback; $port afterwards. A port taken meanwhile: the next one.
start_sshd() {
    # It stays: whoever else runs a server here by then needs it as well.
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    for try in 1 2 3 4 5; do
        free_port
        write_sshd_config
        /usr/sbin/sshd -t -f "$work/sshd_config" || die 'sshd refuses its configuration'
        : >"$work/sshd.log"
        run_sshd || :
        for wait in 1 2 3 4 5 6 7 8 9 10; do
            [ ! -s "$work/sshd.pid" ] || break 2
            sleep 0.1
        done
    done
    [ -s "$work/sshd.pid" ] || die "sshd does not start ($try, $wait): $(cat "$work/sshd.log")"
    write_known_hosts
}

# The same server again after stop_sshd, on its old port.
restart_sshd() {
    run_sshd
    until [ -s "$work/sshd.pid" ]; do sleep 0.1; done
}

# From the key file itself: nobody can stand between.
write_known_hosts() {
    printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/keys/host.pub")" \
        >"$work/known_hosts"
}

# is_alive PID: one that ended and that init has not asked after yet is not.
is_alive() {
    case $(cat "/proc/$1/stat" 2>/dev/null) in '' | *') Z '*) return 1 ;; esac
}

stop_sshd() {
    if [ -s "$work/sshd.pid" ]; then
        pid=$(cat "$work/sshd.pid")
        # a number left over from before a restart may be anybody's
        if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sshd ]; then
            kill "$pid" 2>/dev/null || :
            while is_alive "$pid"; do sleep 0.02; done
        fi
        rm -f "$work/sshd.pid"
    fi
}

# dropbox PARTY: its section of landport.conf.
dropbox() {
    cat <<END
    dropbox {
        url = "sftp://$(id -un)@127.0.0.1:$port"
        key = "keys/hub_$1"  known-hosts = "known_hosts"
        in = "$work/sftp/$1/in"  out = "$work/sftp/$1/out"  done = "$work/sftp/$1/done"
        settle = "0s"
    }
END
}

# partner ID NAME ROLE FEED
partner() {
    cat <<END

partner "$1" {
    name = "$2"  roles = {"$3"}  feeds = {"$4"}
    charset = "auto"  deadline = "02:00"  reject-limit = "${reject_limit:-5%}"  reject-limit-from = "${reject_from:-20 rows}"
$(dropbox "$1")
}
END
}

write_conf() {
    cat >"$work/landport.conf" <<END
zone     { code = "LY"  name = "中国(龙岩)跨境电子商务综合试验区"  customs = "3706"  timezone = "Asia/Shanghai"  test = true }
database { embedded = "pg" }
spool    { root = "spool"  keep = "30d"  min-free = "64MiB" }
$(partner LYPLAT01 龙岩跨境电商综合服务平台 platform order)
$(partner LYPAY01 龙岩汇通支付有限公司 payment payment)
$(partner LYLOGI01 龙岩畅达国际物流有限公司 logistics logistics)

agency "customs" {
    name = "龙岩海关"  messages = {"CEB303", "CEB403", "CEB505", "CEB603", "CEB605"}
    per-message = 100  cutoff = "06:00"  container = "zip"
    settings {
        declarant_code = "3508960009"  declarant_name = "龙岩综试区报关服务有限公司"
        cop_code = "3508960009"  cop_name = "龙岩综试区报关服务有限公司"  dxp_id = "DXPENT0000012345"
    }
    sign      { key = "keys/zone.key"  cert = "keys/zone.crt" }
$(dropbox customs)
}
END
}

# as_pg COMMAND…: as the account the cluster belongs to.
as_pg() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u "$pg_account" -- "$@")
    else
        "$@"
    fi
}

pg_tool() {
    if [ -x "/usr/lib/postgresql/15/bin/$1" ]; then
        printf '/usr/lib/postgresql/15/bin/%s\n' "$1"
    else
        command -v "$1"
    fi
}

cluster_runs() {
    [ -e "$work/pg/data/PG_VERSION" ] && as_pg "$(pg_tool pg_ctl)" -D "$work/pg/data" status >/dev/null 2>&1
}

# The folder of the server's socket; below /tmp where the work folder's path is long.
socket_folder() {
    [ ! -r "$work/pg/data/postmaster.pid" ] || sed -n 5p "$work/pg/data/postmaster.pid"
}

# stop_mode is immediate for a cluster that nobody starts again.
stop_cluster() {
    cluster_runs || return 0
    sockets=$(socket_folder)
    as_pg "$(pg_tool pg_ctl)" -D "$work/pg/data" -m "${stop_mode:-fast}" -w stop >/dev/null ||
        die "the database in $work/pg does not stop"
    case $sockets in /tmp/landport-*) rmdir "$sockets" 2>/dev/null || : ;; esac
}

# Rows of a statement, columns parted by |.
sql() {
    "$(pg_tool psql)" -X -q -A -t -v ON_ERROR_STOP=1 -h "$(socket_folder)" -U "$pg_account" -d landport "$@"
}

# hub COMMAND…: the program with the work folder's configuration.
hub() {
    "$landport" -c "$work/landport.conf" "$@"
}

# night: one `landport run`; 65 (rows were rejected) is an ordinary night.
night() {
    hub run "$@" && return
    [ $? -eq 65 ]
}

# party_sftp PARTY: a batch of sftp commands from standard input, as that party.
party_sftp() {
    sftp -q -b - -F none -P "$port" -i "$work/keys/$1" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o UserKnownHostsFile="$work/known_hosts" -o StrictHostKeyChecking=yes \
        "$(id -un)@127.0.0.1"
}

# upload PARTY FILE [NAME]: under another name first, so that nobody takes half a file.
upload() {
    name=${3:-${2##*/}}
    party_sftp "$1" >/dev/null <<END || die "$1 cannot upload $name"
put "$2" "in/$name.part"
rename "in/$name.part" "in/$name"
END
}

# upload_day DIR: what `landport sample --dir DIR` wrote, each partner its own.
upload_day() {
    for folder in "$1"/*/; do
        folder=${folder%/}
        for file in "$folder"/*; do
            upload "${folder##*/}" "$file"
        done
    done
}

landport=${LANDPORT:-$PWD/build/landport}
