# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# run, bare, ... are boot's
#
# Sourced by boot: reads the three logs of a run and says what was wrong.

EXIT_TIMEOUT=124
EXIT_HOST=125

# What a kernel prints when something is wrong with it, not with the command.
KERNEL_TROUBLE='Kernel panic|WARNING: |BUG: |kernel BUG at |BUG [^ ]+ \(|Oops: |general protection fault'
KERNEL_TROUBLE+='|UBSAN: |INFO: (rcu|task|possible|trying|lockdep)|rcu:.*stall'
KERNEL_TROUBLE+='|stack-protector:|refcount_t: |list_(add|del) corruption'
KERNEL_TROUBLE+='|unchecked MSR access error: |irq [0-9]+: nobody cared'
KERNEL_TROUBLE+='|NMI received for unknown reason|mshv-init: kmemleak: '

# A line of the driver, and the lines that loading ours leads to: it says what it
# found, and the kernel where it is from.
DRIVER_LINE='(mshv_root|mshv|misc mshv): '
DRIVER_LOADED='mshv_root: (root|L1VH) partition, (root|core) scheduler$'
DRIVER_LOADED+='|mshv_root: loading out-of-tree module taints kernel\.$'

problems=0
# What the end of a run needs no other explanation for.
stopped=

# problem SENTENCE [EXCERPT]
problem()
{
	say "FAILED: $1"
	if [[ ${2-} ]]; then
		# shellcheck disable=SC2001	# every line, not the first
		sed 's/^/    /' <<<"$2" >&2
	fi
	problems=$((problems + 1))
}

# Serial lines end in CR LF, and a reset may leave zeros. A log that was never
# opened is empty.
clean_logs()
{
	local f

	for f in kernel.log minihv.log; do
		touch "$run/$f"
		tr -d '\r\0' <"$run/$f" >"$run/clean"
		mv "$run/clean" "$run/$f"
	done
}

# The last line that init wrote with these words, without what precedes them.
init_said()
{
	sed -n "s/.*mshv-init: $1//p" "$run/kernel.log" | tail -n 1
}

judge_qemu()
{
	if [[ ! $timed_out ]] && ((qemu_status != 0)); then
		if grep -q -- ': -device ' "$run/qemu.log"; then
			usage_error "$(grep -m 1 -- ': -device ' "$run/qemu.log")"
		fi
		if qemu_defect "$qemu_status" "$run/qemu.log" >/dev/null; then
			stopped=1
			problem "QEMU ended by a defect of its own, again" \
				"$(tail -n 5 "$run/qemu.log")"
			return
		fi
		problem "QEMU ended with $qemu_status" "$(tail -n 5 "$run/qemu.log")"
	fi
}

# Linux's hv_irq_compose_msi_msg(), for interrupts of the host's own devices, allocates memory with
# a raw lock held. Whether lockdep sees that depends on what the allocator has at hand. Lockdep
# says nothing more afterwards.
is_defect_of_linux()
{
	[[ $2 == *'BUG: Invalid wait context'* ]] &&
		sed -n "$1,$(($1 + 60))p" "$run/kernel.log" |
		grep -qE '\] +hv_irq_compose_msi_msg\+'
}

judge_kernel()
{
	local line what found=

	while IFS=: read -r line what; do
		what=${what#\[*\] }
		found=1
		if is_defect_of_linux "$line" "$what"; then
			say "a defect of Linux's own ended lockdep: hv_irq_compose_msi_msg()"
			continue
		fi
		[[ $what != *'Kernel panic'* ]] || stopped=1
		problem "the root kernel says: $what" \
			"$(sed -n "$line,$((line + 30))p" "$run/kernel.log")"
		break
	done < <(grep -n -E "$KERNEL_TROUBLE" "$run/kernel.log" || true)
	if [[ ! $found && $(init_said 'lockdep: ') ]]; then
		problem "lockdep ended before the run did, and did not say why"
	fi
}

# Whatever a VMM or a guest does, our driver has nothing to say of it. --may-log has
# what a run is to find out.
judge_driver()
{
	local lines

	[[ $driver == ours ]] || return 0
	lines=$(grep -E "\] $DRIVER_LINE" "$run/kernel.log" |
		grep -vE "$DRIVER_LOADED${may_log:+|$may_log}" | sed -n 1,10p || true)
	if [[ $lines ]]; then
		problem "our driver wrote to the kernel's log" "$lines"
	fi
}

judge_init()
{
	local what

	what=$(init_said 'driver failed: ')
	if [[ $what ]]; then
		problem "the driver did not load: $what" \
			"$(grep -iE 'mshv|hyper-v' "$run/kernel.log" | tail -n 8)"
		return
	fi
	if [[ ! $(init_said 'command ended: ') && ! $timed_out && ! $stopped ]]; then
		problem "the root partition ended before the command did" \
			"$(tail -n 8 "$run/kernel.log")"
	fi
	if grep -q 'mshv-init: output stuck' "$run/kernel.log"; then
		problem "the command's output did not get out of the serial port" \
			"$(tail -n 8 "$run/kernel.log")"
	fi
	what=$(init_said 'unload failed: ')
	if [[ $what ]]; then
		problem "the driver is still in use after the command: $what"
	fi
}

judge_minihv()
{
	local lines

	[[ ! $bare ]] || return 0
	lines=$(grep -m 10 -E '^minihv: fatal' "$run/minihv.log" || true)
	if [[ $lines == 'minihv: fatal: fault='* ]]; then
		usage_error "--${lines#minihv: fatal: }"
	elif [[ $lines ]]; then
		stopped=1
		problem "minihv stopped: ${lines%%$'\n'*}" \
			"$(tail -n 20 "$run/minihv.log")"
	fi
	lines=$(grep -m 10 -E '^minihv: strict' "$run/minihv.log" || true)
	if [[ $lines ]]; then
		problem "minihv was asked for what it does not know" "$lines"
	fi
	lines=$(grep -m 20 -E '^minihv: leak' "$run/minihv.log" || true)
	if [[ $lines ]]; then
		problem "minihv found leaks at power-off" "$lines"
	fi
}

# An orderly end is the last line "minihv: off: 0 leaks", and only that.
judge_end()
{
	local lines

	lines=$(tail -n 1 "$run/minihv.log")
	if [[ $bare || $stopped || $timed_out || $lines == "minihv: off: 0 leaks" ]]; then
		return
	fi
	if [[ $lines == "minihv: off: "* ]]; then
		((problems > 0)) || problem "minihv ended with '$lines'"
	else
		problem "no orderly power-off: the machine was reset or died" \
			"$(tail -n 8 "$run/minihv.log")"
	fi
}

judge_time()
{
	local where

	if [[ ! $timed_out ]]; then
		return
	elif [[ $(init_said 'command ended: ') ]]; then
		where="after the command had ended"
	elif grep -q 'mshv-init: command starts' "$run/kernel.log"; then
		where="while the command was running"
	elif [[ -s $run/kernel.log ]]; then
		where="while the root kernel was starting"
	else
		where="before the root kernel said a word"
	fi
	problem "no end within $timeout s, $where" \
		"$(tail -n 5 "$run/kernel.log"; tail -n 5 "$run/minihv.log")"
}

# Faults that were asked for are part of the result: did they happen?
report_faults()
{
	if ((${#faults[@]} > 0)); then
		grep '^minihv: fault: ' "$run/minihv.log" >&2 || true
	fi
}

# Ends the program: with the command's exit code if nothing else was wrong.
judge()
{
	local status

	clean_logs
	judge_qemu
	judge_minihv
	judge_kernel
	judge_driver
	judge_init
	judge_end
	judge_time
	report_faults
	if ((problems > 0)); then
		say "logs: $run"
		[[ ! $timed_out ]] || exit $EXIT_TIMEOUT
		exit $EXIT_HOST
	fi
	status=$(init_said 'command ended: ')
	rm -f "$run"/{initramfs,minihv.elf,monitor,registers.log}
	exit "$status"
}
