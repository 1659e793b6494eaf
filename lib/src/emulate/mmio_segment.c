// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: MOV with segment registers: AMD64 Architecture Programmer's
 * Manual, volume 2, sections 4.5 to 4.10.
 */
#include <errno.h>
#include <string.h>

#include "decode/cursor.h"
#include "emulate/mmio.h"
#include "emulate/walk.h"

#define VECTOR_NOT_PRESENT 11
#define VECTOR_STACK 12
#define VECTOR_PROTECTION 13

#define SELECTOR_RPL 3u
#define SELECTOR_LDT 4u

#define TYPE_ACCESSED 1
#define TYPE_WRITE 2 /* of data; of code: it may be read */
#define TYPE_CONFORMING 4
#define TYPE_CODE 8

#define PAGE_OFFSET UINT64_C(0xfff)
#define ACCESSED_BYTE 5

int mmio_store_segment(struct mmio *m)
{
	const uint32_t name = HV_X64_REGISTER_ES + m->insn->reg;
	union hv_register_value v;
	struct span span;
	uint64_t selector;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = mshv_regcache_get(m->vp->cache, &name, &v, 1);
	if (err)
		return err;
	selector = v.segment.selector;
	return mmio_write(m, &span, &selector);
}

/* Base and limit of the table that a selector is about. */
static int find_table(struct mmio *m, uint16_t selector, uint64_t *base, uint64_t *limit)
{
	const bool local = selector & SELECTOR_LDT;
	const uint32_t name = local ? HV_X64_REGISTER_LDTR : HV_X64_REGISTER_GDTR;
	union hv_register_value v;
	int err = mshv_regcache_get(m->vp->cache, &name, &v, 1);

	if (err)
		return err;
	*base = local ? v.segment.base : v.table.base;
	*limit = local ? v.segment.limit : v.table.limit;
	if (local && !v.segment.present)
		return mmio_fault_code(m, VECTOR_PROTECTION, selector & ~SELECTOR_RPL);
	return 0;
}

/* Tables are accessed as the kernel's, in up to two parts. */
static int access_table(struct mmio *m, uint64_t linear, uint8_t *bytes, size_t size,
			bool write)
{
	while (size) {
		size_t part = PAGE_OFFSET + 1 - (linear & PAGE_OFFSET);
		uint64_t gpa;
		int err;

		if (part > size)
			part = size;
		err = walk(m->vp, linear, write ? WALK_WRITE : 0, &gpa);
		if (!err)
			err = write ? vm_write(m->vp->vm, gpa, bytes, part) :
				      vm_read(m->vp->vm, gpa, bytes, part);
		if (err)
			return -EFAULT;
		linear += part;
		bytes += part;
		size -= part;
	}
	return 0;
}

static struct hv_x64_segment_register unpacked(uint16_t selector, uint64_t d)
{
	struct hv_x64_segment_register s = {
		.base = (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000),
		.limit = (uint32_t)((d & 0xffff) | (d >> 32 & 0xf0000)),
		.selector = selector,
		.attributes = d >> 40 & 0xf0ff,
	};

	if (s.granularity)
		s.limit = s.limit << 12 | PAGE_OFFSET;
	return s;
}

/* The exception that a descriptor is worth, or 0. */
static uint8_t refused(const struct mmio *m, const struct hv_x64_segment_register *s)
{
	const unsigned int cpl = m->msg->header.execution_state.cpl;
	const unsigned int rpl = s->selector & SELECTOR_RPL;
	const unsigned int dpl = s->descriptor_privilege_level;
	const bool code = s->segment_type & TYPE_CODE;
	bool allowed;

	if (m->insn->reg == SEG_SS) {
		allowed = !code && (s->segment_type & TYPE_WRITE) && rpl == cpl && dpl == cpl;
	} else {
		allowed = !code || (s->segment_type & TYPE_WRITE);
		if (!code || !(s->segment_type & TYPE_CONFORMING))
			allowed = allowed && dpl >= rpl && dpl >= cpl;
	}
	if (!s->non_system_segment || !allowed)
		return VECTOR_PROTECTION;
	if (s->present)
		return 0;
	return m->insn->reg == SEG_SS ? VECTOR_STACK : VECTOR_NOT_PRESENT;
}

static int load_descriptor(struct mmio *m, uint16_t selector,
			   struct hv_x64_segment_register *s)
{
	const uint32_t error_code = selector & ~SELECTOR_RPL;
	const uint64_t offset = selector & ~(SELECTOR_RPL | SELECTOR_LDT);
	uint64_t base, limit, descriptor = 0;
	uint8_t vector, byte;
	int err;

	err = find_table(m, selector, &base, &limit);
	if (err)
		return err;
	if (offset + sizeof(descriptor) - 1 > limit)
		return mmio_fault_code(m, VECTOR_PROTECTION, error_code);
	err = access_table(m, base + offset, (uint8_t *)&descriptor, sizeof(descriptor), false);
	if (err)
		return err;
	*s = unpacked(selector, descriptor);
	vector = refused(m, s);
	if (vector)
		return mmio_fault_code(m, vector, error_code);
	if (s->segment_type & TYPE_ACCESSED)
		return 0;
	s->segment_type |= TYPE_ACCESSED;
	byte = (uint8_t)s->attributes;
	return access_table(m, base + offset + ACCESSED_BYTE, &byte, 1, true);
}

/* A null selector: what is loaded with it cannot be used. In 64-bit mode, the stack can. */
static int load_null(struct mmio *m, uint16_t selector, struct hv_x64_segment_register *s)
{
	const unsigned int cpl = m->msg->header.execution_state.cpl;

	*s = (struct hv_x64_segment_register){ .selector = selector };
	if (m->insn->reg != SEG_SS)
		return 0;
	s->descriptor_privilege_level = cpl & 3;
	if (m->mode.bits == 64 && cpl != 3 && (selector & SELECTOR_RPL) == cpl)
		return 0;
	return mmio_fault_code(m, VECTOR_PROTECTION, 0);
}

int mmio_load_segment(struct mmio *m)
{
	const uint32_t name = HV_X64_REGISTER_ES + m->insn->reg;
	union hv_register_value v;
	uint64_t selector = 0;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mshv_regcache_get(m->vp->cache, &name, &v, 1);
	if (!err)
		err = mmio_read(m, &span, &selector);
	if (err)
		return err;
	if (!m->mode.protected_mode) {
		v.segment.selector = (uint16_t)selector;
		v.segment.base = selector << 4;
	} else if (!(selector & ~(uint64_t)SELECTOR_RPL)) {
		err = load_null(m, (uint16_t)selector, &v.segment);
	} else {
		err = load_descriptor(m, (uint16_t)selector, &v.segment);
	}
	m->shadow = m->insn->reg == SEG_SS;
	return err ? err : mshv_regcache_set(m->vp->cache, &name, &v, 1);
}
