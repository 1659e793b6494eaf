// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VP's registers.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/intercept.h>
#include <string.h>

#include "core/hvcall.h"
#include "core/vpregs.h"

static int get_by_hypercall(void *opaque, const uint32_t *names,
			    union hv_register_value *values, size_t n,
			    size_t *done)
{
	struct mshv_vp *vp = opaque;
	union {
		struct hv_input_get_vp_registers head;
		uint8_t bytes[sizeof(struct hv_input_get_vp_registers) +
			      MSHV_REGCACHE_MAX_GET * sizeof(uint32_t)];
	} in;
	struct hvcall call = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = (uint16_t)n,
		.in = &in,
		.in_size = sizeof(in.head) + n * sizeof(uint32_t),
		.out = values,
		.out_size = n * sizeof(values[0]),
	};
	int err;

	memset(&in.head, 0, sizeof(in.head));
	in.head.vp_index = vp->index;
	memcpy(in.bytes + sizeof(in.head), names, n * sizeof(uint32_t));
	err = hvcall(vp->fd, &call);
	/* Drivers differ in what they make of these two, and Linux's has -EIO for them. */
	if (call.status == HV_STATUS_FEATURE_UNAVAILABLE ||
	    call.status == HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED)
		err = -EOPNOTSUPP;
	/* As below: a register is missing only if the hypervisor says so. */
	*done = call.made ? call.done : SIZE_MAX;
	return err;
}

static int set_by_hypercall(void *opaque, const struct hv_register_assoc *regs,
			    size_t n, size_t *done)
{
	struct mshv_vp *vp = opaque;
	union {
		struct hv_input_set_vp_registers head;
		uint8_t bytes[sizeof(struct hv_input_set_vp_registers) +
			      MSHV_REGCACHE_MAX_SET *
			      sizeof(struct hv_register_assoc)];
	} in;
	struct hvcall call = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = (uint16_t)n,
		.in = &in,
		.in_size = sizeof(in.head) + n * sizeof(*regs),
	};
	int err;

	memset(&in.head, 0, sizeof(in.head));
	in.head.vp_index = vp->index;
	memcpy(in.bytes + sizeof(in.head), regs, n * sizeof(*regs));
	err = hvcall(vp->fd, &call);
	/* A driver that has not made the call has nothing against a register. */
	*done = call.made ? call.done : SIZE_MAX;
	return err;
}

const struct mshv_regcache_ops vpregs_ops = {
	.size = sizeof(vpregs_ops),
	.get = get_by_hypercall,
	.set = set_by_hypercall,
};

static void seed64(struct mshv_vp *vp, uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	mshv_regcache_seed(vp->cache, name, &v);
}

static void seed_port(struct mshv_vp *vp)
{
	const struct hv_x64_io_port_intercept_message *m =
		(const void *)vp_message(vp)->u.payload;

	seed64(vp, HV_X64_REGISTER_RAX, m->rax);
	seed64(vp, HV_X64_REGISTER_RCX, m->rcx);
	seed64(vp, HV_X64_REGISTER_RSI, m->rsi);
	seed64(vp, HV_X64_REGISTER_RDI, m->rdi);
}

void vpregs_seed_from_message(struct mshv_vp *vp)
{
	const struct hv_message *msg = vp_message(vp);
	const struct hv_x64_intercept_message_header *head =
		(const void *)msg->u.payload;

	switch (msg->header.message_type) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		seed_port(vp);
		break;
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		break;
	default:
		return;
	}
	seed64(vp, HV_X64_REGISTER_RIP, head->rip);
	seed64(vp, HV_X64_REGISTER_RFLAGS, head->rflags);
}

int mshv_vp_get_regs(struct mshv_vp *vp, const uint32_t *names,
		     union hv_register_value *values, size_t n)
{
	return vp ? mshv_regcache_get(vp->cache, names, values, n) : -EINVAL;
}

int mshv_vp_set_regs(struct mshv_vp *vp, const uint32_t *names,
		     const union hv_register_value *values, size_t n)
{
	return vp ? mshv_regcache_set(vp->cache, names, values, n) : -EINVAL;
}

/* Of those that the table lacks nobody knows. */
static bool is_wide(uint32_t name)
{
	int slot = reg_slot(name);

	return slot >= 0 && reg_table[slot].size != sizeof(uint64_t);
}

int mshv_vp_get_reg(struct mshv_vp *vp, uint32_t name, uint64_t *value)
{
	if (!vp || !value || is_wide(name))
		return -EINVAL;
	return regcache_get64(vp->cache, name, value);
}

int mshv_vp_set_reg(struct mshv_vp *vp, uint32_t name, uint64_t value)
{
	if (!vp || is_wide(name))
		return -EINVAL;
	return regcache_set64(vp->cache, name, value);
}

int mshv_vp_load_regs(struct mshv_vp *vp, enum mshv_reg_tier tier)
{
	return vp ? mshv_regcache_load(vp->cache, tier) : -EINVAL;
}

int mshv_vp_flush_regs(struct mshv_vp *vp)
{
	/* On the page for the next entry is not in place: others ask the hypervisor. */
	return vp ? regcache_settle(vp->cache) : -EINVAL;
}

int mshv_vp_refused_reg(const struct mshv_vp *vp, uint32_t *name)
{
	return vp ? mshv_regcache_refused(vp->cache, name) : -EINVAL;
}

int mshv_vp_discard_regs(struct mshv_vp *vp, const uint32_t *names, size_t n)
{
	return vp ? mshv_regcache_discard(vp->cache, names, n) : -EINVAL;
}
