// SPDX-License-Identifier: GPL-2.0-only
/* Exits of child VPs: what the hypervisor does itself, and what goes to the parent. */
#include "exit/child.h"
#include "exit/exit.h"
#include "exit/intercept.h"
#include "hypercall/hcall.h"
#include "partition/intercepts.h"
#include "state/cpuid.h"
#include "state/msr.h"
#include "vp/gva.h"

#define CPUID_LENGTH	2
#define MSR_LENGTH	2
#define HLT_LENGTH	1
#define SOFTINT_LENGTH	2
#define OPCODE_INT3	0xcc
#define OPCODE_INT	0xcd
#define PREFIX_ADDRESS	0x67
#define FIRST_EXTENDED_CALL	0x8000

static void set_eax_edx(struct vp *vp, uint64_t value)
{
	vp->vmcb->rax = (uint32_t)value;
	vp->gprs.rdx = value >> 32;
}

static enum vp_stop child_cpuid(struct vp *vp)
{
	uint32_t leaf = vp->vmcb->rax, r[4];

	cpuid_emulate(vp, leaf, vp->gprs.rcx, r);
	if (intercept_cpuid(vp->partition, leaf)) {
		intercept_cpuid_message(vp, r);
		return VP_STOP_INTERCEPT;
	}
	vp->vmcb->rax = r[0];
	vp->gprs.rbx = r[1];
	vp->gprs.rcx = r[2];
	vp->gprs.rdx = r[3];
	vp_skip(vp, CPUID_LENGTH);
	return VP_STOP_NONE;
}

/* An MSR that nobody knows: the parent's, if it wants it, or as the property says. */
static enum vp_stop unknown_msr(struct vp *vp, uint32_t msr, bool write)
{
	uint32_t mask = write ? HV_INTERCEPT_ACCESS_MASK_WRITE : HV_INTERCEPT_ACCESS_MASK_READ;

	if (vp->partition->intercepts->msr & mask) {
		intercept_msr(vp, msr, write);
		return VP_STOP_INTERCEPT;
	}
	if (vp->partition->props.unimplemented_msr_action == HV_UNIMPLEMENTED_MSR_ACTION_FAULT) {
		vp_inject_gp(vp);
		return VP_STOP_NONE;
	}
	if (!write)
		set_eax_edx(vp, 0);
	vp_skip(vp, MSR_LENGTH);
	return VP_STOP_NONE;
}

static enum vp_stop child_msr(struct vp *vp)
{
	uint32_t msr = vp->gprs.rcx;
	bool write = vp->vmcb->exit_info_1 & 1, known = true, ok;
	uint32_t mask = write ? HV_INTERCEPT_ACCESS_MASK_WRITE : HV_INTERCEPT_ACCESS_MASK_READ;
	uint64_t value = vp->gprs.rdx << 32 | (uint32_t)vp->vmcb->rax;

	if (intercept_msr_index(vp->partition, msr) & mask) {
		intercept_msr(vp, msr, write);
		return VP_STOP_INTERCEPT;
	}
	ok = write ? msr_write(vp, msr, value, &known) : msr_read(vp, msr, &value, &known);
	if (!known)
		return unknown_msr(vp, msr, write);
	if (!ok) {
		vp_inject_gp(vp);
		return VP_STOP_NONE;
	}
	if (!write)
		set_eax_edx(vp, value);
	vp_skip(vp, MSR_LENGTH);
	return VP_STOP_NONE;
}

/* Only another VP's INIT or NMI makes it run, if it is to. */
static bool is_parked(const struct vp *vp)
{
	return vp->wait_for_sipi ||
	       (vp->halted && !vp->idle && !(vp->vmcb->rflags & RFLAGS_IF));
}

/* Is there another VP that could wake this one? If so it halts, before others ask. */
static bool park(struct vp *vp)
{
	struct partition *p = vp->partition;
	bool others = false;
	uint32_t i;

	spin_lock(&p->lock);
	for (i = 0; i < MAX_VPS; i++)
		if (p->vps[i] && p->vps[i] != vp && !is_parked(p->vps[i]))
			others = true;
	vp->halted = others;
	vp->idle = false;
	spin_unlock(&p->lock);
	return others;
}

/*
 * With a local APIC the hypervisor waits for the interrupt. What nothing can end is
 * the parent's to judge: a halt without APIC, and with interrupts off that of the last
 * VP which was not waiting for another.
 */
static enum vp_stop child_hlt(struct vp *vp)
{
	bool lapic = vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;

	if (lapic && ((vp->vmcb->rflags & RFLAGS_IF) || park(vp))) {
		vp_skip(vp, HLT_LENGTH);
		vp->halted = true;
		vp->idle = false;
		return VP_STOP_NONE;
	}
	intercept_hlt(vp);
	return VP_STOP_INTERCEPT;
}

/* RCX as wide as the instruction's addresses are, which QEMU does not report. */
static uint64_t repeat_count(struct vp *vp)
{
	enum decode_mode mode = vp_decode_mode(vp->vmcb);
	uint8_t bytes[MAX_INSTRUCTION];
	unsigned int i, length = MIN(vp->vmcb->exit_info_2 - vp->vmcb->rip, sizeof(bytes));
	bool other = false;

	length = vp_fetch(vp, bytes, length);
	for (i = 0; i < length; i++)
		other |= bytes[i] == PREFIX_ADDRESS;
	if (mode == MODE_64)
		return other ? (uint32_t)vp->gprs.rcx : vp->gprs.rcx;
	return (mode == MODE_32) != other ? (uint32_t)vp->gprs.rcx : (uint16_t)vp->gprs.rcx;
}

static enum vp_stop child_io(struct vp *vp)
{
	/* Repeated no times it does nothing, so there is nothing to intercept. */
	if ((vp->vmcb->exit_info_1 & IOIO_REP) && (vp->vmcb->exit_info_1 & IOIO_STRING) &&
	    !repeat_count(vp)) {
		vp_skip(vp, vp->vmcb->exit_info_2 - vp->vmcb->rip);
		return VP_STOP_NONE;
	}
	intercept_io(vp);
	return VP_STOP_INTERCEPT;
}

/*
 * An exception that the parent may want; the guest has not seen it. What the
 * hypervisor itself wants to inject goes the same way, see child_prepare().
 */
static enum vp_stop child_exception(struct vp *vp, uint8_t vector)
{
	if (vector == EXC_PF)
		vp->exception_address = vp->vmcb->exit_info_2;
	vp_inject_exception(vp, vector, vp->vmcb->exit_info_1);
	return VP_STOP_NONE;
}

/*
 * QEMU reports INT3 as a software interrupt, not as exception 3, so those are
 * intercepted too while the parent wants #BP; others are let through.
 */
static enum vp_stop child_software_interrupt(struct vp *vp)
{
	uint8_t bytes[SOFTINT_LENGTH];
	unsigned int n = vp_fetch(vp, bytes, sizeof(bytes));

	if (n && bytes[0] == OPCODE_INT3) {
		vp_inject_exception(vp, EXC_BP, 0);
	} else if (n == SOFTINT_LENGTH && bytes[0] == OPCODE_INT) {
		vp_skip(vp, SOFTINT_LENGTH);
		vp->pending_event = VMCB_EVENT_VALID | VMCB_EVENT_SOFT | bytes[1];
	} else {
		vp_inject_gp(vp);
	}
	return VP_STOP_NONE;
}

/* Extended calls are the parent's, if it asked for them. */
static bool is_parents_call(const struct vp *vp)
{
	bool wide = (vp->vmcb->efer & EFER_LMA) && (vp->vmcb->cs.attrib & SEG_ATTR_L);
	uint16_t code = wide ? vp->gprs.rcx : vp->vmcb->rax;

	return code >= FIRST_EXTENDED_CALL && vp->partition->intercepts->hypercall;
}

static enum vp_stop child_hypercall(struct vp *vp)
{
	if (is_parents_call(vp) || hcall_execute(vp) == HCALL_PARENTS) {
		intercept_hypercall(vp);
		return VP_STOP_INTERCEPT;
	}
	/* The call's parameters were not in memory. */
	if (vp->vmcb->exit_code == VMEXIT_NPF)
		return child_page_fault(vp);
	return vp->intercept_suspend ? VP_STOP_INTERCEPT : VP_STOP_NONE;
}

static enum vp_stop handle(struct vp *vp)
{
	uint64_t code = vp->vmcb->exit_code;

	switch (code) {
	case VMEXIT_CPUID:
		return child_cpuid(vp);
	case VMEXIT_MSR:
		return child_msr(vp);
	case VMEXIT_IOIO:
		return child_io(vp);
	case VMEXIT_HLT:
		return child_hlt(vp);
	case VMEXIT_NPF:
		return child_page_fault(vp);
	case VMEXIT_VMMCALL:
		return child_hypercall(vp);
	case VMEXIT_VINTR:
		return VP_STOP_NONE;	/* child_prepare() closes the window */
	case VMEXIT_SWINT:
		return child_software_interrupt(vp);
	case VMEXIT_IRET:
		vp_begin_iret(vp);
		return VP_STOP_NONE;
	case VMEXIT_INTR:
		return VP_STOP_PREEMPTED;
	case VMEXIT_SHUTDOWN:
		intercept_unrecoverable(vp);
		return VP_STOP_INTERCEPT;
	case VMEXIT_INVALID:
		vp_inject_gp(vp);
		return VP_STOP_NONE;
	case VMEXIT_EXC_BASE ... VMEXIT_EXC_BASE + 31:
		return child_exception(vp, code - VMEXIT_EXC_BASE);
	case VMEXIT_RDTSC:
		return withhold_rdtsc(vp);
	case VMEXIT_RDTSCP:
	case VMEXIT_INVLPGA:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD:
	case VMEXIT_VMSAVE:
	case VMEXIT_STGI:
	case VMEXIT_CLGI:
	case VMEXIT_SKINIT:
		vp_inject_ud(vp);
		return VP_STOP_NONE;
	default:
		hv_fatal("exit 0x%lx of VP %u of partition %lu at 0x%lx", code, vp->index,
			 vp->partition->id, vp->vmcb->rip);
	}
}

enum vp_stop child_exit(struct vp *vp)
{
	enum vp_stop stop = handle(vp);

	intercept_eoi_flush(vp);
	return stop;
}
