// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Saving and restoring a VP, and what a VM has beside VPs and memory.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <mshvctl/state.h>
#include <mshvctl/vpstate.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/vp.h"

/* Types of parts. Numbers are in files: they stay. */
enum {
	PART_REGISTERS = 1,
	PART_TIME = 2,
	/* And enum mshv_vp_state from here on. */
	PART_STATE = 0x100,
};

/* Registers with a bit that turns on the page that they are about. */
#define PAGE_IS_ON 1

struct saved_reg {
	uint32_t name;
	uint32_t reserved;
	uint64_t value[2];
};

/*
 * The order of restoring. Registers come before all of them: XSAVE needs XFEM, the local APIC
 * its base, and the SynIC's pages and timers the registers that turn them on.
 */
static const struct {
	enum mshv_vp_state state;
	uint32_t page; /* only while this register says so, or 0 */
} order[] = {
	{ MSHV_STATE_XSAVE, 0 },
	{ MSHV_STATE_LAPIC, 0 },
	{ MSHV_STATE_SIMP, HV_REGISTER_SIMP },
	{ MSHV_STATE_SIEFP, HV_REGISTER_SIEFP },
	{ MSHV_STATE_TIMERS, 0 },
};

#define STATES (sizeof(order) / sizeof(order[0]))

static bool can_be_saved(const struct mshv_vp *vp, int slot)
{
	return !slotset_has(&vp->cache->absent, slot) &&
	       !(reg_table[slot].flags & REG_READ_ONLY);
}

static int save_registers(struct mshv_vp *vp, struct blob *blob)
{
	struct saved_reg *saved;
	size_t n = 0;
	int err = mshv_regcache_load(vp->cache, MSHV_TIER_FULL);

	if (err)
		return err;
	for (int slot = 0; slot < REG_SLOTS; slot++)
		n += can_be_saved(vp, slot);
	saved = blob_add(blob, PART_REGISTERS, n * sizeof(*saved));
	if (!saved)
		return -ENOMEM;
	for (int slot = 0; !err && slot < REG_SLOTS; slot++) {
		union hv_register_value value;

		if (!can_be_saved(vp, slot))
			continue;
		saved->name = reg_table[slot].name;
		err = mshv_regcache_get(vp->cache, &saved->name, &value, 1);
		memcpy(saved++->value, &value, sizeof(value));
	}
	return err;
}

/* Whether the VP has such state now. */
static bool has_state(struct mshv_vp *vp, size_t i)
{
	uint64_t value;

	if (order[i].state == MSHV_STATE_LAPIC)
		return vp->vm->has_lapic;
	return !order[i].page ||
	       (!mshv_vp_get_reg(vp, order[i].page, &value) && (value & PAGE_IS_ON));
}

static int save_state(struct mshv_vp *vp, enum mshv_vp_state state, struct blob *blob)
{
	size_t size = 0;
	void *bytes;
	int err = mshv_vp_get_state(vp, state, NULL, 0, &size);

	if (err != -ENOSPC)
		return err ? err : -EPROTO;
	bytes = blob_add(blob, PART_STATE + (uint32_t)state, size);
	return bytes ? mshv_vp_get_state(vp, state, bytes, size, NULL) : -ENOMEM;
}

int mshv_vp_save(struct mshv_vp *vp, void *buf, size_t size, size_t *needed)
{
	struct blob blob;
	int err;

	if (!vp || (size && !buf))
		return -EINVAL;
	err = blob_start(&blob, BLOB_VP);
	if (!err)
		err = save_registers(vp, &blob);
	for (size_t i = 0; !err && i < STATES; i++)
		if (has_state(vp, i))
			err = save_state(vp, order[i].state, &blob);
	if (!err)
		return blob_finish(&blob, buf, size, needed);
	blob_free(&blob);
	return err;
}

/* The registers of a piece; a host that has a register less cannot go on with its guest. */
static int check_registers(struct mshv_vp *vp, const void *buf, const uint8_t **bytes,
			   size_t *n)
{
	struct saved_reg saved;
	size_t size = 0;

	*bytes = blob_find(buf, PART_REGISTERS, &size);
	if (!*bytes || size % sizeof(saved))
		return -EBADMSG;
	*n = size / sizeof(saved);
	for (size_t i = 0; i < *n; i++) {
		int slot;

		/* The caller's buffer may be anywhere. */
		memcpy(&saved, *bytes + i * sizeof(saved), sizeof(saved));
		slot = reg_slot(saved.name);

		if (slot < 0 || !can_be_saved(vp, slot))
			return -ENODEV;
	}
	return 0;
}

static int check_states(struct mshv_vp *vp, const void *buf)
{
	for (size_t i = 0; i < STATES; i++) {
		size_t size = 0, here = 0;
		int err;

		if (!blob_find(buf, PART_STATE + (uint32_t)order[i].state, &size))
			continue;
		err = mshv_vp_get_state(vp, order[i].state, NULL, 0, &here);
		if (err != -ENOSPC)
			return err ? err : -EPROTO;
		if (size != here)
			return -E2BIG;
	}
	return 0;
}

static int restore_registers(struct mshv_vp *vp, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		union hv_register_value value;
		struct saved_reg saved;
		int err;

		memcpy(&saved, bytes + i * sizeof(saved), sizeof(saved));
		memcpy(&value, saved.value, sizeof(value));
		err = mshv_regcache_set(vp->cache, &saved.name, &value, 1);
		if (err)
			return err;
	}
	return regcache_settle(vp->cache);
}

int mshv_vp_restore(struct mshv_vp *vp, const void *buf, size_t size)
{
	const uint8_t *registers = NULL;
	size_t n = 0;
	int err;

	if (!vp || !buf)
		return -EINVAL;
	err = blob_check(buf, size, BLOB_VP);
	/* Only then it is known which this host lacks, and which have their values already. */
	if (!err)
		err = mshv_regcache_load(vp->cache, MSHV_TIER_FULL);
	if (!err)
		err = check_registers(vp, buf, &registers, &n);
	if (!err)
		err = check_states(vp, buf);
	if (!err)
		err = restore_registers(vp, registers, n);
	for (size_t i = 0; !err && i < STATES; i++) {
		const void *bytes = blob_find(buf, PART_STATE + (uint32_t)order[i].state, &size);

		if (bytes)
			err = mshv_vp_set_state(vp, order[i].state, bytes, size);
	}
	return err;
}

int mshv_vm_freeze_time(struct mshv_vm *vm)
{
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_TIME_FREEZE, 1);
}

int mshv_vm_thaw_time(struct mshv_vm *vm)
{
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_TIME_FREEZE, 0);
}

int mshv_vm_save(struct mshv_vm *vm, void *buf, size_t size, size_t *needed)
{
	struct blob blob;
	uint64_t time;
	void *bytes;
	int err;

	if (!vm || (size && !buf))
		return -EINVAL;
	err = mshv_vm_get_property(vm, HV_PARTITION_PROPERTY_REFERENCE_TIME, &time);
	if (!err)
		err = blob_start(&blob, BLOB_VM);
	if (err)
		return err;
	bytes = blob_add(&blob, PART_TIME, sizeof(time));
	if (!bytes) {
		blob_free(&blob);
		return -ENOMEM;
	}
	memcpy(bytes, &time, sizeof(time));
	return blob_finish(&blob, buf, size, needed);
}

int mshv_vm_restore(struct mshv_vm *vm, const void *buf, size_t size)
{
	const void *bytes;
	uint64_t time;
	int err;

	if (!vm || !buf)
		return -EINVAL;
	err = blob_check(buf, size, BLOB_VM);
	if (err)
		return err;
	bytes = blob_find(buf, PART_TIME, &size);
	if (!bytes || size != sizeof(time))
		return -EBADMSG;
	memcpy(&time, bytes, sizeof(time));
	return mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_REFERENCE_TIME, time);
}
