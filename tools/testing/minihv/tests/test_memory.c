// SPDX-License-Identifier: GPL-2.0-only
/* Nested paging of a child: page sizes, rights, late mapping, accessed and dirty bits. */
#include "child.h"

#define STORE_GPA	0x20000
#define TOUCH_GPA	0x10000
#define HIGH_GPA	0x80000000ull	/* where 2 MiB and 1 GiB pages go */

GUEST(store);
GUEST(load);
GUEST(jump);
GUEST(touch);

static void rights(void)
{
	const struct hv_x64_memory_intercept_message *m;
	uint64_t page;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	page = (uint64_t)c.memory + STORE_GPA;
	m = child_payload(&c, 0);
	START_GUEST(&c, 0, store);
	report_eq(child_map(&c, STORE_GPA, page, 1, HV_MAP_GPA_READABLE), HV_STATUS_SUCCESS,
		  "a page can be made read-only");
	if (child_expect(&c, 0, HVMSG_GPA_INTERCEPT, "a store to a read-only page stops the VP"))
		report_eq(m->guest_physical_address, STORE_GPA, "its address");
	START_GUEST(&c, 0, load);
	*(uint32_t *)page = 0x12121212;
	if (child_expect(&c, 0, HVMSG_X64_HALT, "a load from a read-only page goes on"))
		report_eq(child_reg64(&c, 0, HV_X64_REGISTER_RAX), 0x12121212, "its value");

	report_eq(child_map(&c, STORE_GPA, page, 1, HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE),
		  HV_STATUS_SUCCESS, "a page can be made not executable");
	START_GUEST(&c, 0, jump);
	if (child_expect(&c, 0, HVMSG_GPA_INTERCEPT, "executing there stops the VP"))
		report_eq(m->header.intercept_access_type, HV_INTERCEPT_ACCESS_EXECUTE,
			  "an execution");
	child_destroy(&c);
}

/* Memory that its parent populates when it is touched. */
static void late(void)
{
	uint64_t page;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	page = (uint64_t)c.memory + STORE_GPA;
	START_GUEST(&c, 0, store);
	report_eq(child_map(&c, STORE_GPA, 0, 1, HV_MAP_GPA_NO_ACCESS), HV_STATUS_SUCCESS,
		  "a page can be mapped without access");
	child_expect(&c, 0, HVMSG_GPA_INTERCEPT, "touching it stops the VP");
	report_eq(child_map(&c, STORE_GPA, page, 1, MAP_ALL), HV_STATUS_SUCCESS,
		  "the page can be given then");
	if (child_expect(&c, 0, HVMSG_X64_HALT, "the store is done again and goes on"))
		report_eq(*(uint32_t *)page, 0x600df00d, "it reached the page");
	report_eq(child_unmap(&c, STORE_GPA, 1, 0), HV_STATUS_SUCCESS, "the page can be unmapped");
	START_GUEST(&c, 0, store);
	child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "then nothing is mapped there");
	child_destroy(&c);
}

static void unaligned(struct child *c, uint64_t pa)
{
	report_eq(child_map(c, HIGH_GPA + PAGE_SIZE, pa, 1, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "a large page needs an aligned guest address");
	report_eq(child_map(c, HIGH_GPA, pa + PAGE_SIZE, 1, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "a large page needs an aligned source");
	report_eq(child_unmap(c, HIGH_GPA + PAGE_SIZE, 1, HV_UNMAP_GPA_LARGE_PAGE),
		  HV_STATUS_INVALID_ALIGNMENT, "unmapping one needs an aligned guest address");
}

/* A program that stores to @gpa: the store guest with its address replaced. */
static void store_to(struct child *c, uint64_t gpa)
{
	START_GUEST(c, 0, store);
	*(uint32_t *)(c->memory + GUEST_CODE + 2) = gpa;
}

static void large(void)
{
	uint8_t *block = alloc_aligned(2 * SIZE_2M, SIZE_2M);
	const struct hv_x64_memory_intercept_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	m = child_payload(&c, 0);
	unaligned(&c, (uint64_t)block);
	report_eq(child_map(&c, HIGH_GPA, (uint64_t)block, 2, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "2 MiB pages can be mapped");
	store_to(&c, HIGH_GPA + SIZE_2M + 0x12344);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "the guest can store there"))
		report_eq(*(uint32_t *)(block + SIZE_2M + 0x12344), 0x600df00d,
			  "it reached the right place");
	/* A hole in the middle of a large page. */
	report_eq(child_unmap(&c, HIGH_GPA + 0x5000, 1, 0), HV_STATUS_SUCCESS,
		  "a small part of a large page can be unmapped");
	store_to(&c, HIGH_GPA + 0x5010);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a store to the hole stops the VP"))
		report_eq(m->guest_physical_address, HIGH_GPA + 0x5010, "its address");
	store_to(&c, HIGH_GPA + 0x6010);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "the rest of the large page is still there"))
		report_eq(*(uint32_t *)(block + 0x6010), 0x600df00d, "and in its place");
	report_eq(child_unmap(&c, HIGH_GPA, 2, HV_UNMAP_GPA_LARGE_PAGE), HV_STATUS_SUCCESS,
		  "2 MiB pages can be unmapped");
	child_destroy(&c);
}

/* 512 large pages in a row become one entry of 1 GiB, which must be split. */
static void huge(void)
{
	const struct hv_x64_memory_intercept_message *m;
	struct child c;
	uint64_t free;

	if (!is_ram(SIZE_1G, SIZE_1G)) {
		skip("the machine has no aligned GiB of RAM", "1 GiB can be mapped");
		return;
	}
	child_make(&c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED, 1);
	m = child_payload(&c, 0);
	report_eq(child_map(&c, HIGH_GPA, SIZE_1G, 500, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "500 large pages can be mapped by one call");
	report_eq(child_map(&c, HIGH_GPA + 500 * SIZE_2M, SIZE_1G + 500 * SIZE_2M, 11,
			    MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "11 more leave one out");
	c.deposited -= withdraw(c.id);
	report_eq(child_map(&c, HIGH_GPA + 511 * SIZE_2M, SIZE_1G + 511 * SIZE_2M, 1,
			    MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "the last completes a GiB");
	free = withdraw(c.id);
	c.deposited -= free;
	report_eq(free, 1, "one entry takes the place of a table");
	store_to(&c, HIGH_GPA + SIZE_1G - 8);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "the guest can store to the end of it"))
		report_eq(*(uint32_t *)(2 * SIZE_1G - 8), 0x600df00d, "at the right place");
	/* Which takes a table again. */
	deposit(c.id, 1, &c.deposited);
	report_eq(child_unmap(&c, HIGH_GPA + 7 * SIZE_2M, 1, HV_UNMAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "2 MiB of it can be unmapped");
	store_to(&c, HIGH_GPA + 7 * SIZE_2M);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a store to those stops the VP"))
		report_eq(m->guest_physical_address, HIGH_GPA + 7 * SIZE_2M, "its address");
	child_destroy(&c);
}

static uint16_t access_states(struct child *c, uint64_t flags, unsigned int pages)
{
	struct hv_input_get_gpa_pages_access_state *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->flags.as_uint64 = flags;
	in->hv_gpa_page_number = TOUCH_GPA / PAGE_SIZE;
	return call_with_deposit(HVCALL_GET_GPA_PAGES_ACCESS_STATES | REPS(pages), c->id,
				 &c->deposited);
}

static void tracking(void)
{
	union hv_gpa_page_access_state_flags clear = { .clear_accessed = 1, .clear_dirty = 1 };
	const union hv_gpa_page_access_state *s = hc_out;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1),
		  HV_STATUS_SUCCESS, "access tracking can be switched on");
	report_eq(access_states(&c, clear.as_uint64, 4), HV_STATUS_SUCCESS,
		  "accessed and dirty bits can be cleared");
	report_eq(access_states(&c, 0, 4), HV_STATUS_SUCCESS, "they can be read");
	report(!s[0].as_uint8 && !s[1].as_uint8 && !s[2].as_uint8 && !s[3].as_uint8,
	       "they are clear then");
	START_GUEST(&c, 0, touch);
	child_expect(&c, 0, HVMSG_X64_HALT, "the guest touches three pages of four");
	access_states(&c, 0, 4);
	report(s[0].accessed && s[0].dirty, "a page stored to is accessed and dirty");
	report(s[1].accessed && !s[1].dirty, "a page loaded from is accessed, not dirty");
	report(!s[2].accessed && !s[2].dirty, "a page not touched is neither");
	report(s[3].dirty, "the last page is dirty");
	child_destroy(&c);
}

/* Pages that were touched are mapped again: do their bits stay? */
static void remap(bool bits_stay)
{
	const union hv_gpa_page_access_state *s = hc_out;
	uint64_t page;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	child_set_property(&c, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
	START_GUEST(&c, 0, touch);
	child_expect(&c, 0, HVMSG_X64_HALT, "the guest touches pages");
	page = (uint64_t)c.memory + TOUCH_GPA;
	child_map(&c, TOUCH_GPA, page, 1, HV_MAP_GPA_READABLE);
	child_map(&c, TOUCH_GPA + PAGE_SIZE, page + PAGE_SIZE, 1, MAP_ALL);
	child_map(&c, TOUCH_GPA + 3 * PAGE_SIZE, 0, 1, HV_MAP_GPA_NO_ACCESS);
	access_states(&c, 0, 4);
	report_eq(s[0].as_uint8, bits_stay ? 3 : 0, "bits of a page that was stored to");
	report_eq(s[1].as_uint8, bits_stay ? 1 : 0, "of one that was loaded from");
	report_eq(s[2].as_uint8, 0, "of one that was not touched");
	report_eq(s[3].as_uint8, bits_stay ? 3 : 0, "of one that has no access any more");
	child_unmap(&c, TOUCH_GPA, 1, 0);
	child_map(&c, TOUCH_GPA, page, 1, MAP_ALL);
	access_states(&c, 0, 1);
	report_eq(s[0].as_uint8, 0, "bits of one that was unmapped in between");
	child_destroy(&c);
}

/* remap=keep */
void test_remap_keep(void)
{
	synic_setup();
	remap(true);
}

/* remap=clear, which is what happens without the word, too */
void test_remap_clear(void)
{
	synic_setup();
	remap(false);
}

void test_memory(void)
{
	synic_setup();
	rights();
	late();
	large();
	huge();
	tracking();
	remap(false);
	synic_teardown();
}
