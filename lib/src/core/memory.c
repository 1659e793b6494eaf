// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A virtual machine's guest-physical memory map.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>

#include "core/vp.h"

#define PAGE_MASK ((uint64_t)MSHV_HV_PAGE_SIZE - 1)

static bool valid_range(uint64_t gpa, const void *addr, uint64_t size)
{
	uint64_t va = (uintptr_t)addr;

	return size && !((gpa | va | size) & PAGE_MASK) && gpa + size > gpa &&
	       va + size > va;
}

static int set_memory(struct mshv_vm *vm, const struct vm_piece *piece,
		      uint8_t flags)
{
	struct mshv_user_mem_region args = {
		.size = piece->size,
		.guest_pfn = piece->gpa / MSHV_HV_PAGE_SIZE,
		.userspace_addr = (uintptr_t)piece->addr,
		.flags = flags,
	};

	return mshv_ioctl_set_guest_memory(vm->fd, &args);
}

static uint8_t kernel_flags(unsigned int access)
{
	uint8_t flags = 0;

	if (access & MSHV_MEM_WRITE)
		flags |= 1 << MSHV_SET_MEM_BIT_WRITABLE;
	if (access & MSHV_MEM_EXEC)
		flags |= 1 << MSHV_SET_MEM_BIT_EXECUTABLE;
	return flags;
}

void vm_add_vp(struct mshv_vm *vm, struct mshv_vp *vp)
{
	pthread_rwlock_wrlock(&vm->lock);
	vp->next = vm->vps;
	vm->vps = vp;
	pthread_rwlock_unlock(&vm->lock);
}

void vm_remove_vp(struct mshv_vm *vm, struct mshv_vp *vp)
{
	struct mshv_vp **link = &vm->vps;

	pthread_rwlock_wrlock(&vm->lock);
	while (*link != vp)
		link = &(*link)->next;
	*link = vp->next;
	pthread_rwlock_unlock(&vm->lock);
}

/* What an exit says of memory may no longer be so. */
static void tell_vps(struct mshv_vm *vm)
{
	for (struct mshv_vp *vp = vm->vps; vp; vp = vp->next)
		__atomic_store_n(&vp->map_changed, true, __ATOMIC_RELAXED);
}

int vm_add_listener(struct mshv_vm *vm, struct vm_listener *listener)
{
	struct vm_piece *piece, *done;
	int err = 0;

	pthread_rwlock_wrlock(&vm->lock);
	for (piece = vm->pieces; piece; piece = piece->next) {
		err = listener->map(listener, piece);
		if (err)
			break;
	}
	if (err) {
		for (done = vm->pieces; done != piece; done = done->next)
			(void)listener->unmap(listener, done);
	} else {
		listener->next = vm->listeners;
		vm->listeners = listener;
	}
	pthread_rwlock_unlock(&vm->lock);
	return err;
}

void vm_remove_listener(struct mshv_vm *vm, struct vm_listener *listener)
{
	struct vm_listener **link = &vm->listeners;

	pthread_rwlock_wrlock(&vm->lock);
	while (*link != listener)
		link = &(*link)->next;
	*link = listener->next;
	pthread_rwlock_unlock(&vm->lock);
}

/* All listeners hear of it, or none. */
static int tell_mapped(struct mshv_vm *vm, const struct vm_piece *piece)
{
	struct vm_listener *l, *done;
	int err = 0;

	for (l = vm->listeners; l; l = l->next) {
		err = l->map(l, piece);
		if (err)
			break;
	}
	if (err)
		for (done = vm->listeners; done != l; done = done->next)
			(void)done->unmap(done, piece);
	return err;
}

static int tell_unmapped(struct mshv_vm *vm, const struct vm_piece *piece)
{
	struct vm_listener *l, *done;
	int err = 0;

	for (l = vm->listeners; l; l = l->next) {
		err = l->unmap(l, piece);
		if (err)
			break;
	}
	if (err)
		for (done = vm->listeners; done != l; done = done->next)
			(void)done->map(done, piece);
	return err;
}

bool vm_piece_start_log(struct vm_piece *piece)
{
	uint64_t pages = piece->size / MSHV_HV_PAGE_SIZE;

	if (!piece->written)
		piece->written = calloc(pages / 64 + 1, sizeof(uint64_t));
	return piece->written;
}

void vm_piece_free(struct vm_piece *piece)
{
	free(piece->written);
	free(piece);
}

int mshv_vm_map(struct mshv_vm *vm, uint64_t gpa, void *addr, uint64_t size,
		unsigned int access)
{
	struct vm_piece *piece;
	int err;

	if (!vm || (access & ~(MSHV_MEM_WRITE | MSHV_MEM_EXEC)) ||
	    !valid_range(gpa, addr, size))
		return -EINVAL;
	piece = calloc(1, sizeof(*piece));
	if (!piece)
		return -ENOMEM;
	piece->gpa = gpa;
	piece->size = size;
	piece->addr = addr;
	piece->access = access;

	pthread_rwlock_wrlock(&vm->lock);
	/* The kernel refuses overlaps of pieces, and knows nothing of doorbells. */
	if (vm_has_doorbell(vm, gpa, size))
		err = -EEXIST;
	else if (vm->logs && !vm_piece_start_log(piece))
		err = -ENOMEM;
	else
		err = set_memory(vm, piece, kernel_flags(access));
	if (!err) {
		err = tell_mapped(vm, piece);
		if (err)
			(void)set_memory(vm, piece, 1 << MSHV_SET_MEM_BIT_UNMAP);
	}
	if (!err) {
		piece->next = vm->pieces;
		vm->pieces = piece;
		tell_vps(vm);
	}
	pthread_rwlock_unlock(&vm->lock);
	if (err)
		vm_piece_free(piece);
	return err;
}

int mshv_vm_unmap(struct mshv_vm *vm, uint64_t gpa)
{
	struct vm_piece **link, *piece;
	int err = -ENOENT;

	if (!vm || (gpa & PAGE_MASK))
		return -EINVAL;

	pthread_rwlock_wrlock(&vm->lock);
	for (link = &vm->pieces; *link; link = &(*link)->next)
		if ((*link)->gpa == gpa)
			break;
	piece = *link;
	if (piece)
		err = tell_unmapped(vm, piece);
	if (!err) {
		err = set_memory(vm, piece, 1 << MSHV_SET_MEM_BIT_UNMAP);
		if (err)
			(void)tell_mapped(vm, piece);
	}
	if (!err) {
		*link = piece->next;
		tell_vps(vm);
	}
	pthread_rwlock_unlock(&vm->lock);
	if (!err)
		vm_piece_free(piece);
	return err;
}

struct vm_piece *vm_find_piece(const struct mshv_vm *vm, uint64_t gpa, uint64_t size)
{
	struct vm_piece *piece;

	for (piece = vm->pieces; piece; piece = piece->next)
		if (gpa - piece->gpa < piece->size)
			break;
	return piece && size <= piece->size - (gpa - piece->gpa) ? piece : NULL;
}

int mshv_vm_host_addr(struct mshv_vm *vm, uint64_t gpa, uint64_t size,
		      unsigned int access, void **addr)
{
	const struct vm_piece *piece;
	int err = -EFAULT;

	if (!vm || !size || !addr || (access & ~MSHV_MEM_WRITE))
		return -EINVAL;

	pthread_rwlock_rdlock(&vm->lock);
	piece = vm_find_piece(vm, gpa, size);
	if (piece) {
		err = (access & ~piece->access) ? -EACCES : 0;
		if (!err)
			*addr = piece->addr + (gpa - piece->gpa);
	}
	pthread_rwlock_unlock(&vm->lock);
	return err;
}
