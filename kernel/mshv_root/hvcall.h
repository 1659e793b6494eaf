/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam to the hypervisor: every hypercall of this module goes through here.
 *
 * A hypercall is made of two functions. The inner one takes the argument pages
 * of its CPU with CLASS(hv_args, ...), fills them in, makes the call and picks
 * up the output; interrupts are off until it returns. The outer one, hv_call_x(),
 * runs the inner one through hv_with_deposit() or hv_repeat(), and turns the
 * status into an errno.
 */
#ifndef MSHV_ROOT_HVCALL_H
#define MSHV_ROOT_HVCALL_H

#include <linux/cleanup.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <asm/mshyperv.h>
#include <hyperv/hvhdk.h>

#include "../compat/mshyperv.h"

/* Numbers that the kernel's headers do not have (yet). */
#ifndef HVCALL_SCRUB_PARTITION
#define HVCALL_SCRUB_PARTITION	0x008d
#endif
#define HV_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES	0x00090009

struct dentry;

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
	local_irq_restore(args->irq_flags);
}

#ifdef CONFIG_FAULT_INJECTION
bool hv_call_should_fail(void);
void hv_fault_debugfs(struct dentry *dir);
#else
static inline bool hv_call_should_fail(void)
{
	return false;
}

static inline void hv_fault_debugfs(struct dentry *dir)
{
}
#endif

/* What a call answers that was chosen to fail, without having been made. */
#define HV_INJECTED_STATUS	HV_STATUS_OPERATION_DENIED

#define hv_unless_injected(call) \
	(unlikely(hv_call_should_fail()) ? HV_INJECTED_STATUS : (call))

/* No other file of this module makes hypercalls by any other means. */
static inline u64 hv_make_call(u64 control, void *in, void *out)
{
	return hv_unless_injected(hv_do_hypercall(control, in, out));
}

/* The same where the arguments are is known. */
static inline u64 hv_make_call_at(u64 control, phys_addr_t in, phys_addr_t out)
{
	return hv_unless_injected(compat_hypercall_at(control, in, out));
}

static inline u64 hv_make_rep_call_from(u16 code, u16 nr, u16 varhead, u16 from, void *in,
					void *out)
{
	return hv_unless_injected(hv_do_rep_hypercall_ex(code, nr, varhead, from, in, out));
}

static inline u64 hv_make_rep_call(u16 code, u16 nr, u16 varhead, void *in, void *out)
{
	return hv_make_rep_call_from(code, nr, varhead, 0, in, out);
}

static inline u64 hv_make_fast_call8(u16 code, u64 in)
{
	return hv_unless_injected(hv_do_fast_hypercall8(code, in));
}

static inline u64 hv_make_fast_call16(u16 code, u64 in1, u64 in2)
{
	return hv_unless_injected(hv_do_fast_hypercall16(code, in1, in2));
}

DEFINE_CLASS(hv_args, struct hv_args, hv_args_give_back(&_T),
	     hv_args_take(in_size, out_size), size_t in_size, size_t out_size)

/**
 * struct hv_deposit - memory given to the hypervisor for one call
 * @partition_id: the partition that the call works on
 * @step: pages to give next time; grows as long as the call makes no progress
 * @useless: pages given since the last progress
 * @pages: pages given to @partition_id so far
 */
struct hv_deposit {
	u64 partition_id;
	unsigned int step;
	unsigned int useless;
	unsigned int pages;
};

bool hv_deposit_for(struct hv_deposit *deposit, u64 status);
void hv_deposit_undo(struct hv_deposit *deposit);

/*
 * Evaluates @call, which gives a status, until it does not lack memory any more.
 * May sleep. What was given is taken back if the call fails nevertheless.
 */
#define hv_with_deposit(pt_id, call)					\
({									\
	struct hv_deposit _deposit = { .partition_id = (pt_id) };	\
	u64 _status;							\
									\
	do {								\
		_status = (call);					\
	} while (hv_deposit_for(&_deposit, _status));			\
	if (!hv_result_success(_status))				\
		hv_deposit_undo(&_deposit);				\
	_status;							\
})

/*
 * Evaluates @call, which gives a status and takes something back from the
 * hypervisor. Such a call has no reason to fail, and what is not taken back is
 * lost until the next boot: it is worth another try or two.
 */
#define hv_persistently(call)						\
({									\
	unsigned int _tries = 3;					\
	u64 _status;							\
									\
	do {								\
		_status = (call);					\
	} while (!hv_result_success(_status) && --_tries);		\
	_status;							\
})

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

u64 hv_call_withdraw_memory(u64 partition_id, u64 nr);

/* hv_partition.c */
int hv_call_create_partition(u64 flags,
			     const struct hv_partition_creation_properties *properties,
			     u64 *id);
int hv_call_initialize_partition(u64 id);
int hv_call_finalize_partition(u64 id);
int hv_call_delete_partition(u64 id);
int hv_call_get_partition_property(u64 id, u32 code, u64 *value);
int hv_call_get_partition_property_ex(u64 id, u32 code, void *value, size_t size);
int hv_call_get_scheduler_type(enum hv_scheduler_type *type);

/* hv_memory.c */

/**
 * struct hv_gpa_map - guest pages to map
 * @partition_id: whose
 * @gfn: first guest page
 * @nr: number of pages; with HV_MAP_GPA_LARGE_PAGE @gfn and @nr are multiples of
 *	HV_LARGE_PAGES
 * @done: pages mapped so far, counted from @gfn
 * @flags: HV_MAP_GPA_*
 * @pfns: host page of each guest page, or NULL with HV_MAP_GPA_NO_ACCESS
 * @pfns_large: @pfns has an entry for each large page, not for each page
 */
struct hv_gpa_map {
	u64 partition_id;
	u64 gfn;
	u64 nr;
	u64 done;
	u32 flags;
	const unsigned long *pfns;
	bool pfns_large;
};

#define HV_LARGE_PAGE_ORDER	(HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT)
#define HV_LARGE_PAGES		(1UL << HV_LARGE_PAGE_ORDER)

u64 hv_try_map_gpa_pages(struct hv_gpa_map *map);
int hv_call_map_gpa_pages(struct hv_gpa_map *map);
int hv_call_unmap_gpa_pages(u64 partition_id, u64 gfn, u64 nr, bool large);
int hv_call_get_gpa_access_states(u64 partition_id, u64 gfn, unsigned int nr,
				  union hv_gpa_page_access_state_flags flags,
				  union hv_gpa_page_access_state *states);

/* hv_vp.c */
int hv_call_create_child_vp(u64 partition_id, u32 index);
int hv_call_delete_vp(u64 partition_id, u32 index);
int hv_call_get_vp_register(u64 partition_id, u32 index, u32 name,
			    union hv_register_value *value);
int hv_call_set_vp_registers(u64 partition_id, u32 index, unsigned int nr,
			     const struct hv_register_assoc *regs);
int hv_call_map_vp_state_page(u64 partition_id, u32 index, u16 type,
			      struct page *given, struct page **page);
int hv_call_unmap_vp_state_page(u64 partition_id, u32 index, u16 type);
int hv_call_get_vp_state(u64 partition_id, u32 index,
			 const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr,
			 union hv_output_get_vp_state *out);
int hv_call_set_vp_state(u64 partition_id, u32 index,
			 const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr,
			 const void *bytes, size_t size);
int hv_call_assert_virtual_interrupt(u64 partition_id, u32 vector, u64 apic_id,
				     union hv_interrupt_control control);
int hv_call_clear_virtual_interrupt(u64 partition_id);
u64 hv_call_translate_gva(u64 partition_id, u32 index, u64 flags, u64 gva_page,
			  u64 *result, u64 *gpa_page);

/* hv_stats.c */
int hv_call_map_stats_page(enum hv_stats_object_type type,
			   const union hv_stats_object_identity *identity,
			   struct page **page);
int hv_call_map_stats_page2(enum hv_stats_object_type type,
			    const union hv_stats_object_identity *identity,
			    struct page *page);
int hv_call_unmap_stats_page(enum hv_stats_object_type type,
			     const union hv_stats_object_identity *identity);

/* hv_port.c */
int hv_call_create_doorbell_port(u32 id, u64 child_id, u32 sint);
int hv_call_delete_port(u32 id);
int hv_call_connect_doorbell(u32 id, u64 child_id, u64 gpa, u64 value, u64 flags);
int hv_call_disconnect_doorbell(u32 id, u64 child_id);
int hv_call_notify_port_ring_empty(u32 sint);

#endif
