/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the guests of the selftests find things, for C and for assembly.
 *
 * Guest physical memory: the real-mode vectors at 0, code, stack, data, then
 * the long-mode page tables, then room for the tests.
 */
#ifndef MSHV_SELFTEST_GUEST_H
#define MSHV_SELFTEST_GUEST_H

#define GUEST_CODE		0x1000
#define GUEST_STACK		0x4000
#define GUEST_DATA		0x5000
#define GUEST_TABLES		0x8000
#define GUEST_FREE		0x20000
#define GUEST_RAM_SIZE		0x400000

/* Guest physical addresses that no test maps unless it says so. */
#define GUEST_MMIO		0x20000000
#define GUEST_ROOM		0x10000000

#define GUEST_PORT_READY	0x10
#define GUEST_PORT_DONE		0x11
#define GUEST_PORT_IRQ		0x12

#define GUEST_VECTOR_A		0x51
#define GUEST_VECTOR_B		0x52
#define GUEST_HANDLER_A		0x80
#define GUEST_HANDLER_B		0x100
#define GUEST_CLOSED_LOOPS	2000000

#define GUEST_MSR_SVR		0x80f
#define GUEST_MSR_EOI		0x80b
#define GUEST_MSR_ICR		0x830
#define GUEST_SIPI_VECTOR	0x02	/* starts at 0x2000 */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Declares a guest of guest16.S or guest64.S. */
#define GUEST(name) \
	extern const uint8_t guest_##name[], guest_##name##_end[]

/* Copies a guest to where the caller sees guest memory. */
#define guest_copy(to, name)						\
	memcpy(to, guest_##name, guest_##name##_end - guest_##name)

GUEST(out8);
GUEST(out16);
GUEST(out32);
GUEST(out_imm);
GUEST(in8);
GUEST(in16);
GUEST(in32);
GUEST(outsb);
GUEST(rep_outsw);
GUEST(insb);
GUEST(rep_insl);
GUEST(fs_read8);
GUEST(fs_read32);
GUEST(fs_write8);
GUEST(fs_write16);
GUEST(fs_write32);
GUEST(fs_write32_out);
GUEST(fs_write16_out);
GUEST(fs_rmw);
GUEST(hlt);
GUEST(cpuid);
GUEST(rdmsr);
GUEST(wrmsr);
GUEST(ud2);
GUEST(divide);
GUEST(count_out);
GUEST(spin);
GUEST(wait_flag);
GUEST(irq_idle);
GUEST(irq_read32);
GUEST(irq_busy);
GUEST(irq_closed);
GUEST(start_next_vp);
GUEST(send_ipi);
GUEST(lm_hlt);
GUEST(lm_ud2);
GUEST(lm_store);
GUEST(lm_two_outs);
GUEST(lm_store_xmm);
GUEST(lm_load_xmm);
GUEST(lm_read);
GUEST(lm_write);
GUEST(lm_write64);
GUEST(lm_touch_pages);
GUEST(lm_read_pages);
GUEST(lm_jump);
GUEST(lm_hypercall);
#endif /* __ASSEMBLER__ */

#endif
