// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on one partition from several threads. What they return depends on
 * who comes first, so the tests count: each thing is got once, nothing is lost,
 * and the host, which sees the locks, is as content as the guest.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>

#include "mshv_test.h"

#define THREADS		3
#define ROUNDS		60
#define ROOM_GFN	(GUEST_ROOM / PAGE_SIZE)

FIXTURE(race) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(race)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(race)
{
	mshv_vm_close(&self->vm);
}

struct worker {
	pthread_t thread;
	pthread_barrier_t *barrier;
	struct mshv_vm *vm;
	int number;
	int event;
	volatile int won;	/* calls that succeeded */
	volatile int odd;	/* calls that ended as they must not */
	volatile bool *stop;
};

#define run_workers(workers, fn)					\
	do {								\
		pthread_barrier_t _barrier;				\
		unsigned int _i;					\
									\
		ASSERT_EQ(0, pthread_barrier_init(&_barrier, NULL,	\
						  ARRAY_SIZE(workers))); \
		for (_i = 0; _i < ARRAY_SIZE(workers); _i++) {		\
			(workers)[_i].barrier = &_barrier;		\
			(workers)[_i].vm = &self->vm;			\
			(workers)[_i].number = _i;			\
			ASSERT_EQ(0, pthread_create(&(workers)[_i].thread, \
						    NULL, fn,		\
						    &(workers)[_i]));	\
		}							\
		for (_i = 0; _i < ARRAY_SIZE(workers); _i++)		\
			ASSERT_EQ(0, pthread_join((workers)[_i].thread, NULL)); \
	} while (0)

static void *create_vps(void *arg)
{
	struct worker *w = arg;
	int index;

	for (index = 1; index < 12; index++) {
		int fd;

		pthread_barrier_wait(w->barrier);
		fd = _test_create_vp(w->vm->fd, index);
		if (fd >= 0) {
			w->won++;
			close(fd);
		} else if (fd != -EEXIST) {
			w->odd++;
		}
	}
	return NULL;
}

TEST_F(race, each_vp_is_created_once)
{
	struct worker workers[THREADS] = { 0 };
	int i, won = 0;

	run_workers(workers, create_vps);
	for (i = 0; i < THREADS; i++) {
		won += workers[i].won;
		EXPECT_EQ(0, workers[i].odd);
	}
	EXPECT_EQ(11, won);
}

/* Regions that overlap those of the others. */
static void *map_and_unmap(void *arg)
{
	struct worker *w = arg;
	const size_t size = 8 * PAGE_SIZE;
	uint64_t gfn = ROOM_GFN + 4 * w->number;
	void *mem = mshv_alloc(size);
	int i, ret;

	pthread_barrier_wait(w->barrier);
	for (i = 0; i < ROUNDS; i++) {
		ret = _test_map(w->vm->fd, mem, size, gfn, MEM_RW);
		if (ret == -EEXIST)
			continue;
		if (ret || _test_unmap(w->vm->fd, mem, size, gfn))
			w->odd++;
		else
			w->won++;
	}
	munmap(mem, size);
	return NULL;
}

TEST_F(race, regions_never_overlap)
{
	struct worker workers[THREADS] = { 0 };
	void *mem = mshv_alloc(32 * PAGE_SIZE);
	int i, won = 0;

	ASSERT_NE(NULL, mem);
	run_workers(workers, map_and_unmap);
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, workers[i].odd);
		won += workers[i].won;
	}
	EXPECT_LT(0, won);
	/* all of it is free again */
	test_map(self->vm.fd, mem, 32 * PAGE_SIZE, ROOM_GFN, MEM_RW);
}

/*
 * Waits until a call has succeeded that the worker began after this was called. The one
 * that is under way may have begun before.
 */
static void wait_for_call(struct worker *w)
{
	int before = w->won;

	while (w->won - before < 2 && !w->odd)
		sched_yield();
}

/* An eventfd comes and goes while somebody signals it. */
static void *signal_for_ever(void *arg)
{
	struct worker *w = arg;
	uint64_t one = 1;

	while (!*w->stop)
		if (write(w->number, &one, sizeof(one)) == sizeof(one))
			w->won++;
		else
			w->odd++;
	return NULL;
}

TEST_F(race, irqfd_comes_and_goes_under_signals)
{
	volatile bool stop = false;
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct worker w = { .number = event, .stop = &stop };
	int i;

	ASSERT_LE(0, event);
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	test_route(self->vm.fd, 5, 0xfee00000, GUEST_VECTOR_A);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, signal_for_ever, &w));
	for (i = 0; i < ROUNDS; i++) {
		test_irqfd(self->vm.fd, event, 0, 5, 0);
		wait_for_call(&w);
		test_route(self->vm.fd, 5, 0xfee00000,
			   i & 1 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
		test_irqfd(self->vm.fd, event, 0, 5,
			   BIT(MSHV_IRQFD_BIT_DEASSIGN));
	}
	stop = true;
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(0, w.odd);
	/* some of the signals have come through */
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
}

/* A second one of the same vector, as long as the test goes on. */
static void *resampler_comes_and_goes(void *arg)
{
	const uint32_t resample = BIT(MSHV_IRQFD_BIT_RESAMPLE);
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct worker *w = arg;

	if (event < 0)
		w->odd++;
	while (!*w->stop && !w->odd) {
		int done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

		if (done < 0 || _test_irqfd(w->vm->fd, event, done, GUEST_VECTOR_A, resample) ||
		    _test_irqfd(w->vm->fd, event, 0, GUEST_VECTOR_A,
				BIT(MSHV_IRQFD_BIT_DEASSIGN)))
			w->odd++;
		close(done);
		w->won++;
	}
	close(event);
	return NULL;
}

/* What an EOI is told to goes while it is told. */
TEST_F(race, resampler_comes_and_goes_under_interrupts)
{
	volatile bool stop = false;
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct worker w = { .vm = &self->vm, .stop = &stop };
	uint64_t one = 1, ends;
	int i;

	ASSERT_LE(0, event);
	ASSERT_LE(0, done);
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	test_route(self->vm.fd, GUEST_VECTOR_A, 0xfee00000, GUEST_VECTOR_A | BIT(15));
	test_irqfd(self->vm.fd, event, done, GUEST_VECTOR_A, BIT(MSHV_IRQFD_BIT_RESAMPLE));
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, resampler_comes_and_goes, &w));
	wait_for_call(&w);
	for (i = 0; i < 10 * ROUNDS; i++) {
		test_eq(sizeof(one), write(event, &one, sizeof(one)));
		test_run_to_port(self->vp, GUEST_PORT_IRQ);
	}
	stop = true;
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(0, w.odd);
	EXPECT_LT(0, w.won);
	/* Linux's driver makes them edge-triggered with the root scheduler: irq.resample_on_eoi */
	if (mshv_driver_is_in_tree() && mshv_scheduler_is_root())
		return;
	/* The last one's EOI is still to come. */
	test_eq(sizeof(ends), read(done, &ends, sizeof(ends)));
	EXPECT_EQ(10 * ROUNDS - 1, ends);
}

static void *assign_and_deassign(void *arg)
{
	struct worker *w = arg;
	int i, ret;

	pthread_barrier_wait(w->barrier);
	for (i = 0; i < ROUNDS; i++) {
		ret = _test_irqfd(w->vm->fd, w->event, 0, 5, 0);
		if (!ret)
			w->won++;
		else if (ret != -EBUSY)
			w->odd++;
		if (_test_irqfd(w->vm->fd, w->event, 0, 5,
				BIT(MSHV_IRQFD_BIT_DEASSIGN)))
			w->odd++;
	}
	return NULL;
}

/* Several take one irqfd away: it goes once, and the eventfd is free again. */
TEST_F(race, irqfd_is_deassigned_by_several)
{
	struct worker workers[THREADS] = { 0 };
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int i, won = 0;

	ASSERT_LE(0, event);
	for (i = 0; i < THREADS; i++)
		workers[i].event = event;
	test_route(self->vm.fd, 5, 0xfee00000, GUEST_VECTOR_A);
	run_workers(workers, assign_and_deassign);
	for (i = 0; i < THREADS; i++) {
		won += workers[i].won;
		EXPECT_EQ(0, workers[i].odd);
	}
	EXPECT_LT(0, won);
	test_irqfd(self->vm.fd, event, 0, 5, 0);
}

/* Takes the vectors that wait in the register page. */
static bool takes_vector(struct mshv_vp *vp, uint8_t vector, unsigned int *taken)
{
	union hv_vp_register_page_interrupt_vectors v;
	bool found = false;
	int i;

	v.as_uint64 = __atomic_exchange_n(&vp->page->interrupt_vectors.as_uint64, 0,
					  __ATOMIC_SEQ_CST);
	for (i = 0; i < v.vector_count && i < (int)ARRAY_SIZE(v.vector); i++) {
		found |= v.vector[i] == vector;
		++*taken;
	}
	return found;
}

/*
 * A route is a VP and a vector: no event goes to the VP of one route with the
 * vector of another. Seen in the register pages, so with the root scheduler only.
 */
TEST_F(race, route_is_taken_as_a_whole)
{
	volatile bool stop = false;
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct worker w = { .number = event, .stop = &stop };
	struct mshv_vp *second = &self->vm.vp[1];
	unsigned int i, taken = 0, torn = 0;

	if (!mshv_scheduler_is_root())
		SKIP(return, "vectors are in the register page with the root scheduler only");
	ASSERT_LE(0, event);
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(mshv_vp_real_mode(second, GUEST_CODE));
	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_ok(mshv_vp_enable_x2apic(second));
	test_ok(mshv_vp_map_page(self->vp));
	test_ok(mshv_vp_map_page(second));
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	test_run_to_port(second, GUEST_PORT_READY);
	test_route(self->vm.fd, 5, 0xfee00000, GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, event, 0, 5, 0);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, signal_for_ever, &w));
	for (i = 0; i < 20 * ROUNDS; i++) {
		test_route(self->vm.fd, 5, 0xfee01000, GUEST_VECTOR_B);
		wait_for_call(&w);
		torn += takes_vector(self->vp, GUEST_VECTOR_B, &taken);
		torn += takes_vector(second, GUEST_VECTOR_A, &taken);
		test_route(self->vm.fd, 5, 0xfee00000, GUEST_VECTOR_A);
		wait_for_call(&w);
		torn += takes_vector(self->vp, GUEST_VECTOR_B, &taken);
		torn += takes_vector(second, GUEST_VECTOR_A, &taken);
	}
	stop = true;
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_LT(0, taken);
	EXPECT_OR_SOMETIMES(torn == 0, "a route is read while it is being replaced");
}

/* Each VP rings a doorbell while others are put up and taken down. */
static void *ring_for_ever(void *arg)
{
	struct worker *w = arg;
	struct mshv_vp *vp = &w->vm->vp[0];

	while (!*w->stop) {
		if (_test_run(vp) ||
		    vp->msg.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT ||
		    _test_set_reg(vp, HV_X64_REGISTER_RIP, GUEST_CODE))
			w->odd++;
		else
			w->won++;
	}
	return NULL;
}

/* A ring may be late, if a processor of the host has other things to do, but never lost. */
static uint64_t rings(int event, uint64_t expected)
{
	uint64_t count, sum = 0;
	int i;

	for (i = 0; i < 1000 * PATIENCE_S && sum < expected; i++) {
		if (read(event, &count, sizeof(count)) == sizeof(count))
			sum += count;
		else
			usleep(1000);
	}
	return sum;
}

TEST_F(race, ioeventfd_comes_and_goes_under_writes)
{
	volatile bool stop = false;
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct worker w = { .vm = &self->vm, .stop = &stop };
	struct mshv_user_ioeventfd args = {
		.addr = GUEST_MMIO,
		.len = 4,
		.fd = event,
	};
	int second = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t count = 0;
	int i;

	ASSERT_LE(0, event);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_IOEVENTFD, &args));
	test_load(&self->vm, fs_write32_out);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, ring_for_ever, &w));
	for (i = 0; i < ROUNDS; i++) {
		struct mshv_user_ioeventfd other = {
			.addr = GUEST_MMIO + 8,
			.len = 4,
			.fd = second,
		};

		ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_IOEVENTFD, &other));
		wait_for_call(&w);
		other.flags = BIT(MSHV_IOEVENTFD_BIT_DEASSIGN);
		ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_IOEVENTFD, &other));
	}
	stop = true;
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(0, w.odd);
	EXPECT_LT(0, w.won);
	EXPECT_EQ((uint64_t)w.won, rings(event, w.won));
	/* nor is one told of twice */
	usleep(100000);
	EXPECT_EQ(-1, read(event, &count, sizeof(count)));
	EXPECT_EQ(-1, read(second, &count, sizeof(count)));
}

/* Everything is closed while the VP runs: the run is not cut off by it. */
static void *run_once(void *arg)
{
	struct worker *w = arg;

	w->odd = _test_run(&w->vm->vp[0]);
	return NULL;
}

TEST_F(race, partition_is_closed_while_a_vp_runs)
{
	struct worker w = { .vm = &self->vm };

	test_load(&self->vm, wait_flag);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, run_once, &w));
	while (!mshv_data32(&self->vm, 0))
		usleep(1000);
	EXPECT_EQ(0, close(self->vm.fd));
	EXPECT_EQ(0, close(self->vm.dev));
	self->vm.fd = -1;
	self->vm.dev = -1;
	((volatile uint32_t *)(self->vm.ram + GUEST_DATA))[1] = 1;
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(0, w.odd);
}

/* Pages are taken and given back while the guest uses them. */
TEST_F(race, memory_is_discarded_under_the_guest)
{
	const int pages = 64;
	uint8_t *mem = mshv_alloc(pages * PAGE_SIZE);
	int i;

	ASSERT_NE(NULL, mem);
	test_map(self->vm.fd, mem, pages * PAGE_SIZE, ROOM_GFN, MEM_RWX);
	for (i = 0; i < ROUNDS; i++) {
		test_load(&self->vm, lm_touch_pages);
		test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
		test_set_reg(self->vp, HV_X64_REGISTER_RBX, GUEST_ROOM);
		test_set_reg(self->vp, HV_X64_REGISTER_RCX, pages);
		test_run_to_port(self->vp, GUEST_PORT_DONE);
		ASSERT_EQ(0, madvise(mem + (i % pages) * PAGE_SIZE, PAGE_SIZE,
				     MADV_DONTNEED));
	}
	/* each page has counted since it was last discarded */
	for (i = 0; i < pages; i++) {
		EXPECT_EQ((uint32_t)(i < ROUNDS ? ROUNDS - 1 - i : ROUNDS),
			  *(volatile uint32_t *)(mem + i * PAGE_SIZE))
			TH_LOG("page %d", i);
	}
}

TEST_HARNESS_MAIN
