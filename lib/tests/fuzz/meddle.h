/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A device that writes registers in the middle of an instruction.
 */
#ifndef MSHVCTL_TESTS_FUZZ_MEDDLE_H
#define MSHVCTL_TESTS_FUZZ_MEDDLE_H

#include <mshvctl/vp.h>

/**
 * struct meddling - what the device did
 * @done: it wrote registers
 * @rip: where it sent the guest
 */
struct meddling {
	bool done;
	uint64_t rip;
};

/* Send the guest elsewhere, as a reset does, and put that into the VP @at_once. */
bool meddle(struct mshv_vp *vp, bool at_once, struct meddling *meddling);

/* Whether the VP has that RIP now; and the other registers, if @all. */
bool meddling_counts(struct mshv_vp *vp, const struct meddling *meddling, bool all);

#endif /* MSHVCTL_TESTS_FUZZ_MEDDLE_H */
