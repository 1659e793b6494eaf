// SPDX-License-Identifier: GPL-2.0-only
/* Nested page faults of child VPs: the local APIC, doorbells, and the parent's memory. */
#include "exit/child.h"
#include "exit/intercept.h"
#include "lapic/lapic.h"
#include "state/regs.h"
#include "synic/ports.h"
#include "vp/gva.h"

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
	unsigned int n = vp_fetch(vp, bytes, sizeof(bytes));
	struct decoded d;

	if (!decode(bytes, n, vp_decode_mode(vp->vmcb), &d) || d.op != OP_MOV || !d.to_memory ||
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

enum vp_stop child_page_fault(struct vp *vp)
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
