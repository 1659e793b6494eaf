// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO exits: carrying out the instruction.
 */
#include <errno.h>

#include "core/inject.h"
#include "core/vpregs.h"
#include "decode/cursor.h"
#include "emulate/mmio.h"
#include "emulate/retire.h"
#include "regs/size.h"

#define PAGE UINT64_C(0x1000)
#define VECTOR_PROTECTION 13

static bool is_memory_exit(const struct hv_message *msg)
{
	return (msg->header.message_type == HVMSG_UNMAPPED_GPA ||
		msg->header.message_type == HVMSG_GPA_INTERCEPT) &&
	       msg->header.payload_size >=
	       sizeof(struct hv_x64_memory_intercept_message);
}

/* Neither the delivery of an event nor a fetch is an access of the instruction at RIP. */
static bool is_about_operand(const struct hv_x64_intercept_message_header *head)
{
	return !head->execution_state.interruption_pending &&
	       head->intercept_access_type != HV_INTERCEPT_ACCESS_EXECUTE;
}

/*
 * An exit about something else cannot be handled here. But if another thread has mapped
 * the memory by now, the guest will find it there.
 */
static int handle_elsewhere(struct mshv_vp *vp,
			    const struct hv_x64_memory_intercept_message *msg)
{
	static const unsigned int wanted[] = {
		[HV_INTERCEPT_ACCESS_READ] = 0,
		[HV_INTERCEPT_ACCESS_WRITE] = MSHV_MEM_WRITE,
		[HV_INTERCEPT_ACCESS_EXECUTE] = MSHV_MEM_EXEC,
	};
	const unsigned int access = msg->header.intercept_access_type;

	if (access > HV_INTERCEPT_ACCESS_EXECUTE || !vp_map_changed(vp) ||
	    vm_check(vp->vm, msg->guest_physical_address, 1, wanted[access]))
		return -EOPNOTSUPP;
	return 0;
}

/* The stack pointer has as many bits as the stack's segment says. */
static int find_stack_mask(struct mmio *m)
{
	const uint32_t name = HV_X64_REGISTER_SS;
	union hv_register_value v;
	int err;

	m->stack_mask = UINT64_MAX;
	if (m->mode.bits == 64)
		return 0;
	err = mshv_regcache_get(m->vp->cache, &name, &v, 1);
	if (!err)
		m->stack_mask = v.segment._default ? UINT32_MAX : UINT16_MAX;
	return err;
}

static int carry_out(struct mmio *m, bool *finished)
{
	int err = 0;

	/* Without the page, one hypercall for all that may be needed. */
	if (!regcache_page_usable(m->vp->cache))
		err = mshv_regcache_load(m->vp->cache, MSHV_TIER_FAST);
	if (!err)
		err = find_stack_mask(m);
	if (err)
		return err;
	return m->insn->kind >= INSN_MOVS ? mmio_string(m, retire_steps(m->vp), finished) :
					    mmio_carry_out(m);
}

static __attribute__((noinline)) int
handle_any(struct mshv_vp *vp, const struct mshv_mmio_ops *ops, void *opaque)
{
	struct mmio m = {
		.vp = vp,
		.ops = ops,
		.opaque = opaque,
		.msg = (const void *)vp_message(vp)->u.payload,
	};
	bool finished = true;
	int err;

	if (!is_memory_exit(vp_message(vp)) || !ops->read || !ops->write)
		return -EINVAL;
	if (!is_about_operand(&m.msg->header))
		return handle_elsewhere(vp, m.msg);
	m.mode = code_mode(&m.msg->header);
	vp->fault.valid = false;
	err = mmio_fetch(&m);
	/* Another VP took the code away: the guest will see that by itself. */
	if (err == -EFAULT && vp->fault.valid)
		return 0;
	/* No memory is accessed by it: another VP has changed it, which is no way to do so. */
	if (err == -EDOM)
		err = mmio_fault_code(&m, VECTOR_PROTECTION, 0);
	if (!err)
		err = carry_out(&m, &finished);
	if (err == -EAGAIN && m.again)
		return 0;
	if (err)
		return inject_fault(vp, err);
	if (m.jumps)
		return retire_at(vp, m.target);
	if (m.shadow)
		return retire_with_shadow(vp, m.insn->length);
	return retire(vp, finished ? m.insn->length : 0);
}

static bool is_simple_insn(const struct insn *insn, unsigned int bits)
{
	unsigned int size = insn->kind == INSN_LOAD ? insn->reg_size : insn->size;

	return (insn->kind == INSN_LOAD || insn->kind == INSN_STORE) && bits == 64 &&
	       insn->address_size == 8 && insn->segment < SEG_FS && !insn->swap &&
	       (insn->has_imm || !insn_is_high_byte(insn, size));
}

void mmio_simplify(struct insn_memo *memo)
{
	const struct insn *insn = &memo->insn;

	memo->simple = is_simple_insn(insn, memo->bits);
	if (!memo->simple)
		return;
	memo->base = insn->rip_relative ? RIP_BIT : insn->base;
	memo->displacement = (uint64_t)insn->displacement +
			     (insn->rip_relative ? insn->length : 0);
	memo->access = insn->kind == INSN_LOAD ? HV_INTERCEPT_ACCESS_READ :
						 HV_INTERCEPT_ACCESS_WRITE;
	memo->spare = (uint8_t)(64 - 8 * insn->size);
	memo->last = (uint16_t)(PAGE - insn->size);
}

/*
 * The exit that nearly all are: in 64-bit mode one MOV that is remembered, between a
 * general register and a device on one page that the exit itself names. For these there is a short way, which does what the long way would do.
 */
static inline bool is_simple(const struct mshv_vp *vp,
			     const struct hv_x64_memory_intercept_message *msg)
{
	const struct insn_memo *memo = vp->decoded.last;

	return memo->simple && !vp_map_changed(vp) &&
	       vp_message(vp)->header.message_type == HVMSG_UNMAPPED_GPA &&
	       vp_message(vp)->header.payload_size >= sizeof(*msg) &&
	       msg->memory_access_info.gva_valid && msg->memory_access_info.gva_gpa_valid &&
	       msg->header.intercept_access_type == memo->access &&
	       msg->header.execution_state.efer_lma && msg->header.cs_segment._long &&
	       !msg->header.execution_state.interruption_pending &&
	       retire_is_plain(&msg->header) && regcache_is_fresh(vp->cache);
}

/* Where the exit says that the operand is, if it is all there. */
static inline bool find(struct mshv_vp *vp,
			const struct hv_x64_memory_intercept_message *msg, uint64_t *gpa)
{
	const uint64_t page = msg->guest_virtual_address / PAGE * PAGE;
	const struct insn_memo *memo = vp->decoded.last;
	const struct insn *insn = &memo->insn;
	uint64_t offset = memo->displacement - page;

	if (memo->base >= 0)
		offset += regcache_fresh(vp->cache, (unsigned int)memo->base);
	if (insn->index >= 0)
		offset += regcache_fresh(vp->cache, (unsigned int)insn->index) << insn->scale;
	*gpa = msg->guest_physical_address / PAGE * PAGE + offset;
	return offset <= memo->last;
}

/* The device has looked at registers, or changed them; or the target is a part of one. */
static __attribute__((noinline)) int finish_load(struct mshv_vp *vp, uint64_t value)
{
	struct mmio m = { .vp = vp, .insn = &vp->decoded.last->insn };
	int err = mmio_set_operand_reg(&m, m.insn->reg_size, value);

	return err ? err : retire(vp, m.insn->length);
}

static inline int load(struct mshv_vp *vp, const struct mshv_mmio_ops *ops, void *opaque,
		       uint64_t gpa)
{
	const struct insn *insn = &vp->decoded.last->insn;
	const unsigned int spare = vp->decoded.last->spare;
	uint64_t value = 0;
	int err;

	err = !ops->read ? -EINVAL : ops->read(vp, opaque, gpa, insn->size, &value);
	if (err)
		return err;
	value = insn->sign_extend ? (uint64_t)((int64_t)(value << spare) >> spare) :
				    value << spare >> spare;
	if (insn->reg_size < 4 || !regcache_is_fresh(vp->cache))
		return finish_load(vp, value);
	regcache_lay_rip(vp->cache, retire_header(vp)->rip + insn->length);
	regcache_lay_general(vp->cache, insn->reg,
			     insn->reg_size == 4 ? (uint32_t)value : value);
	return 0;
}

static inline int store(struct mshv_vp *vp, const struct mshv_mmio_ops *ops, void *opaque,
			uint64_t gpa)
{
	const struct insn *insn = &vp->decoded.last->insn;
	uint64_t value;
	int err;

	value = insn->has_imm ? insn->imm : regcache_fresh(vp->cache, insn->reg);
	value &= UINT64_MAX >> vp->decoded.last->spare;
	err = !ops->write ? -EINVAL : ops->write(vp, opaque, gpa, insn->size, value);
	if (err)
		return err;
	if (!regcache_is_fresh(vp->cache))
		return retire(vp, insn->length);
	regcache_lay_rip(vp->cache, retire_header(vp)->rip + insn->length);
	return 0;
}

/* An instruction other than the last: if it was there before, it may be simple, too. */
static __attribute__((noinline)) int
handle_other(struct mshv_vp *vp, const struct mshv_mmio_ops *ops, void *opaque)
{
	const struct hv_x64_memory_intercept_message *msg =
		(const void *)vp_message(vp)->u.payload;

	if (mmio_recall(&vp->decoded, msg, 64))
		return mshv_vp_handle_mmio(vp, ops, opaque);
	return handle_any(vp, ops, opaque);
}

int mshv_vp_handle_mmio(struct mshv_vp *vp, const struct mshv_mmio_ops *ops,
			void *opaque)
{
	const struct hv_x64_memory_intercept_message *msg;
	uint64_t gpa;
	int err;

	if (!vp || !ops)
		return -EINVAL;
	if (ops->size != sizeof(*ops)) {
		err = size_check(ops, ops->size, sizeof(*ops));
		if (err)
			return err;
	}
	msg = (const void *)vp_message(vp)->u.payload;
	if (!mmio_remembers(vp->decoded.last, msg))
		return handle_other(vp, ops, opaque);
	if (!is_simple(vp, msg) || !find(vp, msg, &gpa))
		return handle_any(vp, ops, opaque);
	/* No page table is walked from here: an error is the device's, and no fault. */
	return vp->decoded.last->insn.kind == INSN_LOAD ? load(vp, ops, opaque, gpa) :
						    store(vp, ops, opaque, gpa);
}
