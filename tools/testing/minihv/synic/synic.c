// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery of messages, event flags and doorbells (TLFS 11.8 to 11.11).
 *
 * A slot is free when its type is NONE. The guest empties it, then looks at
 * msg_pending, and writes EOM if that is set; the hypervisor sets msg_pending,
 * then looks at the type again. One of the two sees the other's write, so a queued
 * message is never left behind. Interrupts are asserted after the lock is dropped:
 * waking a VP takes its lock, which comes before this one.
 */
#include "synic/synic.h"
#include "faults/faults.h"

#define FAULT_DUP	BIT(0)
#define FAULT_VP	BIT(1)

static union hv_synic_sint sint_of(const struct synic *s, unsigned int sint)
{
	return (union hv_synic_sint){ .as_uint64 = s->sint[sint] };
}

static bool enabled(const struct synic *s, unsigned int sint)
{
	return (s->scontrol & HV_SYNIC_CONTROL_ENABLE) && !sint_of(s, sint).masked;
}

static struct hv_message *slot_of(const struct synic *s, unsigned int sint)
{
	return s->simp_page ? &((struct hv_message_page *)s->simp_page)->sint_message[sint] : NULL;
}

/* The type last: it is what makes the slot a message. */
static void fill_slot(struct vp *vp, struct hv_message *slot, const struct hv_message *m,
		      bool more)
{
	struct hv_timer_message_payload *timer = (void *)slot->u.payload;

	slot->header.payload_size = m->header.payload_size;
	slot->header.message_flags.asu8 = more;
	slot->header.sender = m->header.sender;
	memcpy(slot->u.payload, m->u.payload, sizeof(slot->u.payload));
	if (m->header.message_type == HVMSG_TIMER_EXPIRED)
		timer->delivery_time = partition_time(vp->partition);
	__atomic_store_n(&slot->header.message_type, m->header.message_type, __ATOMIC_RELEASE);
}

static bool slot_busy(struct hv_message *slot)
{
	if (__atomic_load_n(&slot->header.message_type, __ATOMIC_ACQUIRE) == HVMSG_NONE)
		return false;
	__atomic_store_n(&slot->header.message_flags.asu8, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&slot->header.message_type, __ATOMIC_SEQ_CST) != HVMSG_NONE;
}

/*
 * The message that goes into the slot, false: it is not the last of this one, since
 * a fault knob wants a bad copy before it or a second one after it.
 */
static bool next_copy(struct vp *vp, struct synic_message *m, struct hv_message *copy)
{
	memcpy(copy, &m->message, sizeof(*copy));
	if (partition_is_child(vp->partition))
		return true;
	fault_message_signal(copy);
	if (!(m->faults & FAULT_VP) && fault_message_vp(copy)) {
		m->faults |= FAULT_VP;
		return false;
	}
	if (!(m->faults & FAULT_DUP) && fault_message_dup(copy->header.message_type)) {
		m->faults |= FAULT_DUP;
		if (m->repeating)
			m->repeating(m);
		return false;
	}
	return true;
}

/* The queue keeps a message until its last delivery. */
static void deliver_queued(struct vp *vp, unsigned int sint, struct hv_message *slot)
{
	struct synic *s = &vp->synic;
	struct synic_message *m = container_of(s->queue[sint].next, struct synic_message, node);
	struct hv_message copy;
	bool last = next_copy(vp, m, &copy);

	if (last) {
		m->faults = 0;
		list_del(&m->node);
	}
	fill_slot(vp, slot, &copy, !list_empty(&s->queue[sint]) || s->intercepted);
	if (last && m->delivered)
		m->delivered(m);
}

static void deliver_intercepted(struct vp *vp, struct hv_message *slot)
{
	struct synic *s = &vp->synic;
	unsigned int sint = __builtin_ctz(s->intercepted);
	struct hv_message m = { 0 };
	struct hv_notification_message_payload *p = (void *)m.u.payload;

	s->intercepted &= s->intercepted - 1;
	m.header.message_type = HVMSG_SYNIC_SINT_INTERCEPT;
	m.header.payload_size = sizeof(*p);
	p->sint_index = sint;
	fill_slot(vp, slot, &m, s->intercepted);
}

/* Put what waits for @sint into its slot if it can be; true: assert the SINT. */
static bool deliver(struct vp *vp, unsigned int sint)
{
	struct synic *s = &vp->synic;
	struct hv_message *slot = slot_of(s, sint);
	bool queued = !list_empty(&s->queue[sint]);

	if (!queued && (sint != HV_SYNIC_INTERCEPTION_SINT_INDEX || !s->intercepted))
		return false;
	if (!slot || !enabled(s, sint) || s->held || slot_busy(slot))
		return false;
	if (queued)
		deliver_queued(vp, sint, slot);
	else
		deliver_intercepted(vp, slot);
	return true;
}

static void assert_sint(struct vp *vp, unsigned int sint)
{
	union hv_synic_sint v = sint_of(&vp->synic, sint);

	if (!v.masked && !v.polling)
		vp_assert_interrupt(vp, v.vector);
}

/* Lock held; which SINTs to assert when it is dropped. */
static uint32_t deliver_all(struct vp *vp)
{
	uint32_t asserted = 0;
	unsigned int i;

	for (i = 0; i < SYNIC_SINTS; i++)
		if (deliver(vp, i))
			asserted |= BIT(i);
	return asserted;
}

void synic_deliver(struct vp *vp)
{
	uint32_t asserted;

	spin_lock(&vp->synic.lock);
	asserted = deliver_all(vp);
	spin_unlock(&vp->synic.lock);
	for (; asserted; asserted &= asserted - 1)
		assert_sint(vp, __builtin_ctz(asserted));
}

void synic_hold_over(struct timer *t)
{
	struct synic *s = container_of(t, struct synic, hold);

	spin_lock(&s->lock);
	s->held = false;
	spin_unlock(&s->lock);
	synic_deliver(container_of(s, struct vp, synic));
}

static void maybe_hold(struct vp *vp)
{
	struct synic *s = &vp->synic;
	uint64_t delay;

	if (s->held || partition_is_child(vp->partition))
		return;
	delay = fault_message_delay();
	if (!delay)
		return;
	s->held = true;
	timer_arm(&s->hold, time_ref() + delay);
}

bool synic_post(struct vp *vp, unsigned int sint, struct synic_message *m)
{
	struct synic *s = &vp->synic;
	bool ok, asserted = false;

	spin_lock(&s->lock);
	ok = list_empty(&m->node) && s->simp_page && enabled(s, sint);
	if (ok) {
		list_add_tail(&m->node, &s->queue[sint]);
		maybe_hold(vp);
		asserted = deliver(vp, sint);
	}
	spin_unlock(&s->lock);
	if (asserted)
		assert_sint(vp, sint);
	return ok;
}

void synic_cancel(struct vp *vp, unsigned int sint, struct synic_message *m)
{
	(void)sint;
	spin_lock(&vp->synic.lock);
	list_del(&m->node);
	m->faults = 0;
	spin_unlock(&vp->synic.lock);
}

/* A signal other than a message: an interrupt, or a message to SINT 0 about it. */
static bool signal_locked(struct vp *vp, unsigned int *sint)
{
	struct synic *s = &vp->synic;

	if (!sint_of(s, *sint).as_intercept)
		return true;
	s->intercepted |= BIT(*sint);
	*sint = HV_SYNIC_INTERCEPTION_SINT_INDEX;
	maybe_hold(vp);
	return deliver(vp, *sint);
}

bool synic_ready(struct vp *vp, unsigned int sint)
{
	const struct synic *s = &vp->synic;

	return sint < SYNIC_SINTS && enabled(s, sint);
}

bool synic_slot_free(struct vp *vp, unsigned int sint)
{
	struct synic *s = &vp->synic;
	const struct hv_message *slot;
	bool ok;

	spin_lock(&s->lock);
	slot = slot_of(s, sint);
	ok = slot && slot->header.message_type == HVMSG_NONE && list_empty(&s->queue[sint]);
	spin_unlock(&s->lock);
	return ok;
}

bool synic_signal_event(struct vp *vp, unsigned int sint, uint32_t flag)
{
	struct synic *s = &vp->synic;
	struct hv_synic_event_flags_page *page;
	uint64_t bit = BIT(flag % 64);
	bool fresh = false, asserted = false;

	if (flag >= HV_EVENT_FLAGS_COUNT)
		return false;
	spin_lock(&s->lock);
	page = s->siefp_page;
	if (page && enabled(s, sint)) {
		fresh = !(__atomic_fetch_or(&page->event_flags[sint].flags[flag / 64], bit,
					    __ATOMIC_SEQ_CST) & bit);
		if (fresh)
			asserted = signal_locked(vp, &sint);
	}
	spin_unlock(&s->lock);
	if (asserted)
		assert_sint(vp, sint);
	return fresh;
}

/*
 * The reader masks signals while it reads, and looks once more after unmasking. That the
 * ring is full is said last: a reader that sees it asks at once for what was missed.
 */
void synic_ring_doorbell(struct vp *vp, unsigned int sint, uint32_t port_id, uint32_t *missed)
{
	struct synic *s = &vp->synic;
	struct hv_synic_event_ring *ring;
	bool asserted = false;
	uint8_t *head;

	spin_lock(&s->lock);
	if (!s->sirbp_page || !enabled(s, sint)) {
		__atomic_store_n(missed, 1, __ATOMIC_SEQ_CST);
		goto out;
	}
	ring = &((struct hv_synic_event_ring_page *)s->sirbp_page)->sint_event_ring[sint];
	head = &s->ring_head[sint];
	if (!__atomic_load_n(&ring->data[*head], __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&ring->data[*head], port_id, __ATOMIC_SEQ_CST);
		*head = (*head + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	} else {
		__atomic_store_n(missed, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&ring->ring_full, 1, __ATOMIC_SEQ_CST);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_exchange_n(&ring->signal_masked, 1, __ATOMIC_SEQ_CST))
		asserted = signal_locked(vp, &sint);
out:
	spin_unlock(&s->lock);
	if (asserted)
		assert_sint(vp, sint);
}
