// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of KVM on arm64 that reads an ID register and stores it where there is
 * no memory, so that the store comes back to us.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../../lib/tests/test.h"
#include "kvmguest.h"

#define RAM_AT 0x40000000
#define RAM_SIZE 0x10000
#define MMIO_AT 0x10000000
#define DISTRIBUTOR_AT 0x08000000
#define REDISTRIBUTORS_AT 0x080a0000
#define PMU_INTERRUPT 23

/* A guest that goes astray never comes back. */
#define PATIENCE 60

#define MRS_X0 0xd5380000	/* mrs x0, S3_0_C0_C0_0 */
#define STR_X0_X1 0xf9000020	/* str x0, [x1] */
#define BRANCH_BACK 0x17fffffe	/* to two instructions earlier */

#define CORE_REG(member) \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
	 KVM_REG_ARM_CORE_REG(member))

static unsigned int op1_of(unsigned int reg)
{
	return reg / 64 == 2 ? 3 : reg / 64;
}

static int do_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	CHECK(ret >= 0);
	return ret;
}

static bool has(int fd, uintptr_t cap)
{
	return do_ioctl(fd, KVM_CHECK_EXTENSION, (void *)cap) > 0;
}

static void set_attr(int fd, uint32_t group, uint64_t attr, void *value)
{
	struct kvm_device_attr args = {
		.group = group,
		.attr = attr,
		.addr = (uintptr_t)value,
	};

	do_ioctl(fd, KVM_SET_DEVICE_ATTR, &args);
}

/* Without an interrupt controller KVM takes its fields out of the ID registers. */
static void add_gic(struct kvmguest *guest)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t distributor = DISTRIBUTOR_AT, redistributors = REDISTRIBUTORS_AT;

	do_ioctl(guest->vm, KVM_CREATE_DEVICE, &gic);
	guest->gic = (int)gic.fd;
	set_attr(guest->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
		 &distributor);
	set_attr(guest->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
		 KVM_VGIC_V3_ADDR_TYPE_REDIST, &redistributors);
}

void kvmguest_start(struct kvmguest *guest)
{
	struct kvm_enable_cap mte = { .cap = KVM_CAP_ARM_MTE };
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = RAM_AT,
		.memory_size = RAM_SIZE,
	};

	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	CHECK(guest->kvm >= 0);
	guest->vm = do_ioctl(guest->kvm, KVM_CREATE_VM, NULL);
	guest->is_ready = false;
	guest->has_sve = has(guest->vm, KVM_CAP_ARM_SVE);
	guest->has_pmu = has(guest->vm, KVM_CAP_ARM_PMU_V3);
	if (has(guest->vm, KVM_CAP_ARM_MTE))
		do_ioctl(guest->vm, KVM_ENABLE_CAP, &mte);
	guest->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(guest->ram != MAP_FAILED);
	region.userspace_addr = (uintptr_t)guest->ram;
	do_ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
	add_gic(guest);
	for (int i = 0; i < KVMGUEST_VCPUS; i++)
		guest->vcpu[i] = -1;
	guest->run = NULL;
}

static void choose_features(const struct kvmguest *guest,
			    struct kvm_vcpu_init *init)
{
	if (guest->has_sve)
		init->features[0] |= 1u << KVM_ARM_VCPU_SVE;
	if (guest->has_pmu)
		init->features[0] |= 1u << KVM_ARM_VCPU_PMU_V3;
	if (has(guest->vm, KVM_CAP_ARM_PTRAUTH_ADDRESS))
		init->features[0] |= 1u << KVM_ARM_VCPU_PTRAUTH_ADDRESS |
				     1u << KVM_ARM_VCPU_PTRAUTH_GENERIC;
}

void kvmguest_add_vcpus(struct kvmguest *guest)
{
	struct kvm_vcpu_init init;

	memset(&init, 0, sizeof(init));
	do_ioctl(guest->vm, KVM_ARM_PREFERRED_TARGET, &init);
	choose_features(guest, &init);
	for (int i = 0; i < KVMGUEST_VCPUS; i++) {
		guest->vcpu[i] = do_ioctl(guest->vm, KVM_CREATE_VCPU,
					  (void *)(uintptr_t)i);
		do_ioctl(guest->vcpu[i], KVM_ARM_VCPU_INIT, &init);
	}
	guest->run_size = (size_t)do_ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	guest->run = mmap(NULL, guest->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  guest->vcpu[0], 0);
	CHECK(guest->run != MAP_FAILED);
}

void kvmguest_start_with(struct kvmguest *guest,
			 const struct mshv_cpu_model *model)
{
	struct mshv_cpu_error error = { "" };
	int err;

	kvmguest_start(guest);
	err = mshv_cpu_model_prepare_kvm(model, guest->vm, &error);
	if (!err)
		kvmguest_add_vcpus(guest);
	for (int i = 0; !err && i < KVMGUEST_VCPUS; i++)
		err = mshv_cpu_model_apply_kvm(model, guest->vcpu[i], &error);
	if (err)
		printf("# it says: %s\n", error.text);
	CHECK_EQ(err, 0);
}

void kvmguest_stop(struct kvmguest *guest)
{
	if (guest->run)
		munmap(guest->run, guest->run_size);
	for (int i = 0; i < KVMGUEST_VCPUS; i++)
		if (guest->vcpu[i] >= 0)
			close(guest->vcpu[i]);
	close(guest->gic);
	close(guest->vm);
	close(guest->kvm);
	munmap(guest->ram, RAM_SIZE);
}

static void set_core(int vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { id, (uintptr_t)&value };

	do_ioctl(vcpu, KVM_SET_ONE_REG, &reg);
}

/* What KVM wants of VCPUs with these features before they run. */
static void finish(struct kvmguest *guest)
{
	int sve = KVM_ARM_VCPU_SVE, interrupt = PMU_INTERRUPT;

	if (guest->is_ready)
		return;
	guest->is_ready = true;
	/* From here on it goes round by itself: after each store, on to the next. */
	set_core(guest->vcpu[0], CORE_REG(regs.pc), RAM_AT);
	set_core(guest->vcpu[0], CORE_REG(regs.regs[1]), MMIO_AT);
	set_attr(guest->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
		 NULL);
	for (int i = 0; i < KVMGUEST_VCPUS; i++) {
		int vcpu = guest->vcpu[i];

		if (guest->has_sve)
			do_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);
		if (!guest->has_pmu)
			continue;
		set_attr(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ,
			 &interrupt);
		set_attr(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT,
			 NULL);
	}
}

uint64_t kvmguest_read(struct kvmguest *guest, unsigned int reg)
{
	uint64_t value;

	finish(guest);
	guest->ram[0] = MRS_X0 | op1_of(reg) << 16 | (reg % 64) << 5;
	guest->ram[1] = STR_X0_X1;
	guest->ram[2] = BRANCH_BACK;
	__builtin___clear_cache((char *)guest->ram, (char *)(guest->ram + 3));
	alarm(PATIENCE);
	do_ioctl(guest->vcpu[0], KVM_RUN, NULL);
	alarm(0);
	CHECK_EQ(guest->run->exit_reason, KVM_EXIT_MMIO);
	CHECK_EQ(guest->run->mmio.phys_addr, MMIO_AT);
	CHECK(guest->run->mmio.is_write);
	CHECK_EQ(guest->run->mmio.len, 8);
	memcpy(&value, guest->run->mmio.data, sizeof(value));
	return value;
}

uint64_t kvmguest_reg(int vcpu, unsigned int reg)
{
	uint64_t value = 0;
	struct kvm_one_reg args = {
		ARM64_SYS_REG(3, op1_of(reg), 0, reg % 64 / 8, reg % 8),
		(uintptr_t)&value,
	};

	do_ioctl(vcpu, KVM_GET_ONE_REG, &args);
	return value;
}
