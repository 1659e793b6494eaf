// SPDX-License-Identifier: GPL-2.0-only
/* Exits of child VPs: what the hypervisor does itself, and what goes to the parent. */
#include "decode.h"
#include "gva.h"
#include "hcall.h"
#include "intercept.h"
#include "ports.h"
#include "regs.h"

#define CPUID_LENGTH	2
#define MSR_LENGTH	2
#define HLT_LENGTH	1
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

/*
 * With a local APIC the hypervisor waits for the interrupt. Nothing can end a
 * halt without one, or with interrupts off: that is the parent's to judge.
 */
static enum vp_stop child_hlt(struct vp *vp)
{
	bool lapic = vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;

	if (lapic && (vp->vmcb->rflags & RFLAGS_IF)) {
		vp_skip(vp, HLT_LENGTH);
		vp->halted = true;
		return VP_STOP_NONE;
	}
	intercept_hlt(vp);
	return VP_STOP_INTERCEPT;
}

static enum decode_mode decode_mode(const struct vmcb *v)
{
	if ((v->efer & EFER_LMA) && (v->cs.attrib & SEG_ATTR_L))
		return MODE_64;
	return v->cs.attrib & SEG_ATTR_DB ? MODE_32 : MODE_16;
}

static uint64_t stored_value(struct vp *vp, const struct decoded *d)
{
	union hv_register_value v;

	if (d->has_imm)
		return d->imm;
	reg_get(vp, HV_X64_REGISTER_RAX + d->reg, &v);
	return d->high_byte ? v.reg64 >> 8 : v.reg64;
}

static bool rings_doorbell(struct vp *vp, uint64_t gpa)
{
	uint8_t bytes[MAX_INSTRUCTION];
	struct decoded d;
	unsigned int n;

	spin_lock(&vp->partition->lock);
	n = gva_fetch(vp, bytes, sizeof(bytes));
	spin_unlock(&vp->partition->lock);
	if (!decode(bytes, n, decode_mode(vp->vmcb), &d) || d.op != OP_MOV || !d.to_memory ||
	    !ports_doorbell(vp->partition, gpa, stored_value(vp, &d), d.size))
		return false;
	vp_skip(vp, d.length);
	return true;
}

static uint32_t wanted_access(uint64_t fault)
{
	if (fault & NPF_FETCH)
		return NPT_READ | NPT_EXEC;
	return fault & NPF_WRITE ? NPT_READ | NPT_WRITE : NPT_READ;
}

static bool is_lapic_page(const struct vp *vp, uint64_t gpa)
{
	const struct lapic *l = &vp->lapic;

	return (vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED) &&
	       (l->base & LAPIC_BASE_ENABLED) && !lapic_is_x2apic(l) &&
	       (gpa & PAGE_MASK) == (l->base & PAGE_MASK);
}

static enum vp_stop child_page_fault(struct vp *vp)
{
	uint64_t gpa = vp->vmcb->exit_info_2, fault = vp->vmcb->exit_info_1;
	struct partition *p = vp->partition;
	uint32_t wanted = wanted_access(fault);
	struct npt_entry e;
	bool mapped, write = fault & NPF_WRITE;

	if (is_lapic_page(vp, gpa)) {
		if (!lapic_mmio(vp, gpa, write))
			vp_inject_gp(vp);
		return VP_STOP_NONE;
	}
	if (write && ports_doorbell_page(p, gpa) && rings_doorbell(vp, gpa))
		return VP_STOP_NONE;
	spin_lock(&p->lock);
	mapped = npt_lookup(&p->npt, gpa, &e);
	spin_unlock(&p->lock);
	/* The parent may have given access since. */
	if (mapped && (e.access & wanted) == wanted)
		return VP_STOP_NONE;
	intercept_memory(vp, mapped);
	return VP_STOP_INTERCEPT;
}

/* An exception that is intercepted for the parent; it never reached the guest. */
static enum vp_stop child_exception(struct vp *vp, uint8_t vector)
{
	if (vp->partition->intercepts->exceptions >> vector & 1) {
		intercept_exception(vp, vector);
		return VP_STOP_INTERCEPT;
	}
	/* The intercept was removed while the VP ran. */
	vp_inject_exception(vp, vector, vp->vmcb->exit_info_1);
	return VP_STOP_NONE;
}

/* Calls that are the parent's, if it asked for them: extended ones, and those on devices. */
static bool is_parents_call(const struct vp *vp)
{
	bool wide = (vp->vmcb->efer & EFER_LMA) && (vp->vmcb->cs.attrib & SEG_ATTR_L);
	uint16_t code = wide ? vp->gprs.rcx : vp->vmcb->rax;

	if (code >= FIRST_EXTENDED_CALL)
		return vp->partition->intercepts->hypercall;
	return code == HVCALL_RETARGET_INTERRUPT && vp->partition->intercepts->retarget;
}

static enum vp_stop child_hypercall(struct vp *vp)
{
	if (is_parents_call(vp)) {
		intercept_hypercall(vp);
		return VP_STOP_INTERCEPT;
	}
	hcall_execute(vp);
	/* The call's parameters were not in memory. */
	if (vp->vmcb->exit_code == VMEXIT_NPF)
		return child_page_fault(vp);
	return vp->intercept_suspend ? VP_STOP_INTERCEPT : VP_STOP_NONE;
}

enum vp_stop child_exit(struct vp *vp)
{
	uint64_t code = vp->vmcb->exit_code;

	switch (code) {
	case VMEXIT_CPUID:
		return child_cpuid(vp);
	case VMEXIT_MSR:
		return child_msr(vp);
	case VMEXIT_IOIO:
		intercept_io(vp);
		return VP_STOP_INTERCEPT;
	case VMEXIT_HLT:
		return child_hlt(vp);
	case VMEXIT_NPF:
		return child_page_fault(vp);
	case VMEXIT_VMMCALL:
		return child_hypercall(vp);
	case VMEXIT_VINTR:
		return VP_STOP_NONE;	/* child_prepare() closes the window */
	case VMEXIT_IRET:
		child_iret(vp);
		return VP_STOP_NONE;
	case VMEXIT_INTR:
		return VP_STOP_PREEMPTED;
	case VMEXIT_SHUTDOWN:
		intercept_unrecoverable(vp);
		return VP_STOP_INTERCEPT;
	case VMEXIT_INVALID:
		intercept_invalid_state(vp);
		return VP_STOP_INTERCEPT;
	case VMEXIT_EXC_BASE ... VMEXIT_EXC_BASE + 31:
		return child_exception(vp, code - VMEXIT_EXC_BASE);
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
