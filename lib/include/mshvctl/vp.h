/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A virtual processor.
 *
 * Thread safety: one thread at a time, the one that runs the VP; mshv_vp_kick()
 * alone is for any other.
 */
#ifndef MSHVCTL_VP_H
#define MSHVCTL_VP_H

#include <mshvctl/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	/* Do without the register page: all registers go by hypercall. */
	MSHV_VP_NO_REGISTER_PAGE = 1u << 0,
};

/**
 * mshv_vp_create() - add a VP to an initialised VM
 * @vm: the VM; may be closed before the VP
 * @index: 0 to 255, each once
 * @flags: MSHV_VP_*
 * @vp: result
 *
 * A kernel that has no register page is no error: see
 * mshv_vp_has_register_page().
 *
 * Return: 0, -EINVAL, -ENOMEM, -EEXIST, or the driver's errno.
 */
MSHV_API int mshv_vp_create(struct mshv_vm *vm, uint32_t index,
			    unsigned int flags, struct mshv_vp **vp);

/** mshv_vp_close() - drop the handle; the VP itself ends with its VM. NULL is allowed. */
MSHV_API void mshv_vp_close(struct mshv_vp *vp);

/** mshv_vp_fd() - the file descriptor, owned by @vp; -EINVAL for NULL */
MSHV_API int mshv_vp_fd(const struct mshv_vp *vp);

/** mshv_vp_has_register_page() - whether registers can go through the page */
MSHV_API bool mshv_vp_has_register_page(const struct mshv_vp *vp);

/**
 * mshv_vp_run() - flush held register writes and run until the next intercept
 * @vp: the VP
 * @msg: receives the intercept message, which belongs to the VP and stays until
 *	the next run; may be NULL
 *
 * Return: 0 with a message; -EINTR where a kick or another signal came first; else
 * an error of the flush or of the driver.
 */
MSHV_API int mshv_vp_run(struct mshv_vp *vp, const struct hv_message **msg);

/**
 * mshv_vp_kick() - make the present run, or else the next one, return -EINTR
 * @vp: the VP, which must not be closed meanwhile
 * @signal_number: a signal with a handler installed without SA_RESTART, which the
 *	thread that runs the VP does not block; what the handler does is up to you
 *
 * Kicks do not add up: one -EINTR may answer several. None gets lost: a run that is
 * about to end with an intercept does that, and the next one returns -EINTR.
 *
 * May be called by any thread, also by the one that runs the VP. Not from a signal
 * handler. On a driver with a control page (MSHV_VP_MMAP_OFFSET_CONTROL) it does not
 * wait; on others until the run has been left, which takes some microseconds.
 *
 * Return: 0; -EINVAL, with nothing done, also where the signal has no handler; or the error
 * of sending it, after which the next run returns -EINTR nevertheless: -EAGAIN where too
 * many are queued, -ESRCH where the thread is gone.
 */
MSHV_API int mshv_vp_kick(struct mshv_vp *vp, int signal_number);

/** mshv_vp_get_regs() - mshv_regcache_get() of the VP's cache */
MSHV_API int mshv_vp_get_regs(struct mshv_vp *vp, const uint32_t *names,
			      union hv_register_value *values, size_t n);

/** mshv_vp_set_regs() - mshv_regcache_set() of the VP's cache */
MSHV_API int mshv_vp_set_regs(struct mshv_vp *vp, const uint32_t *names,
			      const union hv_register_value *values, size_t n);

/**
 * mshv_vp_get_reg() - read one register of 64 bits or less
 * @vp: the VP
 * @name: HV_X64_REGISTER_* or HV_REGISTER_*
 * @value: result
 *
 * Return: as mshv_regcache_get(); -EINVAL also for a wider register.
 */
MSHV_API int mshv_vp_get_reg(struct mshv_vp *vp, uint32_t name, uint64_t *value);

/**
 * mshv_vp_set_reg() - write one register of 64 bits or less
 * @vp: the VP
 * @name: HV_X64_REGISTER_* or HV_REGISTER_*
 * @value: what to write; it is held until the next run
 *
 * Return: as mshv_regcache_set(); -EINVAL also for a wider register.
 */
MSHV_API int mshv_vp_set_reg(struct mshv_vp *vp, uint32_t name, uint64_t value);

/** mshv_vp_load_regs() - mshv_regcache_load() of the VP's cache */
MSHV_API int mshv_vp_load_regs(struct mshv_vp *vp, enum mshv_reg_tier tier);

/**
 * mshv_vp_flush_regs() - put held register writes in place now
 * @vp: the VP
 *
 * mshv_vp_run() does it; this is for a VMM that is about to use the VP's file
 * descriptor behind the library's back, or another program that looks at the VP: what
 * the hypervisor answers then is what was written. It goes by hypercall, not by the page.
 *
 * Return: as mshv_regcache_flush().
 */
MSHV_API int mshv_vp_flush_regs(struct mshv_vp *vp);

/** mshv_vp_refused_reg() - mshv_regcache_refused() of the VP's cache */
MSHV_API int mshv_vp_refused_reg(const struct mshv_vp *vp, uint32_t *name);

/** mshv_vp_discard_regs() - mshv_regcache_discard() of the VP's cache */
MSHV_API int mshv_vp_discard_regs(struct mshv_vp *vp, const uint32_t *names, size_t n);

/**
 * struct mshv_exception - an exception for the guest
 * @vector: 0 to 31
 * @has_error_code: @error_code is delivered with it
 * @error_code: see there
 * @parameter: of a page fault (14) the linear address, which becomes CR2; else 0
 */
struct mshv_exception {
	uint8_t vector;
	bool has_error_code;
	uint32_t error_code;
	uint64_t parameter;
};

/**
 * mshv_vp_inject() - have the guest take an exception when it is entered next
 * @vp: the VP
 * @exception: which; RIP should be at the instruction that is to blame
 *
 * A register write like any other: it is held, and takes effect with the next run.
 *
 * Return: 0, -EINVAL, -EBUSY where an event is pending already, also an interruption that
 * was on its way when the VP stopped (HV_REGISTER_PENDING_INTERRUPTION), or an error of the
 * register cache.
 */
MSHV_API int mshv_vp_inject(struct mshv_vp *vp,
			    const struct mshv_exception *exception);

/**
 * mshv_vp_inject_interrupt() - have the guest take an interrupt of an emulated 8259
 * @vp: the VP
 * @vector: which
 *
 * It waits in the VP until the guest takes interrupts, past the local APIC: with one that is
 * enabled, as long as LINT0 lets it through. Interrupts of devices come by
 * mshv_vm_assert_interrupt() or an irqfd. A register write like any other (the ExtINT event
 * of HV_REGISTER_PENDING_EVENT0).
 *
 * Return: 0, -EINVAL, -EBUSY where an event waits already, also such an interrupt, or an
 * error of the register cache.
 */
MSHV_API int mshv_vp_inject_interrupt(struct mshv_vp *vp, uint8_t vector);

/* What a VMM can be told of. */
#define MSHV_DELIVERABLE_INTERRUPT (1u << 0)
#define MSHV_DELIVERABLE_NMI (1u << 1)

/**
 * mshv_vp_notify_deliverable() - have the VP stop once its guest would take an interrupt
 * @vp: the VP
 * @events: MSHV_DELIVERABLE_* in any combination, 0 to take it back
 * @priority: of the interrupt: the guest's task priority must be below it; 0 to 15, 0 for any
 *
 * The exit is HVMSG_X64_INTERRUPTION_DELIVERABLE, and comes once. A register write like any
 * other (HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, whose SINTs stay as they are).
 * A VM with MSHV_VM_LAPIC sends NMIs through the local APIC, and MSHV_DELIVERABLE_NMI is
 * not for its VPs.
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, or an error of the register cache.
 */
MSHV_API int mshv_vp_notify_deliverable(struct mshv_vp *vp, unsigned int events,
					unsigned int priority);

/**
 * mshv_vp_finish_insn() - the instruction that the VP stopped at was carried out
 * @vp: the VP, at an exit whose message begins with the intercept header: MSR, CPUID,
 *	exception and all others that an instruction has
 * @length: its bytes; 0 for what the message says
 *
 * For exits that the library has no handler for. Does what a processor does at the end of an
 * instruction: RIP goes past it, an interrupt shadow ends, RF is cleared, and a guest that
 * executes step by step gets its trap. Where RIP has another value than at the exit,
 * nothing of that: the guest goes on there. The instruction's results are register writes,
 * before or after.
 *
 * Return: 0; -EINVAL where the VP is not at such an exit, or @length is above 15; -EBADMSG
 * where the message does not say the length; or an error of the register cache.
 */
MSHV_API int mshv_vp_finish_insn(struct mshv_vp *vp, unsigned int length);

/**
 * struct mshv_vp_counters - what a VP cost
 * @size: sizeof(struct mshv_vp_counters), set by the caller
 * @runs: RUN_VP system calls
 * @exits: those that came back with a message
 * @regs: how registers went; each get_call and set_call is one system call
 */
struct mshv_vp_counters {
	size_t size;
	uint64_t runs;
	uint64_t exits;
	struct mshv_reg_counters regs;
};

/**
 * mshv_vp_counters() - read the counters
 * @vp: the VP
 * @counters: result, of which the caller has set the size
 *
 * Return: 0 or -EINVAL.
 */
MSHV_API int mshv_vp_counters(const struct mshv_vp *vp,
			      struct mshv_vp_counters *counters);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_VP_H */
