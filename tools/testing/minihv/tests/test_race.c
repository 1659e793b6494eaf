// SPDX-License-Identifier: GPL-2.0-only
/* Two processors that do the same to one VP at once: nothing is given away twice. */
#include "ap.h"

#define ROUNDS		400

static struct child child;
static void *ap_page;		/* for the other processor's calls */
static volatile unsigned int ready;
static unsigned int unmapped;	/* by both */

/* Both begin at the same moment, as far as can be. */
static void meet(void)
{
	unsigned int mine = __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);

	while (ready < mine + mine % 2)
		asm volatile("pause");
}

static void set_pages(void *page)
{
	static const struct {
		uint32_t name;
		uint64_t value;
	} places[] = {
		{ HV_REGISTER_GUEST_OS_ID, 1 }, { HV_X64_REGISTER_HYPERCALL, 0x30001 },
		{ HV_REGISTER_REFERENCE_TSC, 0x31001 }, { HV_REGISTER_VP_ASSIST_PAGE, 0x32001 },
		{ HV_REGISTER_SIMP, 0x33001 }, { HV_REGISTER_SIEFP, 0x34001 },
	};
	struct hv_input_set_vp_registers *in = page;
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->partition_id = child.id;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		in->elements[i].name = places[i].name;
		in->elements[i].value.reg64 = places[i].value;
	}
	meet();
	hcall_at(HVCALL_SET_VP_REGISTERS | REPS(ARRAY_SIZE(places)), (uint64_t)in, 0);
}

static void unmap_state_page(void *page)
{
	struct hv_input_unmap_vp_state_page *in = page;

	memset(in, 0, sizeof(*in));
	in->partition_id = child.id;
	in->type = HV_VP_STATE_PAGE_REGISTERS;
	meet();
	if (hcall_at(HVCALL_UNMAP_VP_STATE_PAGE, (uint64_t)in, 0).status == HV_STATUS_SUCCESS)
		__atomic_fetch_add(&unmapped, 1, __ATOMIC_SEQ_CST);
}

static void on_ap(void)
{
	set_pages(ap_page);
	unmap_state_page(ap_page);
}

void test_race(void)
{
	unsigned int i;

	if (!machine.smp)
		return;
	synic_setup();
	if (!report(ap_start(), "the second processor starts"))
		return;
	ap_page = alloc_pages(1);
	for (i = 0; i < ROUNDS; i++) {
		child_create(&child, DEFAULT_FLAGS);
		child_initialize(&child);
		child_map(&child, 0x30000, 0, 5, HV_MAP_GPA_NO_ACCESS);
		child_add_vp(&child, 0);
		/* Only what was set aside with the VP is left for pages that it places. */
		child.deposited -= withdraw(child.id);
		ap_call(on_ap);
		set_pages(hc_in);
		unmap_state_page(hc_in);
		ap_wait();
		child.vp[0].exists = false;
		child_destroy(&child);
	}
	report_eq(unmapped, ROUNDS, "of two that unmap a page of a VP at once one does");
	report(true, "%u partitions whose VP two processors set at once", ROUNDS);
	free_page((uint64_t)ap_page);
	synic_teardown();
}
