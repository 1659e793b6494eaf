// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knobs. SPEC is a list of words, separated by commas:
 *
 *  call=CODE:nth=N:status=S	the N-th call CODE (from 1) answers S and does nothing
 *  oom=pages:K			calls that take memory answer INSUFFICIENT_MEMORY until
 *				K pages were deposited after the first such answer
 *  reps=CODE:max=N		each call CODE does at most N repetitions at once
 *  msg=delay:MS		messages to root arrive MS milliseconds late
 *  msg=dup			intercept and scheduler messages arrive twice (and count
 *				twice in the VP's signal count)
 *  msg=vp:INDEX		a copy that names VP INDEX precedes each such message
 *  msg=count:N			scheduler messages claim N pairs, of which the one behind the
 *				last place names the VP, and the others VPs 0 and that
 *				whose index is the partition's id
 *  msg=banks:N			scheduler messages have a set of N banks in place of pairs
 *  msg=format:N		the same with one bank and format N
 *  remap=keep, remap=clear	whether a tracked page that is mapped again keeps its accessed
 *				and dirty bits; clear is what happens without the word
 *  ring=again:N		the first doorbell that rings does so N times more, as fast as
 *				root empties its ring
 *  nmi=late:N			an NMI that is pending comes in the N-th window that the
 *				hypervisor opens for it, as QEMU has it now and then
 *  meet=CODE			two calls CODE that pause the same VP do so at once, see meet.c
 *  dev=WORD			how devices are treated where nobody knows, see device.c
 *
 * Numbers are decimal or 0x-hexadecimal. Up to eight call and reps words. How
 * often each word fired is in the log at power-off: "minihv: fault: WORD: N times".
 */
#include "faults/faults.h"
#include "faults/word.h"

#define MAX_KNOBS	8
#define MAX_REPS	4095
#define MAX_DELAY	3600000	/* ms: an hour */
#define PER_MS		10000	/* reference time */

struct knob {
	uint16_t code;
	uint32_t value;		/* nth, or max */
	uint16_t status;
	uint32_t seen, fired;
};

static struct knob calls[MAX_KNOBS], reps[MAX_KNOBS];
static unsigned int nr_calls, nr_reps;
static struct {
	bool on;
	int64_t pages;		/* still to be deposited */
	bool began;
	uint32_t fired;
} oom;
static struct {
	uint64_t delay;
	bool dup, vp;
	uint32_t index;
	uint32_t delayed, dupped, bent;
	struct signal_fault signal;
} msg;

static struct knob *new_knob(struct knob *knobs, unsigned int *nr, const char *spec)
{
	if (*nr == MAX_KNOBS)
		hv_fatal("fault=%s: too many words", spec);
	return &knobs[(*nr)++];
}

static void __attribute__((noreturn)) no_word(const char *s, const char *spec)
{
	hv_fatal("fault=%s: \"%s\" is none of %s", spec, s,
		 "call=, reps=, oom=pages:, msg={delay,vp,count,banks,format}:, msg=dup, remap=, ring=again:, nmi=late:, meet=, dev=");
}

static void parse_call(const char **s, const char *spec)
{
	struct knob *k = new_knob(calls, &nr_calls, spec);

	k->code = word_number(s, spec, 0, UINT16_MAX);
	word_need(s, ":nth=", spec);
	k->value = word_number(s, spec, 1, UINT32_MAX);
	word_need(s, ":status=", spec);
	k->status = word_number(s, spec, 1, UINT16_MAX);
}

static void parse_reps(const char **s, const char *spec)
{
	struct knob *k = new_knob(reps, &nr_reps, spec);

	k->code = word_number(s, spec, 0, UINT16_MAX);
	word_need(s, ":max=", spec);
	k->value = word_number(s, spec, 0, MAX_REPS);
}

static void parse_msg(const char **s, const char *spec)
{
	if (word_eat(s, "delay:")) {
		msg.delay = word_number(s, spec, 1, MAX_DELAY) * PER_MS;
	} else if (word_eat(s, "vp:")) {
		msg.vp = true;
		msg.index = word_number(s, spec, 0, UINT32_MAX);
	} else if (word_eat(s, "dup")) {
		msg.dup = true;
	} else if (word_eat(s, "count:")) {
		msg.signal.count = word_number(s, spec, 1, UINT8_MAX);
	} else if (word_eat(s, "banks:")) {
		msg.signal.set = true;
		msg.signal.banks = word_number(s, spec, 0, HV_MAX_SPARSE_VCPU_BANKS);
	} else if (word_eat(s, "format:")) {
		msg.signal.set = true;
		msg.signal.banks = 1;
		msg.signal.format = word_number(s, spec, 0, UINT32_MAX);
	} else {
		no_word(*s, spec);
	}
}

void fault_init(const char *spec)
{
	const char *s = spec;

	if (!spec)
		return;
	do {
		if (word_eat(&s, "call=")) {
			parse_call(&s, spec);
		} else if (word_eat(&s, "reps=")) {
			parse_reps(&s, spec);
		} else if (word_eat(&s, "oom=pages:")) {
			oom.pages = word_number(&s, spec, 1, UINT32_MAX);
			oom.on = true;
		} else if (word_eat(&s, "msg=")) {
			parse_msg(&s, spec);
		} else if (word_eat(&s, "remap=keep")) {
			fault_remap_set(FAULT_REMAP_KEEP);
		} else if (word_eat(&s, "remap=clear")) {
			fault_remap_set(FAULT_REMAP_CLEAR);
		} else if (word_eat(&s, "ring=")) {
			fault_parse_ring(&s, spec);
		} else if (word_eat(&s, "nmi=")) {
			fault_parse_nmi(&s, spec);
		} else if (word_eat(&s, "meet=")) {
			fault_parse_meet(&s, spec);
		} else if (word_eat(&s, "dev=")) {
			fault_parse_device(&s, spec);
		} else {
			no_word(s, spec);
		}
	} while (word_eat(&s, ","));
	if (*s && *s != ' ')
		hv_fatal("fault=%s: what is \"%s\"?", spec, s);
}

/* Calls that Linux makes again after a deposit. */
static bool takes_memory(uint16_t code)
{
	switch (code) {
	case HVCALL_CREATE_PARTITION:
	case HVCALL_INITIALIZE_PARTITION:
	case HVCALL_CREATE_VP:
	case HVCALL_MAP_GPA_PAGES:
	case HVCALL_CREATE_PORT:
	case HVCALL_CONNECT_PORT:
	case HVCALL_MAP_STATS_PAGE:
	case HVCALL_MAP_VP_STATE_PAGE:
	case HVCALL_ATTACH_DEVICE:
	case HVCALL_MAP_DEVICE_INTERRUPT:
	case HVCALL_MAP_DEVICE_GPA_PAGES:
		return true;
	default:
		return false;
	}
}

static bool out_of_memory(uint16_t code)
{
	if (!oom.on || !takes_memory(code))
		return false;
	oom.began = true;
	if (__atomic_load_n(&oom.pages, __ATOMIC_RELAXED) <= 0)
		return false;
	__atomic_fetch_add(&oom.fired, 1, __ATOMIC_RELAXED);
	return true;
}

uint16_t fault_hcall(uint16_t code)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		struct knob *k = &calls[i];

		if (k->code != code)
			continue;
		if (__atomic_add_fetch(&k->seen, 1, __ATOMIC_RELAXED) == k->value) {
			k->fired++;
			return k->status;
		}
	}
	return out_of_memory(code) || fault_device_asks(code) ? HV_STATUS_INSUFFICIENT_MEMORY :
								HV_STATUS_SUCCESS;
}

uint16_t fault_reps(uint16_t code, uint16_t count)
{
	unsigned int i;

	for (i = 0; i < nr_reps; i++) {
		struct knob *k = &reps[i];

		if (k->code == code && count > k->value) {
			__atomic_fetch_add(&k->fired, 1, __ATOMIC_RELAXED);
			return k->value;
		}
	}
	return count;
}

void fault_deposited(uint32_t pages)
{
	if (pages)
		fault_device_given();
	if (oom.began)
		__atomic_fetch_sub(&oom.pages, pages, __ATOMIC_RELAXED);
}

uint64_t fault_message_delay(void)
{
	if (msg.delay)
		__atomic_fetch_add(&msg.delayed, 1, __ATOMIC_RELAXED);
	return msg.delay;
}

static bool names_a_vp(uint32_t type)
{
	return type == HVMSG_OPAQUE_INTERCEPT || type == HVMSG_SCHEDULER_VP_SIGNAL_PAIR;
}

bool fault_message_dup(uint32_t type)
{
	if (!msg.dup || !names_a_vp(type))
		return false;
	__atomic_fetch_add(&msg.dupped, 1, __ATOMIC_RELAXED);
	return true;
}

bool fault_message_vp(struct hv_message *copy)
{
	if (!msg.vp || !names_a_vp(copy->header.message_type))
		return false;
	if (copy->header.message_type == HVMSG_OPAQUE_INTERCEPT)
		((struct hv_opaque_intercept_message *)copy->u.payload)->vp_index = msg.index;
	else
		((struct hv_vp_signal_pair_scheduler_message *)copy->u.payload)->vp_indexes[0] =
			msg.index;
	__atomic_fetch_add(&msg.bent, 1, __ATOMIC_RELAXED);
	return true;
}

void fault_message_signal(struct hv_message *m)
{
	fault_bend_signal(m, &msg.signal);
}

void fault_report(void)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		hv_log("fault: call=0x%x:nth=%u:status=0x%x: %u times in %u calls", calls[i].code,
		       calls[i].value, calls[i].status, calls[i].fired, calls[i].seen);
	for (i = 0; i < nr_reps; i++)
		hv_log("fault: reps=0x%x:max=%u: %u times", reps[i].code, reps[i].value,
		       reps[i].fired);
	if (oom.on)
		hv_log("fault: oom: %u times", oom.fired);
	if (msg.delay)
		hv_log("fault: msg=delay: %u times", msg.delayed);
	if (msg.dup)
		hv_log("fault: msg=dup: %u times", msg.dupped);
	if (msg.vp)
		hv_log("fault: msg=vp: %u times", msg.bent);
	if (msg.signal.count || msg.signal.set)
		hv_log("fault: msg=%s: %u times", msg.signal.set ? "set" : "count",
		       msg.signal.fired);
	fault_remap_report();
	fault_report_ring();
	fault_report_nmi();
	fault_report_meet();
	fault_report_devices();
}
