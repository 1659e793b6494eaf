// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A hypervisor's side of registers and the register page.
 */
#include <errno.h>
#include <string.h>

#include "hvmodel.h"
#include "test.h"

#define CLASSES 5

#define RFLAGS_TF (UINT64_C(1) << 8)
#define RFLAGS_RF (UINT64_C(1) << 16)
#define RFLAGS_VM (UINT64_C(1) << 17)

uint64_t hvmodel_random(struct hvmodel *m)
{
	/* xorshift64*: reproducible everywhere from the seed. */
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return m->random * UINT64_C(0x2545f4914f6cdd1d);
}

unsigned int hvmodel_below(struct hvmodel *m, unsigned int end)
{
	return (unsigned int)((hvmodel_random(m) >> 32) % end);
}

void hvmodel_random_value(struct hvmodel *m, int slot,
			  union hv_register_value *value)
{
	uint64_t words[2] = { hvmodel_random(m), 0 };

	if (reg_table[slot].size == 16)
		words[1] = hvmodel_random(m);
	/* A guest that steps, or is in virtual 8086 mode, is one that a test makes. */
	if (reg_table[slot].name == HV_X64_REGISTER_RFLAGS)
		words[0] &= ~(RFLAGS_TF | RFLAGS_RF | RFLAGS_VM);
	memcpy(value, words, sizeof(*value));
}

bool hvmodel_same(int slot, const union hv_register_value *a,
		  const union hv_register_value *b)
{
	return !memcmp(a, b, reg_table[slot].size);
}

void hvmodel_file_write(struct hvmodel *m, int slot,
			const union hv_register_value *value)
{
	if (!hvmodel_same(slot, &m->file[slot], value))
		slotset_add(&m->changed, slot);
	memcpy(&m->file[slot], value, reg_table[slot].size);
}

static bool page_usable(const struct hvmodel *m)
{
	return m->page->fields.isvalid && m->page->fields.version == 1;
}

/* Show the VP's registers on the page, but not over writes of the VMM. */
static void show(struct hvmodel *m)
{
	for (int slot = 0; slot < REG_SLOTS; slot++) {
		const struct reg_info *info = &reg_table[slot];

		if (!info->page_offset ||
		    (info->page_class != REG_NO_CLASS &&
		     (m->page->fields.dirty >> info->page_class & 1)))
			continue;
		memcpy(m->page->bytes + info->page_offset, &m->vp[slot], info->size);
	}
}

static void make_page(struct hvmodel *m, enum hv_page_mode mode)
{
	memset(m->page->bytes, 0xa5, sizeof(m->page->bytes));
	m->page->fields.dirty = 0;
	m->page->fields.version = mode == PAGE_OTHER_VERSION ? 2 : 1;
	m->page->fields.isvalid = mode == PAGE_VALID || mode == PAGE_OTHER_VERSION;
	/* Any that is not 0 will do, and what is reserved may come to mean something. */
	if (m->page->fields.isvalid && !hvmodel_below(m, 16))
		m->page->fields.isvalid = 0x81;
	m->page->fields.rsvdz = hvmodel_below(m, 16) ? 0 : 0xa5;
	if (mode == PAGE_VALID)
		show(m);
}

void hvmodel_init(struct hvmodel *m, union hvmodel_page *page, uint64_t seed)
{
	memset(m, 0, sizeof(*m));
	m->page = page;
	m->random = seed * 2 + 1;
	for (int slot = 0; slot < REG_SLOTS; slot++)
		hvmodel_random_value(m, slot, &m->vp[slot]);
	memcpy(m->file, m->vp, sizeof(m->file));
	make_page(m, PAGE_INVALID);
}

/* Each class marked dirty was changed, and takes effect as a whole. */
static void load_dirty_classes(struct hvmodel *m)
{
	CHECK(page_usable(m) || !m->page->fields.dirty);
	CHECK(!(m->page->fields.dirty >> CLASSES));
	for (unsigned int class = 0; class < CLASSES; class++) {
		bool changed = false;

		if (!(m->page->fields.dirty >> class & 1))
			continue;
		for (int slot = 0; slot < REG_SLOTS; slot++) {
			const struct reg_info *info = &reg_table[slot];

			if (info->page_class != class)
				continue;
			memcpy(&m->vp[slot], m->page->bytes + info->page_offset,
			       info->size);
			changed |= slotset_has(&m->changed, slot);
		}
		CHECK(changed);
	}
}

void hvmodel_run(struct hvmodel *m, enum hv_page_mode mode)
{
	load_dirty_classes(m);
	for (int slot = 0; slot < REG_SLOTS; slot++)
		if (!hvmodel_same(slot, &m->vp[slot], &m->file[slot]))
			CHECK_EQ(reg_table[slot].name, 0);

	for (unsigned int n = m->idle ? 0 : hvmodel_below(m, 20); n; n--) {
		int slot = (int)hvmodel_below(m, REG_SLOTS);

		hvmodel_random_value(m, slot, &m->vp[slot]);
		m->file[slot] = m->vp[slot];
	}
	if (m->rip) {
		m->vp[reg_slot(HV_X64_REGISTER_RIP)].reg64 = *m->rip;
		m->file[reg_slot(HV_X64_REGISTER_RIP)].reg64 = *m->rip;
	}
	make_page(m, mode);
	slotset_clear(&m->changed);
	slotset_clear(&m->fetched);
}

void hvmodel_check_settled(const struct hvmodel *m)
{
	for (int slot = 0; slot < REG_SLOTS; slot++)
		CHECK(hvmodel_same(slot, &m->vp[slot], &m->file[slot]));
	CHECK(!m->has_page || !m->page->fields.isvalid || !m->page->fields.dirty);
}

void hvmodel_change_outside(struct hvmodel *m)
{
	for (unsigned int n = hvmodel_below(m, 10); n; n--) {
		int slot = (int)hvmodel_below(m, REG_SLOTS);

		hvmodel_random_value(m, slot, &m->vp[slot]);
		m->file[slot] = m->vp[slot];
	}
	slotset_clear(&m->fetched);
	for (int slot = 0; slot < REG_SLOTS; slot++)
		if (reg_table[slot].page_offset)
			slotset_add(&m->by_hypercall, slot);
}

/* Slots of the registers in a hypercall; -1 stands for @suspend, and -2 for no register. */
static int slot_of(uint32_t name)
{
	int slot = reg_slot(name);

	return slot < 0 && name != HV_REGISTER_EXPLICIT_SUSPEND ? -2 : slot;
}

static bool is_absent(const struct hvmodel *m, int slot)
{
	return slot == -2 || (slot >= 0 && slotset_has(&m->absent, slot));
}

/* The element at which a hypercall shall fail, or @n. */
static size_t failing_element(struct hvmodel *m, const int *slots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_absent(m, slots[i]))
			return i;
	if (hvmodel_below(m, 100) < m->fail_percent)
		return hvmodel_below(m, (unsigned int)n);
	return n;
}

static int model_get(void *opaque, const uint32_t *names,
		     union hv_register_value *values, size_t n, size_t *done)
{
	struct hvmodel *m = opaque;
	int slots[MSHV_REGCACHE_MAX_GET];

	CHECK(n && n <= MSHV_REGCACHE_MAX_GET);
	for (size_t i = 0; i < n; i++) {
		slots[i] = slot_of(names[i]);
		if (slots[i] < 0)
			continue;
		/* Never twice in an exit, and not what the page shows. */
		CHECK(!slotset_has(&m->fetched, slots[i]));
		if (reg_table[slots[i]].page_offset && page_usable(m))
			CHECK(slotset_has(&m->by_hypercall, slots[i]));
	}
	*done = failing_element(m, slots, n);
	if (*done < n) {
		m->failed++;
		return is_absent(m, slots[*done]) ? -EINVAL : -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		if (slots[i] < 0) {
			values[i] = m->suspend;
			continue;
		}
		values[i] = m->vp[slots[i]];
		slotset_add(&m->fetched, slots[i]);
	}
	return 0;
}

/* Whether a class has a member that went by hypercall: the page is behind. */
static bool class_is_behind(const struct hvmodel *m, uint8_t class)
{
	int slot;

	slotset_for_each(slot, &m->by_hypercall)
		if (reg_table[slot].page_class == class)
			return true;
	return false;
}

/* What happens to the page when a hypercall has written registers. */
static void after_set(struct hvmodel *m)
{
	switch (hvmodel_below(m, 4)) {
	case 0:
		if (page_usable(m))
			show(m);
		break;
	case 1:
		/* Only a page without writes of the VMM can be withdrawn. */
		if (!m->page->fields.dirty)
			m->page->fields.isvalid = 0;
		break;
	case 2:
		if (m->has_page && !m->page->fields.isvalid) {
			m->page->fields.isvalid = 1;
			show(m);
		}
		break;
	}
}

static int model_set(void *opaque, const struct hv_register_assoc *regs,
		     size_t n, size_t *done)
{
	struct hvmodel *m = opaque;
	int slots[MSHV_REGCACHE_MAX_SET];

	CHECK(n && n <= MSHV_REGCACHE_MAX_SET);
	for (size_t i = 0; i < n; i++) {
		uint8_t class;

		slots[i] = slot_of(regs[i].name);
		CHECK(!regs[i].reserved1 && !regs[i].reserved2);
		if (slots[i] < 0)
			continue;
		class = reg_table[slots[i]].page_class;
		if (class != REG_NO_CLASS && page_usable(m) && !m->settling)
			CHECK(class_is_behind(m, class));
	}
	*done = failing_element(m, slots, n);
	for (size_t i = 0; i < *done; i++) {
		if (slots[i] < 0) {
			m->suspend = regs[i].value;
			continue;
		}
		m->vp[slots[i]] = regs[i].value;
		slotset_add(&m->by_hypercall, slots[i]);
	}
	if (*done < n) {
		m->failed++;
		return slots[*done] == -2 ? -EINVAL : -ENOMEM;
	}
	after_set(m);
	return 0;
}

const struct mshv_regcache_ops hvmodel_ops = {
	.size = sizeof(hvmodel_ops),
	.get = model_get,
	.set = model_set,
};
