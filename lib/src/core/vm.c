// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A virtual machine: life and properties.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/partition.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/hvcall.h"
#include "core/sys.h"
#include "core/vm.h"
#include "regs/size.h"

#define SAME_FLAG(ours, kernel) \
	_Static_assert((ours) == 1u << (kernel), #ours " is " #kernel)

SAME_FLAG(MSHV_VM_LAPIC, MSHV_PT_BIT_LAPIC);
SAME_FLAG(MSHV_VM_X2APIC, MSHV_PT_BIT_X2APIC);
SAME_FLAG(MSHV_VM_SUPER_PAGES, MSHV_PT_BIT_GPA_SUPER_PAGES);
SAME_FLAG(MSHV_VM_FEATURE_BANKS, MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES);
SAME_FLAG(MSHV_VM_NESTED, MSHV_PT_BIT_NESTED_VIRTUALIZATION);
SAME_FLAG(MSHV_VM_SMT, MSHV_PT_BIT_SMT_ENABLED_GUEST);
_Static_assert(MSHV_VM_FEATURE_BANK_COUNT == MSHV_NUM_CPU_FEATURES_BANKS,
	       "as many feature banks as the kernel has");

/* Take the caller's configuration, which may be one for a newer library. */
static int read_config(const struct mshv_vm_config *from,
		       struct mshv_vm_config *config)
{
	int err = size_check(from, from->size, sizeof(*config));

	if (!err)
		memcpy(config, from, sizeof(*config));
	return err;
}

static int create_partition(int dev_fd, const struct mshv_vm_config *config)
{
	struct mshv_create_partition_v2 args = {
		.pt_flags = config->flags,
		.pt_isolation = config->isolation,
	};
	struct mshv_create_partition v1 = {
		.pt_flags = config->flags,
		.pt_isolation = config->isolation,
	};

	/* Kernels without feature banks read the short form only. */
	if (!(config->flags & MSHV_VM_FEATURE_BANKS))
		return mshv_ioctl_create_partition(dev_fd, &v1);

	args.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS;
	for (int i = 0; i < MSHV_NUM_CPU_FEATURES_BANKS; i++)
		args.pt_cpu_fbanks[i] = config->disabled_cpu_features[i];
#if defined(__x86_64__)
	args.pt_disabled_xsave = config->disabled_xsave;
#else
	if (config->disabled_xsave)
		return -EINVAL;
#endif
	return mshv_ioctl_create_partition_v2(dev_fd, &args);
}

/*
 * Who changes the map does not wait for ever where there is always some VP that accesses
 * memory. Nobody takes the lock twice.
 */
static int init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int err = pthread_rwlockattr_init(&attr);

	if (err)
		return -err;
#ifdef __GLIBC__
	err = pthread_rwlockattr_setkind_np(&attr,
					    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	if (!err)
		err = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -err;
}

int mshv_vm_create(struct mshv_host *host, const struct mshv_vm_config *config,
		   struct mshv_vm **vm)
{
	struct mshv_vm_config c = { 0 };
	struct mshv_vm *v;
	int fd, err;

	if (!host || !vm)
		return -EINVAL;
	if (config) {
		err = read_config(config, &c);
		if (err)
			return err;
	}

	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	err = init_lock(&v->lock);
	if (err)
		goto free_vm;
	fd = create_partition(host->fd, &c);
	if (fd < 0) {
		err = fd;
		goto destroy_lock;
	}
	v->fd = fd;
	v->refs = 1;
	v->has_lapic = c.flags & MSHV_VM_LAPIC;
	*vm = v;
	return 0;

destroy_lock:
	pthread_rwlock_destroy(&v->lock);
free_vm:
	free(v);
	return err;
}

void vm_get(struct mshv_vm *vm)
{
	__atomic_add_fetch(&vm->refs, 1, __ATOMIC_RELAXED);
}

void vm_put(struct mshv_vm *vm)
{
	/* The last one must see all that the others did to the list. */
	if (__atomic_sub_fetch(&vm->refs, 1, __ATOMIC_ACQ_REL))
		return;
	while (vm->pieces) {
		struct vm_piece *piece = vm->pieces;

		vm->pieces = piece->next;
		vm_piece_free(piece);
	}
	vm_free_doorbells(vm);
	pthread_rwlock_destroy(&vm->lock);
	free(vm);
}

void mshv_vm_close(struct mshv_vm *vm)
{
	if (!vm)
		return;
	mshv_sys_close(vm->fd);
	/* Whoever is left must not take another descriptor for it. */
	vm->fd = -1;
	vm_put(vm);
}

int mshv_vm_fd(const struct mshv_vm *vm)
{
	return vm ? vm->fd : -EINVAL;
}

int mshv_vm_initialize(struct mshv_vm *vm)
{
	return vm ? mshv_ioctl_initialize_partition(vm->fd) : -EINVAL;
}

int mshv_vm_get_property(struct mshv_vm *vm, uint32_t code, uint64_t *value)
{
	if (!vm || !value)
		return -EINVAL;
	return hvcall_get_property(vm->fd, code, value);
}

int mshv_vm_set_property(struct mshv_vm *vm, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property in = {
		.property_code = code,
		.property_value = value,
	};
	struct hvcall call = {
		.code = HVCALL_SET_PARTITION_PROPERTY,
		.in = &in,
		.in_size = sizeof(in),
	};

	return vm ? hvcall(vm->fd, &call) : -EINVAL;
}
