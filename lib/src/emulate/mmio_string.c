// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: strings.
 */
#include <errno.h>

#include "decode/cursor.h"
#include "emulate/alu.h"
#include "emulate/mmio.h"
#include "emulate/port_string.h"

#define RFLAGS_DF (UINT64_C(1) << 10)

/* The device that was read may have sent the guest elsewhere: -EAGAIN then. */
static int read_memory(struct mmio *m, const struct span *span, uint64_t *value)
{
	int err = mmio_read(m, span, value);

	if (err || !retire_is_elsewhere(m->vp, &m->watch))
		return err;
	m->again = true;
	return -EAGAIN;
}

/* Reading a device cannot be taken back, so the other side is looked for first. */
static int move(struct mmio *m)
{
	struct span from, to;
	uint64_t value = 0;
	int err;

	err = mmio_indexed(m, SEG_ES, HV_X64_REGISTER_RDI, true, &to);
	if (!err)
		err = mmio_indexed(m, m->insn->segment, HV_X64_REGISTER_RSI, false,
				   &from);
	if (!err)
		err = read_memory(m, &from, &value);
	return err ? err : mmio_write(m, &to, &value);
}

static int store(struct mmio *m)
{
	struct span to;
	uint64_t value;
	int err;

	err = mmio_indexed(m, SEG_ES, HV_X64_REGISTER_RDI, true, &to);
	if (!err)
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RAX, &value);
	return err ? err : mmio_write(m, &to, &value);
}

static int load(struct mmio *m)
{
	struct span from;
	uint64_t value = 0;
	int err;

	err = mmio_indexed(m, m->insn->segment, HV_X64_REGISTER_RSI, false, &from);
	if (!err)
		err = read_memory(m, &from, &value);
	if (err)
		return err;
	return mmio_set_reg(m, HV_X64_REGISTER_RAX, m->insn->size, value);
}

static int set_compared(struct mmio *m, uint64_t left, uint64_t right)
{
	uint64_t flags = 0;

	alu_compute(ALU_CMP, m->insn->size, left, right, &flags);
	return mmio_set_flags(m, flags, ALU_FLAGS);
}

static int scan(struct mmio *m)
{
	uint64_t left, right = 0;
	struct span at;
	int err;

	err = mmio_indexed(m, SEG_ES, HV_X64_REGISTER_RDI, false, &at);
	if (!err)
		err = read_memory(m, &at, &right);
	if (!err)
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RAX, &left);
	return err ? err : set_compared(m, left, right);
}

static int compare(struct mmio *m)
{
	uint64_t left = 0, right = 0;
	struct span at[2];
	int err;

	err = mmio_indexed(m, m->insn->segment, HV_X64_REGISTER_RSI, false, &at[0]);
	if (!err)
		err = mmio_indexed(m, SEG_ES, HV_X64_REGISTER_RDI, false, &at[1]);
	if (!err)
		err = read_memory(m, &at[0], &left);
	if (!err)
		err = read_memory(m, &at[1], &right);
	return err ? err : set_compared(m, left, right);
}

/* Which of the index registers the instruction has. */
static const struct {
	int (*element)(struct mmio *m);
	bool source, destination, compares;
} strings[] = {
	[INSN_MOVS - INSN_MOVS] = { move, true, true, false },
	[INSN_STOS - INSN_MOVS] = { store, false, true, false },
	[INSN_LODS - INSN_MOVS] = { load, true, false, false },
	[INSN_SCAS - INSN_MOVS] = { scan, false, true, true },
	[INSN_CMPS - INSN_MOVS] = { compare, true, true, true },
};

static int element(struct mmio *m, uint64_t mask, uint64_t *flags)
{
	unsigned int which = m->insn->kind - INSN_MOVS;
	uint64_t step = m->insn->size;
	int err;

	err = strings[which].element(m);
	if (err)
		return err;
	if (retire_is_elsewhere(m->vp, &m->watch)) {
		m->again = true;
		return -EAGAIN;
	}
	err = mmio_get_flags(m, flags);
	if (err)
		return err;
	if (*flags & RFLAGS_DF)
		step = -step;
	if (strings[which].destination)
		err = string_step(m->vp, HV_X64_REGISTER_RDI, mask, step);
	if (!err && strings[which].source)
		err = string_step(m->vp, HV_X64_REGISTER_RSI, mask, step);
	return err;
}

/* Whether what was compared is the end of it, whatever the count. */
static bool decided(const struct insn *insn, uint64_t flags)
{
	return strings[insn->kind - INSN_MOVS].compares &&
	       !!(flags & ALU_ZERO) != (insn->rep == REP_EQUAL);
}

int mmio_string(struct mmio *m, bool single, bool *finished)
{
	uint64_t mask = UINT64_MAX >> (64 - 8 * m->insn->address_size), count, flags;
	int err;

	err = retire_watch(m->vp, &m->watch);
	if (err)
		return err;
	if (!m->insn->rep)
		return element(m, mask, &flags);
	for (unsigned int i = 0; ; i++) {
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RCX, &count);
		if (err)
			return err;
		*finished = !(count & mask);
		if (*finished || i == (single ? 1 : STRING_MAX))
			return 0;
		err = element(m, mask, &flags);
		if (!err)
			err = string_step(m->vp, HV_X64_REGISTER_RCX, mask,
					  UINT64_MAX);
		if (err)
			return err;
		*finished = true;
		if (decided(m->insn, flags))
			return 0;
	}
}
