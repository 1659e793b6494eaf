/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The part of KVM's interface that is needed for ID registers. arm64's headers
 * are not at hand on other machines, where the unit tests run.
 */
#ifndef MSHVCTL_SRC_CPU_KVM_H
#define MSHVCTL_SRC_CPU_KVM_H

#include <linux/ioctl.h>
#include <stdint.h>

enum {
	CPU_KVM_CAP_PMU_V3 = 126,
	CPU_KVM_CAP_SVE = 170,
	CPU_KVM_CAP_PTRAUTH_ADDRESS = 171,
	CPU_KVM_CAP_PTRAUTH_GENERIC = 172,
	CPU_KVM_CAP_MTE = 205,
	CPU_KVM_CAP_REG_MASK_RANGES = 230,
	CPU_KVM_CAP_WRITABLE_IMP_ID_REGS = 239,
};

/* Bits of struct cpu_kvm_vcpu_init.features[0]. */
enum {
	CPU_KVM_VCPU_PMU_V3 = 3,
	CPU_KVM_VCPU_SVE = 4,
	CPU_KVM_VCPU_PTRAUTH_ADDRESS = 5,
	CPU_KVM_VCPU_PTRAUTH_GENERIC = 6,
};

struct cpu_kvm_enable_cap {
	uint32_t cap;
	uint32_t flags;
	uint64_t args[4];
	uint8_t pad[64];
};

struct cpu_kvm_one_reg {
	uint64_t id;
	uint64_t addr;
};

struct cpu_kvm_vcpu_init {
	uint32_t target;
	uint32_t features[7];
};

struct cpu_kvm_mask_range {
	uint64_t addr;
	uint32_t range;
	uint32_t reserved[13];
};

#define CPU_KVM_CREATE_VM _IO(0xae, 0x01)
#define CPU_KVM_CHECK_EXTENSION _IO(0xae, 0x03)
#define CPU_KVM_CREATE_VCPU _IO(0xae, 0x41)
#define CPU_KVM_ENABLE_CAP _IOW(0xae, 0xa3, struct cpu_kvm_enable_cap)
#define CPU_KVM_GET_ONE_REG _IOW(0xae, 0xab, struct cpu_kvm_one_reg)
#define CPU_KVM_SET_ONE_REG _IOW(0xae, 0xac, struct cpu_kvm_one_reg)
#define CPU_KVM_VCPU_INIT _IOW(0xae, 0xae, struct cpu_kvm_vcpu_init)
#define CPU_KVM_PREFERRED_TARGET _IOR(0xae, 0xaf, struct cpu_kvm_vcpu_init)
/* The kernel reads the argument, whatever the direction says. */
#define CPU_KVM_GET_WRITABLE_MASKS _IOR(0xae, 0xb6, struct cpu_kvm_mask_range)

_Static_assert(sizeof(struct cpu_kvm_enable_cap) == 104, "as in the kernel");
_Static_assert(sizeof(struct cpu_kvm_one_reg) == 16, "as in the kernel");
_Static_assert(sizeof(struct cpu_kvm_vcpu_init) == 32, "as in the kernel");
_Static_assert(sizeof(struct cpu_kvm_mask_range) == 64, "as in the kernel");

/* What KVM_CHECK_EXTENSION says, 0 also on an error. */
int cpu_kvm_has(int fd, unsigned long cap);
int cpu_kvm_enable(int vm_fd, uint32_t cap);

/* Read, and write, an ID register of a VCPU, by its index. */
int cpu_kvm_get(int vcpu_fd, unsigned int reg, uint64_t *value);
int cpu_kvm_set(int vcpu_fd, unsigned int reg, uint64_t value);

/*
 * Write a value and see that it is there: KVM takes some values and stores
 * others. -EDOM where it is not.
 */
int cpu_kvm_set_exactly(int vcpu_fd, unsigned int reg, uint64_t value);

/* Make the scratch VCPU, with all features that make ID registers show. */
int cpu_kvm_make_scratch(int kvm_fd, int *vm_fd, int *vcpu_fd, const char **step);

#endif /* MSHVCTL_SRC_CPU_KVM_H */
