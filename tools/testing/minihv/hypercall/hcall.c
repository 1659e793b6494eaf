// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall dispatcher (TLFS chapter 3): checks what is the same for all
 * calls, brings the input, calls the handler, takes the output back.
 */
#include "hypercall/hcall.h"
#include "faults/faults.h"

#define VMMCALL_LENGTH	3
#define NR_CODES	0x200
#define FAST_INPUT	16
#define REP_MASK	0xfffu

/*
 * Buffers of a CPU. Children have a pair of their own: they run, and make calls,
 * inside the call by which root dispatches them.
 */
struct buffers {
	uint8_t in[PAGE_SIZE], out[PAGE_SIZE];
};

/* The registers of a call, wherever the caller's mode has them. */
struct call_regs {
	uint64_t control, in, out;
};

static bool long_mode(const struct vp *vp)
{
	return (vp->vmcb->efer & EFER_LMA) && (vp->vmcb->cs.attrib & SEG_ATTR_L);
}

static uint64_t pair(uint64_t high, uint64_t low)
{
	return high << 32 | (uint32_t)low;
}

static struct call_regs get_regs(const struct vp *vp)
{
	const struct gprs *g = &vp->gprs;

	if (long_mode(vp))
		return (struct call_regs){ g->rcx, g->rdx, g->r8 };
	return (struct call_regs){ pair(g->rdx, vp->vmcb->rax), pair(g->rbx, g->rcx),
				   pair(g->rdi, g->rsi) };
}

static void set_result(struct vp *vp, uint16_t status, uint16_t done)
{
	uint64_t result = status | (uint64_t)(done & REP_MASK) << HV_HYPERCALL_REP_COMP_OFFSET;

	if (long_mode(vp)) {
		vp->vmcb->rax = result;
	} else {
		vp->vmcb->rax = (uint32_t)result;
		vp->gprs.rdx = result >> 32;
	}
}

static struct buffers *buffers(bool child)
{
	static struct buffers *all[MAX_CPUS][2];
	struct buffers **b = &all[this_cpu()->index][child];

	if (!*b)
		*b = hv_alloc_pages(sizeof(**b) / PAGE_SIZE);
	return *b;
}

static const struct hcall_entry *find(uint16_t code)
{
	static const struct hcall_entry *const tables[] = {
		hc_partition_table, hc_property_table, hc_vp_table, hc_vpstate_table,
		hc_memory_table, hc_system_table, hc_stats_table, hc_port_table,
		hc_irq_table, hc_ipi_table, hc_domain_table,
		hc_attach_table, hc_target_table, hc_domain_map_table,
	};
	static const struct hcall_entry *by_code[NR_CODES];
	const struct hcall_entry *e;
	unsigned int i;

	if (code < NR_CODES && by_code[code])
		return by_code[code];
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (e = tables[i]; e->fn; e++)
			if (e->code == code) {
				if (code < NR_CODES)
					by_code[code] = e;
				return e;
			}
	return NULL;
}

static void report_unknown(const struct vp *vp, uint16_t code)
{
	static const char kind[] = "hypercall";

	if (hv_first(kind, code))
		hv_strict("unknown hypercall 0x%x by VP %u of partition %lu", code, vp->index,
			  vp->partition->id);
}

static bool allowed(const struct partition *p, uint16_t flags)
{
	if (flags & HC_ANY)
		return true;
	if (flags & HC_ROOT)
		return p->type == PARTITION_ROOT;
	return (flags & HC_PARENT) && !partition_is_child(p);
}

static bool control_ok(const struct hcall_entry *e, const struct hcall *c, uint64_t control)
{
	if (control & HV_HYPERCALL_RSVD_MASK)
		return false;
	if (c->var_words && !(e->flags & HC_VAR))
		return false;
	if (e->flags & HC_REP)
		return c->start < c->reps;
	return !c->reps && !c->start;
}

static uint32_t in_bytes(const struct hcall_entry *e, const struct hcall *c)
{
	return e->in_size + c->var_words * 8 + (uint32_t)e->in_rep * c->reps;
}

static uint32_t out_bytes(const struct hcall_entry *e, const struct hcall *c)
{
	return e->out_size + (uint32_t)e->out_rep * c->reps;
}

/* 8-byte aligned and within one page (TLFS 3.8). */
static bool list_ok(uint64_t gpa, uint32_t size)
{
	return !size || (!(gpa & 7) && (gpa & ~PAGE_MASK) + size <= PAGE_SIZE);
}

/*
 * The caller's parameter page is not there: a nested page fault, after which the
 * call is made again. The exit becomes one, see hcall_execute().
 */
static void fault_on(struct vp *vp, uint64_t gpa, uint32_t access)
{
	struct npt_entry e;

	vp->vmcb->exit_code = VMEXIT_NPF;
	vp->vmcb->exit_info_1 = NPF_FINAL | (access & NPT_WRITE ? NPF_WRITE : 0) |
		(npt_lookup(&vp->partition->npt, gpa, &e) && e.access ? NPF_PRESENT : 0);
	vp->vmcb->exit_info_2 = gpa;
}

/* Under the lock, since another VP may be changing the map. */
static void *guest_page(struct vp *vp, uint64_t gpa, uint32_t access)
{
	void *page;

	spin_lock(&vp->partition->lock);
	page = vp_gpa(vp, gpa, access);
	if (!page)
		fault_on(vp, gpa, access);
	spin_unlock(&vp->partition->lock);
	return page;
}

static uint16_t fetch(struct hcall *c, const struct hcall_entry *e, const struct call_regs *regs,
		      uint8_t *in)
{
	uint32_t size = in_bytes(e, c);
	const void *guest;

	c->in = in;
	if (c->fast) {
		if (!(e->flags & HC_FAST_OK) || size > FAST_INPUT || out_bytes(e, c))
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		memcpy(in, &regs->in, 8);
		memcpy(in + 8, &regs->out, 8);
		return HV_STATUS_SUCCESS;
	}
	if (!list_ok(regs->in, size) || !list_ok(regs->out, out_bytes(e, c)))
		return HV_STATUS_INVALID_ALIGNMENT;
	if (size) {
		guest = guest_page(c->vp, regs->in, NPT_READ);
		if (!guest)
			return HV_STATUS_INVALID_PARAMETER;
		memcpy(in, guest, size);
	}
	if (out_bytes(e, c) && !guest_page(c->vp, regs->out, NPT_WRITE))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/*
 * The header, and of the repeated part what this call did. The page may have left
 * the caller's map meanwhile; then the caller gave it away itself.
 */
static void store(const struct hcall *c, const struct hcall_entry *e, uint64_t gpa,
		  uint16_t status)
{
	uint32_t from = e->out_size + (uint32_t)e->out_rep * c->start;
	uint32_t end = e->out_size + (uint32_t)e->out_rep * c->done;
	uint8_t *guest;

	if (!out_bytes(e, c) || (status != HV_STATUS_SUCCESS && c->done == c->start))
		return;
	spin_lock(&c->caller->lock);
	guest = vp_gpa(c->vp, gpa, NPT_WRITE);
	spin_unlock(&c->caller->lock);
	if (!guest)
		return;
	memcpy(guest, c->out, e->out_size);
	if (e->out_rep)
		memcpy(guest + from, (const uint8_t *)c->out + from, end - from);
}

static uint16_t run(struct hcall *c, const struct hcall_entry *e)
{
	uint16_t status = fault_hcall(c->code), reps = c->reps;

	fault_meet_call(this_cpu()->index, c->code);
	if (status != HV_STATUS_SUCCESS)
		return status;
	if (e->flags & HC_REP)
		c->reps = c->start + fault_reps(c->code, c->reps - c->start);
	/* With none left it says that it succeeded, and did nothing. */
	if (!(e->flags & HC_REP) || c->reps != c->start)
		status = e->fn(c);
	if (c->code == HVCALL_DEPOSIT_MEMORY)
		fault_deposited(c->done - c->start);
	c->reps = reps;
	return status;
}

static uint16_t call(struct hcall *c, const struct hcall_entry *e, const struct call_regs *regs)
{
	struct buffers *b = buffers(partition_is_child(c->caller));
	uint16_t status;

	if (!allowed(c->caller, e->flags))
		return (e->flags & HC_HIDDEN) && fault_device(DEVICE_KNOB_NO_CODE) ?
		       HV_STATUS_INVALID_HYPERCALL_CODE : HV_STATUS_ACCESS_DENIED;
	if (!control_ok(e, c, regs->control))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	status = fetch(c, e, regs, b->in);
	if (status != HV_STATUS_SUCCESS)
		return status;
	c->out = memset(b->out, 0, out_bytes(e, c));
	status = run(c, e);
	store(c, e, regs->out, status);
	return status;
}

/*
 * Executes the call and steps over it, with three exceptions: #UD if the caller may
 * make no calls (TLFS 3.7), vmcb->exit_code == VMEXIT_NPF if its parameters
 * are not in memory, which the caller of this function handles as such an exit, and
 * what the call leaves to the caller's parent.
 */
enum hcall_end hcall_execute(struct vp *vp)
{
	struct call_regs regs = get_regs(vp);
	struct hcall c = {
		.vp = vp,
		.caller = vp->partition,
		.code = regs.control & HV_HYPERCALL_CODE_MASK,
		.fast = regs.control & HV_HYPERCALL_FAST_BIT,
		.var_words = (regs.control & HV_HYPERCALL_VARHEAD_MASK) >>
			     HV_HYPERCALL_VARHEAD_OFFSET,
		.reps = regs.control >> HV_HYPERCALL_REP_COMP_OFFSET & REP_MASK,
		.start = regs.control >> HV_HYPERCALL_REP_START_OFFSET & REP_MASK,
	};
	const struct hcall_entry *e = find(c.code);
	uint16_t status;

	if (!(vp->partition->hypercall_msr & HV_X64_MSR_HYPERCALL_ENABLE) || vp->vmcb->cpl ||
	    !(vp->vmcb->cr0 & CR0_PE)) {
		vp_inject_ud(vp);
		return HCALL_DONE;
	}
	c.done = c.start;
	if (e) {
		status = call(&c, e, &regs);
	} else {
		report_unknown(vp, c.code);
		status = HV_STATUS_INVALID_HYPERCALL_CODE;
	}
	if (c.parents)
		return HCALL_PARENTS;
	if (c.no_return || vp->vmcb->exit_code == VMEXIT_NPF)
		return HCALL_DONE;
	set_result(vp, status, c.done);
	vp_skip(vp, VMMCALL_LENGTH);
	return HCALL_DONE;
}
