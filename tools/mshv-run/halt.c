// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a guest whose processors have all halted for good. A hypervisor may tell
 * of each of them, or of the last alone, when the others wait in it for an INIT.
 */
#include <hvabi/hypercall.h>
#include <hvabi/intercept.h>
#include <hvabi/register.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <string.h>

#include "run.h"

#define RFLAGS_IF (1u << 9)
#define HLT_LENGTH 1

/* Can only another VP wake it? */
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

	if (mshv_ioctl_root_hvcall(mshv_vm_fd(m->vm), &args) || args.status)
		return false;
	return out[0].internal_activity.startup_suspend ||
	       (out[0].internal_activity.halt_suspend && !(out[1].reg64 & RFLAGS_IF));
}

/*
 * It halts in the hypervisor from now on, where an INIT or NMI of another VP wakes it; and
 * it has done so before the others are asked, so that the last of several that halt at
 * once finds all of them halted.
 */
int halt_wait(struct cpu *cpu, const struct hv_message *msg)
{
	static const uint32_t names[] = {
		HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_X64_REGISTER_RIP,
	};
	const struct hv_x64_intercept_message_header *head = (const void *)msg->u.payload;
	const union hv_register_value values[] = {
		{ .internal_activity = { .halt_suspend = 1 } },
		{ .reg64 = head->rip + HLT_LENGTH },
	};
	int err = mshv_vp_set_regs(cpu->vp, names, values, ARRAY_SIZE(names));

	return err ? err : mshv_vp_flush_regs(cpu->vp);
}

bool halt_is_the_last(struct machine *m)
{
	for (unsigned int i = 0; i < m->options->cpus; i++)
		if (!is_parked(m, &m->cpus[i]))
			return false;
	return true;
}
