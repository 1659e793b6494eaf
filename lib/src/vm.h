/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a virtual machine.
 */
#ifndef MSHVCTL_SRC_VM_H
#define MSHVCTL_SRC_VM_H

#include <mshvctl/vm.h>
#include <pthread.h>

/* A piece of guest memory; [gpa, gpa + size) does not wrap. */
struct vm_piece {
	struct vm_piece *next;
	uint64_t gpa;
	uint64_t size;
	uint8_t *addr;
	unsigned int access;
};

/**
 * struct mshv_vm
 * @fd: the partition
 * @refs: one of the owner and one of each VP, which look up memory; atomic
 * @lock: guards @pieces; held for writing across the ioctl that changes the map,
 *	so that the list and the kernel never disagree for a reader
 * @pieces: what is mapped
 */
struct mshv_vm {
	int fd;
	unsigned int refs;
	pthread_rwlock_t lock;
	struct vm_piece *pieces;
};

void vm_get(struct mshv_vm *vm);
void vm_put(struct mshv_vm *vm);

#endif /* MSHVCTL_SRC_VM_H */
