#!/usr/bin/env bash
# Proof of samples/cluster/recto-array.sbatch under a real Slurm: a controller and two nodes on this machine, each node
# with a network, process table, host name and munged of its own, so that a node can be switched off (kill -9 of all its
# processes at once) and booted again.  While four shards are at work, one task's processes are killed, one node is
# switched off, one task is told that its time is over, one is requeued and one cancelled and submitted again; then
# OUT must be what `recto batch` on one machine makes of the same documents.
#
# usage: tools/slurm_test.sh [RECTO] [SCRATCH]     as root; default build/release/recto; scratch is kept if it is given
# needs: Debian's slurm-wlm, munge, python3, iproute2.  Three minutes on a quiet machine.  Everything runs in namespaces whose end
# ends it: nothing of the host's own Slurm, munge or network is touched, and nothing stays behind.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

if [ "${1:-}" != --inside ]; then
    recto=$(readlink -f "${1:-$root/build/release/recto}")
    [ "$(id -u)" -eq 0 ] || { echo "slurm_test.sh: run as root" >&2; exit 1; }
    for command in slurmctld slurmd sbatch munged unshare ip python3 setpriv "$recto"; do
        command -v "$command" >/dev/null || { echo "slurm_test.sh: $command is missing" >&2; exit 1; }
    done
    if [ $# -ge 2 ]; then
        mkdir -p "$2" && scratch=$(cd "$2" && pwd)
    else
        scratch=$(mktemp -d /tmp/recto-slurm.XXXXXX)
        trap 'rm -rf "$scratch"' EXIT
    fi
    [ -z "$(ls -A "$scratch")" ] || { echo "slurm_test.sh: $scratch is not empty" >&2; exit 1; }
    chmod 755 "$scratch"
    # without --kill-child an interrupted test would leave its daemons
    unshare --net --pid --mount --uts --ipc --fork --mount-proc --kill-child \
        bash "$0" --inside "$recto" "$scratch" </dev/null
    exit
fi
recto=$2 dir=$3
failures=0 began=$SECONDS
SHARDS=4 USER_ID=4711 COPIES=${RECTO_COPIES:-10}

say() { printf '%4d s  %s\n' $((SECONDS - began)) "$*"; }
check() { # check WHAT COMMAND...
    if "${@:2}"; then say "PASS  $1"; else
        say "FAIL  $1"
        failures=$((failures + 1))
    fi
}
# await SECONDS WHAT COMMAND...: a command becomes true
await() {
    local end=$((SECONDS + $1))
    until "${@:3}"; do
        if [ $SECONDS -ge $end ]; then
            say "FAIL  waited $1 s for: $2"
            squeue -r || true
            tail -n 5 "$dir"/*.log "$dir"/logs/*.log || true
            exit 1
        fi
        sleep 0.2
    done
}
as_user() { setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env HOME=/nonexistent RECTO="$dir/recto" "$@"; }

# ---- the cluster

configure() {
    hostname ctl
    ip link set lo up
    ip link add br0 type bridge
    ip addr add 10.77.0.1/24 dev br0
    ip link set br0 up
    mount -t tmpfs run /run
    dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 status=none
    chmod 400 "$dir/munge.key"
    cp /etc/passwd "$dir/passwd" && echo "archive:x:$USER_ID:$USER_ID::/nonexistent:/bin/bash" >>"$dir/passwd"
    cp /etc/group "$dir/group" && echo "archive:x:$USER_ID:" >>"$dir/group"
    mount --bind "$dir/passwd" /etc/passwd
    mount --bind "$dir/group" /etc/group
    mkdir "$dir/state"
    export SLURM_CONF=$dir/slurm.conf
    # cred_expire: a requeued task waits that long (120 s by default).  SlurmdTimeout: until a dead node is noticed.
    cat >"$SLURM_CONF" <<END
ClusterName=recto
SlurmctldHost=ctl(10.77.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=/run/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdTimeout=9
KillWait=10
MinJobAge=3600
ReturnToService=2
JobRequeue=1
SlurmdParameters=config_overrides
NodeName=node1 NodeAddr=10.77.0.11 CPUs=2 RealMemory=6000
NodeName=node2 NodeAddr=10.77.0.12 CPUs=2 RealMemory=6000
PartitionName=batch Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
END
}

start_munged() { # start_munged NAME
    mkdir -m 755 /run/munge
    munged --key-file="$dir/munge.key" --socket=/run/munge/socket --pid-file=/run/munge/pid \
        --seed-file=/run/munge/seed --log-file="$dir/munged.$1.log" 2>/dev/null
}

# node N: what runs as the first process of a node; it ends with the node
node() {
    hostname "node$1"
    mount -t tmpfs run /run
    start_munged "node$1"
    ip link set lo up
    until ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
    ip addr add "10.77.0.1$1/24" dev eth0
    ip link set eth0 up
    slurmd -D 2>/dev/null &
    wait
}
export -f node start_munged
export dir

declare -a node_pid
boot() {
    mkdir -p "$dir/spool.node$1"
    unshare --net --pid --mount --uts --fork --mount-proc --kill-child bash -c "node $1" &
    node_pid[$1]=$!
    until [ "$(readlink "/proc/${node_pid[$1]}/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
    ip link add "node$1" type veth peer name eth0 netns "${node_pid[$1]}"
    ip link set "node$1" master br0 up
}
switch_off() { # all processes of the node are gone at once
    kill -9 "${node_pid[$1]}"
    wait "${node_pid[$1]}" 2>/dev/null || true
}

idle_nodes() { [ "$(sinfo -h -t "$2" -o '%D' | awk '{ n += $1 } END { print n + 0 }')" -ge "$1" ]; }
task_state() { scontrol -o show job "${array}_$1" | grep -o 'JobState=[A-Z_]*' | cut -d= -f2; }
task_is() { [[ " ${*:2} " == *" $(task_state "$1") "* ]]; }
task_node() { squeue -h -o %N -j "${array}_$1"; }
restarts() { scontrol -o show job "${array}_$1" | grep -o 'Restarts=[0-9]*' | cut -d= -f2; }
no_jobs() { [ -z "$(squeue -h)" ]; }
outputs() { find "$dir/out" -name '*.md' | wc -l; }
outputs_reach() { [ "$(outputs)" -ge "$1" ]; }

# ---- the documents

make_archive() {
    local copy document
    for copy in $(seq "$COPIES"); do
        mkdir -p "$dir/in/$copy/degraded"
        cp "$root"/samples/*.{pdf,png,jpg,tif} "$dir/in/$copy/"
        cp "$root"/samples/degraded/*.{png,jpg,tif} "$dir/in/$copy/degraded/"
        head -c 3000 "$root/samples/report.pdf" | tr '0-9' '9' >"$dir/in/$copy/broken.pdf"
    done
    for document in $(seq "$COPIES"); do
        python3 "$root/tools/make_bench_pdf.py" scan "$dir/in/scan-$document.pdf" 20 "$root"/samples/degraded/*.jpg
    done
    cp "$root/samples/encrypted.password" "$dir/password"
    cp "$recto" "$dir/recto"
    cp "$root"/samples/cluster/*.sbatch "$dir/"
    mkdir "$dir/out" "$dir/single" "$dir/logs"
    chown $USER_ID:$USER_ID "$dir/out" "$dir/single" "$dir/logs"
    chmod -R a+rX,a-w "$dir/in"
}

# ---- what is done to the tasks

submit() { # submit ARRAY
    (cd "$dir/logs" && as_user sbatch --parsable --array="$1" --cpus-per-task=1 --mem=2000 --time=10 \
        "$dir/recto-array.sbatch" "$dir/in" "$dir/out" --to md,json --password-file "$dir/password")
}
# a running shard with the node it is on, other than those named: "K NODE"
running() {
    squeue -h -r -t R -j "$array" -o '%K %N' | grep -vE "^(${1:-none}) " | head -n 1
}
someone_runs() { [ -n "$(running "${1:-}")" ]; }
pids_of_task() { # recto of a task, by the environment; its children have to notice by themselves
    local id p
    id=$(squeue -h -o %A -j "${array}_$1")
    for p in $(pgrep -x recto); do
        if tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null | grep -qx "SLURM_JOB_ID=$id"; then echo "$p"; fi
    done
}

kill_task() {
    local pids
    pids=$(pids_of_task "$1")
    say "kill -9 of recto in shard $1 on $(task_node "$1"), $(outputs) outputs written"
    # shellcheck disable=SC2086
    kill -9 $pids
}

# once_more SHARD COMMAND...: the command makes Slurm or the task's script queue the task again
once_more() {
    local shard=$1 before
    before=$(restarts "$shard")
    "${@:2}"
    await 90 "shard $shard queued again" restarts_exceed "$shard" "$before"
    check "shard $shard queued again" true
}
restarts_exceed() { [ "$(restarts "$1")" -gt "$2" ]; }
pick() { # a running shard, other than $1 if that is given
    await 60 "a task runs" someone_runs "${1:-}"
    shard=$(running "${1:-}")
    shard=${shard%% *}
}
power_cut() {
    local on k
    local -A before
    on=$(task_node "$1")
    for k in $(squeue -h -r -t R -j "$array" -w "$on" -o %K); do before[$k]=$(restarts "$k"); done
    say "$on switched off with shards ${!before[*]}, $(outputs) outputs written"
    switch_off "${on#node}"
    for k in "${!before[@]}"; do
        await 90 "shard $k queued again" restarts_exceed "$k" "${before[$k]}"
        check "shard $k of the dead $on queued again" true
    done
    boot "${on#node}"
}

disturb() {
    local shard
    await 120 "a tenth of the outputs" outputs_reach $((expected / 10))
    pick
    once_more "$shard" kill_task "$shard"

    await 120 "a quarter of the outputs" outputs_reach $((expected / 4))
    pick "$shard"
    power_cut "$shard"

    await 120 "half of the outputs" outputs_reach $((expected / 2))
    pick
    say "time is over for shard $shard, $(outputs) outputs written"
    once_more "$shard" scancel --batch --signal=USR1 "${array}_$shard"

    pick "$shard"
    say "scontrol requeue of shard $shard, $(outputs) outputs written"
    once_more "$shard" scontrol requeue "${array}_$shard"

    await 120 "two thirds of the outputs" outputs_reach $((expected * 2 / 3))
    pick
    cancelled=$shard
    say "scancel of shard $shard, $(outputs) outputs written"
    scancel "${array}_$shard"
}

# ---- the proof

make_archive
expected=$(find "$dir/in" -type f ! -name broken.pdf | wc -l)
say "$(find "$dir/in" -type f | wc -l) documents, $($dir/recto --version | head -n 1), slurm $(slurmd -V | cut -d' ' -f2)"
configure
start_munged ctl
slurmctld -D 2>/dev/null &
boot 1
boot 2
await 30 "two idle nodes" idle_nodes 2 idle
say "nodes: $(sinfo -h -N -o '%N %c CPUs %m MB %t' | xargs -d '\n')"

array=$(submit 1-$SHARDS)
after=$(cd "$dir/logs" && as_user sbatch --parsable --dependency="afterany:$array" "$dir/recto-report.sbatch" "$dir/out")
disturb
await 60 "shard $cancelled is cancelled" task_is "$cancelled" CANCELLED
for k in $(seq $SHARDS); do
    await 240 "shard $k ended" task_is "$k" COMPLETED FAILED CANCELLED
done
check "cancelled shard $cancelled stayed cancelled" task_is "$cancelled" CANCELLED
array=$after
report_ended() { [[ "$(scontrol -o show job "$after" | grep -o 'JobState=[A-Z_]*')" =~ COMPLETED|FAILED ]]; }
await 60 "the report ended" report_ended
report_state() { scontrol -o show job "$after" | grep -q "JobState=$1 "; }
check "the report after the array misses shard $cancelled" report_state FAILED

array=$(RECTO_SHARDS=$SHARDS submit "$cancelled")
await 240 "shard $cancelled ended" no_jobs
after=$(cd "$dir/logs" && as_user sbatch --parsable "$dir/recto-report.sbatch" "$dir/out")
await 60 "the second report ended" report_ended
check "the report after the array is complete" report_state COMPLETED

say "the same on one machine"
code=0
as_user "$dir/recto" batch "$dir/in" -o "$dir/single" --to md,json --password-file "$dir/password" --jobs 2 -q 2>"$dir/logs/single.txt" || code=$?
check "one machine: exit code $code is 4, for the broken documents" [ $code -eq 4 ]
check "the shards' outputs and records are those of one machine" \
    python3 "$root/tools/compare_batches.py" "$dir/single" "$dir/out"
none_left() { [ -z "$(find "$dir/out" "$dir/in" -name '.*')$(pgrep -x recto)" ]; }
check "no temporary file, no kept page and no process is left" none_left
say "logs of the tasks:"
sed 's/^/        /' "$dir"/logs/*.log
if [ $failures -gt 0 ]; then
    say "$failures FAILED"
    exit 1
fi
say "all passed"
