/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual machine control block (AMD APM vol. 2, appendix B). */
#ifndef MINIHV_VMCB_H
#define MINIHV_VMCB_H

#include "base/minihv.h"

struct vmcb_seg {
	uint16_t selector;
	uint16_t attrib;	/* bits 0-7: type S DPL P; 8-11: AVL L D/B G */
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	/* 0x000: control area */
	uint32_t intercept_cr;		/* low half reads, high half writes */
	uint32_t intercept_dr;
	uint32_t intercept_exc;
	uint32_t intercept_misc1;	/* VMCB_INTERCEPT_* bits 0-31 */
	uint32_t intercept_misc2;	/* bits 32-63 */
	uint8_t reserved_014[0x3c - 0x14];
	uint16_t pause_threshold, pause_count;
	uint64_t iopm_pa;		/* 0x40 */
	uint64_t msrpm_pa;
	uint64_t tsc_offset;
	uint32_t asid;			/* 0x58 */
	uint32_t tlb_control;
	uint64_t int_ctl;		/* 0x60 */
	uint64_t int_state;		/* 0x68: bit 0 interrupt shadow */
	uint64_t exit_code;		/* 0x70 */
	uint64_t exit_info_1;
	uint64_t exit_info_2;
	uint64_t exit_int_info;		/* 0x88: event whose delivery was cut short */
	uint64_t nested_ctl;		/* 0x90 */
	uint8_t reserved_098[0xa8 - 0x98];
	uint64_t event_inj;		/* 0xa8 */
	uint64_t nested_cr3;		/* 0xb0 */
	uint64_t lbr_ctl;
	uint32_t clean, reserved_0c4;
	uint64_t next_rip;		/* 0xc8: not written by every processor */
	uint8_t reserved_0d0[0x400 - 0xd0];

	/* 0x400: state save area */
	struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved_4a0[0x4cb - 0x4a0];
	uint8_t cpl;			/* 0x4cb */
	uint32_t reserved_4cc;
	uint64_t efer;			/* 0x4d0 */
	uint8_t reserved_4d8[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved_580[0x5d8 - 0x580];
	uint64_t rsp;			/* 0x5d8 */
	uint64_t s_cet, ssp, isst_addr;
	uint64_t rax;			/* 0x5f8 */
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;			/* 0x640 */
	uint8_t reserved_648[0x668 - 0x648];
	uint64_t pat;			/* 0x668 */
	uint64_t dbgctl;
	uint8_t reserved_678[0x1000 - 0x678];
};

_Static_assert(offsetof(struct vmcb, iopm_pa) == 0x40, "vmcb layout");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "vmcb layout");
_Static_assert(offsetof(struct vmcb, event_inj) == 0xa8, "vmcb layout");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "vmcb layout");
_Static_assert(offsetof(struct vmcb, es) == 0x400, "vmcb layout");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "vmcb layout");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "vmcb layout");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "vmcb layout");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "vmcb layout");
_Static_assert(offsetof(struct vmcb, pat) == 0x668, "vmcb layout");
_Static_assert(sizeof(struct vmcb) == 4096, "vmcb layout");

/* intercept_misc1 */
#define VMCB_INTERCEPT_INTR	BIT(0)
#define VMCB_INTERCEPT_NMI	BIT(1)
#define VMCB_INTERCEPT_SMI	BIT(2)
#define VMCB_INTERCEPT_INIT	BIT(3)
#define VMCB_INTERCEPT_VINTR	BIT(4)
#define VMCB_INTERCEPT_RDTSC	BIT(14)
#define VMCB_INTERCEPT_CPUID	BIT(18)
#define VMCB_INTERCEPT_IRET	BIT(20)
#define VMCB_INTERCEPT_SWINT	BIT(21)
#define VMCB_INTERCEPT_HLT	BIT(24)
#define VMCB_INTERCEPT_INVLPGA	BIT(26)
#define VMCB_INTERCEPT_IOIO	BIT(27)
#define VMCB_INTERCEPT_MSR	BIT(28)
#define VMCB_INTERCEPT_SHUTDOWN	BIT(31)
/* intercept_misc2 */
#define VMCB_INTERCEPT_VMRUN	BIT(0)
#define VMCB_INTERCEPT_VMMCALL	BIT(1)
#define VMCB_INTERCEPT_VMLOAD	BIT(2)
#define VMCB_INTERCEPT_VMSAVE	BIT(3)
#define VMCB_INTERCEPT_STGI	BIT(4)
#define VMCB_INTERCEPT_CLGI	BIT(5)
#define VMCB_INTERCEPT_SKINIT	BIT(6)
#define VMCB_INTERCEPT_RDTSCP	BIT(7)
#define VMCB_INTERCEPT_XSETBV	BIT(13)

#define VMCB_INT_CTL_VIRQ	BIT(8)
#define VMCB_INT_CTL_PRIO(p)	((uint64_t)(p) << 16)
#define VMCB_INT_CTL_PRIO_MASK	(0xfull << 16)
#define VMCB_INT_CTL_IGN_TPR	BIT(20)
#define VMCB_INT_CTL_MASKING	BIT(24)
#define VMCB_NESTED_NPT		BIT(0)
#define VMCB_TLB_FLUSH_ALL	1

#define VMCB_EVENT_VALID	BIT(31)
#define VMCB_EVENT_ERR_VALID	BIT(11)
#define VMCB_EVENT_INTR		(0ull << 8)
#define VMCB_EVENT_NMI		(2ull << 8)
#define VMCB_EVENT_EXC		(3ull << 8)
#define VMCB_EVENT_SOFT		(4ull << 8)
#define VMCB_EVENT_TYPE_MASK	(7ull << 8)

#define VMEXIT_CR0_WRITE	0x10
#define VMEXIT_EXC_BASE		0x40
#define VMEXIT_INTR		0x60
#define VMEXIT_NMI		0x61
#define VMEXIT_SMI		0x62
#define VMEXIT_INIT		0x63
#define VMEXIT_VINTR		0x64
#define VMEXIT_RDTSC		0x6e
#define VMEXIT_CPUID		0x72
#define VMEXIT_IRET		0x74
#define VMEXIT_SWINT		0x75
#define VMEXIT_HLT		0x78
#define VMEXIT_INVLPGA		0x7a
#define VMEXIT_IOIO		0x7b
#define VMEXIT_MSR		0x7c
#define VMEXIT_SHUTDOWN		0x7f
#define VMEXIT_VMRUN		0x80
#define VMEXIT_VMMCALL		0x81
#define VMEXIT_VMLOAD		0x82
#define VMEXIT_VMSAVE		0x83
#define VMEXIT_STGI		0x84
#define VMEXIT_CLGI		0x85
#define VMEXIT_SKINIT		0x86
#define VMEXIT_RDTSCP		0x87
#define VMEXIT_XSETBV		0x8d
#define VMEXIT_NPF		0x400
#define VMEXIT_INVALID		(~0ull)

/* exit_info_1 of a nested page fault */
#define NPF_PRESENT		BIT(0)
#define NPF_WRITE		BIT(1)
#define NPF_FETCH		BIT(4)
#define NPF_FINAL		BIT(32)	/* the guest's final address, not its page tables */
#define NPF_TABLE		BIT(33)

/* exit_info_1 of an I/O exit */
#define IOIO_IN			BIT(0)
#define IOIO_STRING		BIT(2)
#define IOIO_REP		BIT(3)
#define IOIO_SIZE(info)		(((info) >> 4) & 7)	/* 1, 2, 4 bytes */
#define IOIO_PORT(info)		((uint16_t)((info) >> 16))

#define SEG_ATTR_L		BIT(9)
#define SEG_ATTR_DB		BIT(10)

#endif
