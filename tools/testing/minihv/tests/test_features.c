// SPDX-License-Identifier: GPL-2.0-only
/* What a child sees of its processor: features withheld, results registered. */
#include "child.h"

#define ECX_SSE42	BIT(20)
#define ECX_POPCNT	BIT(23)
#define ECX_HYPERVISOR	BIT(31)
#define EXT_FEATURES	0x80000001
#define ECX_SVM		BIT(2)
#define LEAF_XSAVE	0xd
#define XFEM_X87_SSE	3
#define LEGACY_XSAVE	576

static union hv_output_get_vp_cpuid_values ask(struct child *c, uint32_t leaf, uint64_t xfem)
{
	struct hv_input_get_vp_cpuid_values *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->flags.apply_registered_values = 1;
	in->cpuid_leaf_info[0].eax = leaf;
	in->cpuid_leaf_info[0].xfem = xfem;
	report_eq(hcall(HVCALL_GET_VP_CPUID_VALUES | REPS(1)).status, HV_STATUS_SUCCESS,
		  "leaf 0x%x of the child can be read", leaf);
	return *(union hv_output_get_vp_cpuid_values *)hc_out;
}

static void create_without(struct child *c, uint64_t bank0)
{
	struct hv_input_create_partition *in = hc_in;

	memset(c, 0, sizeof(*c));
	memset(in, 0, PAGE_SIZE);
	in->flags = DEFAULT_FLAGS;
	in->compatibility_version = HV_COMPATIBILITY_21_H2;
	in->partition_creation_properties.disabled_processor_features.as_uint64[0] = bank0;
	if (call_with_deposit(HVCALL_CREATE_PARTITION, HV_PARTITION_ID_SELF, NULL))
		bail_out("no partition with features disabled");
	c->id = ((struct hv_output_create_partition *)hc_out)->partition_id;
	synic_register(c, true);
	child_complete(c, 1);
}

static void withheld(void)
{
	union hv_partition_processor_features f = { 0 };
	union hv_output_get_vp_cpuid_values all, fewer;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	all = ask(&c, 1, 0);
	report(all.ecx & ECX_SSE42, "the processor has SSE 4.2");
	report(!(all.ecx & ECX_HYPERVISOR), "a child sees no hypervisor unless it is to");
	report(!(ask(&c, EXT_FEATURES, 0).ecx & ECX_SVM), "SVM is hidden from children");
	child_destroy(&c);

	f.sse4_2_support = 1;
	create_without(&c, f.as_uint64[0]);
	fewer = ask(&c, 1, 0);
	report(!(fewer.ecx & ECX_SSE42), "a feature that was disabled is gone");
	report_eq(fewer.ecx & ECX_POPCNT, all.ecx & ECX_POPCNT, "others are as they were");
	child_destroy(&c);
}

/* What a parent is told of, and what it can withhold, is what the child sees. */
static void told_of_xsave(void)
{
	static const struct {
		uint32_t leaf, bit, feature;
		bool ecx;
		const char *name;
	} bits[] = {
		{ 1, 26, 0, true, "XSAVE" }, { 1, 28, 2, true, "AVX" }, { 7, 5, 3, false, "AVX2" },
		{ 1, 12, 4, true, "FMA" }, { 7, 8, 19, true, "GFNI" }, { 7, 9, 20, true, "VAES" },
		{ 7, 10, 22, true, "VPCLMULQDQ" },
	};
	uint64_t told = 0, seen = 0, asked = 0;
	struct child c;
	unsigned int i;

	child_make(&c, DEFAULT_FLAGS, 1);
	child_get_property(&c, HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES, &told);
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		union hv_output_get_vp_cpuid_values r = ask(&c, bits[i].leaf, 0);
		uint32_t word = bits[i].ecx ? r.ecx : r.ebx;

		seen |= (uint64_t)(word >> bits[i].bit & 1) << bits[i].feature;
		asked |= BIT(bits[i].feature);
	}
	report(seen & BIT(3), "a child sees AVX2");
	report_eq(told & asked, seen, "the property has the XSAVE features that a child sees");
	child_destroy(&c);
}

static void xsave_size(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(ask(&c, LEAF_XSAVE, XFEM_X87_SSE).ebx, LEGACY_XSAVE,
		  "size of the XSAVE area for the XFEM that was given");
	child_destroy(&c);
}

void test_features(void)
{
	withheld();
	told_of_xsave();
	xsave_size();
}
