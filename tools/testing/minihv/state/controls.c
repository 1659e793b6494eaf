// SPDX-License-Identifier: GPL-2.0-only
/* What makes a VP exit (APM vol. 2, 15.8 to 15.13). */
#include "state/controls.h"
#include "base/power.h"
#include "partition/intercepts.h"
#include "state/msr.h"

#define KBD_COMMAND_PORT	0x64
#define RESET_PORT		0xcf9
#define IOPM_PAGES		3
#define FEATURE_RDTSCP		38	/* bit of bank 0 */

static void set_port(uint8_t *map, uint16_t port)
{
	map[port / 8] |= 1 << port % 8;
}

/*
 * Children: every port. Root: those that switch the machine off or reset it, that of PCI
 * configuration space, and the one that tests ask about devices.
 */
static void *io_permission_map(bool child)
{
	static uint8_t *maps[2];
	uint8_t *map = maps[child];
	unsigned int i;

	if (map)
		return map;
	map = hv_alloc_pages(IOPM_PAGES);
	if (child) {
		memset(map, 0xff, IOPM_PAGES * PAGE_SIZE);
	} else {
		set_port(map, pm1a_control_port);
		set_port(map, pm1a_control_port + 1);
		set_port(map, KBD_COMMAND_PORT);
		set_port(map, RESET_PORT);
		for (i = 0; i < PCI_DATA_PORTS; i++)
			set_port(map, PCI_DATA_PORT + i);
		set_port(map, DEVICE_COUNT_PORT);
	}
	maps[child] = map;
	return map;
}

static bool is_withheld(const struct partition *p)
{
	return p->disabled_features[0] >> FEATURE_RDTSCP & 1;
}

/* What these intercepts lead to is in exit/withhold.c. */
static void withhold_instructions(struct vp *vp)
{
	if (!is_withheld(vp->partition))
		return;
	vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_RDTSC;
	vp->vmcb->intercept_misc2 |= VMCB_INTERCEPT_RDTSCP;
}

void vp_control_fixed(struct vp *vp)
{
	bool child = partition_is_child(vp->partition);
	struct vmcb *v = vp->vmcb;

	v->intercept_misc1 = VMCB_INTERCEPT_NMI | VMCB_INTERCEPT_CPUID | VMCB_INTERCEPT_MSR |
			     VMCB_INTERCEPT_IOIO | VMCB_INTERCEPT_INVLPGA |
			     VMCB_INTERCEPT_SHUTDOWN;
	v->intercept_misc2 = VMCB_INTERCEPT_VMRUN | VMCB_INTERCEPT_VMMCALL |
			     VMCB_INTERCEPT_VMLOAD | VMCB_INTERCEPT_VMSAVE |
			     VMCB_INTERCEPT_STGI | VMCB_INTERCEPT_CLGI | VMCB_INTERCEPT_SKINIT;
	if (child) {
		v->intercept_misc1 |= VMCB_INTERCEPT_INTR | VMCB_INTERCEPT_HLT;
		v->int_ctl = VMCB_INT_CTL_MASKING;
		withhold_instructions(vp);
	}
	v->iopm_pa = va_to_pa(io_permission_map(child));
	v->msrpm_pa = va_to_pa(msr_permission_map(child));
	v->asid = child ? 2 : 1;
	v->tlb_control = VMCB_TLB_FLUSH_ALL;
	v->nested_ctl = VMCB_NESTED_NPT;
	v->nested_cr3 = vp->partition->npt.root;
}

void vp_control_exceptions(struct vp *vp)
{
	uint32_t exceptions = vp->partition->intercepts->exceptions;

	vp->vmcb->intercept_exc = exceptions;
	if (exceptions >> EXC_BP & 1)
		vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_SWINT;
	else
		vp->vmcb->intercept_misc1 &= ~VMCB_INTERCEPT_SWINT;
}
