// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which pages of guest memory were read and written.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>

#include "core/dirty.h"

/* Of one ioctl: its bitmap is small enough for the stack. */
#define BATCH 0x10000

#define SAME(ours, kernel) \
	_Static_assert((int)(ours) == (int)(kernel), #ours " is " #kernel)

SAME(MSHV_ACCESSED, MSHV_GPAP_ACCESS_TYPE_ACCESSED);
SAME(MSHV_DIRTY, MSHV_GPAP_ACCESS_TYPE_DIRTY);
SAME(MSHV_ACCESS_KEEP, MSHV_GPAP_ACCESS_OP_NOOP);
SAME(MSHV_ACCESS_CLEAR, MSHV_GPAP_ACCESS_OP_CLEAR);
SAME(MSHV_ACCESS_SET, MSHV_GPAP_ACCESS_OP_SET);

static int get_bits(struct mshv_vm *vm, uint64_t pfn, uint64_t pages,
		    uint8_t kind, uint8_t then, uint8_t *bitmap)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = kind,
		.access_op = then,
		.page_count = pages,
		.gpap_base = pfn,
		.bitmap_ptr = (uintptr_t)bitmap,
	};
	int err = mshv_ioctl_get_gpap_access_bitmap(vm->fd, &args);

	if (!err && pages % 8)
		bitmap[pages / 8] &= (uint8_t)((1u << pages % 8) - 1);
	return err;
}

void dirty_note_pages(struct vm_piece *piece, uint64_t gpa, uint64_t size)
{
	uint64_t first = (gpa - piece->gpa) / MSHV_HV_PAGE_SIZE;
	uint64_t last = (gpa + size - 1 - piece->gpa) / MSHV_HV_PAGE_SIZE;

	for (uint64_t page = first; page <= last; page++)
		__atomic_fetch_or(&piece->written[page / 64], UINT64_C(1) << page % 64,
				  __ATOMIC_SEQ_CST);
}

int mshv_vm_note_write(struct mshv_vm *vm, uint64_t gpa, uint64_t size)
{
	struct vm_piece *piece;

	if (!vm || !size)
		return -EINVAL;
	pthread_rwlock_rdlock(&vm->lock);
	piece = vm_find_piece(vm, gpa, size);
	if (piece)
		dirty_note(piece, gpa, size);
	pthread_rwlock_unlock(&vm->lock);
	return piece ? 0 : -EFAULT;
}

/* The bits of pages [@from, @to) of @piece; @bitmap begins at its page @start, mod 2^64. */
static void add_written(struct vm_piece *piece, uint64_t from, uint64_t to, uint64_t start,
			bool clear, uint8_t *bitmap)
{
	for (uint64_t i = from / 64; i * 64 < to; i++) {
		uint64_t mask = UINT64_MAX, bits;

		if (from > i * 64)
			mask &= UINT64_MAX << from % 64;
		if (to - i * 64 < 64)
			mask &= (UINT64_C(1) << to % 64) - 1;
		bits = __atomic_load_n(&piece->written[i], __ATOMIC_RELAXED) & mask;
		if (bits && clear)
			bits = mask & __atomic_fetch_and(&piece->written[i], ~mask,
							 __ATOMIC_SEQ_CST);
		for (; bits; bits &= bits - 1) {
			uint64_t page = i * 64 + (unsigned int)__builtin_ctzll(bits) - start;

			bitmap[page / 8] |= (uint8_t)(1u << page % 8);
		}
	}
}

/* What the guest's instructions have written by way of this process is dirty, too. */
static void add_own_bits(struct mshv_vm *vm, uint64_t pfn, uint64_t pages, bool clear,
			 uint8_t *bitmap)
{
	pthread_rwlock_rdlock(&vm->lock);
	for (struct vm_piece *p = vm->pieces; p; p = p->next) {
		uint64_t first = p->gpa / MSHV_HV_PAGE_SIZE;
		uint64_t last = first + p->size / MSHV_HV_PAGE_SIZE;
		uint64_t from = pfn > first ? pfn : first;
		uint64_t to = pfn + pages < last ? pfn + pages : last;

		if (p->written && from < to)
			add_written(p, from - first, to - first, pfn - first, clear, bitmap);
	}
	pthread_rwlock_unlock(&vm->lock);
}

int mshv_vm_get_access_bits(struct mshv_vm *vm, uint64_t gpa, uint64_t pages,
			    enum mshv_access_kind kind,
			    enum mshv_access_then then, void *bitmap)
{
	int err;

	if (!vm || !bitmap || gpa % MSHV_HV_PAGE_SIZE || !pages ||
	    pages > (UINT64_MAX - gpa) / MSHV_HV_PAGE_SIZE ||
	    (unsigned int)kind > MSHV_DIRTY ||
	    (unsigned int)then > MSHV_ACCESS_SET)
		return -EINVAL;
	err = get_bits(vm, gpa / MSHV_HV_PAGE_SIZE, pages, (uint8_t)kind,
		       (uint8_t)then, bitmap);
	if (!err && kind == MSHV_DIRTY)
		add_own_bits(vm, gpa / MSHV_HV_PAGE_SIZE, pages,
			     then == MSHV_ACCESS_CLEAR, bitmap);
	return err;
}

static int track(struct mshv_vm *vm, uint64_t on)
{
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, on);
}

static void forget_written(struct mshv_vm *vm)
{
	for (struct vm_piece *p = vm->pieces; p; p = p->next) {
		free(p->written);
		p->written = NULL;
	}
}

int mshv_vm_start_dirty_log(struct mshv_vm *vm)
{
	int err = 0;

	if (!vm)
		return -EINVAL;
	pthread_rwlock_wrlock(&vm->lock);
	for (struct vm_piece *p = vm->pieces; p && !err; p = p->next)
		err = vm_piece_start_log(p) ? 0 : -ENOMEM;
	if (!err)
		err = track(vm, 1);
	if (!err)
		vm->logs = true;
	else if (!vm->logs)
		forget_written(vm);
	pthread_rwlock_unlock(&vm->lock);
	return err;
}

static int set_piece(struct mshv_vm *vm, const struct vm_piece *piece)
{
	uint64_t pfn = piece->gpa / MSHV_HV_PAGE_SIZE;
	uint64_t left = piece->size / MSHV_HV_PAGE_SIZE;
	uint8_t bitmap[BATCH / 8];

	while (left) {
		uint64_t n = left < BATCH ? left : BATCH;
		int err = get_bits(vm, pfn, n, MSHV_DIRTY, MSHV_ACCESS_SET,
				   bitmap);

		if (err)
			return err;
		pfn += n;
		left -= n;
	}
	return 0;
}

int mshv_vm_stop_dirty_log(struct mshv_vm *vm)
{
	int err = 0;

	if (!vm)
		return -EINVAL;
	pthread_rwlock_rdlock(&vm->lock);
	for (const struct vm_piece *p = vm->pieces; p && !err; p = p->next)
		err = set_piece(vm, p);
	pthread_rwlock_unlock(&vm->lock);
	if (err)
		return err;
	pthread_rwlock_wrlock(&vm->lock);
	err = track(vm, 0);
	if (!err) {
		vm->logs = false;
		forget_written(vm);
	}
	pthread_rwlock_unlock(&vm->lock);
	return err;
}
