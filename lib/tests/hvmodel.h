/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a hypervisor does with a VP's registers and its register page, and how a
 * plain register file behaves, to compare the cache with.
 *
 * Where Hyper-V's documentation leaves a choice, the model takes any of them at
 * random: a hypercall that writes a register may leave the page as it is, update
 * it, or change its validity.
 */
#ifndef MSHVCTL_TESTS_HVMODEL_H
#define MSHVCTL_TESTS_HVMODEL_H

#include <hvabi/vp.h>

#include "regs/cache.h"

enum hv_page_mode {
	PAGE_MISSING,
	PAGE_VALID,
	PAGE_INVALID,
	PAGE_OTHER_VERSION,
};

/* The register page. */
union hvmodel_page {
	struct hv_vp_register_page fields;
	uint8_t bytes[4096];
};

/**
 * struct hvmodel
 * @random: state of the generator
 * @vp: what the VP has
 * @file: what it should have: the plain register file
 * @changed: written since the last entry with another value than the file had
 * @fetched: read by hypercall since the last exit
 * @by_hypercall: written by hypercall since the last exit that the cache was
 *	told of; the test clears it
 * @absent: optional registers that this host does not have
 * @fail_percent: of hypercalls that fail
 * @failed: the hypercalls that did
 * @rip: where the guest stops, or NULL for anywhere
 * @idle: the guest changes no registers of its own
 * @settling: registers that the page could carry go by hypercall on purpose
 * @suspend: the one register that the cache has no slot for, and this host has
 * @has_page: whether the cache knows of the page
 * @page: the register page
 */
struct hvmodel {
	uint64_t random;
	union hv_register_value vp[REG_SLOTS];
	union hv_register_value file[REG_SLOTS];
	struct slotset changed;
	struct slotset fetched;
	struct slotset by_hypercall;
	struct slotset absent;
	unsigned int fail_percent;
	unsigned int failed;
	const uint64_t *rip;
	bool idle;
	bool settling;
	union hv_register_value suspend;
	bool has_page;
	union hvmodel_page *page;
};

extern const struct mshv_regcache_ops hvmodel_ops;

uint64_t hvmodel_random(struct hvmodel *m);
unsigned int hvmodel_below(struct hvmodel *m, unsigned int end);
void hvmodel_random_value(struct hvmodel *m, int slot,
			  union hv_register_value *value);

/* Start with random registers, which @page shows. */
void hvmodel_init(struct hvmodel *m, union hvmodel_page *page, uint64_t seed);

/* Enter the VP: check it against the register file, let it run, and exit. */
void hvmodel_run(struct hvmodel *m, enum hv_page_mode mode);

/* A write of the VMM: in the plain register file it just happens. */
void hvmodel_file_write(struct hvmodel *m, int slot,
			const union hv_register_value *value);

/* Everything is in the VP, and nothing on the page for the next entry. */
void hvmodel_check_settled(const struct hvmodel *m);

/* Something else than a register call changes registers. */
void hvmodel_change_outside(struct hvmodel *m);

bool hvmodel_same(int slot, const union hv_register_value *a,
		  const union hv_register_value *b);

#endif /* MSHVCTL_TESTS_HVMODEL_H */
