// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions of processor features that a parent withholds from a child: they
 * are undefined there, not just missing in CPUID.
 *
 * RDTSCP is the one. QEMU has no intercept for it, but takes RDTSC's for both, so
 * the instruction is looked at.
 */
#include "exit/child.h"
#include "vp/gva.h"

#define OPCODE_ESCAPE	0x0f
#define OPCODE_RDTSC	0x31
#define OPCODE_LENGTH	2

static bool is_prefix(uint8_t byte, enum decode_mode mode)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64 ... 0x67:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return mode == MODE_64 && (byte & 0xf0) == 0x40;	/* REX */
	}
}

/* Length of the RDTSC at RIP, 0 where it is another instruction. */
static unsigned int rdtsc_length(struct vp *vp)
{
	enum decode_mode mode = vp_decode_mode(vp->vmcb);
	uint8_t bytes[MAX_INSTRUCTION];
	unsigned int n = vp_fetch(vp, bytes, sizeof(bytes)), i = 0;

	while (i < n && is_prefix(bytes[i], mode))
		i++;
	if (i + 1 < n && bytes[i] == OPCODE_ESCAPE && bytes[i + 1] == OPCODE_RDTSC)
		return i + OPCODE_LENGTH;
	return 0;
}

enum vp_stop withhold_rdtsc(struct vp *vp)
{
	unsigned int length = rdtsc_length(vp);
	uint64_t tsc;

	if (!length) {
		vp_inject_ud(vp);
		return VP_STOP_NONE;
	}
	tsc = rdtsc() + vp->vmcb->tsc_offset;
	vp->vmcb->rax = (uint32_t)tsc;
	vp->gprs.rdx = tsc >> 32;
	vp_skip(vp, length);
	return VP_STOP_NONE;
}
