// SPDX-License-Identifier: GPL-2.0-only
/* Intercept messages: what each kind says (TLFS chapter 9). */
#include "exit/intercept.h"
#include "exit/child.h"
#include "lapic/lapic.h"
#include "state/regs.h"
#include "synic/parent.h"
#include "vp/gva.h"

#define CR0_AM		BIT(18)
#define INSTRUCTION_BYTES	16
#define DR7_ENABLES	0xff

static void fill_header(struct vp *vp, struct hv_x64_intercept_message_header *h,
			unsigned int length, uint8_t access)
{
	const struct vmcb *v = vp->vmcb;

	h->vp_index = vp->index;
	h->instruction_length = length;
	h->cr8 = lapic_get_cr8(vp);
	h->intercept_access_type = access;
	h->execution_state.cpl = v->cpl;
	h->execution_state.cr0_pe = !!(v->cr0 & CR0_PE);
	h->execution_state.cr0_am = !!(v->cr0 & CR0_AM);
	h->execution_state.efer_lma = !!(v->efer & EFER_LMA);
	h->execution_state.debug_active = !!(v->dr7 & DR7_ENABLES);
	h->execution_state.interruption_pending = !!(vp->pending_event & VMCB_EVENT_VALID);
	h->execution_state.interrupt_shadow = v->int_state & 1;
	h->cs_segment = segment_from_vmcb(&v->cs);
	h->rip = v->rip;
	h->rflags = v->rflags;
}

void intercept_io(struct vp *vp)
{
	const struct vmcb *v = vp->vmcb;
	struct hv_message *m = intercept_begin(vp, HVMSG_X64_IO_PORT_INTERCEPT,
					       sizeof(struct hv_x64_io_port_intercept_message));
	struct hv_x64_io_port_intercept_message *io = (void *)m->u.payload;
	unsigned int length = v->exit_info_2 - v->rip;

	fill_header(vp, &io->header, length,
		    v->exit_info_1 & IOIO_IN ? HV_INTERCEPT_ACCESS_READ :
					       HV_INTERCEPT_ACCESS_WRITE);
	io->port_number = IOIO_PORT(v->exit_info_1);
	io->access_info.access_size = IOIO_SIZE(v->exit_info_1);
	io->access_info.string_op = !!(v->exit_info_1 & IOIO_STRING);
	io->access_info.rep_prefix = !!(v->exit_info_1 & IOIO_REP);
	io->instruction_byte_count = vp_fetch(vp, io->instruction_bytes,
					   MIN(length, INSTRUCTION_BYTES));
	io->rax = v->rax;
	io->ds_segment = segment_from_vmcb(&v->ds);
	io->es_segment = segment_from_vmcb(&v->es);
	io->rcx = vp->gprs.rcx;
	io->rsi = vp->gprs.rsi;
	io->rdi = vp->gprs.rdi;
}

static uint8_t memory_access(uint64_t fault)
{
	if (fault & NPF_FETCH)
		return HV_INTERCEPT_ACCESS_EXECUTE;
	return fault & NPF_WRITE ? HV_INTERCEPT_ACCESS_WRITE : HV_INTERCEPT_ACCESS_READ;
}

/*
 * The linear address of a fetch is the instruction pointer's; that of an operand has
 * to be found. Faults on the guest's page tables have none.
 */
static void fill_gva(struct vp *vp, struct hv_x64_memory_intercept_message *mem)
{
	const struct vmcb *v = vp->vmcb;
	uint64_t gva;
	bool found;

	if (!(v->exit_info_1 & NPF_FINAL))
		return;
	if (v->exit_info_1 & NPF_FETCH) {
		gva = v->efer & EFER_LMA ? v->rip : (uint32_t)(v->cs.base + v->rip);
		found = true;
	} else {
		spin_lock(&vp->partition->lock);
		found = gva_operand(vp, mem->instruction_bytes, mem->instruction_byte_count,
				    v->exit_info_2, &gva);
		spin_unlock(&vp->partition->lock);
	}
	if (!found)
		return;
	mem->memory_access_info.gva_valid = 1;
	mem->memory_access_info.gva_gpa_valid = 1;
	mem->guest_virtual_address = gva;
}

void intercept_memory(struct vp *vp, bool mapped)
{
	const struct vmcb *v = vp->vmcb;
	struct hv_message *m = intercept_begin(vp, mapped ? HVMSG_GPA_INTERCEPT :
							    HVMSG_UNMAPPED_GPA,
					       sizeof(struct hv_x64_memory_intercept_message));
	struct hv_x64_memory_intercept_message *mem = (void *)m->u.payload;

	/* The length is not known without decoding; 0 says so. */
	fill_header(vp, &mem->header, 0, memory_access(v->exit_info_1));
	mem->cache_type = HV_CACHE_TYPE_WRITE_BACK;
	mem->tpr_priority = lapic_get_cr8(vp);
	mem->guest_physical_address = v->exit_info_2;
	if (!(v->exit_info_1 & NPF_FETCH))
		mem->instruction_byte_count = vp_fetch(vp, mem->instruction_bytes,
						    INSTRUCTION_BYTES);
	fill_gva(vp, mem);
}

void intercept_msr(struct vp *vp, uint32_t msr, bool write)
{
	struct hv_message *m = intercept_begin(vp, HVMSG_X64_MSR_INTERCEPT,
					       sizeof(struct hv_x64_msr_intercept_message));
	struct hv_x64_msr_intercept_message *x = (void *)m->u.payload;

	fill_header(vp, &x->header, 2,
		    write ? HV_INTERCEPT_ACCESS_WRITE : HV_INTERCEPT_ACCESS_READ);
	x->msr_number = msr;
	x->rdx = vp->gprs.rdx;
	x->rax = vp->vmcb->rax;
}

void intercept_cpuid_message(struct vp *vp, const uint32_t r[4])
{
	struct hv_message *m = intercept_begin(vp, HVMSG_X64_CPUID_INTERCEPT,
					       sizeof(struct hv_x64_cpuid_intercept_message));
	struct hv_x64_cpuid_intercept_message *x = (void *)m->u.payload;

	fill_header(vp, &x->header, 2, HV_INTERCEPT_ACCESS_EXECUTE);
	x->rax = vp->vmcb->rax;
	x->rcx = vp->gprs.rcx;
	x->rdx = vp->gprs.rdx;
	x->rbx = vp->gprs.rbx;
	x->default_result_rax = r[0];
	x->default_result_rbx = r[1];
	x->default_result_rcx = r[2];
	x->default_result_rdx = r[3];
}

void intercept_exception(struct vp *vp, uint8_t vector, uint32_t error)
{
	static const uint32_t with_error = BIT(EXC_DF) | BIT(10) | BIT(11) | BIT(12) |
					   BIT(EXC_GP) | BIT(EXC_PF) | BIT(17) | BIT(21);
	struct hv_message *m = intercept_begin(vp, HVMSG_X64_EXCEPTION_INTERCEPT,
					       sizeof(struct hv_x64_exception_intercept_message));
	struct hv_x64_exception_intercept_message *x = (void *)m->u.payload;
	uint8_t *gpr = (uint8_t *)x + offsetof(struct hv_x64_exception_intercept_message, rax);
	uint32_t i;

	fill_header(vp, &x->header, 0, HV_INTERCEPT_ACCESS_EXECUTE);
	x->exception_vector = vector;
	x->exception_info.error_code_valid = with_error >> vector & 1;
	if (x->exception_info.error_code_valid)
		x->error_code = error;
	if (vector == EXC_PF)
		x->exception_parameter = vp->exception_address;
	x->instruction_byte_count = vp_fetch(vp, x->instruction_bytes, INSTRUCTION_BYTES);
	x->ds_segment = segment_from_vmcb(&vp->vmcb->ds);
	x->ss_segment = segment_from_vmcb(&vp->vmcb->ss);
	for (i = 0; i < 16; i++) {
		union hv_register_value v;

		reg_get(vp, HV_X64_REGISTER_RAX + i, &v);
		memcpy(gpr + i * sizeof(v.reg64), &v.reg64, sizeof(v.reg64));
	}
}

static void header_only(struct vp *vp, uint32_t type, unsigned int length)
{
	struct hv_message *m = intercept_begin(vp, type,
					       sizeof(struct hv_x64_intercept_message_header));

	fill_header(vp, (void *)m->u.payload, length, HV_INTERCEPT_ACCESS_EXECUTE);
}

void intercept_hlt(struct vp *vp)
{
	header_only(vp, HVMSG_X64_HALT, 1);
}

void intercept_unrecoverable(struct vp *vp)
{
	header_only(vp, HVMSG_UNRECOVERABLE_EXCEPTION, 0);
}

void intercept_invalid_state(struct vp *vp)
{
	struct hv_message *m = intercept_begin(vp, HVMSG_INVALID_VP_REGISTER_VALUE,
					       sizeof(struct hv_x64_invalid_vp_register_message));
	struct hv_x64_invalid_vp_register_message *x = (void *)m->u.payload;

	x->vp_index = vp->index;
}

void intercept_hypercall(struct vp *vp)
{
	struct hv_message *m = intercept_begin(vp, HVMSG_HYPERCALL_INTERCEPT,
					       sizeof(struct hv_x64_hypercall_intercept_message));
	struct hv_x64_hypercall_intercept_message *x = (void *)m->u.payload;

	fill_header(vp, &x->header, 3, HV_INTERCEPT_ACCESS_EXECUTE);
	x->rax = vp->vmcb->rax;
	x->rbx = vp->gprs.rbx;
	x->rcx = vp->gprs.rcx;
	x->rdx = vp->gprs.rdx;
	x->r8 = vp->gprs.r8;
	x->rsi = vp->gprs.rsi;
	x->rdi = vp->gprs.rdi;
}

void intercept_deliverable(struct vp *vp, uint32_t type)
{
	uint32_t size = sizeof(struct hv_x64_interruption_deliverable_message);
	struct hv_message *m = intercept_begin(vp, HVMSG_X64_INTERRUPTION_DELIVERABLE, size);
	struct hv_x64_interruption_deliverable_message *x = (void *)m->u.payload;

	fill_header(vp, &x->header, 0, HV_INTERCEPT_ACCESS_EXECUTE);
	x->deliverable_type = type;
}

void intercept_sint_deliverable(struct vp *vp, uint16_t sints)
{
	struct hv_message *m = intercept_begin(vp, HVMSG_SYNIC_SINT_DELIVERABLE,
					       sizeof(struct hv_x64_sint_deliverable_message));
	struct hv_x64_sint_deliverable_message *x = (void *)m->u.payload;

	fill_header(vp, &x->header, 0, HV_INTERCEPT_ACCESS_EXECUTE);
	x->deliverable_sints = sints;
}

/* One message at a time; the others wait in vp->eoi_vectors. */
void intercept_eoi_flush(struct vp *vp)
{
	struct hv_message *m = &vp->eoi_message.message;
	struct hv_x64_apic_eoi_message *x = (void *)m->u.payload;
	uint32_t vector;

	if (vp->eoi_target && !list_empty(&vp->eoi_message.node))
		return;
	for (vector = 0; vector < 256; vector++)
		if (vp->eoi_vectors[vector / 64] >> vector % 64 & 1)
			break;
	if (vector == 256)
		return;
	vp->eoi_vectors[vector / 64] &= ~BIT(vector % 64);
	m->header = (struct hv_message_header){
		.message_type = HVMSG_X64_APIC_EOI,
		.payload_size = sizeof(*x),
		.sender = vp->partition->id,
	};
	x->vp_index = vp->index;
	x->interrupt_vector = vector;
	parent_post(vp, &vp->eoi_message, &vp->eoi_target);
}
