// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The table of registers.
 */
#include <errno.h>
#include <mshvctl/regs.h>

#include "regs/table.h"
#include "test.h"

TEST(reg_table_is_sorted_and_finds_each)
{
	for (int slot = 0; slot < REG_SLOTS; slot++) {
		CHECK(!slot || reg_table[slot - 1].name < reg_table[slot].name);
		CHECK_EQ(reg_slot(reg_table[slot].name), slot);
		CHECK(mshv_reg_is_known(reg_table[slot].name));
	}
	CHECK_EQ(reg_slot(HV_REGISTER_EXPLICIT_SUSPEND), -1);
	CHECK_EQ(reg_slot(0x20012), -1);
	CHECK_EQ(reg_slot(0x1ffff), -1);
	CHECK_EQ(reg_slot(0xffffffff), -1);
	CHECK(!mshv_reg_is_known(0x41000));
}

/* The page's layout in numbers, so that no header can shift it unnoticed. */
static const struct {
	uint32_t name;
	uint16_t offset;
	uint8_t size;
	int class;
} layout[] = {
	{ 0x20000, 0x008, 8, 0 },	/* RAX */
	{ 0x20004, 0x028, 8, 0 },	/* RSP */
	{ 0x20007, 0x040, 8, 0 },	/* RDI */
	{ 0x2000f, 0x080, 8, 0 },	/* R15 */
	{ 0x20010, 0x088, 8, 1 },	/* RIP */
	{ 0x20011, 0x090, 8, 4 },	/* RFLAGS */
	{ 0x30000, 0x0a0, 16, 2 },	/* XMM0 */
	{ 0x30005, 0x0f0, 16, 2 },	/* XMM5 */
	{ 0x30006, 0, 16, -1 },		/* XMM6 */
	{ 0x60000, 0x100, 16, 3 },	/* ES */
	{ 0x60001, 0x110, 16, 3 },	/* CS */
	{ 0x60002, 0x120, 16, 3 },	/* SS */
	{ 0x60003, 0x130, 16, 3 },	/* DS */
	{ 0x60004, 0x140, 16, 3 },	/* FS */
	{ 0x60005, 0x150, 16, 3 },	/* GS */
	{ 0x60006, 0, 16, -1 },		/* LDTR */
	{ 0x40000, 0x160, 8, -1 },	/* CR0 */
	{ 0x40001, 0, 8, -1 },		/* CR2 */
	{ 0x40002, 0x168, 8, -1 },	/* CR3 */
	{ 0x40003, 0x170, 8, -1 },	/* CR4 */
	{ 0x40004, 0x178, 8, -1 },	/* CR8 */
	{ 0x80001, 0x180, 8, -1 },	/* EFER */
	{ 0x50005, 0x188, 8, -1 },	/* DR7 */
	{ 0x10002, 0x190, 8, -1 },	/* pending interruption */
	{ 0x10003, 0x198, 8, -1 },	/* interrupt state */
	{ 0x40005, 0x1a8, 8, -1 },	/* XFEM */
};

TEST(reg_table_has_the_page_layout)
{
	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		int slot = reg_slot(layout[i].name);

		CHECK(slot >= 0);
		CHECK_EQ(reg_table[slot].page_offset, layout[i].offset);
		CHECK_EQ(reg_table[slot].size, layout[i].size);
		CHECK_EQ(reg_table[slot].page_class,
			 layout[i].class < 0 ? REG_NO_CLASS : layout[i].class);
	}
}

TEST(reg_tiers_contain_each_other)
{
	uint32_t names[REG_SLOTS];
	size_t count, before = 0;

	for (int tier = MSHV_TIER_FAST; tier <= MSHV_TIER_FULL; tier++) {
		CHECK_EQ(mshv_reg_tier_names((enum mshv_reg_tier)tier, names,
					     REG_SLOTS, &count), 0);
		CHECK(count > before);
		for (size_t i = 0; i < count; i++)
			CHECK(reg_table[reg_slot(names[i])].tier <= tier);
		before = count;
	}
	CHECK_EQ(before, REG_SLOTS);
}

TEST(reg_tier_fast_is_what_the_page_shows)
{
	for (int slot = 0; slot < REG_SLOTS; slot++)
		CHECK_EQ(reg_table[slot].tier == MSHV_TIER_FAST,
			 reg_table[slot].page_offset != 0);
}

TEST(reg_tier_names_refuses_bad_arguments)
{
	uint32_t names[2];
	size_t count = 77;

	CHECK_EQ(mshv_reg_tier_names((enum mshv_reg_tier)4, names, 2, &count),
		 -EINVAL);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FAST, names, 2, NULL), -EINVAL);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FAST, NULL, 2, &count), -EINVAL);
	CHECK_EQ(count, 77);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FAST, NULL, 0, &count), 0);
	CHECK(count > 2);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FAST, names, 2, &count), -ENOSPC);
}
