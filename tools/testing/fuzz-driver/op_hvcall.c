// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls through the driver, and ioctls that make no sense at all. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mshv.h>
#include <hvabi/hvabi.h>

#include "fuzz.h"

#define MAX_REGS	24

int set_regs(int fd, const void *assocs, unsigned int n)
{
	struct {
		struct hv_input_set_vp_registers head;
		struct hv_register_assoc regs[MAX_REGS];
	} in = { 0 };
	struct mshv_root_hvcall args = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = n,
		.in_sz = sizeof(in.head) + n * sizeof(in.regs[0]),
		.in_ptr = (uintptr_t)&in,
	};

	memcpy(in.regs, assocs, n * sizeof(in.regs[0]));
	return err(ioctl(fd, MSHV_ROOT_HVCALL, &args));
}

static const uint32_t registers[] = {
	HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX, HV_X64_REGISTER_RCX, HV_X64_REGISTER_RSP,
	HV_X64_REGISTER_RIP, HV_X64_REGISTER_RFLAGS, HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR2,
	HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4, HV_X64_REGISTER_CR8, HV_X64_REGISTER_EFER,
	HV_X64_REGISTER_CS, HV_X64_REGISTER_DS, HV_X64_REGISTER_SS, HV_X64_REGISTER_TR,
	HV_X64_REGISTER_LDTR, HV_X64_REGISTER_IDTR, HV_X64_REGISTER_GDTR,
	HV_X64_REGISTER_APIC_BASE, HV_REGISTER_EXPLICIT_SUSPEND,
	HV_REGISTER_INTERCEPT_SUSPEND, HV_REGISTER_DISPATCH_SUSPEND,
	HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_REGISTER_PENDING_INTERRUPTION,
	HV_REGISTER_INTERRUPT_STATE, HV_REGISTER_PENDING_EVENT0,
	HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, HV_REGISTER_GUEST_OS_ID,
	HV_X64_REGISTER_HYPERCALL, HV_REGISTER_REFERENCE_TSC, HV_REGISTER_TIME_REF_COUNT,
	HV_REGISTER_SCONTROL, HV_REGISTER_SIMP, HV_REGISTER_SIEFP, HV_REGISTER_SINT0,
	HV_REGISTER_STIMER0_CONFIG, HV_REGISTER_STIMER0_COUNT, HV_X64_REGISTER_XFEM,
};

/* One that is unknown ends the whole call, so @known keeps away from them. */
static uint32_t some_register(struct fuzzer *f, bool known)
{
	if (!known && one_in(&f->rng, 8))
		return odd_number(&f->rng);
	if (!known && one_in(&f->rng, 4))
		return ONE_OF(&f->rng, registers) + below(&f->rng, 16);
	return ONE_OF(&f->rng, registers);
}

int op_get_regs(struct fuzzer *f)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[MAX_REGS];
	} in = { .head.vp_index = below(&f->rng, 3) };
	union hv_register_value out[MAX_REGS];
	unsigned int n = 1 + below(&f->rng, MAX_REGS);
	bool known = one_in(&f->rng, 2);
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = n,
		.in_sz = sizeof(in.head) + n * sizeof(in.names[0]),
		.out_sz = n * sizeof(out[0]),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};

	for (unsigned int i = 0; i < n; i++)
		in.names[i] = some_register(f, known);
	return err(ioctl(some(f, one_in(&f->rng, 3) ? KIND_VM : KIND_VP), MSHV_ROOT_HVCALL,
			 &args));
}

int op_set_regs(struct fuzzer *f)
{
	struct hv_register_assoc regs[MAX_REGS] = { 0 };
	unsigned int n = 1 + below(&f->rng, one_in(&f->rng, 4) ? MAX_REGS : 2);
	bool known = one_in(&f->rng, 2);

	for (unsigned int i = 0; i < n; i++) {
		regs[i].name = some_register(f, known);
		if (one_in(&f->rng, 2))
			regs[i].value.reg64 = one_in(&f->rng, 2) ? below(&f->rng, 16) :
					      odd_number(&f->rng);
		else
			fill(&f->rng, &regs[i].value, sizeof(regs[i].value));
	}
	return set_regs(some(f, KIND_VP), regs, n);
}

int op_intercept(struct fuzzer *f)
{
	/* Type and access that go together. */
	static const struct {
		uint32_t type, access;
	} known[] = {
		{ HV_INTERCEPT_TYPE_X64_IO_PORT, 3 }, { HV_INTERCEPT_TYPE_X64_MSR, 3 },
		{ HV_INTERCEPT_TYPE_X64_CPUID, 4 }, { HV_INTERCEPT_TYPE_EXCEPTION, 4 },
		{ HV_INTERCEPT_TYPE_HYPERCALL, 4 }, { HV_INTERCEPT_TYPE_X64_MSR_INDEX, 3 },
	};
	unsigned int i = below(&f->rng, sizeof(known) / sizeof(known[0]));
	struct hv_input_install_intercept in = {
		.access_type = one_in(&f->rng, 4) ? odd_number(&f->rng) : known[i].access,
		.intercept_type = one_in(&f->rng, 4) ? below(&f->rng, 18) : known[i].type,
		.intercept_parameter.as_uint64 = one_in(&f->rng, 4) ? odd_number(&f->rng) :
						 below(&f->rng, 32),
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_INSTALL_INTERCEPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return err(ioctl(some(f, KIND_VM), MSHV_ROOT_HVCALL, &args));
}

static uint32_t some_property(struct fuzzer *f)
{
	static const uint32_t known[] = {
		HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
		HV_PARTITION_PROPERTY_SUSPEND, HV_PARTITION_PROPERTY_TIME_FREEZE,
		HV_PARTITION_PROPERTY_REFERENCE_TIME,
		HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
		HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
		HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
		HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, HV_PARTITION_PROPERTY_GUEST_OS_ID,
		HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES,
	};

	return one_in(&f->rng, 8) ? odd_number(&f->rng) :
	       ONE_OF(&f->rng, known) + one_in(&f->rng, 8) * below(&f->rng, 24);
}

int set_property(int vm, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property in = {
		.property_code = code,
		.property_value = value,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_SET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return err(ioctl(vm, MSHV_ROOT_HVCALL, &args));
}

int op_property(struct fuzzer *f)
{
	struct hv_input_get_partition_property in = { .property_code = some_property(f) };
	struct hv_output_get_partition_property out;
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
		.out_sz = sizeof(out),
		.out_ptr = (uintptr_t)&out,
	};
	int fd = some(f, one_in(&f->rng, 4) ? KIND_DEV : KIND_VM);

	if (one_in(&f->rng, 2))
		return set_property(fd, some_property(f),
				    one_in(&f->rng, 4) ? odd_number(&f->rng) : below(&f->rng, 3));
	return err(ioctl(fd, MSHV_ROOT_HVCALL, &args));
}

/* One that is listed, with an input of the right size or any other. */
int op_hvcall(struct fuzzer *f)
{
	static const uint16_t listed[] = {
		HVCALL_GET_PARTITION_PROPERTY_EX, HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		HVCALL_CLEAR_VIRTUAL_INTERRUPT, HVCALL_REGISTER_INTERCEPT_RESULT,
		HVCALL_GET_GPA_PAGES_ACCESS_STATES, HVCALL_SIGNAL_EVENT_DIRECT,
		HVCALL_POST_MESSAGE_DIRECT, HVCALL_GET_VP_CPUID_VALUES, HVCALL_SCRUB_PARTITION,
		HVCALL_INSTALL_INTERCEPT, HVCALL_GET_VP_REGISTERS, HVCALL_SET_VP_REGISTERS,
	};
	static _Thread_local unsigned char in[4096], out[4096];
	struct mshv_root_hvcall args = {
		.code = one_in(&f->rng, 8) ? odd_number(&f->rng) : ONE_OF(&f->rng, listed),
		.reps = one_in(&f->rng, 2) ? 0 : one_in(&f->rng, 8) ? odd_number(&f->rng) :
			below(&f->rng, 8),
		.in_sz = one_in(&f->rng, 8) ? odd_number(&f->rng) : 8 * (1 + below(&f->rng, 40)),
		.out_sz = one_in(&f->rng, 8) ? odd_number(&f->rng) : 8 * below(&f->rng, 40),
		.in_ptr = one_in(&f->rng, 16) ? (uintptr_t)some_memory(f, PAGE) : (uintptr_t)in,
		.out_ptr = one_in(&f->rng, 16) ? (uintptr_t)some_memory(f, PAGE) : (uintptr_t)out,
	};

	fill(&f->rng, in, 512);
	if (one_in(&f->rng, 64))
		fill(&f->rng, args.rsvd, sizeof(args.rsvd));
	return err(ioctl(any(f), MSHV_ROOT_HVCALL, &args));
}

/* Any number with any argument on anything. */
int op_raw(struct fuzzer *f)
{
	static _Thread_local unsigned char buffer[4096];
	unsigned int nr = one_in(&f->rng, 4) ? below(&f->rng, 256) : below(&f->rng, 10);
	unsigned int size = one_in(&f->rng, 4) ? below(&f->rng, 1 << 14) : below(&f->rng, 65);
	unsigned long request = _IOC(below(&f->rng, 4), MSHV_IOCTL, nr, size);

	fill(&f->rng, buffer, 512);
	return err(ioctl(any(f), request, one_in(&f->rng, 3) ? some_memory(f, PAGE) : buffer));
}
