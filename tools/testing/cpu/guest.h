/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that executes one instruction at a time for a test, on /dev/mshv.
 */
#ifndef CPU_TEST_GUEST_H
#define CPU_TEST_GUEST_H

#include <mshvctl/mshvctl.h>

struct guest {
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	uint8_t *ram;
};

/* What came of an instruction. */
enum outcome {
	DID_WORK,
	DID_UD,
	DID_GP,
};

/* Make a guest with the model; NULL: with all the host has. */
void guest_start(struct guest *guest, const struct mshv_cpu_model *model);
void guest_stop(struct guest *guest);

void guest_cpuid(struct guest *guest, uint32_t eax, uint32_t ecx, uint32_t r[4]);
enum outcome guest_rdtscp(struct guest *guest);
enum outcome guest_rdtsc(struct guest *guest);
enum outcome guest_rdrand(struct guest *guest);

#endif /* CPU_TEST_GUEST_H */
