// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Operands in memory: AMD64 Architecture Programmer's Manual, volume 2, sections 4.8
 * "Legacy segment descriptors" and 4.12 "Segment limit checks".
 */
#include "emulate/operand.h"

#include "decode/cursor.h"
#include "emulate/walk.h"

#define RFLAGS_VM (UINT64_C(1) << 17)
#define PAGE_OFFSET UINT64_C(0xfff)

/* Types of segments. */
#define TYPE_CODE 0x8
#define TYPE_EXPAND_DOWN 0x4
#define TYPE_ACCESS 0x2 /* code: may be read; data: may be written */

struct code_mode code_mode(const struct hv_x64_intercept_message_header *head)
{
	bool lma = head->execution_state.efer_lma;
	struct code_mode mode = {
		.bits = head->cs_segment._default ? 32 : 16,
		.protected_mode = head->execution_state.cr0_pe &&
				  (lma || !(head->rflags & RFLAGS_VM)),
		.real_mode = !head->execution_state.cr0_pe && !lma,
		.user = head->execution_state.cpl == 3,
	};

	if (lma && head->cs_segment._long)
		mode.bits = 64;
	return mode;
}

static bool has_rights(const struct hv_x64_segment_register *s, bool write)
{
	bool code = s->segment_type & TYPE_CODE;

	/* What was loaded with a null selector is not present. */
	if (!s->present)
		return false;
	if (write)
		return !code && (s->segment_type & TYPE_ACCESS);
	return !code || (s->segment_type & TYPE_ACCESS);
}

static bool within_limit(const struct hv_x64_segment_register *s, uint64_t first,
			 uint64_t last, bool protected_mode)
{
	if (!protected_mode ||
	    (s->segment_type & (TYPE_CODE | TYPE_EXPAND_DOWN)) != TYPE_EXPAND_DOWN)
		/* In a segment of 4 GiB addresses wrap. */
		return last <= s->limit || s->limit == UINT32_MAX;
	return first > s->limit && last <= (s->_default ? UINT32_MAX : UINT16_MAX);
}

/* The linear address of an operand. */
static int linear_address(struct mshv_vp *vp, const struct code_mode *mode,
			  const struct operand *op, uint64_t *linear)
{
	const uint32_t name = HV_X64_REGISTER_ES + op->segment;
	union hv_register_value v = { 0 };
	int err;

	err = mshv_regcache_get(vp->cache, &name, &v, 1);
	if (err)
		return err;
	*linear = v.segment.base + op->offset;
	if (mode->bits == 64)
		return 0;
	*linear &= UINT32_MAX;
	if ((mode->protected_mode && !has_rights(&v.segment, op->write)) ||
	    !within_limit(&v.segment, op->offset, op->offset + op->size - 1,
			  mode->protected_mode))
		return walk_segment_fault(vp, op->segment == SEG_SS,
					  !mode->real_mode);
	return 0;
}

/*
 * The exit says where the page is that the guest could not access. The offset is taken
 * from the linear address, as some hosts report the page alone; and that a page could be
 * read does not say that it may be written.
 */
static bool exit_knows(const struct hv_x64_memory_intercept_message *exit,
		       uint64_t linear, bool write, uint64_t *gpa)
{
	if (!exit || !exit->memory_access_info.gva_valid ||
	    !exit->memory_access_info.gva_gpa_valid ||
	    ((linear ^ exit->guest_virtual_address) & ~PAGE_OFFSET))
		return false;
	if (write && exit->header.intercept_access_type != HV_INTERCEPT_ACCESS_WRITE)
		return false;
	*gpa = (exit->guest_physical_address & ~PAGE_OFFSET) | (linear & PAGE_OFFSET);
	return true;
}

int operand_find(struct mshv_vp *vp, const struct code_mode *mode,
		 const struct operand *op,
		 const struct hv_x64_memory_intercept_message *exit,
		 struct span *span)
{
	unsigned int access = (op->write ? WALK_WRITE : 0) |
			      (mode->user ? WALK_USER : 0) |
			      (op->segment == SEG_SS ? WALK_STACK : 0);
	uint64_t linear, first;
	int err;

	/* In 64-bit mode only FS and GS have a base, and no segment has a limit. */
	if (mode->bits == 64 && op->segment < SEG_FS) {
		linear = op->offset;
	} else {
		err = linear_address(vp, mode, op, &linear);
		if (err)
			return err;
	}
	first = PAGE_OFFSET + 1 - (linear & PAGE_OFFSET);
	span->size[0] = op->size < first ? op->size : (uint8_t)first;
	span->size[1] = op->size - span->size[0];
	for (int i = 0; i < 2 && span->size[i]; i++) {
		if (i)
			linear += first;
		if (mode->bits != 64)
			linear &= UINT32_MAX;
		span->no_memory[i] = false;
		if (exit_knows(exit, linear, op->write, &span->gpa[i])) {
			span->no_memory[i] = vp_message(vp)->header.message_type ==
						     HVMSG_UNMAPPED_GPA &&
					     !vp_map_changed(vp);
			continue;
		}
		err = walk(vp, linear, access, &span->gpa[i]);
		if (err)
			return err;
	}
	return 0;
}
