// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: addresses and memory.
 */
#include <errno.h>
#include <string.h>

#include "mmio.h"
#include "walk.h"

#define PAGE_OFFSET UINT64_C(0xfff)

static uint64_t address_mask(const struct insn *insn)
{
	return insn->address_size == 8 ? UINT64_MAX :
	       insn->address_size == 4 ? UINT32_MAX : UINT16_MAX;
}

int mmio_linear(struct mmio *m, unsigned int segment, uint64_t offset,
		uint64_t *linear)
{
	const uint32_t name = HV_X64_REGISTER_ES + segment;
	union hv_register_value v = { 0 };
	int err;

	/* In 64-bit mode only FS and GS have a base. */
	if (m->bits != 64 || name >= HV_X64_REGISTER_FS) {
		err = mshv_regcache_get(m->vp->cache, &name, &v, 1);
		if (err)
			return err;
	}
	*linear = v.segment.base + offset;
	if (m->bits != 64)
		*linear &= UINT32_MAX;
	return 0;
}

int mmio_operand(struct mmio *m, uint64_t *linear)
{
	const struct insn *insn = &m->insn;
	uint64_t offset = (uint64_t)insn->displacement, value;
	int err;

	if (insn->rip_relative)
		offset += m->msg->header.rip + insn->length;
	if (insn->base >= 0) {
		err = regcache_get64(m->vp->cache,
				     HV_X64_REGISTER_RAX + (uint32_t)insn->base,
				     &value);
		if (err)
			return err;
		offset += value;
	}
	if (insn->index >= 0) {
		err = regcache_get64(m->vp->cache,
				     HV_X64_REGISTER_RAX + (uint32_t)insn->index,
				     &value);
		if (err)
			return err;
		offset += value << insn->scale;
	}
	return mmio_linear(m, insn->segment, offset & address_mask(insn), linear);
}

/*
 * The guest-physical address of a linear one. That of the access that exited is in
 * the message; its offset in the page is taken from the linear address, as some
 * hosts report the page alone.
 */
static int translate(struct mmio *m, uint64_t linear, bool write, uint64_t *gpa)
{
	const union hv_x64_memory_access_info info = m->msg->memory_access_info;

	if (info.gva_valid && info.gva_gpa_valid &&
	    !((linear ^ m->msg->guest_virtual_address) & ~PAGE_OFFSET)) {
		*gpa = (m->msg->guest_physical_address & ~PAGE_OFFSET) |
		       (linear & PAGE_OFFSET);
		return 0;
	}
	return walk(m->vp, linear, (write ? WALK_WRITE : 0) |
				   (m->user ? WALK_USER : 0), gpa);
}

static bool crosses_page(uint64_t linear, unsigned int size)
{
	return (linear & PAGE_OFFSET) + size > PAGE_OFFSET + 1;
}

int mmio_read(struct mmio *m, uint64_t linear, unsigned int size,
	      uint64_t *value)
{
	uint64_t gpa;
	void *addr;
	int err;

	if (crosses_page(linear, size))
		return -EOPNOTSUPP;
	err = translate(m, linear, false, &gpa);
	if (err)
		return err;
	*value = 0;
	if (mshv_vm_host_addr(m->vp->vm, gpa, size, 0, &addr))
		return m->ops->read(m->opaque, gpa, size, value);
	memcpy(value, addr, size);
	return 0;
}

int mmio_write(struct mmio *m, uint64_t linear, unsigned int size,
	       uint64_t value)
{
	uint64_t gpa;
	void *addr;
	int err;

	if (crosses_page(linear, size))
		return -EOPNOTSUPP;
	err = translate(m, linear, true, &gpa);
	if (err)
		return err;
	if (mshv_vm_host_addr(m->vp->vm, gpa, size, MSHV_MEM_WRITE, &addr)) {
		if (size < sizeof(value))
			value &= (UINT64_C(1) << 8 * size) - 1;
		return m->ops->write(m->opaque, gpa, size, value);
	}
	memcpy(addr, &value, size);
	return 0;
}

int mmio_probe_write(struct mmio *m, uint64_t linear, unsigned int size)
{
	uint64_t gpa;

	return crosses_page(linear, size) ? -EOPNOTSUPP :
					    translate(m, linear, true, &gpa);
}

/* Read code from memory, as far as it can be reached: up to two pages. */
static size_t read_code(struct mmio *m, uint8_t *bytes, size_t size)
{
	uint64_t linear = m->msg->header.rip;
	size_t n = 0;

	if (m->bits != 64)
		linear = (linear + m->msg->header.cs_segment.base) & UINT32_MAX;
	while (n < size) {
		size_t part = PAGE_OFFSET + 1 - ((linear + n) & PAGE_OFFSET);
		uint64_t gpa;
		void *addr;

		if (part > size - n)
			part = size - n;
		if (walk(m->vp, linear + n, m->user ? WALK_USER : 0, &gpa) ||
		    mshv_vm_host_addr(m->vp->vm, gpa, part, 0, &addr))
			break;
		memcpy(bytes + n, addr, part);
		n += part;
	}
	return n;
}

int mmio_fetch(struct mmio *m)
{
	uint8_t bytes[INSN_MAX];
	size_t n = m->msg->instruction_byte_count;
	int err = -ENODATA;

	if (n > sizeof(m->msg->instruction_bytes))
		n = sizeof(m->msg->instruction_bytes);
	if (n)
		err = insn_decode(m->msg->instruction_bytes, n, m->bits,
				  &m->insn);
	if (err != -ENODATA)
		return err;
	/* The host has not read all of it, or nothing. */
	n = read_code(m, bytes, sizeof(bytes));
	err = insn_decode(bytes, n, m->bits, &m->insn);
	return err == -ENODATA ? -EFAULT : err;
}
