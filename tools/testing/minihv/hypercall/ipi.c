// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest asks of its other VPs: TLB flushes and interrupts (TLFS 7.2, 10.5).
 * Every entry into a guest begins with an empty TLB, so a flush is done when the
 * other VPs have left the guest once, whatever addresses it names.
 */
#include "hypercall/hcall.h"
#include "synic/synic.h"

#define KNOWN_FLUSH_FLAGS \
	(HV_FLUSH_ALL_PROCESSORS | HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES | \
	 HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY | HV_FLUSH_USE_EXTENDED_RANGE_FORMAT)
#define FORMAT_ALL	1
#define BANK_VPS	64

static uint16_t flush(struct hcall *c, uint64_t flags)
{
	if (flags & ~(uint64_t)KNOWN_FLUSH_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&c->caller->lock);
	cpu_flush_partition(c->caller);
	spin_unlock(&c->caller->lock);
	c->done = c->reps;
	/* The caller itself enters its guest anew after this call. */
	return HV_STATUS_SUCCESS;
}

/* struct hv_tlb_flush_ex has its flags at the same place. */
static uint16_t flush_tlb(struct hcall *c)
{
	const struct hv_tlb_flush *in = c->in;

	return flush(c, in->flags);
}

static void send(struct partition *p, uint32_t index, uint8_t vector)
{
	struct vp *vp = partition_vp(p, index);

	if (vp)
		vp_assert_interrupt(vp, vector);
}

static bool vector_ok(uint32_t vector)
{
	return vector >= HV_IPI_LOW_VECTOR && vector <= HV_IPI_HIGH_VECTOR;
}

static uint16_t send_ipi(struct hcall *c)
{
	const struct hv_send_ipi *in = c->in;
	uint64_t mask = in->cpu_mask;

	if (!vector_ok(in->vector) || in->reserved)
		return HV_STATUS_INVALID_PARAMETER;
	for (; mask; mask &= mask - 1)
		send(c->caller, __builtin_ctzll(mask), in->vector);
	return HV_STATUS_SUCCESS;
}

static void send_all(struct partition *p, uint8_t vector)
{
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++)
		send(p, i, vector);
}

/* One word for each bank in the mask. The set of all has none. */
static uint16_t send_ipi_ex(struct hcall *c)
{
	const struct hv_send_ipi_ex *in = c->in;
	uint64_t banks = in->vp_set.valid_bank_mask;
	uint16_t word = 0;

	if (!vector_ok(in->vector) || in->reserved || in->vp_set.format > FORMAT_ALL)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->vp_set.format == FORMAT_ALL) {
		send_all(c->caller, in->vector);
		return HV_STATUS_SUCCESS;
	}
	for (; banks; banks &= banks - 1, word++) {
		uint32_t first = __builtin_ctzll(banks) * BANK_VPS;
		uint64_t mask;

		if (word >= c->var_words)
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		for (mask = in->vp_set.bank_contents[word]; mask; mask &= mask - 1)
			send(c->caller, first + __builtin_ctzll(mask), in->vector);
	}
	return HV_STATUS_SUCCESS;
}

#define CALL(_code, _flags, _in, _rep, _fn) \
	{ .code = _code, .flags = HC_ANY | (_flags), .in_size = _in, .in_rep = _rep, .fn = _fn, \
	  .name = #_fn }

const struct hcall_entry hc_ipi_table[] = {
	CALL(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE, 0, sizeof(struct hv_tlb_flush), 0,
	     flush_tlb),
	CALL(HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST, HC_REP, sizeof(struct hv_tlb_flush),
	     sizeof(uint64_t), flush_tlb),
	CALL(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX, HC_VAR, sizeof(struct hv_tlb_flush_ex), 0,
	     flush_tlb),
	CALL(HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX, HC_VAR | HC_REP,
	     sizeof(struct hv_tlb_flush_ex), sizeof(uint64_t), flush_tlb),
	CALL(HVCALL_SEND_IPI, HC_FAST_OK, sizeof(struct hv_send_ipi), 0, send_ipi),
	CALL(HVCALL_SEND_IPI_EX, HC_VAR, sizeof(struct hv_send_ipi_ex), 0, send_ipi_ex),
	{ 0 },
};
