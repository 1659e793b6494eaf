// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: the stack, and branches to where memory says.
 */
#include <errno.h>

#include "emulate/mmio.h"

#define RSP 4
#define VECTOR_PROTECTION 13
#define CR4_LA57 (UINT64_C(1) << 12)
#define CR4_CET (UINT64_C(1) << 23)

/* The stack pointer, moved by @delta, and with how many bytes it is written. */
static int moved_stack(struct mmio *m, uint64_t delta, uint64_t *old, uint64_t *sp)
{
	int err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RSP, old);

	*sp = *old + delta;
	return err;
}

static int set_stack(struct mmio *m, uint64_t sp)
{
	unsigned int size = m->stack_mask == UINT64_MAX ? 8 : m->stack_mask == UINT32_MAX ? 4 : 2;

	return mmio_set_reg(m, HV_X64_REGISTER_RSP, size, sp);
}

/* Where the value goes is found before a device is read. */
int mmio_push(struct mmio *m)
{
	uint64_t memory = 0, old, sp;
	struct span from, to;
	int err;

	err = mmio_operand(m, 0, false, &from);
	if (!err)
		err = moved_stack(m, -(uint64_t)m->insn->size, &old, &sp);
	if (!err)
		err = mmio_stack(m, sp, true, &to);
	if (!err)
		err = mmio_read(m, &from, &memory);
	if (!err)
		err = mmio_write(m, &to, &memory);
	return err ? err : set_stack(m, sp);
}

/* An address relative to the stack pointer is relative to what it becomes. */
int mmio_pop(struct mmio *m)
{
	const int64_t moved = m->insn->base == RSP && m->insn->address_size > 2 ?
				      m->insn->size : 0;
	uint64_t memory = 0, old, sp;
	struct span from, to;
	int err;

	err = moved_stack(m, m->insn->size, &old, &sp);
	if (!err)
		err = mmio_stack(m, old, false, &from);
	if (!err)
		err = mmio_operand(m, moved, true, &to);
	if (!err)
		err = mmio_read(m, &from, &memory);
	if (!err)
		err = mmio_write(m, &to, &memory);
	return err ? err : set_stack(m, sp);
}

/* With CET, it is more than a jump: a shadow stack, or the tracking of branches. */
static int check_cet(struct mmio *m, uint64_t *cr4)
{
	int err = regcache_get64(m->vp->cache, HV_X64_REGISTER_CR4, cr4);

	if (err)
		return err;
	return *cr4 & CR4_CET ? -EOPNOTSUPP : 0;
}

static int check_target(struct mmio *m, uint64_t cr4)
{
	const int64_t high = (int64_t)m->target >> (cr4 & CR4_LA57 ? 56 : 47);

	if (m->mode.bits == 64 ? high == 0 || high == -1 :
				 m->target <= m->msg->header.cs_segment.limit)
		return 0;
	return mmio_fault_code(m, VECTOR_PROTECTION, 0);
}

/* A target that is no address is a fault before anything is pushed. */
int mmio_branch(struct mmio *m)
{
	const bool call = m->insn->kind == INSN_CALL;
	uint64_t next = m->msg->header.rip + m->insn->length, old, sp = 0, cr4;
	struct span from, to;
	int err;

	err = check_cet(m, &cr4);
	if (!err)
		err = mmio_operand(m, 0, false, &from);
	if (!err && call)
		err = moved_stack(m, -(uint64_t)m->insn->size, &old, &sp);
	if (!err && call)
		err = mmio_stack(m, sp, true, &to);
	if (!err)
		err = mmio_read(m, &from, &m->target);
	if (!err)
		err = check_target(m, cr4);
	if (!err && call)
		err = mmio_write(m, &to, &next);
	if (!err && call)
		err = set_stack(m, sp);
	m->jumps = !err;
	return err;
}
