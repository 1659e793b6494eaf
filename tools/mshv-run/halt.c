// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a guest whose processors have all halted for good. A hypervisor may tell
 * of each of them, or of the last alone, when the others wait in it for an INIT.
 */
#include <hvabi/register.h>
#include <hvabi/hypercall.h>
#include <mshvctl/ioctl.h>
#include <string.h>

#include "run.h"

#define RFLAGS_IF (1u << 9)

/* Can only another VP wake it, or has it told that nothing can? */
static bool is_parked(struct machine *m, struct cpu *cpu)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[2];
	} in = {
		.head.vp_index = cpu->index,
		.names = { HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_X64_REGISTER_RFLAGS },
	};
	union hv_register_value out[2] = { 0 };
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = 2,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};

	if (atomic_load(&cpu->halted))
		return true;
	if (mshv_ioctl_root_hvcall(mshv_vm_fd(m->vm), &args) || args.status)
		return false;
	return out[0].internal_activity.startup_suspend ||
	       (out[0].internal_activity.halt_suspend && !(out[1].reg64 & RFLAGS_IF));
}

bool halt_is_the_last(struct cpu *cpu)
{
	struct machine *m = cpu->machine;

	/* The last of several that halt at once finds all of them halted. */
	atomic_store(&cpu->halted, true);
	for (unsigned int i = 0; i < m->options->cpus; i++)
		if (!is_parked(m, &m->cpus[i]))
			return false;
	return true;
}
