# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the programs that run QEMU: what QEMU does wrong by itself, and how long it
# had to wait for processors of this machine.

# A lock that QEMU takes twice now and then when its processors send each other interrupts;
# the name of the lock has changed since.
QEMU_DEFECT='(qemu_mutex_lock_iothread|bql_lock)_impl: [Aa]ssertion.*!(qemu_mutex_iothread|bql)_locked\(\)'

# qemu_defect STATUS LOG: the assertion that ended QEMU, if it is the one above.
qemu_defect()
{
	(($1 == 134)) && grep -oE -m 1 "$QEMU_DEFECT.*" "$2"
}

# For how long QEMU's threads had processors, and waited for some, in ns.
qemu_begins()
{
	qemu_ran=0 qemu_waited=0
}

# qemu_look /proc/PID/task: to be called now and then, for threads that have ended are counted no
# more, and when QEMU ends the one that waited longest goes first.
qemu_look()
{
	local task ran=0 waited=0 r w

	for task in "$1"/*; do
		{ read -r r w _ <"$task/schedstat"; } 2>/dev/null || continue
		ran=$((ran + r)) waited=$((waited + w))
	done
	((ran <= qemu_ran)) || qemu_ran=$ran
	((waited <= qemu_waited)) || qemu_waited=$waited
}

# qemu_time MICROSECONDS: what is left of that time when it is shortened by as much as
# the processors that QEMU's threads got are less than those they could have used, because
# other programs had them. At least a twentieth; all where the kernel does not count it.
qemu_time()
{
	local all=$((qemu_ran + qemu_waited)) share=1000

	((all == 0)) || share=$((qemu_ran * 1000 / all))
	((share >= 50)) || share=50
	echo $(($1 * share / 1000))
}
