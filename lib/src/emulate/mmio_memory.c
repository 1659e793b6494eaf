// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: their memory.
 */
#include <errno.h>
#include <string.h>

#include "decode/cursor.h"
#include "emulate/mmio.h"

#define DEVICE_MAX 8 /* bytes that a device sees at once */

static int find(struct mmio *m, unsigned int segment, uint64_t offset, bool write,
		struct span *span)
{
	const struct operand op = {
		.offset = offset & (UINT64_MAX >> (64 - 8 * m->insn->address_size)),
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

int mmio_stack(struct mmio *m, uint64_t sp, bool write, struct span *span)
{
	const struct operand op = {
		.offset = sp & m->stack_mask,
		.segment = SEG_SS,
		.size = m->insn->size,
		.write = write,
	};

	return operand_find(m->vp, &m->mode, &op, m->msg, span);
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
	if (!m->ops)
		return -EFAULT;
	while (size) {
		unsigned int n = device_part(size);
		uint64_t value = 0;
		int err = m->ops->read(m->vp, m->opaque, gpa, n, &value);

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
	if (!m->ops)
		return -EFAULT;
	while (size) {
		unsigned int n = device_part(size);
		uint64_t value = 0;
		int err;

		memcpy(&value, bytes, n);
		err = m->ops->write(m->vp, m->opaque, gpa, n, value);
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

		err = m->ops->read(m->vp, m->opaque, span->gpa[0], span->size[0], &value);
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

int mmio_read_with_flags(struct mmio *m, const struct span *span, uint64_t *value,
			 uint64_t *flags)
{
	int err = mmio_get_flags(m, flags);

	return err ? err : mmio_read(m, span, value);
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
