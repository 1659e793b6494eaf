// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * ID registers of KVM's VCPUs, and the scratch VCPU.
 */
#include <errno.h>

#include "core/sys.h"
#include "cpu/kvm.h"
#include "cpu/model.h"

#define REG_ARM64 0x6000000000000000ull
#define REG_U64 0x0030000000000000ull
#define REG_SYSREG 0x0000000000130000ull
#define REG_OP0_3 (3ull << 14)
#define REG_OP1_SHIFT 11

/*
 * The scratch VM's guest addresses have as few bits as KVM allows: to take a VM
 * down, it goes through all of them, and with 52 that takes a second.
 */
#define SCRATCH_BITS 32ul

int cpu_kvm_has(int fd, unsigned long cap)
{
	int ret = mshv_sys_ioctl(fd, CPU_KVM_CHECK_EXTENSION,
				 (void *)(uintptr_t)cap);

	return ret > 0 ? ret : 0;
}

int cpu_kvm_enable(int vm_fd, uint32_t cap)
{
	struct cpu_kvm_enable_cap args = { .cap = cap };

	return mshv_sys_ioctl(vm_fd, CPU_KVM_ENABLE_CAP, &args);
}

/* The index packs op1 (0, 1 or 3), CRm and op2; CRn is 0 in all of them. */
static uint64_t reg_id(unsigned int reg)
{
	static const uint8_t op1[] = { 0, 1, 3 };

	return REG_ARM64 | REG_U64 | REG_SYSREG | REG_OP0_3 |
	       (uint64_t)op1[reg / 64] << REG_OP1_SHIFT | reg % 64;
}

int cpu_kvm_get(int vcpu_fd, unsigned int reg, uint64_t *value)
{
	uint64_t now = 0;
	struct cpu_kvm_one_reg args = { reg_id(reg), (uintptr_t)&now };
	int err = mshv_sys_ioctl(vcpu_fd, CPU_KVM_GET_ONE_REG, &args);

	if (!err)
		*value = now;
	return err;
}

int cpu_kvm_set(int vcpu_fd, unsigned int reg, uint64_t value)
{
	struct cpu_kvm_one_reg args = { reg_id(reg), (uintptr_t)&value };

	return mshv_sys_ioctl(vcpu_fd, CPU_KVM_SET_ONE_REG, &args);
}

int cpu_kvm_set_exactly(int vcpu_fd, unsigned int reg, uint64_t value)
{
	uint64_t stored;
	int err = cpu_kvm_set(vcpu_fd, reg, value);

	if (!err)
		err = cpu_kvm_get(vcpu_fd, reg, &stored);
	if (err)
		return err;
	return stored == value ? 0 : -EDOM;
}

static uint32_t vcpu_features(int vm_fd)
{
	uint32_t features = 0;

	if (cpu_kvm_has(vm_fd, CPU_KVM_CAP_PMU_V3))
		features |= 1u << CPU_KVM_VCPU_PMU_V3;
	if (cpu_kvm_has(vm_fd, CPU_KVM_CAP_SVE))
		features |= 1u << CPU_KVM_VCPU_SVE;
	/* One without the other is refused. */
	if (cpu_kvm_has(vm_fd, CPU_KVM_CAP_PTRAUTH_ADDRESS) &&
	    cpu_kvm_has(vm_fd, CPU_KVM_CAP_PTRAUTH_GENERIC))
		features |= 1u << CPU_KVM_VCPU_PTRAUTH_ADDRESS |
			    1u << CPU_KVM_VCPU_PTRAUTH_GENERIC;
	return features;
}

/* What must be asked of the VM before it has a VCPU. */
static int enable_caps(int vm_fd, const char **step)
{
	static const uint16_t caps[] = {
		CPU_KVM_CAP_MTE,
		CPU_KVM_CAP_WRITABLE_IMP_ID_REGS,
	};

	*step = "switch on a feature of the scratch VM";
	for (unsigned int i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		int err = 0;

		if (cpu_kvm_has(vm_fd, caps[i]))
			err = cpu_kvm_enable(vm_fd, caps[i]);
		if (err)
			return err;
	}
	return 0;
}

static int make_vcpu(int vm_fd, const char **step)
{
	struct cpu_kvm_vcpu_init init = { 0 };
	int vcpu, err;

	*step = "make a scratch VCPU";
	vcpu = mshv_sys_ioctl(vm_fd, CPU_KVM_CREATE_VCPU, NULL);
	if (vcpu < 0)
		return vcpu;
	*step = "set up the scratch VCPU";
	err = mshv_sys_ioctl(vm_fd, CPU_KVM_PREFERRED_TARGET, &init);
	if (!err) {
		init.features[0] |= vcpu_features(vm_fd);
		err = mshv_sys_ioctl(vcpu, CPU_KVM_VCPU_INIT, &init);
	}
	if (err) {
		mshv_sys_close(vcpu);
		return err;
	}
	return vcpu;
}

int cpu_kvm_make_scratch(int kvm_fd, int *vm_fd, int *vcpu_fd, const char **step)
{
	int vm, vcpu, err;

	*step = "make a scratch VM";
	vm = mshv_sys_ioctl(kvm_fd, CPU_KVM_CREATE_VM, (void *)SCRATCH_BITS);
	if (vm < 0)
		return vm;
	err = enable_caps(vm, step);
	vcpu = err ? err : make_vcpu(vm, step);
	if (vcpu < 0) {
		mshv_sys_close(vm);
		return vcpu;
	}
	*vm_fd = vm;
	*vcpu_fd = vcpu;
	return 0;
}
