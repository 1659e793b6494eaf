# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# list, long, pattern, jobs, memory, LOGS are check's
#
# Sourced by check: the queue of steps, of which as many run at once as the machine
# has cores and memory for, and at most $jobs. Only the parent counts and prints; what
# a step writes goes to its log.

# What a step needs, in MiB.
declare -A MEMORY=(
	[light]=500	# no machine
	[boot]=2500	# one machine of the usual size at a time
	[large]=5000	# one with more memory
	[debug]=5000	# one with the debug kernel, for which it waits
	[alone]=0	# no other step beside it: it builds what others read, say
)

names=()
kinds=()
weights=()
commands=()
pending=()
declare -A by_pid=() started=()
used=0
alone=
# none: no step needs it; or building, there, failed
debug_kernel=none

# step TIER WEIGHT NAME COMMAND...: COMMAND prints a line for each of its tests.
step()
{
	add_step several "$@"
}

# single TIER WEIGHT NAME COMMAND...: its exit code is the only result.
single()
{
	add_step single "$@"
}

# Of either tier if a pattern is given, for which this returns without a match, too.
is_wanted()
{
	local tier=$1 name=$2

	if [[ $pattern ]]; then
		# shellcheck disable=SC2053	# a pattern on purpose
		[[ $name == *$pattern* ]]
	else
		[[ $tier == short || $long ]]
	fi
}

add_step()
{
	local kind=$1 tier=$2 weight=$3 name=$4

	shift 4
	[[ $tier == short || $tier == long ]] || die "$name: there is no tier '$tier'"
	[[ ${MEMORY[$weight]-} ]] || die "$name: there is no weight '$weight'"
	if [[ $list ]]; then
		echo "$tier $name"
	elif is_wanted "$tier" "$name"; then
		queue_step "$kind" "$weight" "$name" "$@"
	fi
}

queue_step()
{
	local command

	[[ $2 != debug ]] || need_debug_kernel
	printf -v command '%q ' "${@:4}"
	kinds+=("$1")
	weights+=("$2")
	names+=("$3")
	commands+=("$command")
	pending+=("$((${#names[@]} - 1))")
}

# Comes before the first step that waits for it.
need_debug_kernel()
{
	[[ $debug_kernel == none ]] || return 0
	debug_kernel=building
	queue_step single boot build/debug build_debug
}

# may_start INDEX
may_start()
{
	local weight=${weights[$1]} running=${#by_pid[@]}

	if [[ $alone || $weight == debug && $debug_kernel == building ]]; then
		return 1
	elif ((running == 0)); then
		return 0
	fi
	[[ $weight != alone ]] && ((running < jobs && used + MEMORY[$weight] <= memory))
}

log_of()
{
	echo "$LOGS/${names[$1]//\//-}.log"
}

# Each in a process group of its own, by which it can be ended. The lock of the whole
# run stays behind: what outlives a run that was killed holds up no other.
start_step()
{
	local i=$1 command=${commands[$1]}

	if [[ ${weights[i]} == debug && $debug_kernel == failed ]]; then
		command='echo "there is no debug kernel"; false'
	fi
	set -m
	(eval "$command") >"$(log_of "$i")" 2>&1 </dev/null 8>&- &
	set +m
	by_pid[$!]=$i
	started[$!]=$SECONDS
	used=$((used + MEMORY[${weights[i]}]))
	[[ ${weights[i]} != alone ]] || alone=1
}

wait_for_step()
{
	local pid='' status=0 i

	wait -n -p pid "${!by_pid[@]}" || status=$?
	i=${by_pid[$pid]}
	unset "by_pid[$pid]"
	used=$((used - MEMORY[${weights[i]}]))
	alone=
	if [[ ${names[i]} == build/debug ]]; then
		debug_kernel=there
		((status == 0)) || debug_kernel=failed
	fi
	judge_step "${names[i]}" "${kinds[i]}" "$(log_of "$i")" "$status" \
		"$((SECONDS - started[$pid]))"
}

stop_steps()
{
	local pid

	for pid in "${!by_pid[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
}

run_steps()
{
	local n

	trap stop_steps EXIT
	trap 'exit 130' INT TERM
	while ((${#pending[@]} + ${#by_pid[@]} > 0)); do
		for n in "${!pending[@]}"; do
			if may_start "${pending[n]}"; then
				start_step "${pending[n]}"
				unset "pending[n]"
			fi
		done
		wait_for_step
	done
}
