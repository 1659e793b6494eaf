/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam to the hypervisor: every hypercall of our modules goes through here.
 *
 * A hypercall is made of two functions. The inner one takes the argument pages
 * of its CPU with CLASS(hv_args, ...), fills them in, makes the call and picks
 * up the output; interrupts are off until it returns. The outer one, hv_call_x(),
 * calls the inner one until it does not lack memory any more:
 *
 *	struct hv_deposit deposit = { .partition_id = id };
 *	u64 status;
 *
 *	do {
 *		status = create_vp(id, index);
 *	} while (hv_deposit_for(&deposit, status));
 *	return hv_deposit_end(&deposit, status);
 *
 * A call that takes something back from the hypervisor runs under hv_persist() in
 * the same manner, and one over more elements than fit into a page under
 * hv_repeat().
 *
 * What is not inline is exported by mshv_root in the namespace MSHV_ROOT: see
 * Documentation/lifetimes.rst.
 */
#ifndef MSHV_HVCALL_H
#define MSHV_HVCALL_H

#include <linux/cleanup.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/mshyperv.h>
#include <hyperv/hvhdk.h>

#include "../compat/mshyperv.h"

/* Statuses that the kernel's headers do not have (yet). */
#ifndef HV_STATUS_OBJECT_IN_USE
#define HV_STATUS_OBJECT_IN_USE			0x19
#endif
#ifndef HV_STATUS_FEATURE_UNAVAILABLE
#define HV_STATUS_FEATURE_UNAVAILABLE		0x1e
#endif
#ifndef HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS
#define HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS	0x38
#endif
#ifndef HV_STATUS_INVALID_DEVICE_ID
#define HV_STATUS_INVALID_DEVICE_ID		0x57
#endif
#ifndef HV_STATUS_INVALID_DEVICE_STATE
#define HV_STATUS_INVALID_DEVICE_STATE		0x58
#endif
#ifndef HV_STATUS_PENDING_PAGE_REQUESTS
#define HV_STATUS_PENDING_PAGE_REQUESTS		0x59
#endif
#ifndef HV_STATUS_KEY_ALREADY_EXISTS
#define HV_STATUS_KEY_ALREADY_EXISTS		0x65
#endif
#ifndef HV_STATUS_DEVICE_ALREADY_IN_DOMAIN
#define HV_STATUS_DEVICE_ALREADY_IN_DOMAIN	0x66
#endif

/**
 * struct hv_args - the argument pages of this CPU, while interrupts are off
 * @in: input page, its first bytes zeroed as asked for
 * @out: output page, likewise
 * @irq_flags: what to restore
 */
struct hv_args {
	void *in;
	void *out;
	unsigned long irq_flags;
};

static inline struct hv_args hv_args_take(size_t in_size, size_t out_size)
{
	struct hv_args args;

	local_irq_save(args.irq_flags);
	args.in = *this_cpu_ptr(hyperv_pcpu_input_arg);
	args.out = *this_cpu_ptr(hyperv_pcpu_output_arg);
	memset(args.in, 0, in_size);
	memset(args.out, 0, out_size);
	return args;
}

static inline void hv_args_give_back(const struct hv_args *args)
{
	lockdep_assert_irqs_disabled();
	local_irq_restore(args->irq_flags);
}

/*
 * Takes the pages until the end of the scope. In between there is the hypercall and the
 * copying of its arguments, and nothing that sleeps, allocates or makes another call.
 */
DEFINE_CLASS(hv_args, struct hv_args, hv_args_give_back(&_T),
	     hv_args_take(in_size, out_size), size_t in_size, size_t out_size)

#ifdef CONFIG_FAULT_INJECTION
bool hv_call_should_fail(void);
#else
static inline bool hv_call_should_fail(void)
{
	return false;
}
#endif

/* What a call answers that was chosen to fail, without having been made. */
#define HV_INJECTED_STATUS	HV_STATUS_OPERATION_DENIED

/*
 * No other file of our modules makes hypercalls by any other means. Arguments are the
 * pages of the CPU, with interrupts off, or memory of the caller's own that does not
 * cross a page.
 */
static inline u64 hv_make_call(u64 control, void *in, void *out)
{
	if (unlikely(hv_call_should_fail()))
		return HV_INJECTED_STATUS;
	return hv_do_hypercall(control, in, out);
}

/* The same where the arguments are is known. */
static inline u64 hv_make_call_at(u64 control, phys_addr_t in, phys_addr_t out)
{
	if (unlikely(hv_call_should_fail()))
		return HV_INJECTED_STATUS;
	return compat_hypercall_at(control, in, out);
}

/*
 * One call over the elements from @from up to @nr. It is made once: hv_repcomp() of the
 * status is how far it came, counted from 0, and after a success too that may be less
 * than @nr. The kernel's own helper goes on by itself, with interrupts off, for as long as
 * the hypervisor likes.
 */
static inline u64 hv_make_rep_call_from(u16 code, u16 nr, u16 varhead, u16 from, void *in,
					void *out)
{
	return hv_make_call(code | (u64)varhead << HV_HYPERCALL_VARHEAD_OFFSET |
			    (u64)nr << HV_HYPERCALL_REP_COMP_OFFSET |
			    (u64)from << HV_HYPERCALL_REP_START_OFFSET, in, out);
}

static inline u64 hv_make_rep_call(u16 code, u16 nr, u16 varhead, void *in, void *out)
{
	return hv_make_rep_call_from(code, nr, varhead, 0, in, out);
}

static inline u64 hv_make_fast_call8(u16 code, u64 in)
{
	if (unlikely(hv_call_should_fail()))
		return HV_INJECTED_STATUS;
	return hv_do_fast_hypercall8(code, in);
}

static inline u64 hv_make_fast_call16(u16 code, u64 in1, u64 in2)
{
	if (unlikely(hv_call_should_fail()))
		return HV_INJECTED_STATUS;
	return hv_do_fast_hypercall16(code, in1, in2);
}

/**
 * struct hv_deposit - memory given to the hypervisor for one call
 * @partition_id: the partition whose pool the call takes memory from: a child, for calls
 *	on the child, or hv_current_partition_id
 * @step: pages to give next time; grows as long as the call makes no progress
 * @useless: pages given since the last progress
 * @pages: pages given to @partition_id so far
 *
 * On the caller's stack; begins with all but @partition_id zero.
 */
struct hv_deposit {
	u64 partition_id;
	unsigned int step;
	unsigned int useless;
	unsigned int pages;
};

int hv_deposit_ahead(struct hv_deposit *deposit, unsigned int nr);
bool hv_deposit_for(struct hv_deposit *deposit, u64 status);
int hv_deposit_end(struct hv_deposit *deposit, u64 status);
u64 hv_call_withdraw_memory(u64 partition_id, u64 nr);

/**
 * struct hv_repeat - a call over more elements than fit into one
 * @nr: elements in all
 * @done: elements done
 * @max: elements that fit into one call
 * @make: makes the call for @nr elements from @done on; returns its status
 */
struct hv_repeat {
	u64 nr;
	u64 done;
	unsigned int max;
	u64 (*make)(struct hv_repeat *repeat, unsigned int nr);
};

u64 hv_repeat_once(struct hv_repeat *repeat);
u64 hv_repeat(struct hv_repeat *repeat, u64 deposit_to);

int hv_status_to_errno(u64 status);

#define HV_PERSIST_TRIES	3

/**
 * hv_persist - is a call that takes something back worth another try?
 * @status: how it ended
 * @tries: how often it was made; 0 before the first time
 *
 * Such a call has no reason to fail, and what is not taken back is lost until the
 * next boot.
 *
 * Context: any.
 */
static inline bool hv_persist(u64 status, unsigned int *tries)
{
	return ++*tries < HV_PERSIST_TRIES && hv_status_to_errno(status);
}

#endif
