// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP state: extended processor state. The VP's own area is in standard form, what
 * travels is compacted (APM vol. 2, 11.5.10): components follow one another in
 * the order of their bits, and the header says which have room.
 */
#include "state/vpstate.h"

#define XSAVE_LEAF	0xd
#define LEGACY_SIZE	512
#define HEADER_SIZE	64
#define FIRST_EXTENDED	2
#define COMPACTED	BIT(63)
#define XSTATE_SSE	BIT(1)
#define XSTATE_LEGACY	3ull
#define ALIGN_64	BIT(1)		/* ECX of a component's subleaf */
#define XMM_OFFSET	160
#define MXCSR_OFFSET	24
#define MXCSR_SIZE	8
#define MXCSR_INIT	0x1f80u
#define MXCSR_VALID	0xffffu

struct xsave_header {
	uint64_t xstate_bv, xcomp_bv;
	uint64_t reserved[6];
};

struct component {
	uint32_t size, offset;		/* in the standard form */
	bool align;
};

static struct xsave_header *header(void *area)
{
	return (struct xsave_header *)((char *)area + LEGACY_SIZE);
}

static uint32_t *mxcsr(void *area)
{
	return (uint32_t *)((char *)area + MXCSR_OFFSET);
}

static uint64_t supported(void)
{
	uint32_t r[4];

	cpuid(XSAVE_LEAF, 0, r);
	return (uint64_t)r[3] << 32 | r[0];
}

static struct component component(unsigned int bit)
{
	uint32_t r[4];

	cpuid(XSAVE_LEAF, bit, r);
	return (struct component){ .size = r[0], .offset = r[1], .align = r[2] & ALIGN_64 };
}

/* Copies the extended components in @copy between the two forms. false: no room. */
static bool copy_extended(void *standard, void *compact, uint64_t layout, uint64_t copy,
			  bool to_compact)
{
	uint32_t at = LEGACY_SIZE + HEADER_SIZE;
	unsigned int bit;

	for (bit = FIRST_EXTENDED; bit < 63; bit++) {
		struct component c;

		if (!(layout & BIT(bit)))
			continue;
		c = component(bit);
		if (c.align)
			at = ALIGN_UP(at, 64);
		if (at + c.size > PAGE_SIZE || c.offset + c.size > PAGE_SIZE)
			return false;
		if ((copy & BIT(bit)) && to_compact)
			memcpy((char *)compact + at, (char *)standard + c.offset, c.size);
		else if (copy & BIT(bit))
			memcpy((char *)standard + c.offset, (char *)compact + at, c.size);
		at += c.size;
	}
	return true;
}

/* The legacy region: x87 and SSE each own a part, MXCSR is SSE's. */
static void copy_legacy(void *to, const void *from, uint64_t copy)
{
	if (copy & BIT(0)) {
		memcpy(to, from, MXCSR_OFFSET);
		memcpy((char *)to + MXCSR_OFFSET + MXCSR_SIZE,
		       (const char *)from + MXCSR_OFFSET + MXCSR_SIZE,
		       XMM_OFFSET - MXCSR_OFFSET - MXCSR_SIZE);
	}
	if (copy & XSTATE_SSE) {
		memcpy((char *)to + MXCSR_OFFSET, (const char *)from + MXCSR_OFFSET, MXCSR_SIZE);
		memcpy((char *)to + XMM_OFFSET, (const char *)from + XMM_OFFSET,
		       LEGACY_SIZE - XMM_OFFSET);
	}
}

uint16_t xsave_get_state(struct vp *vp, uint64_t states, void *page)
{
	uint64_t layout = states & supported();
	uint64_t present = header(vp->xsave)->xstate_bv & layout;

	memset(page, 0, PAGE_SIZE);
	copy_legacy(page, vp->xsave, present);
	/* MXCSR has no initial state of its own in the area. */
	memcpy((char *)page + MXCSR_OFFSET, (char *)vp->xsave + MXCSR_OFFSET, MXCSR_SIZE);
	if (!copy_extended(vp->xsave, page, layout, present, true))
		return HV_STATUS_INVALID_PARAMETER;
	header(page)->xstate_bv = present;
	header(page)->xcomp_bv = COMPACTED | layout;
	return HV_STATUS_SUCCESS;
}

uint16_t xsave_set_state(struct vp *vp, uint64_t states, const void *page)
{
	struct xsave_header *own = header(vp->xsave);
	struct xsave_header *given = header((void *)page);
	uint64_t layout = given->xcomp_bv & ~COMPACTED, present, wanted = states & supported();

	/* What is asked for and not present goes to its initial state. */
	present = given->xstate_bv & wanted;
	if (!(given->xcomp_bv & COMPACTED) || (layout & ~supported()) ||
	    (given->xstate_bv & ~layout & ~XSTATE_LEGACY))
		return HV_STATUS_INVALID_PARAMETER;
	if ((present & XSTATE_SSE) && (*mxcsr((void *)page) & ~MXCSR_VALID))
		return HV_STATUS_INVALID_PARAMETER;
	if (!copy_extended(vp->xsave, (void *)page, layout, present, false))
		return HV_STATUS_INVALID_PARAMETER;
	copy_legacy(vp->xsave, page, present);
	/* XRSTOR of the standard form takes MXCSR from the area even for SSE's initial state. */
	if (wanted & ~present & XSTATE_SSE)
		*mxcsr(vp->xsave) = MXCSR_INIT;
	own->xstate_bv = (own->xstate_bv & ~wanted) | present;
	own->xcomp_bv = 0;
	return HV_STATUS_SUCCESS;
}
