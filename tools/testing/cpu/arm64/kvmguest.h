/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest of KVM on arm64 that reads ID registers and tells what they are.
 */
#ifndef CPU_TEST_KVMGUEST_H
#define CPU_TEST_KVMGUEST_H

#include <mshvctl/cpu.h>

struct kvm_run;

#define KVMGUEST_VCPUS 2

struct kvmguest {
	int kvm, vm, gic;
	int vcpu[KVMGUEST_VCPUS];
	bool has_sve, has_pmu, is_ready;
	struct kvm_run *run;
	size_t run_size;
	uint32_t *ram;
};

/*
 * An ID register as KVM numbers them: op1 (0, 1, or 2 for 3), CRm and op2 in
 * groups of 3 bits; op0 is 3 and CRn is 0.
 */
#define KVMGUEST_MIDR 0
#define KVMGUEST_PFR0 32
#define KVMGUEST_ISAR0 48

/* A VM without VCPUs; then its VCPUs, with all the features the host offers. */
void kvmguest_start(struct kvmguest *guest);
void kvmguest_add_vcpus(struct kvmguest *guest);
void kvmguest_stop(struct kvmguest *guest);

/* Make a VM that has the model: all of the above. */
void kvmguest_start_with(struct kvmguest *guest,
			 const struct mshv_cpu_model *model);

/* Run the first VCPU, which reads an ID register; what it found. */
uint64_t kvmguest_read(struct kvmguest *guest, unsigned int reg);

/* What KVM says that an ID register of a VCPU is. */
uint64_t kvmguest_reg(int vcpu, unsigned int reg);

#endif /* CPU_TEST_KVMGUEST_H */
