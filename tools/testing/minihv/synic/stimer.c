// SPDX-License-Identifier: GPL-2.0-only
/* Synthetic timers (TLFS 12.3). */
#include "synic/stimer.h"

static union hv_stimer_config config_of(const struct stimer *t)
{
	return (union hv_stimer_config){ .as_uint64 = t->config };
}

/* A message, or with direct mode an interrupt without the SynIC. No lock held. */
static void notify(struct stimer *t, union hv_stimer_config c, uint64_t due)
{
	struct hv_message *m = &t->message.message;
	struct hv_timer_message_payload *p = (void *)m->u.payload;
	struct synic *s = &t->vp->synic;

	if (c.direct_mode) {
		vp_assert_interrupt(t->vp, c.apic_vector);
		return;
	}
	spin_lock(&s->lock);
	/* One that was not taken yet keeps its time (TLFS 12.3.4). */
	if (list_empty(&t->message.node)) {
		m->header.message_type = HVMSG_TIMER_EXPIRED;
		m->header.payload_size = sizeof(*p);
		p->timer_index = t - t->vp->stimers.timer;
		p->expiration_time = due;
	}
	spin_unlock(&s->lock);
	synic_post(t->vp, c.sintx, &t->message);
}

/* Arm for t->deadline, lock held. Frozen time does not pass. */
static void arm(struct stimer *t)
{
	const struct partition *p = t->vp->partition;

	if (t->deadline && p->frozen_at == ~0ull) {
		uint64_t now = time_ref(), passed = now - p->time_offset;

		timer_arm(&t->timer, time_after(now, t->deadline > passed ?
						     t->deadline - passed : 0));
	} else {
		timer_cancel(&t->timer);
	}
}

/* Next expiration after enabling or a new count (TLFS 12.3.2), lock held. */
static void restart(struct stimer *t)
{
	union hv_stimer_config c = config_of(t);

	if (!c.enable || !t->count)
		t->deadline = 0;
	else
		t->deadline = c.periodic ?
			      time_after(partition_time(t->vp->partition), t->count) : t->count;
	arm(t);
}

/* Expired: a one-shot timer disables itself; a late periodic one drops what it missed. */
static uint64_t expire(struct stimer *t, uint64_t now)
{
	union hv_stimer_config c = config_of(t);
	uint64_t due = t->deadline;

	if (c.periodic) {
		t->deadline = time_after(now, timer_until_next(now - due, t->count));
	} else {
		c.enable = 0;
		t->config = c.as_uint64;
		t->deadline = 0;
	}
	return due;
}

static void stimer_fired(struct timer *timer)
{
	struct stimer *t = container_of(timer, struct stimer, timer);
	struct partition *p = t->vp->partition;
	union hv_stimer_config c;
	uint64_t now, due = 0;

	spin_lock(&t->vp->stimers.lock);
	c = config_of(t);
	now = partition_time(p);
	/* Stopped or moved meanwhile: then this expiry is nobody's. */
	if (t->deadline && p->frozen_at == ~0ull && now >= t->deadline)
		due = expire(t, now);
	arm(t);
	spin_unlock(&t->vp->stimers.lock);
	if (due)
		notify(t, c, due);
}

void stimers_init(struct vp *vp)
{
	unsigned int i;

	for (i = 0; i < NR_STIMERS; i++) {
		struct stimer *t = &vp->stimers.timer[i];

		t->vp = vp;
		timer_setup(&t->timer, stimer_fired);
		list_init(&t->message.node);
	}
}

void stimers_destroy(struct vp *vp)
{
	unsigned int i;

	for (i = 0; i < NR_STIMERS; i++) {
		struct stimer *t = &vp->stimers.timer[i];

		spin_lock(&vp->stimers.lock);
		t->deadline = 0;
		timer_cancel(&t->timer);
		spin_unlock(&vp->stimers.lock);
		timer_wait(&t->timer);
	}
}

void stimers_time_changed(struct vp *vp)
{
	unsigned int i;

	spin_lock(&vp->stimers.lock);
	for (i = 0; i < NR_STIMERS; i++)
		arm(&vp->stimers.timer[i]);
	spin_unlock(&vp->stimers.lock);
}

bool stimer_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value)
{
	unsigned int n = msr - HV_X64_MSR_STIMER0_CONFIG;
	const struct stimer *t = &vp->stimers.timer[n / 2];

	*value = n % 2 ? t->count : t->config;
	return true;
}

static bool config_ok(union hv_stimer_config c)
{
	if (c.reserved_z0 || c.reserved_z1)
		return false;
	/* Messages to SINT 0 are the hypervisor's own: such a timer can't be enabled. */
	return !c.direct_mode || c.apic_vector >= HV_SYNIC_FIRST_VALID_VECTOR;
}

static void write_config(struct stimer *t, union hv_stimer_config c)
{
	if (c.enable && !c.direct_mode && !c.sintx)
		c.enable = 0;
	t->config = c.as_uint64;
	restart(t);
}

/* Zero stops the timer; another value starts it if auto_enable says so. */
static void write_count(struct stimer *t, uint64_t count)
{
	union hv_stimer_config c = config_of(t);

	t->count = count;
	if (!count)
		c.enable = 0;
	else if (c.auto_enable)
		c.enable = 1;
	write_config(t, c);
}

bool stimer_wrmsr(struct vp *vp, uint32_t msr, uint64_t value)
{
	unsigned int n = msr - HV_X64_MSR_STIMER0_CONFIG;
	struct stimer *t = &vp->stimers.timer[n / 2];
	union hv_stimer_config c = { .as_uint64 = value };

	if (!(n % 2) && !config_ok(c))
		return false;
	spin_lock(&vp->stimers.lock);
	if (n % 2)
		write_count(t, value);
	else
		write_config(t, c);
	spin_unlock(&vp->stimers.lock);
	return true;
}
