// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the hypervisor to this module.
 *
 * Each CPU has a page with one slot per interrupt source. Ours are the sources for
 * intercepts, for doorbells and for what devices are refused. All messages come in the
 * slot of the first, but those about devices in their own.
 * What a message says is the hypervisor's word, and is checked like anybody's.
 * Whatever it was, the slot is freed: a message that is left there blocks all
 * that follow, for every partition.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/hyperv.h>
#include <linux/io.h>
#include <linux/percpu.h>
#include <linux/reboot.h>
#include <linux/workqueue.h>
#include <asm/mshyperv.h>

#include "../compat/mshyperv.h"
#include "../include/hv_device_abi.h"
#include "device_ops.h"
#include "hvcall.h"
#include "irq.h"
#include "partition.h"
#include "vp.h"

/**
 * struct synic_pages - pages of one CPU
 * @messages: slots of messages
 * @flags: event flags; nothing of ours uses them, but they must be there
 * @ring: rings of doorbells
 * @place_known: whether the kernel's place in the ring is the hypervisor's
 */
struct synic_pages {
	struct hv_message_page *messages;
	struct hv_synic_event_flags_page *flags;
	struct hv_synic_event_ring_page *ring;
	bool place_known;
};

static_assert(!IS_ENABLED(CONFIG_PREEMPT_RT), "messages are handled with interrupts off");

static DEFINE_PER_CPU(struct synic_pages, synic_pages);
static enum cpuhp_state cpuhp_state;
static bool synic_is_online;

static void synic_signal_vp(u64 partition_id, u32 index)
{
	struct mshv_partition *pt = mshv_partition_find(partition_id);
	struct mshv_vp *vp = pt ? mshv_partition_vp(pt, index) : NULL;

	if (vp)
		mshv_vp_signal(vp);
}

/*
 * Out of line, as is the next: the usual message names one VP or a doorbell, and should
 * not save the registers that these loops need.
 */
static noinline void synic_signal_pairs(const struct hv_vp_signal_pair_scheduler_message *msg)
{
	unsigned int nr = min_t(unsigned int, READ_ONCE(msg->vp_count),
				HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT);
	unsigned int i;

	for (i = 0; i < nr; i++)
		synic_signal_vp(msg->partition_ids[i], msg->vp_indexes[i]);
}

/* The banks that are named in the mask follow each other without gaps. */
static noinline void synic_signal_set(const struct hv_vp_signal_bitset_scheduler_message *msg)
{
	const struct hv_vpset *set = &msg->vp_bitset.bitset;
	const unsigned int max = ARRAY_SIZE(msg->vp_bitset.bitset_buffer) -
				 sizeof(*set) / sizeof(u64);
	unsigned long mask = READ_ONCE(set->valid_bank_mask);
	unsigned int bank, bit, i = 0;

	if (READ_ONCE(set->format) != HV_GENERIC_SET_SPARSE_4K)
		return;
	for_each_set_bit(bank, &mask, BITS_PER_LONG) {
		unsigned long contents;

		if (i == max)
			break;
		contents = READ_ONCE(set->bank_contents[i++]);
		for_each_set_bit(bit, &contents, BITS_PER_LONG)
			synic_signal_vp(msg->partition_id, bank * BITS_PER_LONG + bit);
	}
}

/*
 * Takes one entry out of the ring, 0 if there is none. While the source is
 * marked as masked the hypervisor adds entries without a message.
 */
static u32 doorbells_next(struct hv_synic_event_ring *ring, u32 sint, u8 *tail)
{
	u32 entry = READ_ONCE(ring->data[*tail]);

	if (!entry && READ_ONCE(ring->ring_full)) {
		/* It stopped adding; all that it added has been taken. */
		WRITE_ONCE(ring->ring_full, 0);
		hv_call_notify_port_ring_empty(sint);
		entry = READ_ONCE(ring->data[*tail]);
	}
	if (!entry) {
		WRITE_ONCE(ring->signal_masked, 0);
		/* From here it sends messages again; what came before is seen. */
		mb();
		entry = READ_ONCE(ring->data[*tail]);
		if (!entry)
			return 0;
	}
	WRITE_ONCE(ring->signal_masked, 1);
	WRITE_ONCE(ring->data[*tail], 0);
	*tail = (*tail + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	return entry;
}

/*
 * The kernel keeps the place, for it outlives this module, but starts anew with a
 * CPU that has been away, which the hypervisor need not do. It fills the ring in
 * order, so what waits begins after a gap.
 */
static bool doorbells_find_place(const struct hv_synic_event_ring *ring, u8 *tail)
{
	const unsigned int nr = HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (READ_ONCE(ring->data[i]) && !READ_ONCE(ring->data[(i + nr - 1) % nr])) {
			*tail = i;
			return true;
		}
	}
	return false;
}

static bool doorbells_are_empty(const struct hv_synic_event_ring *ring)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_EVENT_RING_MESSAGE_COUNT; i++)
		if (READ_ONCE(ring->data[i]))
			return false;
	return true;
}

/*
 * What is taken with interrupts off. Guests on other processors can fill a ring as fast as it
 * is emptied.
 */
#define BUDGET	HV_SYNIC_EVENT_RING_MESSAGE_COUNT

/* True if it ended for the budget: then no message says that there is more. */
static bool doorbells_take_some(void)
{
	struct hv_synic_event_ring_page *page = this_cpu_read(synic_pages.ring);
	u8 *tails = *this_cpu_ptr(hv_synic_eventring_tail);
	const u32 sint = MSHV_DOORBELL_SINT;
	struct hv_synic_event_ring *ring;
	unsigned int budget = BUDGET;
	u32 id;

	lockdep_assert_irqs_disabled();
	if (!page || !tails || tails[sint] >= HV_SYNIC_EVENT_RING_MESSAGE_COUNT)
		return false;
	ring = &page->sint_event_ring[sint];
	do {
		if (!this_cpu_read(synic_pages.place_known))
			this_cpu_write(synic_pages.place_known,
				       doorbells_find_place(ring, &tails[sint]));
		while ((id = doorbells_next(ring, sint, &tails[sint]))) {
			mshv_doorbell_rang(id);
			if (!--budget)
				return true;
		}
		/* It may have been filled in while it was looked at. */
	} while (!this_cpu_read(synic_pages.place_known) && !doorbells_are_empty(ring));
	return false;
}

/*
 * What is left over is taken by a softirq, a budget at a time. Where that goes on for long the
 * kernel hands softirqs to a thread, and others get their share of the processor. (An irq_work
 * would come right back: no thread would run in between.)
 */
static DEFINE_PER_CPU(struct work_struct, doorbells_rest);

static bool doorbells_take(void)
{
	bool more = doorbells_take_some();

	if (more)
		queue_work(system_bh_wq, this_cpu_ptr(&doorbells_rest));
	return more;
}

/* On the processor where it was queued, whose ring it is. */
static void doorbells_take_rest(struct work_struct *work)
{
	unsigned long flags;

	local_irq_save(flags);
	rcu_read_lock();
	doorbells_take();
	rcu_read_unlock();
	local_irq_restore(flags);
}

static void doorbells_take_here(void *more)
{
	lockdep_hardirq_threaded();
	rcu_read_lock();
	if (doorbells_take())
		atomic_set(more, 1);
	rcu_read_unlock();
}

/*
 * A ring's worth each. What found no place in a ring that was full rings again when that is
 * empty.
 */
#define ROUNDS_MAX	8

/**
 * mshv_synic_take_doorbells - see to what rang until now
 *
 * The message that says so may still be under way, but the place in a ring is taken.
 *
 * Context: process context.
 */
void mshv_synic_take_doorbells(void)
{
	unsigned int rounds = 0;
	atomic_t more;

	might_sleep();
	do {
		atomic_set(&more, 0);
		on_each_cpu(doorbells_take_here, &more, true);
	} while (atomic_read(&more) && ++rounds < ROUNDS_MAX);
}

static void synic_complete_call(const struct hv_async_completion_message_payload *msg)
{
	struct mshv_partition *pt = mshv_partition_find(msg->partition_id);

	if (pt)
		mshv_async_completed(pt, msg->status);
}

static void synic_end_interrupt(u64 partition_id, const struct hv_x64_apic_eoi_message *msg)
{
	struct mshv_partition *pt = mshv_partition_find(partition_id);

	if (pt)
		mshv_irqfds_acked(pt, msg->interrupt_vector);
}

static void synic_handle(const struct hv_message *msg, u32 type)
{
	const void *payload = msg->u.payload;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "what a message names is found under RCU");
	switch (type) {
	case HVMSG_OPAQUE_INTERCEPT:
		synic_signal_vp(msg->header.sender,
				((const struct hv_opaque_intercept_message *)payload)->vp_index);
		break;
	case HVMSG_SCHEDULER_VP_SIGNAL_PAIR:
		synic_signal_pairs(payload);
		break;
	case HVMSG_SCHEDULER_VP_SIGNAL_BITSET:
		synic_signal_set(payload);
		break;
	case HVMSG_SYNIC_SINT_INTERCEPT:
		if (((const struct hv_notification_message_payload *)payload)->sint_index ==
		    MSHV_DOORBELL_SINT)
			doorbells_take();
		break;
	case HVMSG_X64_APIC_EOI:
		synic_end_interrupt(msg->header.sender, payload);
		break;
	case HVMSG_ASYNC_CALL_COMPLETION:
		synic_complete_call(payload);
		break;
	case MSHV_MESSAGE_IOMMU_FAULT:
		mshv_devices_fault(payload, msg->header.payload_size);
		break;
	default:
		pr_warn_once("message of unknown type %#x\n", type);
		break;
	}
}

static void synic_take_message(struct hv_message *msg)
{
	u32 type = READ_ONCE(msg->header.message_type);

	if (type == HVMSG_NONE)
		return;

	/*
	 * Eventfds are signalled here, whose locks sleep with PREEMPT_RT. Without
	 * it they do not, which is all that lockdep is told.
	 */
	lockdep_hardirq_threaded();
	rcu_read_lock();
	synic_handle(msg, type);
	rcu_read_unlock();

	WRITE_ONCE(msg->header.message_type, HVMSG_NONE);
	/* The slot is free before it is looked whether somebody waits for it. */
	mb();
	if (READ_ONCE(msg->header.message_flags.asu8) & 1)
		hv_set_non_nested_msr(HV_MSR_EOM, 0);
}

static void synic_isr(void)
{
	struct hv_message_page *page = this_cpu_read(synic_pages.messages);

	lockdep_assert_irqs_disabled();
	if (!page)
		return;
	synic_take_message(&page->sint_message[HV_SYNIC_INTERCEPTION_SINT_INDEX]);
	synic_take_message(&page->sint_message[MSHV_IOMMU_FAULT_SINT]);
}

static void synic_set_sint(unsigned int sint, union hv_synic_sint value)
{
	value.vector = HYPERVISOR_CALLBACK_VECTOR;
	value.auto_eoi = hv_recommend_using_aeoi();
	hv_set_non_nested_msr(HV_MSR_SINT0 + sint, value.as_uint64);
}

static void synic_mask_sints(void)
{
	synic_set_sint(HV_SYNIC_INTERCEPTION_SINT_INDEX, (union hv_synic_sint) { .masked = 1 });
	synic_set_sint(MSHV_IOMMU_FAULT_SINT, (union hv_synic_sint) { .masked = 1 });
	synic_set_sint(MSHV_DOORBELL_SINT,
		       (union hv_synic_sint) { .masked = 1, .as_intercept = 1 });
}

static void synic_unmask_sints(void)
{
	synic_set_sint(HV_SYNIC_INTERCEPTION_SINT_INDEX, (union hv_synic_sint) {});
	synic_set_sint(MSHV_IOMMU_FAULT_SINT, (union hv_synic_sint) {});
	synic_set_sint(MSHV_DOORBELL_SINT, (union hv_synic_sint) { .as_intercept = 1 });
}

/* All registers of the synthetic interrupt controller have bit 0 for "enabled". */
static void synic_enable(unsigned int msr)
{
	hv_set_non_nested_msr(msr, hv_get_non_nested_msr(msr) | 1);
}

static void synic_disable(unsigned int msr)
{
	hv_set_non_nested_msr(msr, hv_get_non_nested_msr(msr) & ~1ULL);
}

/* The page of a register stands in its bits from 12 on. */
static void *synic_map_page(unsigned int msr)
{
	return memremap(hv_get_non_nested_msr(msr) & HV_HYP_PAGE_MASK, HV_HYP_PAGE_SIZE,
			MEMREMAP_WB);
}

/* Root finds a page for the rings, an L1VH partition has to bring one. */
static void *synic_enable_ring(void)
{
	void *page;

	if (hv_root_partition()) {
		synic_enable(HV_MSR_SIRBP);
		return synic_map_page(HV_MSR_SIRBP);
	}
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (page)
		hv_set_non_nested_msr(HV_MSR_SIRBP, virt_to_phys(page) | 1);
	return page;
}

static void synic_disable_ring(void *page)
{
	if (hv_root_partition()) {
		synic_disable(HV_MSR_SIRBP);
		if (page)
			memunmap(page);
		return;
	}
	hv_set_non_nested_msr(HV_MSR_SIRBP, 0);
	free_page((unsigned long)page);
}

/* With VMBus all but the rings and our two sources is VMBus' own. */
static void synic_enable_ours(void)
{
	if (hv_vmbus_exists())
		return;
	synic_enable(HV_MSR_SIMP);
	synic_enable(HV_MSR_SIEFP);
}

static void synic_disable_ours(void)
{
	if (hv_vmbus_exists())
		return;
	synic_disable(HV_MSR_SIEFP);
	synic_disable(HV_MSR_SIMP);
	synic_disable(HV_MSR_SCONTROL);
}

/* False if there was nothing. */
static bool synic_take_some(void)
{
	const struct hv_message_page *page = this_cpu_read(synic_pages.messages);
	bool some;

	guard(irqsave)();
	some = page && READ_ONCE(page->sint_message[HV_SYNIC_INTERCEPTION_SINT_INDEX]
				 .header.message_type) != HVMSG_NONE;
	synic_isr();
	guard(rcu)();
	return doorbells_take_some() || some;
}

/* More than is ever under way to one processor; others may go on sending. */
#define OFFLINE_ROUNDS	(2 * MSHV_MAX_VPS)

static void synic_take_all(void)
{
	unsigned int rounds = 0;

	while (synic_take_some() && ++rounds < OFFLINE_ROUNDS)
		cond_resched();
}

/*
 * A signal that was still behind a slot comes when this processor is back, if ever. All who
 * might wait for it look for themselves.
 */
static void synic_wake_all(void)
{
	struct mshv_partition *pt = NULL;
	struct mshv_vp *vp;
	u32 i;

	guard(rcu)();
	while ((pt = mshv_partition_next(pt)))
		for (i = 0; i < MSHV_MAX_VPS; i++) {
			vp = mshv_partition_vp(pt, i);
			if (vp)
				mshv_vp_look(vp);
		}
}

static int synic_offline(unsigned int cpu)
{
	struct synic_pages *pages = this_cpu_ptr(&synic_pages);
	struct synic_pages old = *pages;

	/* As long as it is not masked a slot that is freed is filled by what waits for it. */
	synic_take_all();
	synic_mask_sints();
	synic_take_all();
	/* synic_isr() runs on this CPU alone, and not now that its sources are masked. */
	memset(pages, 0, sizeof(*pages));
	barrier();
	cancel_work_sync(this_cpu_ptr(&doorbells_rest));
	synic_wake_all();

	synic_disable_ring(old.ring);
	synic_disable_ours();
	if (old.flags)
		memunmap(old.flags);
	if (old.messages)
		memunmap(old.messages);
	return 0;
}

static int synic_online(unsigned int cpu)
{
	struct synic_pages *pages = this_cpu_ptr(&synic_pages);

	INIT_WORK(this_cpu_ptr(&doorbells_rest), doorbells_take_rest);
	synic_enable_ours();
	pages->messages = synic_map_page(HV_MSR_SIMP);
	pages->flags = synic_map_page(HV_MSR_SIEFP);
	pages->ring = synic_enable_ring();
	if (!pages->messages || !pages->flags || !pages->ring) {
		synic_offline(cpu);
		return -ENOMEM;
	}
	synic_unmask_sints();
	if (!hv_vmbus_exists())
		synic_enable(HV_MSR_SCONTROL);
	return 0;
}

static void synic_stop(void)
{
	if (!synic_is_online)
		return;
	synic_is_online = false;
	cpuhp_remove_state(cpuhp_state);
}

/*
 * After kexec the hypervisor must not write messages into what were pages of the old
 * kernel. A thread that waits in MSHV_RUN_VP for such a message waits on until the machine
 * goes down, which is next.
 */
static int synic_reboot_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	synic_stop();
	return NOTIFY_OK;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = synic_reboot_notify,
};

int __init mshv_synic_init(void)
{
	int ret;

	/* The first message may come as soon as a source is unmasked. */
	hv_setup_mshv_handler(synic_isr);
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "mshv_root:synic", synic_online,
				synic_offline);
	if (ret < 0)
		goto remove_handler;
	cpuhp_state = ret;
	synic_is_online = true;
	ret = register_reboot_notifier(&reboot_notifier);
	if (ret)
		goto stop;
	return 0;

stop:
	synic_stop();
remove_handler:
	hv_setup_mshv_handler(NULL);
	synchronize_rcu();
	return ret;
}

void mshv_synic_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	synic_stop();
	hv_setup_mshv_handler(NULL);
	/* A CPU may have read the handler before: interrupts hold RCU off. */
	synchronize_rcu();
}
