// SPDX-License-Identifier: GPL-2.0-only
/* The SynIC of this CPU as a root partition uses it. */
#include "child.h"

#define TIMER_VECTOR	0xec
#define APIC_LVT_TIMER	0x320
#define APIC_INITIAL	0x380
#define APIC_DIVIDE	0x3e0
#define DIVIDE_BY_16	3
#define TICKS_PER_MS	(1000000 / 16)	/* QEMU: 1 GHz */

struct hv_message_page *simp;
struct hv_synic_event_flags_page *siefp;
struct hv_synic_event_ring_page *sirbp;

struct eoi_messages eoi_messages;
struct sint_intercepts sint_intercepts;

static struct child *children;

/* Root: the hypervisor supplies the pages; L1VH supplies the ring page itself. */
static void *enable_page(uint32_t msr, bool supplied)
{
	uint64_t value = rdmsr(msr);

	if (!supplied)
		value = (uint64_t)alloc_pages(1);
	wrmsr(msr, value | 1);
	value = rdmsr(msr);
	if (!(value & 1) || !(value & ~(PAGE_SIZE - 1)))
		bail_out("MSR 0x%x gives no page: 0x%lx", msr, value);
	return (void *)(value & ~(PAGE_SIZE - 1));
}

void synic_setup(void)
{
	simp = enable_page(HV_X64_MSR_SIMP, true);
	siefp = enable_page(HV_X64_MSR_SIEFP, true);
	sirbp = enable_page(HV_X64_MSR_SIRBP, !machine.l1vh);
	wrmsr(HV_X64_MSR_SINT0, SINT0_VECTOR);
	wrmsr(HV_X64_MSR_SINT5, SINT5_VECTOR | HV_SYNIC_SINT_AS_INTERCEPT);
	wrmsr(HV_X64_MSR_SCONTROL, HV_SYNIC_CONTROL_ENABLE);
}

void synic_teardown(void)
{
	wrmsr(HV_X64_MSR_SINT0, HV_SYNIC_SINT_MASKED);
	wrmsr(HV_X64_MSR_SINT5, HV_SYNIC_SINT_MASKED);
	wrmsr(HV_X64_MSR_SIMP, rdmsr(HV_X64_MSR_SIMP) & ~1ull);
	wrmsr(HV_X64_MSR_SIEFP, rdmsr(HV_X64_MSR_SIEFP) & ~1ull);
	wrmsr(HV_X64_MSR_SIRBP, rdmsr(HV_X64_MSR_SIRBP) & ~1ull);
	wrmsr(HV_X64_MSR_SCONTROL, 0);
}

bool synic_take(unsigned int sint, struct hv_message *m)
{
	struct hv_message *slot = &simp->sint_message[sint];
	uint32_t type = __atomic_load_n(&slot->header.message_type, __ATOMIC_ACQUIRE);

	if (type == HVMSG_NONE)
		return false;
	memcpy(m, slot, sizeof(*m));
	/* Empty the slot, then look whether another message waits for it (TLFS 11.10.3). */
	__atomic_store_n(&slot->header.message_type, HVMSG_NONE, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&slot->header.message_flags.asu8, __ATOMIC_SEQ_CST) & 1)
		wrmsr(HV_X64_MSR_EOM, 0);
	return true;
}

bool synic_wait(unsigned int sint, struct hv_message *m, unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	while (!synic_take(sint, m)) {
		if (ref_time() > end)
			return false;
		idle(1);
	}
	return true;
}

void synic_register(struct child *c, bool on)
{
	struct child **at = &children;

	if (on) {
		c->next = children;
		children = c;
		return;
	}
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
}

static void end_of_interrupt(const struct hv_message *m)
{
	const struct hv_x64_apic_eoi_message *eoi = (const void *)m->u.payload;

	eoi_messages.count++;
	eoi_messages.vp = eoi->vp_index;
	eoi_messages.vector = eoi->interrupt_vector;
	eoi_messages.sender = m->header.sender;
}

static void kick(uint64_t id, uint32_t vp)
{
	struct child *c;

	for (c = children; c; c = c->next)
		if (c->id == id && vp < CHILD_MAX_VPS) {
			c->vp[vp].kicks++;
			return;
		}
	note("message about VP %u of an unknown partition 0x%lx", vp, id);
}

void synic_poll(void)
{
	const struct hv_vp_signal_pair_scheduler_message *pairs;
	struct hv_message m;
	unsigned int i;

	while (synic_take(HV_SYNIC_INTERCEPTION_SINT_INDEX, &m)) {
		switch (m.header.message_type) {
		case HVMSG_OPAQUE_INTERCEPT:
			kick(m.header.sender, *(uint32_t *)m.u.payload);
			break;
		case HVMSG_SCHEDULER_VP_SIGNAL_PAIR:
			pairs = (const void *)m.u.payload;
			for (i = 0; i < pairs->vp_count; i++)
				kick(pairs->partition_ids[i], pairs->vp_indexes[i]);
			break;
		case HVMSG_SYNIC_SINT_INTERCEPT:
			sint_intercepts.count++;
			sint_intercepts.sint = *(uint32_t *)m.u.payload;
			break;
		case HVMSG_X64_APIC_EOI:
			end_of_interrupt(&m);
			break;
		default:
			note("message 0x%x on SINT0", m.header.message_type);
		}
	}
}

void alarm_in(unsigned int ms)
{
	apic_write(APIC_DIVIDE, DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER, TIMER_VECTOR);
	apic_write(APIC_INITIAL, ms * TICKS_PER_MS);
}

void idle(unsigned int ms)
{
	alarm_in(ms);
	asm volatile("sti; hlt; cli" : : : "memory");
	alarm_in(0);
}
