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

# qemu_time PID MICROSECONDS: what is left of that time when it is shortened by as much as
# the processors that QEMU's threads got are less than those they could have used, because
# other programs had them. At least a twentieth; all where the kernel does not count it.
qemu_time()
{
	cat "/proc/$1/task"/*/schedstat 2>/dev/null |
		awk -v time="$2" '{ ran += $1; waited += $2 }
		END {
			share = ran + waited ? ran / (ran + waited) : 1
			printf "%d\n", time * (share < 0.05 ? 0.05 : share)
		}'
}
