/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside a virtual machine.
 */
#ifndef MSHVCTL_SRC_CORE_VM_H
#define MSHVCTL_SRC_CORE_VM_H

#include <mshvctl/ioeventfd.h>
#include <mshvctl/vm.h>
#include <pthread.h>

struct mshv_vp;

/**
 * struct vm_piece - of guest memory; [@gpa, @gpa + @size) does not wrap
 * @written: while a log runs, a bit of each page that was written by this process, which
 *	the hypervisor does not see; else NULL. The bits are atomic.
 */
struct vm_piece {
	struct vm_piece *next;
	uint64_t gpa;
	uint64_t size;
	uint8_t *addr;
	unsigned int access;
	uint64_t *written;
};

/**
 * struct vm_doorbell - where writes signal an eventfd
 * @what: as it was made
 */
struct vm_doorbell {
	struct vm_doorbell *next;
	struct mshv_ioeventfd what;
};

/**
 * struct vm_listener - hears of a VM's memory map, with the lock held
 * @map: a piece has come; an error undoes it
 * @unmap: a piece is about to go; an error keeps it
 */
struct vm_listener {
	struct vm_listener *next;
	int (*map)(struct vm_listener *listener, const struct vm_piece *piece);
	int (*unmap)(struct vm_listener *listener, const struct vm_piece *piece);
};

/**
 * struct mshv_vm
 * @fd: the partition
 * @refs: one of the owner and one of each VP, which look up memory; atomic
 * @lock: guards what follows; held for writing across the ioctl that changes the map,
 *	so that the list and the kernel never disagree for a reader; held for reading
 *	while memory is accessed, so that it is not used any more once it is unmapped
 * @pieces: what is mapped
 * @doorbells: no piece has memory at one
 * @vps: all of them, which are told when the map changes
 * @listeners: who else hears of it
 * @logs: a dirty log runs
 * @address_bits: of guest-physical addresses; 0 until somebody asks; atomic
 */
struct mshv_vm {
	int fd;
	unsigned int refs;
	pthread_rwlock_t lock;
	struct vm_piece *pieces;
	struct vm_doorbell *doorbells;
	struct mshv_vp *vps;
	struct vm_listener *listeners;
	bool logs;
	unsigned int address_bits;
	bool has_lapic; /* MSHV_VM_LAPIC */
};

void vm_get(struct mshv_vm *vm);
void vm_put(struct mshv_vm *vm);

/* Put a VP on the list of those that are told, and take it away. */
void vm_add_vp(struct mshv_vm *vm, struct mshv_vp *vp);
void vm_remove_vp(struct mshv_vm *vm, struct mshv_vp *vp);

/* Whether a doorbell is in a range. With the lock held. */
bool vm_has_doorbell(const struct mshv_vm *vm, uint64_t gpa, uint64_t size);
void vm_free_doorbells(struct mshv_vm *vm);

/*
 * Have somebody hear of memory: of what is there now, and of what comes and goes. If @map
 * fails it is undone. Who goes is told nothing.
 */
int vm_add_listener(struct mshv_vm *vm, struct vm_listener *listener);
void vm_remove_listener(struct mshv_vm *vm, struct vm_listener *listener);

/* Room for the bits of a piece. False: out of memory. */
bool vm_piece_start_log(struct vm_piece *piece);
void vm_piece_free(struct vm_piece *piece);

/* The piece that all of a range lies in, or NULL. With the lock held. */
struct vm_piece *vm_find_piece(const struct mshv_vm *vm, uint64_t gpa, uint64_t size);

/*
 * access.c: guest memory as the guest's instructions access it. An access of 1, 2, 4 or
 * 8 bytes that is aligned is not torn. All are for memory in one piece, and return 0,
 * -EFAULT where there is none, or -EACCES where the guest may not write it. Writes get
 * into the log.
 */
int vm_read(struct mshv_vm *vm, uint64_t gpa, void *bytes, size_t size);
int vm_write(struct mshv_vm *vm, uint64_t gpa, const void *bytes, size_t size);

/*
 * Write @size bytes of @value, 1, 2, 4 or 8 and aligned, if @old is there, atomically;
 * -EAGAIN if not.
 */
int vm_exchange(struct mshv_vm *vm, uint64_t gpa, unsigned int size, uint64_t old,
		uint64_t value);

/* Whether vm_read() would do it, or with MSHV_MEM_WRITE in @access, vm_write(). */
int vm_check(struct mshv_vm *vm, uint64_t gpa, size_t size, unsigned int access);

/* How many bits the guest's physical addresses have: asked of the hypervisor once, if at all. */
unsigned int vm_address_bits(struct mshv_vm *vm);

#endif /* MSHVCTL_SRC_CORE_VM_H */
