// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several partitions with several VPs each, at once, each VP on a thread.
 */
#include <pthread.h>

#include "mshv_test.h"

#define PARTITIONS	2
#define VPS		2
#define EXITS		500

FIXTURE(smp) {
	struct mshv_vm vm[PARTITIONS];
};

FIXTURE_SETUP(smp)
{
	int i, j;

	for (i = 0; i < PARTITIONS; i++) {
		test_ok(mshv_vm_setup(&self->vm[i]));
		for (j = 1; j < VPS; j++) {
			test_ok(mshv_vm_add_vp(&self->vm[i], j));
			test_ok(mshv_vp_real_mode(&self->vm[i].vp[j],
						  GUEST_CODE));
		}
	}
}

FIXTURE_TEARDOWN(smp)
{
	int i;

	for (i = 0; i < PARTITIONS; i++)
		mshv_vm_close(&self->vm[i]);
}

struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	bool by_page;		/* complete exits by the register page */
	uint32_t exits;		/* how many came as expected */
	int ret;
};

/* Runs the counting guest: exit number n must bring the number n. */
static void *count_exits(void *arg)
{
	struct runner *r = arg;
	const struct hv_x64_io_port_intercept_message *m =
		mshv_payload(r->vp, struct hv_x64_io_port_intercept_message);

	for (r->exits = 0; r->exits < EXITS; r->exits++) {
		r->ret = _test_run(r->vp);
		if (r->ret)
			break;
		if (r->vp->msg.header.message_type !=
				HVMSG_X64_IO_PORT_INTERCEPT ||
		    m->rax != r->exits + 1 ||
		    m->header.vp_index != r->vp->index) {
			r->ret = -EPROTO;
			break;
		}
		if (r->by_page) {
			r->vp->page->rip += m->header.instruction_length;
			r->vp->page->dirty = BIT(HV_X64_REGISTER_CLASS_IP);
		} else {
			r->ret = mshv_vp_skip(r->vp);
		}
		if (r->ret)
			break;
	}
	return NULL;
}

#define start(runner, fn, vp_)						\
	do {								\
		(runner)->vp = vp_;					\
		(runner)->ret = -1;					\
		ASSERT_EQ(0, pthread_create(&(runner)->thread, NULL, fn, \
					    runner));			\
	} while (0)

static void run_all(struct __test_metadata *_metadata, struct mshv_vm *vm,
		    bool by_page)
{
	struct runner runners[PARTITIONS][VPS] = { 0 };
	int i, j;

	for (i = 0; i < PARTITIONS; i++) {
		test_load(&vm[i], count_out);
		for (j = 0; j < VPS; j++) {
			runners[i][j].by_page = by_page;
			if (by_page)
				test_ok(mshv_vp_map_page(&vm[i].vp[j]));
		}
	}
	for (i = 0; i < PARTITIONS; i++)
		for (j = 0; j < VPS; j++)
			start(&runners[i][j], count_exits, &vm[i].vp[j]);
	for (i = 0; i < PARTITIONS; i++) {
		for (j = 0; j < VPS; j++) {
			ASSERT_EQ(0, pthread_join(runners[i][j].thread, NULL));
			EXPECT_EQ(0, runners[i][j].ret)
				TH_LOG("partition %d VP %d", i, j);
			EXPECT_EQ(EXITS, runners[i][j].exits)
				TH_LOG("partition %d VP %d", i, j);
		}
	}
}

TEST_F(smp, exits_in_order_on_every_vp)
{
	run_all(_metadata, self->vm, false);
}

TEST_F(smp, exits_in_order_on_every_vp_by_register_page)
{
	run_all(_metadata, self->vm, true);
}

static void *run_once(void *arg)
{
	struct runner *r = arg;

	r->ret = _test_run(r->vp);
	return NULL;
}

/* One VP waits for memory that another writes. */
TEST_F(smp, vps_share_memory)
{
	struct mshv_vm *vm = &self->vm[0];
	struct runner waiting = { 0 }, writing = { 0 };

	test_load(vm, wait_flag);
	mshv_load(vm, GUEST_CODE + 0x200, fs_write32_out);
	test_set_reg(&vm->vp[1], HV_X64_REGISTER_RIP, GUEST_CODE + 0x200);
	test_set_reg(&vm->vp[1], HV_X64_REGISTER_RBX, GUEST_DATA + 4);
	test_set_reg(&vm->vp[1], HV_X64_REGISTER_RAX, 1);
	start(&waiting, run_once, &vm->vp[0]);
	while (!mshv_data32(vm, 0))
		usleep(1000);
	start(&writing, run_once, &vm->vp[1]);
	ASSERT_EQ(0, pthread_join(writing.thread, NULL));
	ASSERT_EQ(0, pthread_join(waiting.thread, NULL));
	EXPECT_EQ(0, waiting.ret);
	EXPECT_EQ(0, writing.ret);
	EXPECT_EQ(HVMSG_X64_IO_PORT_INTERCEPT,
		  (uint32_t)vm->vp[0].msg.header.message_type);
}

/* The VMM writes while the guest looks on. */
TEST_F(smp, vmm_writes_to_a_running_guest)
{
	struct mshv_vm *vm = &self->vm[0];
	struct runner waiting = { 0 };

	test_load(vm, wait_flag);
	start(&waiting, run_once, &vm->vp[0]);
	while (!mshv_data32(vm, 0))
		usleep(1000);
	((volatile uint32_t *)(vm->ram + GUEST_DATA))[1] = 1;
	ASSERT_EQ(0, pthread_join(waiting.thread, NULL));
	EXPECT_EQ(0, waiting.ret);
}

/* Memory changes under a VP that runs. */
TEST_F(smp, memory_changes_under_running_vps)
{
	struct mshv_vm *vm = &self->vm[0];
	uint8_t *mem = mshv_alloc(16 * PAGE_SIZE);
	struct runner r = { 0 };
	int i;

	ASSERT_NE(NULL, mem);
	test_load(vm, wait_flag);
	start(&r, run_once, &vm->vp[0]);
	for (i = 0; i < 20; i++) {
		test_map(vm->fd, mem, 16 * PAGE_SIZE, GUEST_ROOM / PAGE_SIZE,
			 MEM_RWX);
		test_unmap(vm->fd, mem, 16 * PAGE_SIZE, GUEST_ROOM / PAGE_SIZE);
		/* the page that the guest counts in */
		ASSERT_EQ(0, madvise(vm->ram + GUEST_DATA, PAGE_SIZE,
				     MADV_DONTNEED));
	}
	((volatile uint32_t *)(vm->ram + GUEST_DATA))[1] = 1;
	ASSERT_EQ(0, pthread_join(r.thread, NULL));
	EXPECT_EQ(0, r.ret);
}

/* Partitions come and go while others run. */
TEST_F(smp, partitions_come_and_go)
{
	struct runner runners[VPS] = { 0 };
	struct mshv_vm *vm = &self->vm[0];
	int i;

	test_load(vm, count_out);
	for (i = 0; i < VPS; i++)
		start(&runners[i], count_exits, &vm->vp[i]);
	for (i = 0; i < 8; i++) {
		struct mshv_vm other;

		test_ok(mshv_vm_setup(&other));
		mshv_load(&other, GUEST_CODE, out_imm);
		test_run_to_port(&other.vp[0], 0x42);
		mshv_vm_close(&other);
	}
	for (i = 0; i < VPS; i++) {
		ASSERT_EQ(0, pthread_join(runners[i].thread, NULL));
		EXPECT_EQ(EXITS, runners[i].exits);
	}
}

/* Two threads on one VP take turns. */
TEST_F(smp, one_vp_from_two_threads)
{
	struct mshv_vp copy = self->vm[0].vp[0];
	struct runner runners[2] = { 0 };
	int i;

	test_load(&self->vm[0], out_imm);
	for (i = 0; i < 50; i++) {
		start(&runners[0], run_once, &self->vm[0].vp[0]);
		start(&runners[1], run_once, &copy);
		ASSERT_EQ(0, pthread_join(runners[0].thread, NULL));
		ASSERT_EQ(0, pthread_join(runners[1].thread, NULL));
		ASSERT_EQ(0, runners[0].ret);
		ASSERT_EQ(0, runners[1].ret);
	}
}

TEST_HARNESS_MAIN
