// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: their code and their memory.
 */
#include <errno.h>
#include <string.h>

#include "emulate/mmio.h"
#include "emulate/walk.h"

#define PAGE_OFFSET UINT64_C(0xfff)
#define DEVICE_MAX 8 /* bytes that a device sees at once */

static uint64_t address_mask(const struct insn *insn)
{
	return insn->address_size == 8 ? UINT64_MAX :
	       insn->address_size == 4 ? UINT32_MAX : UINT16_MAX;
}

static int find(struct mmio *m, unsigned int segment, uint64_t offset, bool write,
		struct span *span)
{
	const struct operand op = {
		.offset = offset & address_mask(m->insn),
		.segment = (uint8_t)segment,
		.size = m->insn->size,
		.write = write,
	};

	return operand_find(m->vp, &m->mode, &op, m->msg, span);
}

/* A register of the address, if it has one there. */
static inline int add_reg(struct mmio *m, int reg, unsigned int scale, uint64_t *offset)
{
	uint64_t value;
	int err;

	if (reg < 0)
		return 0;
	err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RAX + (uint32_t)reg, &value);
	if (!err)
		*offset += value << scale;
	return err;
}

int mmio_operand(struct mmio *m, int64_t displacement, bool write, struct span *span)
{
	const struct insn *insn = m->insn;
	uint64_t offset = (uint64_t)insn->displacement + (uint64_t)displacement;
	int err;

	if (insn->rip_relative)
		offset += m->msg->header.rip + insn->length;
	err = add_reg(m, insn->base, 0, &offset);
	if (!err)
		err = add_reg(m, insn->index, insn->scale, &offset);
	return err ? err : find(m, insn->segment, offset, write, span);
}

int mmio_indexed(struct mmio *m, unsigned int segment, uint32_t name, bool write,
		 struct span *span)
{
	uint64_t index;
	int err;

	err = regcache_get64(m->vp->cache, name, &index);
	return err ? err : find(m, segment, index, write, span);
}

/* The largest access that a device knows. */
static unsigned int device_part(unsigned int size)
{
	unsigned int n = DEVICE_MAX;

	while (n > size)
		n /= 2;
	return n;
}

static int read_part(struct mmio *m, const struct span *span, int i, uint8_t *bytes)
{
	unsigned int size = span->size[i];
	uint64_t gpa = span->gpa[i];

	if (!span->no_memory[i] && !vm_read(m->vp->vm, gpa, bytes, size))
		return 0;
	while (size) {
		unsigned int n = device_part(size);
		uint64_t value = 0;
		int err = m->ops->read(m->opaque, gpa, n, &value);

		if (err)
			return err;
		memcpy(bytes, &value, n);
		bytes += n;
		gpa += n;
		size -= n;
	}
	return 0;
}

static int write_part(struct mmio *m, const struct span *span, int i,
		      const uint8_t *bytes)
{
	unsigned int size = span->size[i];
	uint64_t gpa = span->gpa[i];

	if (!span->no_memory[i] && !vm_write(m->vp->vm, gpa, bytes, size))
		return 0;
	while (size) {
		unsigned int n = device_part(size);
		uint64_t value = 0;
		int err;

		memcpy(&value, bytes, n);
		err = m->ops->write(m->opaque, gpa, n, value);
		if (err)
			return err;
		bytes += n;
		gpa += n;
		size -= n;
	}
	return 0;
}

/* One access of a device, as nearly all are; not so if it is in two parts. */
static bool is_simple(const struct span *span)
{
	unsigned int size = span->size[0];

	return span->no_memory[0] && !span->size[1] && size <= DEVICE_MAX &&
	       !(size & (size - 1));
}

int mmio_read(struct mmio *m, const struct span *span, void *bytes)
{
	uint8_t *at = bytes;
	int err;

	if (is_simple(span)) {
		uint64_t value = 0;

		err = m->ops->read(m->opaque, span->gpa[0], span->size[0], &value);
		value &= UINT64_MAX >> (64 - 8 * span->size[0]);
		if (!err)
			memcpy(bytes, &value, sizeof(value));
		return err;
	}
	err = read_part(m, span, 0, at);

	if (!err && span->size[1])
		err = read_part(m, span, 1, at + span->size[0]);
	return err;
}

int mmio_write(struct mmio *m, const struct span *span, const void *bytes)
{
	const uint8_t *at = bytes;
	int err = write_part(m, span, 0, at);

	if (!err && span->size[1])
		err = write_part(m, span, 1, at + span->size[0]);
	return err;
}

int mmio_replace(struct mmio *m, const struct span *span, const void *old,
		 const void *bytes)
{
	const unsigned int size = m->insn->size;
	uint64_t from = 0, to = 0;
	int err;

	if (span->no_memory[0] || size > sizeof(from) || (span->gpa[0] & (size - 1)))
		return mmio_write(m, span, bytes);
	memcpy(&from, old, size);
	memcpy(&to, bytes, size);
	err = vm_exchange(m->vp->vm, span->gpa[0], size, from, to);
	if (!err)
		return 0;
	if (err != -EAGAIN)
		return mmio_write(m, span, bytes);
	m->again = true;
	return err;
}

/* Read code from memory, as far as it can be reached: up to two pages. */
static size_t read_code(struct mmio *m, uint8_t *bytes, size_t size)
{
	uint64_t linear = m->msg->header.rip;
	size_t n = 0;

	if (m->mode.bits != 64)
		linear += m->msg->header.cs_segment.base;
	while (n < size) {
		uint64_t at = m->mode.bits == 64 ? linear + n : (uint32_t)(linear + n);
		size_t part = PAGE_OFFSET + 1 - (at & PAGE_OFFSET);
		uint64_t gpa;

		if (part > size - n)
			part = size - n;
		if (walk(m->vp, at, WALK_FETCH | (m->mode.user ? WALK_USER : 0), &gpa) ||
		    vm_read(m->vp->vm, gpa, bytes + n, part))
			break;
		n += part;
	}
	return n;
}

bool mmio_recall(struct insn_memos *memos, const struct hv_x64_memory_intercept_message *msg,
		 unsigned int bits)
{
	for (struct insn_memo *memo = memos->memo; memo < memos->memo + INSN_MEMOS; memo++) {
		if (memo->bits == bits && mmio_remembers(memo, msg)) {
			memos->last = memo;
			return true;
		}
	}
	return false;
}

/* A place for another one. */
static struct insn_memo *new_memo(struct insn_memos *memos)
{
	memos->last = &memos->memo[memos->next++ % INSN_MEMOS];
	memos->last->bits = 0;
	memos->last->simple = false;
	return memos->last;
}

int mmio_fetch(struct mmio *m)
{
	const struct hv_x64_memory_intercept_message *msg = m->msg;
	struct insn_memos *memos = &m->vp->decoded;
	bool known = mmio_recall(memos, msg, m->mode.bits);
	struct insn_memo *memo = known ? memos->last : new_memo(memos);
	size_t n = msg->instruction_byte_count;
	uint8_t bytes[INSN_MAX];
	int err = -ENODATA;

	m->insn = &memo->insn;
	if (known)
		return 0;
	if (n > sizeof(memo->bytes))
		n = sizeof(memo->bytes);
	if (n)
		err = insn_decode(msg->instruction_bytes, n, m->mode.bits, &memo->insn);
	if (!err && n == sizeof(memo->bytes)) {
		memcpy(memo->bytes, msg->instruction_bytes, sizeof(memo->bytes));
		memo->bits = m->mode.bits;
		mmio_simplify(memo);
	}
	if (err != -ENODATA)
		return err;
	/* The host has not read all of it, or nothing. */
	n = read_code(m, bytes, sizeof(bytes));
	err = insn_decode(bytes, n, m->mode.bits, &memo->insn);
	return err == -ENODATA ? -EFAULT : err;
}
