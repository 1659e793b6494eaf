// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Saving and restoring: all of a VP comes back, and what does not fit changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "core/blob.h"
#include "core/vp.h"
#include "fakevp.h"
#include "test.h"

#define GET_STATE 0xc010b801ul
#define SET_STATE 0xc010b802ul
#define ROOT_HVCALL 0xc020b807ul
#define KINDS 5

static uint8_t piece[32768];
static size_t piece_size;

static struct {
	uint8_t bytes[KINDS][2 * 4096];
	uint32_t xsave;
	int types[KINDS];	/* in the order they were set */
	unsigned int sets;
	uint64_t frozen, time;
} kernel;

static int state_ioctl(unsigned long request, void *arg)
{
	struct mshv_get_set_vp_state *args = arg;
	void *buf = (void *)(uintptr_t)args->buf_ptr;
	uint32_t room = args->buf_sz;

	CHECK(args->type < KINDS);
	args->buf_sz = args->type == MSHV_STATE_XSAVE ? kernel.xsave : 4096;
	if (args->buf_sz > room)
		return -EINVAL;
	if (request == GET_STATE) {
		memcpy(buf, kernel.bytes[args->type], room);
		return 0;
	}
	CHECK_EQ(request, SET_STATE);
	memcpy(kernel.bytes[args->type], buf, room);
	kernel.types[kernel.sets++] = args->type;
	return 0;
}

static void start(enum hv_page_mode mode, uint64_t seed)
{
	fakevp_start(mode, 0);
	fake.model.idle = true;
	fake.model.random = seed;
	memset(&kernel, 0, sizeof(kernel));
	kernel.xsave = 4096 + 700;
	fake.vp_ioctl = state_ioctl;
	for (int slot = 0; slot < REG_SLOTS; slot++) {
		union hv_register_value v;

		hvmodel_random_value(&fake.model, slot, &v);
		fakevp_set(reg_table[slot].name, v);
	}
	for (int i = 0; i < KINDS; i++)
		for (size_t j = 0; j < sizeof(kernel.bytes[i]); j++)
			kernel.bytes[i][j] = (uint8_t)(hvmodel_random(&fake.model) >> 32);
	fakevp_set64(HV_REGISTER_SIMP, 0x5001);
	fakevp_set64(HV_REGISTER_SIEFP, 0x6001);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	fake.model.settling = true;
}

static void save(void)
{
	CHECK_EQ(mshv_vp_save(fake.vp, NULL, 0, &piece_size), -ENOSPC);
	CHECK(piece_size > 4096 && piece_size < sizeof(piece));
	CHECK_EQ(mshv_vp_save(fake.vp, piece, piece_size - 1, NULL), -ENOSPC);
	CHECK_EQ(mshv_vp_save(fake.vp, piece, sizeof(piece), &piece_size), 0);
}

static bool comes_back(int slot)
{
	return !(reg_table[slot].flags & REG_READ_ONLY) &&
	       !slotset_has(&fake.model.absent, slot);
}

TEST(state_of_a_vp_comes_back)
{
	static union hv_register_value was[REG_SLOTS];
	static uint8_t bytes[KINDS][2 * 4096];

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode, 5);
		/* A write that is held is part of it. */
		hvmodel_file_write(&fake.model, reg_slot(HV_X64_REGISTER_RBX),
				   &(union hv_register_value){ .reg64 = 0x1234 });
		CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RBX, 0x1234), 0);
		save();
		memcpy(was, fake.model.vp, sizeof(was));
		memcpy(bytes, kernel.bytes, sizeof(bytes));
		fakevp_finish();

		start((enum hv_page_mode)mode, 77);
		/* Anywhere in memory. */
		memmove(piece + 3, piece, piece_size);
		CHECK_EQ(mshv_vp_restore(fake.vp, piece + 3, piece_size), 0);
		for (int slot = 0; slot < REG_SLOTS; slot++)
			if (comes_back(slot))
				CHECK(hvmodel_same(slot, &was[slot], &fake.model.vp[slot]));
		CHECK(!memcmp(bytes[MSHV_STATE_XSAVE], kernel.bytes[MSHV_STATE_XSAVE],
			      kernel.xsave));
		CHECK(!memcmp(bytes[MSHV_STATE_SIMP], kernel.bytes[MSHV_STATE_SIMP], 4096));
		CHECK(!memcmp(bytes[MSHV_STATE_SIEFP], kernel.bytes[MSHV_STATE_SIEFP], 4096));
		CHECK(!memcmp(bytes[MSHV_STATE_TIMERS], kernel.bytes[MSHV_STATE_TIMERS], 200));
		/* The VM has no local APIC. */
		CHECK_EQ(kernel.sets, KINDS - 1);
		CHECK_EQ(kernel.types[0], MSHV_STATE_XSAVE);
		CHECK_EQ(kernel.types[KINDS - 2], MSHV_STATE_TIMERS);
		memcpy(fake.model.file, fake.model.vp, sizeof(was));
		fakevp_finish();
	}
}

static void check_unchanged(int err)
{
	static union hv_register_value before[REG_SLOTS];

	memcpy(before, fake.model.vp, sizeof(before));
	CHECK_EQ(mshv_vp_restore(fake.vp, piece, piece_size), err);
	CHECK(!memcmp(before, fake.model.vp, sizeof(before)));
	CHECK_EQ(kernel.sets, 0);
}

TEST(state_that_does_not_fit_changes_nothing)
{
	struct blob_head *head = (void *)piece;

	start(PAGE_VALID, 5);
	save();
	fakevp_finish();
	start(PAGE_VALID, 77);
	kernel.xsave -= 8;
	check_unchanged(-E2BIG);
	kernel.xsave += 8;
	piece[piece_size / 2] ^= 1;
	check_unchanged(-EBADMSG);
	piece[piece_size / 2] ^= 1;
	piece_size -= 8;
	check_unchanged(-EBADMSG);
	piece_size += 8;
	head->version = BLOB_VERSION + 1;
	check_unchanged(-EPROTONOSUPPORT);
	head->version = BLOB_VERSION;
	head->kind = BLOB_VM;
	check_unchanged(-EINVAL);
	head->kind = BLOB_VP;
	head->magic++;
	check_unchanged(-EINVAL);
	head->magic--;
	fakevp_finish();

	/* A host that lacks a register: its guest may use it. */
	start(PAGE_VALID, 77);
	slotset_add(&fake.model.absent, reg_slot(HV_X64_REGISTER_BNDCFGS));
	check_unchanged(-ENODEV);
	fakevp_finish();
}

static void check_documented(int err)
{
	CHECK(!err || err == -EINVAL || err == -EBADMSG || err == -EPROTONOSUPPORT ||
	      err == -ENODEV || err == -E2BIG);
	/* What the values are is not the piece's to prove. */
	memcpy(fake.model.file, fake.model.vp, sizeof(fake.model.file));
	slotset_clear(&fake.model.fetched);
	for (int slot = 0; slot < REG_SLOTS; slot++)
		slotset_add(&fake.model.by_hypercall, slot);
}

/* One that was damaged on purpose, with a checksum that is right. */
TEST(state_that_lies_about_its_parts_is_refused)
{
	static uint8_t good[sizeof(piece)];
	struct blob blob;

	start(PAGE_VALID, 5);
	save();
	memcpy(good, piece, sizeof(good));
	for (unsigned int i = 0; i < 2000; i++) {
		memcpy(piece, good, sizeof(piece));
		/* In the head, in the first part's, or in the names of registers. */
		piece[hvmodel_below(&fake.model, 200)] ^=
			(uint8_t)(1u << hvmodel_below(&fake.model, 8));
		blob_seal(piece, piece_size);
		kernel.sets = 0;
		check_documented(mshv_vp_restore(fake.vp, piece, piece_size));
	}
	kernel.sets = 0;
	CHECK_EQ(blob_start(&blob, BLOB_VP), 0);
	CHECK(blob_add(&blob, 1, 7));
	((struct blob_part *)(void *)(blob.bytes + sizeof(struct blob_head)))->size = UINT64_MAX - 3;
	CHECK_EQ(blob_finish(&blob, piece, sizeof(piece), &piece_size), 0);
	check_unchanged(-EBADMSG);
	CHECK_EQ(blob_start(&blob, BLOB_VP), 0);
	CHECK_EQ(blob_finish(&blob, piece, sizeof(piece), &piece_size), 0);
	check_unchanged(-EBADMSG);
	fakevp_finish();
}

struct hvcall_args {
	uint16_t code, reps, in_sz, out_sz, status;
	uint8_t rsvd[6];
	uint64_t in_ptr, out_ptr;
};

/* Properties: 0x44 reads one and 0x45 writes one; the partition's id, code, padding, value. */
static int property(unsigned long request, void *arg)
{
	struct hvcall_args *call = arg;
	const uint64_t *in = (const uint64_t *)(uintptr_t)call->in_ptr;
	uint64_t *to;

	CHECK_EQ(request, ROOT_HVCALL);
	to = (uint32_t)in[1] == 0x30003 ? &kernel.frozen : &kernel.time;
	CHECK(to == &kernel.frozen || (uint32_t)in[1] == 0x30005);
	if (call->code == 0x44)
		*(uint64_t *)(uintptr_t)call->out_ptr = *to;
	else
		*to = in[2];
	return 0;
}

TEST(state_of_a_vm_comes_back)
{
	start(PAGE_VALID, 5);
	fake.vm_ioctl = property;
	kernel.time = 12345;
	CHECK_EQ(mshv_vm_freeze_time(fake.vm), 0);
	CHECK_EQ(kernel.frozen, 1);
	CHECK_EQ(mshv_vm_save(fake.vm, piece, 1, &piece_size), -ENOSPC);
	CHECK_EQ(mshv_vm_save(fake.vm, piece, sizeof(piece), &piece_size), 0);
	kernel.time = 0;
	CHECK_EQ(mshv_vm_restore(fake.vm, piece, piece_size - 1), -EBADMSG);
	CHECK_EQ(mshv_vp_restore(fake.vp, piece, piece_size), -EINVAL);
	CHECK_EQ(kernel.time, 0);
	CHECK_EQ(mshv_vm_restore(fake.vm, piece, piece_size), 0);
	CHECK_EQ(kernel.time, 12345);
	CHECK_EQ(mshv_vm_thaw_time(fake.vm), 0);
	CHECK_EQ(kernel.frozen, 0);
	fakevp_finish();
}
