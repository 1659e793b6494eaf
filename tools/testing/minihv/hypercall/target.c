// SPDX-License-Identifier: GPL-2.0-only
/* Targets of interrupts: a mask of VPs, or a set in banks; and which VPs an APIC id means. */
#include "hypercall/target.h"
#include "hypercall/calls.h"
#include "lapic/lapic.h"

#define KNOWN_FLAGS \
	(HV_DEVICE_INTERRUPT_TARGET_MULTICAST | HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET)

static uint32_t count_bits(uint64_t v)
{
	uint32_t n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

static void set_all(const struct partition *p, struct vp_set *set)
{
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++)
		if (p->vps[i])
			set->vps[i / 64] |= BIT(i % 64);
}

/* Banks are packed: a word for each bit of the mask. The variable part begins at that. */
static uint16_t set_banks(const struct hcall *c, const struct hv_device_interrupt_target *t,
			  struct vp_set *set)
{
	const uint64_t *banks = (const uint64_t *)(t + 1);
	uint64_t valid = t->vp_set.valid_bank_mask;

	if (count_bits(valid) + 1 != c->var_words)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	for (; valid; valid &= valid - 1, banks++) {
		uint32_t bank = __builtin_ctzll(valid);

		if (bank < ARRAY_SIZE(set->vps))
			set->vps[bank] = *banks;
		else if (*banks)
			return HV_STATUS_INVALID_VP_INDEX;
	}
	return HV_STATUS_SUCCESS;
}

/* HV_STATUS_SUCCESS: there are some, and each of them exists. */
static uint16_t check_set(const struct partition *p, const struct vp_set *set)
{
	uint16_t status = HV_STATUS_INVALID_PARAMETER;
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++) {
		if (!(set->vps[i / 64] & BIT(i % 64)))
			continue;
		if (!p->vps[i])
			return HV_STATUS_INVALID_VP_INDEX;
		status = HV_STATUS_SUCCESS;
	}
	return status;
}

uint16_t target_set(const struct hcall *c, const struct partition *p,
		    const struct hv_device_interrupt_target *t, struct vp_set *set)
{
	uint16_t status = HV_STATUS_SUCCESS;

	memset(set, 0, sizeof(*set));
	if (t->flags & ~KNOWN_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	if (!(t->flags & HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET)) {
		if (c->var_words)
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		set->vps[0] = t->vp_mask;
	} else if (t->vp_set.format == HV_GENERIC_SET_ALL) {
		set_all(p, set);
	} else if (t->vp_set.format == HV_GENERIC_SET_SPARSE_4K) {
		status = set_banks(c, t, set);
	} else {
		status = HV_STATUS_INVALID_PARAMETER;
	}
	return status == HV_STATUS_SUCCESS ? check_set(p, set) : status;
}

struct mda_answer {
	uint64_t format, valid_bank_mask;
	uint64_t banks[HV_MAX_SPARSE_VCPU_BANKS];
};

static void fill_answer(struct mda_answer *out, const struct vp_set *set)
{
	unsigned int bank, n = 0;

	out->format = HV_GENERIC_SET_SPARSE_4K;
	for (bank = 0; bank < ARRAY_SIZE(set->vps); bank++)
		if (set->vps[bank]) {
			out->valid_bank_mask |= BIT(bank);
			out->banks[n++] = set->vps[bank];
		}
}

static uint16_t get_vp_set_from_mda(struct hcall *c)
{
	const struct hv_input_get_vp_set_from_mda *in = c->in;
	struct vp_set set = { 0 };
	uint16_t status;
	struct partition *p;

	if (in->input_vtl || in->destmode_logical > 1 || in->reserved0 || in->reserved1)
		return HV_STATUS_INVALID_PARAMETER;
	p = hc_partition(c, in->target_partid, &status);
	if (!p)
		return status;
	if (partition_is_child(p)) {
		lapic_destinations(p, in->dest_address, in->destmode_logical, set.vps);
		fill_answer(c->out, &set);
	} else {
		status = HV_STATUS_ACCESS_DENIED;
	}
	partition_put(p);
	return status;
}

const struct hcall_entry hc_target_table[] = {
	{ .code = HVCALL_GET_VPSET_FROM_MDA, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_get_vp_set_from_mda),
	  .out_size = sizeof(struct mda_answer),
	  .fn = get_vp_set_from_mda, .name = "get_vp_set_from_mda" },
	{ 0 }
};
