// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The upper parts of vector registers: AMD64 Architecture Programmer's Manual, volume 2,
 * section 11.5 "XSAVE/XRSTOR instructions".
 */
#include <errno.h>
#include <mshvctl/vpstate.h>
#include <stdlib.h>
#include <string.h>

#include "emulate/xsave.h"

#define HEADER 512
#define FIRST 576 /* where the first component after the two old ones begins */

#define AVX (UINT64_C(1) << 2)
#define ZMM_HIGH (UINT64_C(1) << 6)
#define COMPACTED (UINT64_C(1) << 63)

#define AVX_SIZE 256
#define ZMM_HALF 32

/**
 * struct area - a VP's XSAVE area
 * @bytes: of it
 * @size: how many
 * @used: components that have a value; the others have the one after a reset, 0 here
 * @present: those that there is room for
 */
struct area {
	uint8_t *bytes;
	size_t size;
	uint64_t used, present;
};

static int get_area(struct mshv_vp *vp, struct area *area)
{
	int err = mshv_vp_get_state(vp, MSHV_STATE_XSAVE, NULL, 0, &area->size);

	if (err && err != -ENOSPC)
		return err;
	area->bytes = malloc(area->size);
	if (!area->bytes)
		return -ENOMEM;
	err = mshv_vp_get_state(vp, MSHV_STATE_XSAVE, area->bytes, area->size, NULL);
	if (!err && area->size < FIRST + AVX_SIZE)
		err = -EOPNOTSUPP;
	if (!err) {
		memcpy(&area->used, area->bytes + HEADER, sizeof(area->used));
		memcpy(&area->present, area->bytes + HEADER + sizeof(area->used),
		       sizeof(area->present));
		/* The hypervisor's are in this form, and have what the guest has enabled. */
		if ((area->present & (COMPACTED | AVX)) != (COMPACTED | AVX))
			err = -EOPNOTSUPP;
	}
	if (err)
		free(area->bytes);
	return err;
}

/* Sizes of the components between, which all processors agree about. */
static size_t zmm_offset(const struct area *area)
{
	static const struct { uint64_t bit; size_t size; } before[] = {
		{ AVX, AVX_SIZE }, { 1 << 3, 64 }, { 1 << 4, 64 }, { 1 << 5, 64 },
	};
	size_t offset = FIRST;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (area->present & before[i].bit)
			offset += before[i].size;
	return offset;
}

int xsave_get_high(struct mshv_vp *vp, unsigned int reg, uint8_t high[XSAVE_HALF])
{
	struct area area;
	int err = get_area(vp, &area);

	if (err)
		return err;
	memset(high, 0, XSAVE_HALF);
	if (area.used & AVX)
		memcpy(high, area.bytes + FIRST + (size_t)XSAVE_HALF * reg, XSAVE_HALF);
	free(area.bytes);
	return 0;
}

/* Returns whether anything has changed. */
static bool change(struct area *area, unsigned int reg, const uint8_t *high)
{
	static const uint8_t zero[ZMM_HALF];
	uint8_t *ymm = area->bytes + FIRST, *zmm = area->bytes + zmm_offset(area);
	bool changed = false;

	if (!(area->used & AVX))
		memset(ymm, 0, AVX_SIZE);
	if (memcmp(ymm + (size_t)XSAVE_HALF * reg, high, XSAVE_HALF)) {
		memcpy(ymm + (size_t)XSAVE_HALF * reg, high, XSAVE_HALF);
		area->used |= AVX;
		changed = true;
	}
	zmm += (size_t)ZMM_HALF * reg;
	if ((area->used & ZMM_HIGH) && zmm + ZMM_HALF <= area->bytes + area->size &&
	    memcmp(zmm, zero, ZMM_HALF)) {
		memset(zmm, 0, ZMM_HALF);
		changed = true;
	}
	memcpy(area->bytes + HEADER, &area->used, sizeof(area->used));
	return changed;
}

int xsave_set_high(struct mshv_vp *vp, unsigned int reg, const uint8_t high[XSAVE_HALF])
{
	struct area area;
	int err = get_area(vp, &area);

	if (err)
		return err;
	if (change(&area, reg, high))
		err = mshv_vp_set_state(vp, MSHV_STATE_XSAVE, area.bytes, area.size);
	free(area.bytes);
	return err;
}
