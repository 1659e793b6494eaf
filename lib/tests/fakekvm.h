/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A KVM for arm64 that has ID registers and nothing else, behind the mocked
 * system calls. It judges as the kernel does: field by field, and it never says
 * which field was wrong.
 */
#ifndef MSHVCTL_TESTS_FAKEKVM_H
#define MSHVCTL_TESTS_FAKEKVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKEKVM_FD 100

/**
 * struct fakekvm - how the fake behaves, and what it saw
 * @old: it has no writable masks
 * @no_imp: MIDR_EL1 cannot be made writable
 * @fail_request: this ioctl fails with @fail_errno
 * @fail_after: so many calls of it succeed before
 * @fail_for_good: and all calls of it fail from then on, not just one
 * @has_run: the guest has run: nothing can be changed any more
 * @hidden: index of a register that VCPUs made by the test do not have
 * @writes: SET_ONE_REG calls that changed something
 * @open: VM and VCPU descriptors that are open
 * @imp_enabled: KVM_ENABLE_CAP of the test's VM was seen
 */
struct fakekvm {
	bool old, no_imp;
	unsigned long fail_request;
	int fail_errno;
	unsigned int fail_after;
	bool fail_for_good;
	bool has_run;
	unsigned int hidden;
	unsigned int writes;
	int open;
	bool imp_enabled;
	uint64_t host[192];
};

extern struct fakekvm fakekvm;

/* A fresh fake. */
void fakekvm_start(void);

/* A VM of the test's own, and a VCPU in it. */
int fakekvm_vm(void);
int fakekvm_vcpu(int vm_fd);

uint64_t fakekvm_reg(int vcpu_fd, unsigned int reg);

/* How many registers of the VCPU differ from the host's. */
unsigned int fakekvm_changed(int vcpu_fd);

#endif /* MSHVCTL_TESTS_FAKEKVM_H */
