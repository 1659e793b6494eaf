// SPDX-License-Identifier: GPL-2.0-only
/* Two processors: VPs that run at once, and what is done to them meanwhile. */
#include "ap.h"

#define COUNTER		0x7000
#define STORE_GPA	0x20000
#define ROUNDS		20
#define STOP_MS		10000
#define LOOKS		1000

GUEST(count);
GUEST(store_loop);

static uint32_t word(struct child *c, uint64_t gpa)
{
	return *(volatile uint32_t *)(c->memory + gpa);
}

/* Let VP @vp run on its own while this processor goes on. */
static void start_beside(struct child *c, unsigned int vp)
{
	if (machine.core_scheduler) {
		child_set_reg64(c, vp, HV_REGISTER_INTERCEPT_SUSPEND, 0);
		child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
		return;
	}
	/* The first dispatch of a new VP answers that it is suspended, see test_schedule. */
	child_run(c, vp, 1);
	/* Nor was there even that one, if the millisecond was over before. */
	child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
	ap_dispatch(c, vp);
}

static void stop_beside(struct child *c, unsigned int vp)
{
	if (machine.core_scheduler)
		child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 1);
	else
		ap_stop();
}

static bool moves(struct child *c, uint64_t gpa)
{
	uint32_t before = word(c, gpa);
	uint64_t end = ref_time() + 10000 * 10000ull;

	while (word(c, gpa) == before && ref_time() < end)
		if (machine.core_scheduler)
			idle(1);
	return word(c, gpa) != before;
}

static void beside(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	START_GUEST(&c, 1, count);
	start_beside(&c, 1);
	report(moves(&c, COUNTER), "a VP runs while root does");
	report(child_reg64(&c, 1, HV_X64_REGISTER_RIP) - GUEST_CODE - PAGE_SIZE < 16,
	       "its registers can be read meanwhile");
	child_set_reg64(&c, 1, HV_X64_REGISTER_R15, 0x1515);
	report_eq(child_reg64(&c, 1, HV_X64_REGISTER_R15), 0x1515, "and written");
	report(moves(&c, COUNTER), "and it still runs");
	stop_beside(&c, 1);
	child_destroy(&c);
}

/* Once the call has returned, no processor may still write to what was unmapped. */
static void unmap_beside(void)
{
	unsigned int i, late = 0, stopped = 0;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	for (i = 0; i < ROUNDS; i++) {
		uint32_t value;

		START_GUEST(&c, 1, store_loop);
		start_beside(&c, 1);
		if (!moves(&c, STORE_GPA))
			break;
		child_unmap(&c, STORE_GPA, 1, 0);
		value = word(&c, STORE_GPA);
		wait_ms(1);
		late += word(&c, STORE_GPA) != value;
		if (machine.core_scheduler) {
			/* The message about it is on its way. */
			stopped += child_run(&c, 1, 10000) == RUN_INTERCEPT &&
				   c.vp[1].message->header.message_type == HVMSG_UNMAPPED_GPA;
			synic_poll();
		} else {
			struct hv_output_dispatch_vp out = ap_stop_after(STOP_MS);

			stopped += out.dispatch_event == HV_VP_DISPATCH_EVENT_INTERCEPT &&
				   c.vp[1].message->header.message_type == HVMSG_UNMAPPED_GPA;
			c.vp[1].intercepted = true;
		}
		c.vp[1].kicks = 0;
		child_map(&c, STORE_GPA, (uint64_t)c.memory + STORE_GPA, 1, MAP_ALL);
	}
	report_eq(i, ROUNDS, "a VP stores while root does other things");
	report_eq(late, 0, "nothing is stored to a page after it was unmapped");
	report_eq(stopped, ROUNDS, "the VP stops there each time");
	child_destroy(&c);
}

static void delete_beside(void)
{
	struct child c;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		child_make(&c, DEFAULT_FLAGS, 2);
		START_GUEST(&c, 0, count);
		START_GUEST(&c, 1, count);
		start_beside(&c, 0);
		start_beside(&c, 1);
		moves(&c, COUNTER);
		child_destroy(&c);
	}
	report(true, "partitions can be deleted while two VPs run, %u times", ROUNDS);
}

/* A processor that looks at the counters of another one's VP of root, again and again. */
struct looker {
	uint32_t vp;
	uint64_t in, out, page;
	uint16_t status;
};

static struct looker lookers[2];

static uint16_t look(const struct looker *l)
{
	struct hv_input_map_stats_page2 *map = (void *)l->in;
	struct hv_input_unmap_stats_page *unmap = (void *)l->in;
	union hv_stats_object_identity id = { 0 };
	uint16_t status;

	id.vp.partition_id = HV_PARTITION_ID_SELF;
	id.vp.vp_index = l->vp;
	memset(map, 0, sizeof(*map));
	map->type = HV_STATS_OBJECT_VP;
	map->identity = id;
	if (machine.l1vh)
		map->map_location = l->page / PAGE_SIZE;
	status = hcall_at(machine.l1vh ? HVCALL_MAP_STATS_PAGE2 : HVCALL_MAP_STATS_PAGE, l->in,
			  l->out).status;
	if (status != HV_STATUS_SUCCESS)
		return status;
	memset(unmap, 0, sizeof(*unmap));
	unmap->type = HV_STATS_OBJECT_VP;
	unmap->identity = id;
	return hcall_at(HVCALL_UNMAP_STATS_PAGE, l->in, l->out).status;
}

static void look_often(struct looker *l)
{
	unsigned int i;

	for (i = 0; i < LOOKS && l->status == HV_STATUS_SUCCESS; i++)
		l->status = look(l);
}

static void look_often_beside(void)
{
	look_often(&lookers[1]);
}

static void counters_beside(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		lookers[i] = (struct looker){
			.vp = i ? 0 : AP_INDEX, .in = (uint64_t)alloc_pages(1),
			.out = (uint64_t)alloc_pages(1), .page = (uint64_t)alloc_pages(1),
		};
	/* Root gives a page for each of two at once. */
	if (!machine.l1vh)
		deposit(HV_PARTITION_ID_SELF, 2, NULL);
	ap_call(look_often_beside);
	look_often(&lookers[0]);
	ap_wait();
	report(lookers[0].status == HV_STATUS_SUCCESS && lookers[1].status == HV_STATUS_SUCCESS,
	       "two processors look at each other's counters");
}

/* A processor that reads, and writes, a register of another one's VP, again and again. */
static uint16_t touch(const struct looker *l)
{
	struct hv_input_get_vp_registers *get = (void *)l->in;
	struct hv_input_set_vp_registers *set = (void *)l->in;
	union hv_register_value *value = (void *)l->out;
	uint16_t status;

	memset(get, 0, sizeof(*get) + sizeof(get->names[0]));
	get->partition_id = HV_PARTITION_ID_SELF;
	get->vp_index = l->vp;
	get->names[0] = HV_X64_REGISTER_CR2;
	status = hcall_at(HVCALL_GET_VP_REGISTERS | REPS(1), l->in, l->out).status;
	if (status != HV_STATUS_SUCCESS)
		return status;
	memset(set, 0, sizeof(*set) + sizeof(set->elements[0]));
	set->partition_id = HV_PARTITION_ID_SELF;
	set->vp_index = l->vp;
	set->elements[0].name = HV_X64_REGISTER_CR2;
	set->elements[0].value = *value;
	return hcall_at(HVCALL_SET_VP_REGISTERS | REPS(1), l->in, l->out).status;
}

static void touch_often(struct looker *l)
{
	unsigned int i;

	for (i = 0; i < LOOKS && l->status == HV_STATUS_SUCCESS; i++)
		l->status = touch(l);
}

static void touch_often_beside(void)
{
	touch_often(&lookers[1]);
}

static void registers_beside(void)
{
	ap_call(touch_often_beside);
	touch_often(&lookers[0]);
	ap_wait();
	report(lookers[0].status == HV_STATUS_SUCCESS && lookers[1].status == HV_STATUS_SUCCESS,
	       "two processors read and write each other's registers");
}

void test_smp(void)
{
	if (!machine.smp)
		return;
	synic_setup();
	if (report(ap_start(), "the second processor starts")) {
		beside();
		unmap_beside();
		counters_beside();
		registers_beside();
		/* The root scheduler would have to end its dispatches first. */
		if (machine.core_scheduler)
			delete_beside();
	}
	synic_teardown();
}
