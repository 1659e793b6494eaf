// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nobody outside Microsoft knows of how Hyper-V treats devices. The words behind
 * dev= each choose the other answer:
 *
 *  large		MAP_DEVICE_GPA_PAGES takes large pages (else: INVALID_PARAMETER)
 *  no-mmio		it refuses pages that are no RAM
 *  detach-first	a device can't be moved from where a call has put it before it
 *			was detached
 *  in-use		attaching what is attached, or by a number that is taken, is
 *			OBJECT_IN_USE (else: INVALID_DEVICE_STATE, KEY_ALREADY_EXISTS)
 *  any-ats		MAP_GPA_PAGES maps what is no RAM whatever ATTACH_DEVICE was told of ATS
 *  bar-after-attach	it does so only for a partition with a device attached that it
 *			belongs to, for root as for L1VH
 *  page-requests	DETACH_DEVICE answers PENDING_PAGE_REQUESTS when it is done
 *  no-code		for L1VH the calls on domains are INVALID_HYPERCALL_CODE
 *			(else: ACCESS_DENIED)
 *  keep-interrupts	DETACH_DEVICE leaves the device's interrupts mapped (else: drops them)
 *  unmap-by-entry	UNMAP_DEVICE_INTERRUPT finds what another partition's id was given for
 *  no-mapped-interrupts	a child gets no interrupts of devices in domains
 *  messages		root is told of what devices are refused, by messages to SINT 1
 *  memory		CREATE_DEVICE_DOMAIN needs deposits, too; and moving, detaching, unmapping
 *			and retargeting each ask for memory the first time, until some was
 *			deposited
 *  numbers:N		N tables at most can be used by devices, root's own among them;
 *			then: INSUFFICIENT_DEVICE_DOMAINS
 */
#include "faults/faults.h"
#include "faults/word.h"
#include <hvabi/hvabi.h>

static const char *const names[NR_DEVICE_KNOBS] = {
	[DEVICE_KNOB_LARGE] = "large",
	[DEVICE_KNOB_NO_MMIO] = "no-mmio",
	[DEVICE_KNOB_DETACH_FIRST] = "detach-first",
	[DEVICE_KNOB_IN_USE] = "in-use",
	[DEVICE_KNOB_ANY_ATS] = "any-ats",
	[DEVICE_KNOB_BAR_AFTER_ATTACH] = "bar-after-attach",
	[DEVICE_KNOB_PAGE_REQUESTS] = "page-requests",
	[DEVICE_KNOB_NO_CODE] = "no-code",
	[DEVICE_KNOB_KEEP_INTERRUPTS] = "keep-interrupts",
	[DEVICE_KNOB_UNMAP_BY_ENTRY] = "unmap-by-entry",
	[DEVICE_KNOB_NO_MAPPED_INTERRUPTS] = "no-mapped-interrupts",
	[DEVICE_KNOB_MESSAGES] = "messages",
	[DEVICE_KNOB_MEMORY] = "memory",
};

static struct {
	bool on;
	uint32_t fired;
} knobs[NR_DEVICE_KNOBS];
static uint32_t numbers, numbers_asked;

/* Calls that ask by "memory", though they need none here: each once, and then it is made. */
static struct {
	uint16_t code;
	bool asks, given;
} askers[] = {
	{ .code = HVCALL_ATTACH_DEVICE_DOMAIN },
	{ .code = HVCALL_DETACH_DEVICE_DOMAIN },
	{ .code = HVCALL_UNMAP_DEVICE_GPA_PAGES },
	{ .code = HVCALL_RETARGET_INTERRUPT },
	{ .code = HVCALL_DETACH_DEVICE },
};

bool fault_device_asks(uint16_t code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		if (askers[i].code != code || !knobs[DEVICE_KNOB_MEMORY].on)
			continue;
		askers[i].asks = !askers[i].given;
		askers[i].given = false;
		return askers[i].asks && fault_device(DEVICE_KNOB_MEMORY);
	}
	return false;
}

void fault_device_given(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(askers); i++)
		askers[i].given |= askers[i].asks;
}

void fault_parse_device(const char **s, const char *spec)
{
	unsigned int i;

	if (word_eat(s, "numbers:")) {
		numbers = word_number(s, spec, 1, UINT16_MAX);
		return;
	}
	for (i = 0; i < NR_DEVICE_KNOBS; i++)
		if (word_eat(s, names[i])) {
			knobs[i].on = true;
			return;
		}
	hv_fatal("fault=%s: \"%s\" is no word for dev=", spec, *s);
}

bool fault_device(enum device_knob knob)
{
	if (!knobs[knob].on)
		return false;
	__atomic_fetch_add(&knobs[knob].fired, 1, __ATOMIC_RELAXED);
	return true;
}

uint32_t fault_device_numbers(void)
{
	if (numbers)
		__atomic_fetch_add(&numbers_asked, 1, __ATOMIC_RELAXED);
	return numbers;
}

void fault_report_devices(void)
{
	unsigned int i;

	for (i = 0; i < NR_DEVICE_KNOBS; i++)
		if (knobs[i].on)
			hv_log("fault: dev=%s: %u times", names[i], knobs[i].fired);
	if (numbers)
		hv_log("fault: dev=numbers: %u times", numbers_asked);
}
