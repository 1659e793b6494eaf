// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Doorbells.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/ioeventfd.h>
#include <stdlib.h>

#include "core/vm.h"

static bool valid_size(uint32_t size)
{
	return size <= 8 && !(size & (size - 1));
}

static int change(struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell,
		  uint32_t flags)
{
	struct mshv_user_ioeventfd args = { .flags = flags };

	if (doorbell->match) {
		args.datamatch = doorbell->value;
		args.flags |= 1u << MSHV_IOEVENTFD_BIT_DATAMATCH;
	}
	args.addr = doorbell->gpa;
	args.len = doorbell->size;
	args.fd = doorbell->fd;
	return mshv_ioctl_ioeventfd(vm->fd, &args);
}

static bool valid(const struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell)
{
	return vm && doorbell && doorbell->fd >= 0 && valid_size(doorbell->size);
}

/* The bytes that a write there has at least. */
static uint64_t width(const struct mshv_ioeventfd *doorbell)
{
	return doorbell->size ? doorbell->size : 1;
}

bool vm_has_doorbell(const struct mshv_vm *vm, uint64_t gpa, uint64_t size)
{
	for (const struct vm_doorbell *d = vm->doorbells; d; d = d->next)
		if (d->what.gpa - gpa < size || gpa - d->what.gpa < width(&d->what))
			return true;
	return false;
}

void vm_free_doorbells(struct mshv_vm *vm)
{
	while (vm->doorbells) {
		struct vm_doorbell *d = vm->doorbells;

		vm->doorbells = d->next;
		free(d);
	}
}

static bool has_memory(const struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell)
{
	for (const struct vm_piece *p = vm->pieces; p; p = p->next)
		if (doorbell->gpa - p->gpa < p->size ||
		    p->gpa - doorbell->gpa < width(doorbell))
			return true;
	return false;
}

static bool same(const struct mshv_ioeventfd *a, const struct mshv_ioeventfd *b)
{
	return a->gpa == b->gpa && a->size == b->size && a->fd == b->fd &&
	       a->match == b->match && (!a->match || a->value == b->value);
}

/* A driver may take away one whose value is not named. */
static bool similar(const struct mshv_ioeventfd *a, const struct mshv_ioeventfd *b)
{
	return a->gpa == b->gpa && a->fd == b->fd;
}

static void forget(struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell,
		   bool (*is)(const struct mshv_ioeventfd *, const struct mshv_ioeventfd *))
{
	struct vm_doorbell **link = &vm->doorbells, *d;

	while (*link && !is(&(*link)->what, doorbell))
		link = &(*link)->next;
	d = *link;
	if (!d) {
		if (is == same)
			forget(vm, doorbell, similar);
		return;
	}
	*link = d->next;
	free(d);
}

static void forget_locked(struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell)
{
	pthread_rwlock_wrlock(&vm->lock);
	forget(vm, doorbell, same);
	pthread_rwlock_unlock(&vm->lock);
}

/* A write to memory never stops the VP: no doorbell would be heard there. */
static int reserve(struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell)
{
	struct vm_doorbell *d = calloc(1, sizeof(*d));
	int err = 0;

	if (!d)
		return -ENOMEM;
	d->what = *doorbell;
	pthread_rwlock_wrlock(&vm->lock);
	if (has_memory(vm, doorbell)) {
		err = -EEXIST;
	} else {
		d->next = vm->doorbells;
		vm->doorbells = d;
	}
	pthread_rwlock_unlock(&vm->lock);
	if (err)
		free(d);
	return err;
}

/* The lock is not held in the kernel, where it may take milliseconds. */
int mshv_vm_add_ioeventfd(struct mshv_vm *vm,
			  const struct mshv_ioeventfd *doorbell)
{
	int err;

	if (!valid(vm, doorbell))
		return -EINVAL;
	err = reserve(vm, doorbell);
	if (err)
		return err;
	err = change(vm, doorbell, 0);
	if (err)
		forget_locked(vm, doorbell);
	return err;
}

int mshv_vm_remove_ioeventfd(struct mshv_vm *vm,
			     const struct mshv_ioeventfd *doorbell)
{
	int err;

	if (!valid(vm, doorbell))
		return -EINVAL;
	err = change(vm, doorbell, 1u << MSHV_IOEVENTFD_BIT_DEASSIGN);
	if (!err)
		forget_locked(vm, doorbell);
	return err;
}
