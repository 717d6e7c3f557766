#!/usr/bin/env bash
# The scripts of samples/cluster without a cluster: what the Slurm scripts do after each exit code and signal (a double
# of scontrol notes what it is asked), and that the Kubernetes Job says what recto understands.  The proof under a real
# Slurm is tools/slurm_test.sh.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
samples=$RECTO_SOURCE_DIR/samples/cluster
real=$RECTO

mkdir -p bin in
cp "$RECTO_SAMPLES/invoice-digital.pdf" "$RECTO_SAMPLES/report.pdf" in/
printf 'no document\n' >in/broken.pdf
cat >bin/scontrol <<'END'
#!/bin/sh
echo "$@" >>scontrol.asked
kill -KILL $PPID # as Slurm ends the script
END
cat >bin/recto <<'END'
#!/bin/bash
# a double: notes how it was called; ends with the code in the file "code", or waits for signals
echo "$@" >>recto.asked
echo $$ $PPID >pids
trap 'n=$((${n:-0} + 1)); echo $n >signals; [ $n -lt $(cat patience) ] || exit 130' TERM
code=$(cat code)
[ "$code" != wait ] || while :; do touch waiting; sleep 0.05; done
[ "$code" != kill ] || kill -KILL $$
exit "$code"
END
chmod +x bin/scontrol bin/recto
echo 1 >patience

# task CODE ENVIRONMENT... -- ARGS...: the array script as task 2 of 3 with a recto that does CODE; sets $got
task() {
    echo "$1" >code
    shift
    rm -f scontrol.asked recto.asked signals waiting
    # in a shell of its own, which keeps quiet about the script's end
    (env PATH="$PWD/bin:$PATH" RECTO=recto SLURM_ARRAY_JOB_ID=70 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=3 \
        SLURM_ARRAY_TASK_MIN=1 SLURM_JOB_ID=70 SLURM_CPUS_PER_TASK=2 SLURM_MEM_PER_NODE=4000 \
        "${@:1:$#-2}" bash "$samples/recto-array.sbatch" "${@: -2}" >task.log 2>&1
        exit) 2>/dev/null
}
# ended CODE / requeued: what the last task came to
ended() {
    [ "$got" -eq "$1" ] || fail "$2: exit code $got, not $1: $(cat task.log)"
    [ ! -e scontrol.asked ] || fail "$2: asked for $(cat scontrol.asked)"
}
requeued() {
    [ "$(cat scontrol.asked 2>/dev/null)" = "requeue 70_2" ] || fail "$1: not queued again: $(cat task.log)"
}

for code in 0 1 2 4; do
    got=0 && task $code in out || got=$?
    ended $code "exit code $code"
done
holds recto.asked "batch in -o out --resume --checkpoint --shard auto/3 --jobs 2 --nice 10 --max-memory 3600M"
for code in 3 5 kill; do
    task $code in out
    requeued "exit code $code"
done
got=0 && task kill SLURM_RESTART_COUNT=50 in out || got=$?
ended 137 "killed after 50 restarts"
task 0 RECTO_SHARDS=9 in out
holds recto.asked "--shard auto/9"
task 0 SLURM_MEM_PER_NODE= SLURM_MEM_PER_CPU=1000 in out
holds recto.asked "--max-memory 1800M"
task 0 SLURM_MEM_PER_NODE=0 in out
lacks recto.asked "--max-memory"
mkdir empty
task 0 empty out
requeued "an empty input folder"
[ ! -e recto.asked ] || fail "recto was run on an empty input folder"

# signal NAME ENVIRONMENT...: a task that waits gets the signal; TERM goes to recto as well, as Slurm does it
signal() {
    local name=$1 pid recto script
    shift
    rm -f waiting
    task wait "$@" in out &
    pid=$!
    for _ in $(seq 200); do
        [ ! -e waiting ] || break
        sleep 0.05
    done
    read -r recto script <pids
    kill -"$name" "$script"
    [ "$name" != TERM ] || kill -TERM "$recto"
    got=0 && wait "$pid" || got=$?
}
signal USR1
requeued "the time limit"
[ "$(cat signals)" -eq 1 ] || fail "the time limit: $(cat signals) signals"
signal TERM
ended 130 "ended by Slurm"

# --- the scripts with the real recto, and the report job
rm -rf out
report() { RECTO=$real bash "$samples/recto-report.sbatch" out >report.log 2>&1; }
for k in 1 3; do
    task 0 RECTO="$real" SLURM_ARRAY_TASK_ID=$k in out
done
! report || fail "two of three shards are reported as complete"
task 0 RECTO="$real" in out
report || fail "three of three shards are not complete: $(cat report.log)"
run 4 batch in -o single -q
python3 "$RECTO_SOURCE_DIR/tools/compare_batches.py" single out >difference || fail "array: $(head -5 difference)"

# --- the Job: its command and its environment, index by index
if python3 -c 'import yaml' 2>/dev/null; then
    python3 - "$samples/recto-job.yaml" >indexes <<'END' || fail "recto-job.yaml"
import shlex, sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
spec, pod = job["spec"], job["spec"]["template"]["spec"]
(container,) = pod["containers"]
env = {e["name"]: e["value"] for e in container["env"]}
assert (job["apiVersion"], job["kind"], spec["completionMode"]) == ("batch/v1", "Job", "Indexed")
assert env["JOB_COMPLETIONS"] == str(spec["completions"]), "the two numbers of shards differ"
assert pod["restartPolicy"] == "Never"
mounts = {m["mountPath"]: m["name"] for m in container["volumeMounts"]}
assert set(mounts.values()) == {v["name"] for v in pod["volumes"]} and {"/in", "/out", "/tmp"} == set(mounts)
rules = [r["onExitCodes"] for r in spec["podFailurePolicy"]["rules"] if "onExitCodes" in r]
assert all(r["containerName"] == container["name"] for r in rules)
command = [{"/in": "in", "/out": "kubernetes"}.get(word, word) for word in container["command"]]
assert command[0] == "recto"
for index in range(spec["completions"]):
    print(f"JOB_COMPLETION_INDEX={index} JOB_COMPLETIONS={env['JOB_COMPLETIONS']} {shlex.join(command[1:])}")
END
    while read -r index completions words; do
        # shellcheck disable=SC2086
        env "$index" "$completions" "$real" $words 2>stderr </dev/null || [ $? -eq 4 ] || fail "$index: $(cat stderr)"
    done <indexes
    python3 "$RECTO_SOURCE_DIR/tools/compare_batches.py" single kubernetes >difference || fail "Job: $(head -5 difference)"
fi
finish
