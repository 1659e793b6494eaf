// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Where an instruction is: in what the exit says, in memory, or in what is remembered.
 */
#include <errno.h>
#include <string.h>

#include "emulate/mmio.h"
#include "emulate/walk.h"

#define PAGE_OFFSET UINT64_C(0xfff)

size_t fetch_code(struct mshv_vp *vp, const struct code_mode *mode,
		  const struct hv_x64_intercept_message_header *head, uint8_t *bytes,
		  size_t size)
{
	uint64_t linear = head->rip;
	size_t n = 0;

	if (mode->bits != 64)
		linear += head->cs_segment.base;
	while (n < size) {
		uint64_t at = mode->bits == 64 ? linear + n : (uint32_t)(linear + n);
		size_t part = PAGE_OFFSET + 1 - (at & PAGE_OFFSET);
		uint64_t gpa;

		if (part > size - n)
			part = size - n;
		if (walk(vp, at, WALK_FETCH | (mode->user ? WALK_USER : 0), &gpa) ||
		    vm_read(vp->vm, gpa, bytes + n, part))
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
	n = fetch_code(m->vp, &m->mode, &msg->header, bytes, sizeof(bytes));
	err = insn_decode(bytes, n, m->mode.bits, &memo->insn);
	return err == -ENODATA ? -EFAULT : err;
}
