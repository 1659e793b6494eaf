// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which pages of guest memory were read and written.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <mshvctl/dirty.h>
#include <mshvctl/ioctl.h>

#include "vm.h"

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

int mshv_vm_get_access_bits(struct mshv_vm *vm, uint64_t gpa, uint64_t pages,
			    enum mshv_access_kind kind,
			    enum mshv_access_then then, void *bitmap)
{
	if (!vm || !bitmap || gpa % MSHV_HV_PAGE_SIZE || !pages ||
	    pages > (UINT64_MAX - gpa) / MSHV_HV_PAGE_SIZE ||
	    (unsigned int)kind > MSHV_DIRTY ||
	    (unsigned int)then > MSHV_ACCESS_SET)
		return -EINVAL;
	return get_bits(vm, gpa / MSHV_HV_PAGE_SIZE, pages, (uint8_t)kind,
			(uint8_t)then, bitmap);
}

int mshv_vm_start_dirty_log(struct mshv_vm *vm)
{
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
				    1);
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
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
				    0);
}
