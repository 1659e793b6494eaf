// SPDX-License-Identifier: GPL-2.0-only
/* Running a child's VP to its next intercept, with either scheduler. */
#include "child.h"

#define CR0_PE		1
#define EXPECT_MS	10000
#define FLAT_CODE	0xc09b
#define FLAT_DATA	0xc093

static void set_segment(struct child *c, unsigned int vp, uint32_t name, uint16_t selector,
			uint16_t attributes)
{
	union hv_register_value value = { 0 };
	uint16_t status;

	value.segment.limit = 0xffffffff;
	value.segment.selector = selector;
	value.segment.attributes = attributes;
	status = child_set_reg(c, vp, name, &value);
	if (status != HV_STATUS_SUCCESS)
		bail_out("segment register 0x%x: status 0x%x", name, status);
}

void child_start(struct child *c, unsigned int vp, const uint8_t *code, uint64_t size)
{
	uint32_t name;

	memcpy(c->memory + GUEST_CODE + vp * PAGE_SIZE, code, size);
	child_set_reg64(c, vp, HV_X64_REGISTER_CR0, child_reg64(c, vp, HV_X64_REGISTER_CR0) |
			CR0_PE);
	set_segment(c, vp, HV_X64_REGISTER_CS, 8, FLAT_CODE);
	for (name = HV_X64_REGISTER_ES; name <= HV_X64_REGISTER_GS; name++)
		if (name != HV_X64_REGISTER_CS)
			set_segment(c, vp, name, 16, FLAT_DATA);
	child_set_reg64(c, vp, HV_X64_REGISTER_RIP, GUEST_CODE + vp * PAGE_SIZE);
	child_set_reg64(c, vp, HV_X64_REGISTER_RSP, GUEST_STACK + vp * PAGE_SIZE);
	child_set_reg64(c, vp, HV_X64_REGISTER_RFLAGS, 2);
}

static uint16_t dispatch(struct child *c, unsigned int vp, struct hv_output_dispatch_vp *out)
{
	struct hv_input_dispatch_vp *in = hc_in;
	struct hcall_result r;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vp_index = vp;
	if (c->vp[vp].intercepted)
		in->flags = HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND;
	r = hcall(HVCALL_DISPATCH_VP);
	memcpy(out, hc_out, sizeof(*out));
	if (r.status == HV_STATUS_SUCCESS)
		c->vp[vp].intercepted = false;
	return r.status;
}

/* Interrupts that came are taken here, between two dispatches. */
static void take_interrupts(void)
{
	asm volatile("sti; nop; nop; cli" : : : "memory");
	synic_poll();
}

static enum run_result wait_signal(struct child *c, unsigned int vp, uint64_t end)
{
	while (!c->vp[vp].kicks) {
		if (ref_time() > end)
			return RUN_TIMEOUT;
		idle(1);
		synic_poll();
	}
	c->vp[vp].kicks = 0;
	c->vp[vp].blocked = false;
	return RUN_INTERCEPT;
}

static enum run_result run_dispatching(struct child *c, unsigned int vp, uint64_t end)
{
	struct hv_output_dispatch_vp out;
	uint16_t status;

	if (c->vp[vp].blocked && wait_signal(c, vp, end) == RUN_TIMEOUT)
		return RUN_TIMEOUT;
	while (ref_time() < end) {
		take_interrupts();
		status = dispatch(c, vp, &out);
		if (status != HV_STATUS_SUCCESS) {
			note("dispatch: status 0x%x", status);
			return RUN_ERROR;
		}
		if (out.dispatch_state == HV_VP_DISPATCH_STATE_READY) {
			if (out.dispatch_event != HV_VP_DISPATCH_EVENT_INTERCEPT)
				continue;
			c->vp[vp].intercepted = true;
			return RUN_INTERCEPT;
		}
		c->vp[vp].blocked = true;
		if (out.dispatch_event != HV_VP_DISPATCH_EVENT_SUSPEND)
			return RUN_BLOCKED;
		child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
		if (wait_signal(c, vp, end) == RUN_TIMEOUT)
			return RUN_TIMEOUT;
	}
	return RUN_TIMEOUT;
}

static enum run_result run_resuming(struct child *c, unsigned int vp, uint64_t end)
{
	child_set_reg64(c, vp, HV_REGISTER_INTERCEPT_SUSPEND, 0);
	child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
	while (ref_time() < end) {
		idle(1);
		synic_poll();
		if (c->vp[vp].kicks) {
			c->vp[vp].kicks = 0;
			return RUN_INTERCEPT;
		}
	}
	child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 1);
	synic_poll();
	/* It may have stopped at an intercept just before. */
	if (c->vp[vp].kicks) {
		c->vp[vp].kicks = 0;
		return RUN_INTERCEPT;
	}
	return RUN_TIMEOUT;
}

enum run_result child_run(struct child *c, unsigned int vp, unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	return machine.core_scheduler ? run_resuming(c, vp, end) : run_dispatching(c, vp, end);
}

enum run_result child_run_on(struct child *c, unsigned int vp, unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;
	enum run_result result;

	do {
		result = child_run(c, vp, ms);
	} while (result == RUN_BLOCKED && ref_time() < end);
	return result;
}

bool child_expect(struct child *c, unsigned int vp, uint32_t type, const char *what)
{
	enum run_result result = child_run_on(c, vp, EXPECT_MS);
	uint32_t got = c->vp[vp].message->header.message_type;

	if (!report(result == RUN_INTERCEPT && got == type, "%s", what)) {
		if (result == RUN_INTERCEPT)
			note("got message 0x%x, want 0x%x", got, type);
		else
			note("got %s", result == RUN_ERROR ? "an error" : "no intercept in time");
		return false;
	}
	return true;
}

const void *child_payload(struct child *c, unsigned int vp)
{
	return c->vp[vp].message->u.payload;
}

void child_skip(struct child *c, unsigned int vp)
{
	const struct hv_x64_intercept_message_header *h = child_payload(c, vp);

	child_set_reg64(c, vp, HV_X64_REGISTER_RIP, h->rip + h->instruction_length);
}
