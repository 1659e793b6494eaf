/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the start. */
#ifndef MINIHV_BOOT_H
#define MINIHV_BOOT_H

#include <stdint.h>

struct cpu;

_Noreturn void start(uint32_t mbi_pa);	/* from boot.S, on the boot processor */
_Noreturn void start_ap(void);		/* from boot.S, on the others */
/* From another CPU: waits until it is online. */
void cpu_start(struct cpu *cpu);
/* Make the root partition and run it; @cpu is this one, and root VP 0's. */
_Noreturn void start_root(struct cpu *cpu);
/* root.c: the root or L1VH partition with all RAM mapped at its own address. */
void root_partition_create(void);

#endif
