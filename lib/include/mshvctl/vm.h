/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual machine: a child partition and its guest-physical memory map.
 *
 * Thread safety: all functions but mshv_vm_close() may be called by any number
 * of threads at once.
 */
#ifndef MSHVCTL_VM_H
#define MSHVCTL_VM_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of struct mshv_vm_config. */
enum {
	/* The hypervisor emulates a local APIC for each VP. */
	MSHV_VM_LAPIC = 1u << 0,
	/* The local APIC offers x2APIC mode. */
	MSHV_VM_X2APIC = 1u << 1,
	/* Guest memory may be mapped by 2 MiB and 1 GiB pages. */
	MSHV_VM_SUPER_PAGES = 1u << 2,
	/* disabled_cpu_features and disabled_xsave are to be used. */
	MSHV_VM_FEATURE_BANKS = 1u << 3,
	/* The guest may be a hypervisor itself. */
	MSHV_VM_NESTED = 1u << 4,
	/* VPs are sibling threads of cores. */
	MSHV_VM_SMT = 1u << 5,
};

#define MSHV_VM_FEATURE_BANK_COUNT 2

/**
 * struct mshv_vm_config - how to make a VM
 * @size: sizeof(struct mshv_vm_config)
 * @flags: MSHV_VM_*
 * @isolation: MSHV_PT_ISOLATION_*, 0 for none
 * @disabled_cpu_features: processor features the guest shall not see, with
 *	MSHV_VM_FEATURE_BANKS; without it the guest gets all the host has
 * @disabled_xsave: the same for XSAVE features
 */
struct mshv_vm_config {
	size_t size;
	uint64_t flags;
	uint64_t isolation;
	uint64_t disabled_cpu_features[MSHV_VM_FEATURE_BANK_COUNT];
	uint64_t disabled_xsave;
};

/**
 * mshv_vm_create() - create a partition; it cannot hold VPs or memory yet
 * @host: the host
 * @config: what to make; NULL for no flags at all
 * @vm: result
 *
 * Properties that must be set early are set now, before mshv_vm_initialize().
 *
 * Return: 0, -EINVAL, -E2BIG where @config asks for what this library does not
 * know, -ENOMEM, or the driver's errno.
 */
MSHV_API int mshv_vm_create(struct mshv_host *host,
			    const struct mshv_vm_config *config,
			    struct mshv_vm **vm);

/**
 * mshv_vm_initialize() - make the partition ready for memory and VPs
 * @vm: the VM
 *
 * Doing it again is harmless.
 *
 * Return: 0, -EINVAL, or the driver's errno.
 */
MSHV_API int mshv_vm_initialize(struct mshv_vm *vm);

/**
 * mshv_vm_close() - drop the handle
 * @vm: the VM or NULL
 *
 * The partition goes away when its last VP is closed too. Guest memory is the
 * caller's: it may be unmapped from the process after that only.
 */
MSHV_API void mshv_vm_close(struct mshv_vm *vm);

/** mshv_vm_fd() - the file descriptor, owned by @vm; -EINVAL for NULL */
MSHV_API int mshv_vm_fd(const struct mshv_vm *vm);

/**
 * mshv_vm_get_property() - read a partition property, by one hypercall
 * @vm: the VM
 * @code: HV_PARTITION_PROPERTY_* of <hvabi/partition.h>
 * @value: result
 *
 * Return: 0, -EINVAL also for a property that the hypervisor does not know, or the
 * driver's errno.
 */
MSHV_API int mshv_vm_get_property(struct mshv_vm *vm, uint32_t code,
				  uint64_t *value);

/**
 * mshv_vm_set_property() - write a partition property, by one hypercall
 * @vm: the VM; some properties can be set only before mshv_vm_initialize()
 * @code: HV_PARTITION_PROPERTY_* of <hvabi/partition.h>
 * @value: what to write
 *
 * Return: as mshv_vm_get_property().
 */
MSHV_API int mshv_vm_set_property(struct mshv_vm *vm, uint32_t code,
				  uint64_t value);

/**
 * mshv_vm_install_intercept() - have something that the guest does stop its VPs
 * @vm: the VM
 * @type: HV_INTERCEPT_TYPE_* of <hvabi/intercept.h>
 * @access: HV_INTERCEPT_ACCESS_MASK_*, any of them; none takes the intercept away
 * @parameter: bits of union hv_intercept_parameters, 0 where the type has none
 *
 * Return: 0, -EINVAL, or the driver's errno.
 */
MSHV_API int mshv_vm_install_intercept(struct mshv_vm *vm, uint32_t type,
				       uint32_t access, uint64_t parameter);

/* Access of the guest to memory; reading is always allowed. */
enum {
	MSHV_MEM_WRITE = 1u << 0,
	MSHV_MEM_EXEC = 1u << 1,
};

/**
 * mshv_vm_map() - let the guest see a piece of this process's memory
 * @vm: the VM
 * @gpa: guest-physical address, a multiple of 4096
 * @addr: where it is in this process, a multiple of 4096
 * @size: bytes, a multiple of 4096
 * @access: MSHV_MEM_*
 *
 * Return: 0, -EINVAL, -EEXIST where it would overlap another piece or a doorbell, -ENOMEM,
 * or the driver's errno.
 */
MSHV_API int mshv_vm_map(struct mshv_vm *vm, uint64_t gpa, void *addr,
			 uint64_t size, unsigned int access);

/**
 * mshv_vm_unmap() - take back a piece of memory
 * @vm: the VM
 * @gpa: start of a piece that mshv_vm_map() made; pieces go away as a whole
 *
 * When it returns 0, neither the guest nor the library uses that memory any more, even if
 * another thread is at an exit of a VP: the caller may free it.
 *
 * Return: 0, -EINVAL, -ENOENT, or the driver's errno.
 */
MSHV_API int mshv_vm_unmap(struct mshv_vm *vm, uint64_t gpa);

/**
 * mshv_vm_host_addr() - where guest memory is in this process
 * @vm: the VM
 * @gpa: guest-physical address
 * @size: bytes that must lie in one piece from there on, at least 1
 * @access: MSHV_MEM_WRITE if the guest must be allowed to write it, or 0
 * @addr: result
 *
 * @addr is good until mshv_vm_unmap() takes the piece away, and the library does not know
 * for how long the caller uses it: it is for the caller to see to it that no other thread
 * unmaps the piece meanwhile, or does not free the memory then. For what is written there
 * while a dirty log runs, see mshv_vm_note_write().
 *
 * Return: 0, -EINVAL, -EFAULT where that is not memory of the guest, -EACCES.
 */
MSHV_API int mshv_vm_host_addr(struct mshv_vm *vm, uint64_t gpa, uint64_t size,
			       unsigned int access, void **addr);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_VM_H */
