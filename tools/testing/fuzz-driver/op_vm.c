// SPDX-License-Identifier: GPL-2.0-only
/* VMs, VPs, and what is done with them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/mshv.h>
#include <hvabi/hvabi.h>

#include "fuzz.h"

#define BIT(n)		(1ull << (n))
#define USUAL_FLAGS	(BIT(MSHV_PT_BIT_LAPIC) | BIT(MSHV_PT_BIT_X2APIC) | \
			 BIT(MSHV_PT_BIT_GPA_SUPER_PAGES))

static int create(struct fuzzer *f, uint64_t flags)
{
	struct mshv_create_partition_v2 args = { .pt_flags = flags };
	int dev = some(f, KIND_DEV);

	if (dev < 0) {
		put(f, KIND_DEV, open("/dev/mshv", O_RDWR | O_CLOEXEC));
		dev = some(f, KIND_DEV);
	}
	if (flags & BIT(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES)) {
		args.pt_num_cpu_fbanks = below(&f->rng, 4);
		fill(&f->rng, args.pt_cpu_fbanks, sizeof(args.pt_cpu_fbanks));
		args.pt_disabled_xsave = odd_number(&f->rng);
	}
	return ioctl(dev, MSHV_CREATE_PARTITION, &args);
}

int create_usual(struct fuzzer *f)
{
	return create(f, USUAL_FLAGS);
}

int op_create(struct fuzzer *f)
{
	uint64_t flags = one_in(&f->rng, 4) ? odd_number(&f->rng) :
			 below(&f->rng, MSHV_PT_FLAGS_MASK + 1);

	return put(f, KIND_VM, create(f, flags));
}

int op_initialize(struct fuzzer *f)
{
	return err(ioctl(some(f, KIND_VM), MSHV_INITIALIZE_PARTITION));
}

static int map(int vm, void *memory, uint64_t size, uint64_t gpa, uint64_t flags)
{
	struct mshv_user_mem_region args = {
		.size = size,
		.guest_pfn = gpa / PAGE,
		.userspace_addr = (uintptr_t)memory,
		.flags = flags,
	};

	return err(ioctl(vm, MSHV_SET_GUEST_MEMORY, &args));
}

/* One that a guest can run in, with some of the arenas where op_map() has them. */
int op_whole_vm(struct fuzzer *f)
{
	struct mshv_create_vp vp_args = { 0 };
	int vm, vp = -1, nr_vps = 1 + below(&f->rng, 3);

	put(f, KIND_DEV, open("/dev/mshv", O_RDWR | O_CLOEXEC));
	vm = create(f, USUAL_FLAGS);
	if (vm < 0)
		return -errno;
	if (ioctl(vm, MSHV_INITIALIZE_PARTITION)) {
		put(f, KIND_VM, vm);
		return -errno;
	}
	if (one_in(&f->rng, 2))
		set_property(vm, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
	for (unsigned int i = 0; i < NR_ARENAS; i++)
		if (!i || one_in(&f->rng, 2))
			map(vm, arena(i), ARENA_SIZE, i * GUEST_STEP,
			    i && one_in(&f->rng, 4) ? below(&f->rng, 4) : 3);
	for (int i = 0; i < nr_vps; i++) {
		vp_args.vp_index = i;
		vp = ioctl(vm, MSHV_CREATE_VP, &vp_args);
		if (vp < 0)
			break;
		load_guest(f, vp);
		put(f, KIND_VP, vp);
	}
	put(f, KIND_VM, vm);
	return vp < 0 ? -errno : 0;
}

int op_map(struct fuzzer *f)
{
	unsigned int i = below(&f->rng, NR_ARENAS);
	uint64_t size = some_size(f), flags = below(&f->rng, 8);

	/* What fits, most of the time, so that unmapping does too. */
	if (!one_in(&f->rng, 3))
		return map(some(f, KIND_VM), arena(i), ARENA_SIZE, i * GUEST_STEP,
			   one_in(&f->rng, 2) ? BIT(MSHV_SET_MEM_BIT_UNMAP) : flags & 3);
	if (one_in(&f->rng, 32))
		flags = odd_number(&f->rng);
	return map(some(f, KIND_VM), some_memory(f, size), size, some_gpa(f), flags);
}

int op_create_vp(struct fuzzer *f)
{
	struct mshv_create_vp args = {
		.vp_index = one_in(&f->rng, 8) ? odd_number(&f->rng) : below(&f->rng, 5),
	};

	return put(f, KIND_VP, ioctl(some(f, KIND_VM), MSHV_CREATE_VP, &args));
}

/* Goes on after the instruction, as a VMM would. */
static void complete(int vp, const struct hv_message *m)
{
	const struct hv_x64_intercept_message_header *h = (const void *)m->u.payload;
	struct hv_register_assoc rip = { .name = HV_X64_REGISTER_RIP };

	if (m->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT &&
	    m->header.message_type != HVMSG_UNMAPPED_GPA &&
	    m->header.message_type != HVMSG_GPA_INTERCEPT &&
	    m->header.message_type != HVMSG_X64_MSR_INTERCEPT &&
	    m->header.message_type != HVMSG_X64_CPUID_INTERCEPT)
		return;
	rip.value.reg64 = h->rip + (h->instruction_length ?: 2);
	set_regs(vp, &rip, 1);
}

int op_run(struct fuzzer *f)
{
	unsigned int rounds = 1 + below(&f->rng, 16);
	struct mshv_run_vp run;
	int vp = some(f, KIND_VP), ret = -EBADF;

	if (vp < 0)
		return ret;
	while (rounds--) {
		ret = err(ioctl(vp, MSHV_RUN_VP, one_in(&f->rng, 64) ? some_memory(f, 256) : &run));
		if (ret)
			break;
		__atomic_fetch_add(&f->w->stats->exits, 1, __ATOMIC_RELAXED);
		if (!one_in(&f->rng, 8))
			complete(vp, (const void *)run.msg_buf);
		else if (one_in(&f->rng, 4))
			load_guest(f, vp);
	}
	/* A guest that is interrupted has run. */
	return ret == -EINTR ? 0 : ret;
}

int op_state(struct fuzzer *f)
{
	static _Thread_local _Alignas(4096) unsigned char buffer[4 * 4096];
	struct mshv_get_set_vp_state args = {
		.type = one_in(&f->rng, 16) ? odd_number(&f->rng) :
			below(&f->rng, MSHV_VP_STATE_COUNT),
		.buf_sz = one_in(&f->rng, 16) ? odd_number(&f->rng) :
			  (1 + below(&f->rng, 4)) * PAGE,
		.buf_ptr = one_in(&f->rng, 8) ? (uintptr_t)some_memory(f, PAGE) :
			   (uintptr_t)buffer,
	};
	int vp = some(f, KIND_VP), ret;

	ret = err(ioctl(vp, MSHV_GET_VP_STATE, &args));
	if (one_in(&f->rng, 2))
		return ret;
	for (unsigned int n = below(&f->rng, 4); n--;)
		buffer[below(&f->rng, one_in(&f->rng, 2) ? 1024 : sizeof(buffer))] = rnd(&f->rng);
	return err(ioctl(vp, MSHV_SET_VP_STATE, &args));
}

int op_log(struct fuzzer *f)
{
	static _Thread_local unsigned char bits[ARENA_SIZE / PAGE / 8];
	struct mshv_gpap_access_bitmap args = {
		.access_type = below(&f->rng, MSHV_GPAP_ACCESS_TYPE_COUNT + one_in(&f->rng, 16)),
		.access_op = below(&f->rng, MSHV_GPAP_ACCESS_OP_COUNT + one_in(&f->rng, 16)),
		.page_count = one_in(&f->rng, 16) ? odd_number(&f->rng) :
			      1 + below(&f->rng, sizeof(bits) * 8),
		.gpap_base = some_gpa(f) / PAGE,
		.bitmap_ptr = one_in(&f->rng, 16) ? (uintptr_t)some_memory(f, PAGE) :
			      (uintptr_t)bits,
	};

	/* More bits than there are bytes for must go where they may. */
	if (args.bitmap_ptr == (uintptr_t)bits && args.page_count > sizeof(bits) * 8)
		args.bitmap_ptr = (uintptr_t)arena(below(&f->rng, NR_ARENAS));
	return err(ioctl(some(f, KIND_VM), MSHV_GET_GPAP_ACCESS_BITMAP, &args));
}

int op_translate(struct fuzzer *f)
{
	uint64_t result = 0, gpa = 0;
	struct mshv_translate_gva args = {
		.gva = one_in(&f->rng, 4) ? odd_number(&f->rng) : some_gpa(f),
		.flags = one_in(&f->rng, 4) ? odd_number(&f->rng) : below(&f->rng, 16),
		.result = one_in(&f->rng, 8) ? (uintptr_t)some_memory(f, 8) : (uintptr_t)&result,
		.gpa = one_in(&f->rng, 8) ? (uintptr_t)some_memory(f, 8) : (uintptr_t)&gpa,
	};

	return err(ioctl(some(f, KIND_VP), MSHV_VP_TRANSLATE_GVA, &args));
}

/* A page of the VP is mapped, written to, and lost again. */
int op_vp_pages(struct fuzzer *f)
{
	static const uint64_t offsets[] = {
		MSHV_VP_MMAP_OFFSET_REGISTERS, MSHV_VP_MMAP_OFFSET_REGISTERS,
		MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE, MSHV_VP_MMAP_OFFSET_GHCB,
		MSHV_VP_MMAP_OFFSET_CONTROL, MSHV_VP_MMAP_OFFSET_CONTROL,
		MSHV_VP_MMAP_OFFSET_CONTROL_REGISTERS, MSHV_VP_MMAP_OFFSET_CONTROL_MESSAGE,
	};
	uint64_t offset = one_in(&f->rng, 16) ? odd_number(&f->rng) : ONE_OF(&f->rng, offsets);
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | (one_in(&f->rng, 4) ? 0 : PROT_WRITE),
				   one_in(&f->rng, 8) ? MAP_PRIVATE : MAP_SHARED,
				   some(f, KIND_VP), offset << 12);
	uint8_t value[8];

	if (page == MAP_FAILED)
		return -errno;
	for (unsigned int n = below(&f->rng, 6); n--;) {
		uint64_t at = one_in(&f->rng, 4) ? below(&f->rng, PAGE / 8) : below(&f->rng, 40);

		fill(&f->rng, value, sizeof(value));
		poke(page + at * 8, value, sizeof(value));
	}
	/* The control page keeps a VP from running: not for long. */
	if (offset == MSHV_VP_MMAP_OFFSET_CONTROL && !one_in(&f->rng, 8)) {
		memset(value, 0, sizeof(value));
		poke(page, value, sizeof(value));
	}
	if (one_in(&f->rng, 4))
		op_run(f);
	munmap(page, PAGE);
	return 0;
}

int op_extension(struct fuzzer *f)
{
	uint32_t cap = one_in(&f->rng, 4) ? odd_number(&f->rng) : 0x100 + below(&f->rng, 12);

	return err(ioctl(some(f, KIND_DEV), MSHV_CHECK_EXTENSION, &cap));
}
