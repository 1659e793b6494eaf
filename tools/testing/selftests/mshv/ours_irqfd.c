// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts without a hypercall: with the root scheduler they are put into the register
 * page of the VP that has the APIC id, also before it runs for the first time, and never
 * into that of one which had it. Linux's own driver takes the id for the index.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "mshv_test.h"

#define GSI	5
#define OTHER	7	/* an APIC id that is nobody's index */
#define ROUNDS	200

FIXTURE(irqfd) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int event;
};

FIXTURE_SETUP(irqfd)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver takes the APIC id for the index");
	if (!mshv_scheduler_is_root())
		SKIP(return, "vectors are in the register page with the root scheduler only");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, self->event);
	test_ok(mshv_vp_enable_x2apic(self->vp));
	test_ok(mshv_vp_map_page(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	test_load(&self->vm, irq_idle);
	test_route(self->vm.fd, GSI, 0xfee00000, GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
}

FIXTURE_TEARDOWN(irqfd)
{
	mshv_vm_close(&self->vm);
	close(self->event);
}

/* Takes the vectors that are in the page, and says how many there were. */
static int vectors(struct mshv_vp *vp)
{
	union hv_vp_register_page_interrupt_vectors v;

	v.as_uint64 = __atomic_exchange_n(&vp->page->interrupt_vectors.as_uint64, 0,
					  __ATOMIC_SEQ_CST);
	return v.vector_count;
}

static int signalled(int event, struct mshv_vp *vp)
{
	return eventfd_write(event, 1) ? -errno : vectors(vp);
}

TEST_F(irqfd, vp_that_never_ran_has_it_in_its_page)
{
	ASSERT_EQ(1, signalled(self->event, self->vp));
	ASSERT_EQ(1, signalled(self->event, self->vp));
	/* now the guest enables its local APIC */
	test_run_to_port(self->vp, GUEST_PORT_READY);
	ASSERT_EQ(0, eventfd_write(self->event, 1));
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
	EXPECT_EQ(0, vectors(self->vp));
}

TEST_F(irqfd, id_is_another_before_the_first_run)
{
	test_set_reg(self->vp, HV_X64_REGISTER_INITIAL_APIC_ID, OTHER);
	EXPECT_EQ(0, signalled(self->event, self->vp));
	/* by its own id it is reached, though not without the hypervisor */
	test_route(self->vm.fd, GSI, 0xfee00000 | OTHER << 12, GUEST_VECTOR_A);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	EXPECT_EQ(0, signalled(self->event, self->vp));
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
}

static int set_id_on_partition(struct mshv_vm *vm, uint64_t id)
{
	struct {
		struct hv_input_set_vp_registers head;
		struct hv_register_assoc reg;
	} in = {
		.reg.name = HV_X64_REGISTER_INITIAL_APIC_ID,
		.reg.value.reg64 = id,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = 1,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(vm->fd, &args);
}

/* Whichever way the VMM changes it, before the first run and after. */
TEST_F(irqfd, id_changes_after_it_was_learnt)
{
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(1, signalled(self->event, self->vp));
		test_set_reg(self->vp, HV_X64_REGISTER_INITIAL_APIC_ID, OTHER);
		EXPECT_EQ(0, signalled(self->event, self->vp));
		test_set_reg(self->vp, HV_X64_REGISTER_INITIAL_APIC_ID, 0);
		EXPECT_EQ(1, signalled(self->event, self->vp));
		test_ok(set_id_on_partition(&self->vm, OTHER));
		EXPECT_EQ(0, signalled(self->event, self->vp));
		test_ok(set_id_on_partition(&self->vm, 0));
		EXPECT_EQ(1, signalled(self->event, self->vp));
		if (!i)
			test_run_to_port(self->vp, GUEST_PORT_READY);
	}
}

TEST_F(irqfd, id_comes_with_the_state)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC,
		.buf_sz = PAGE_SIZE,
		.buf_ptr = (uintptr_t)page,
	};

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_GET_VP_STATE, &state));
	EXPECT_EQ(1, signalled(self->event, self->vp));
	test_set_reg(self->vp, HV_X64_REGISTER_APIC_ID, OTHER);
	EXPECT_EQ(0, signalled(self->event, self->vp));
	state.buf_sz = PAGE_SIZE;
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_SET_VP_STATE, &state));
	EXPECT_EQ(0, mshv_get_reg(self->vp, HV_X64_REGISTER_APIC_ID));
	EXPECT_EQ(1, signalled(self->event, self->vp));
}

/* A VMM that saves a guest has them, and one that restores it needs nothing else. */
TEST_F(irqfd, what_waits_is_part_of_the_state)
{
	struct hv_local_interrupt_controller_state *lapic = mshv_alloc(PAGE_SIZE);
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC,
		.buf_sz = PAGE_SIZE,
		.buf_ptr = (uintptr_t)lapic,
	};

	ASSERT_NE(NULL, lapic);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	ASSERT_EQ(0, eventfd_write(self->event, 1));
	ASSERT_EQ(1, self->vp->page->interrupt_vectors.vector_count);
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_GET_VP_STATE, &state));
	EXPECT_EQ(0, vectors(self->vp));
	EXPECT_EQ(1u << GUEST_VECTOR_A % 32, lapic->apic_irr[GUEST_VECTOR_A / 32]);
	/* and the guest has it once */
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
	state.buf_sz = PAGE_SIZE;
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_GET_VP_STATE, &state));
	EXPECT_EQ(0, lapic->apic_irr[GUEST_VECTOR_A / 32]);
}

/* A guest that is reset or restored gets what was saved, and nothing of its former life. */
TEST_F(irqfd, what_waits_goes_with_the_old_state)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	struct mshv_get_set_vp_state state = {
		.type = MSHV_VP_STATE_LAPIC,
		.buf_sz = PAGE_SIZE,
		.buf_ptr = (uintptr_t)page,
	};

	ASSERT_NE(NULL, page);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_GET_VP_STATE, &state));
	ASSERT_EQ(0, eventfd_write(self->event, 1));
	ASSERT_EQ(1, self->vp->page->interrupt_vectors.vector_count);
	/* What is refused changes nothing. */
	state.buf_sz = 0;
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_SET_VP_STATE, &state));
	EXPECT_EQ(1, self->vp->page->interrupt_vectors.vector_count);
	state.buf_sz = PAGE_SIZE;
	ASSERT_EQ(0, ioctl(self->vp->fd, MSHV_SET_VP_STATE, &state));
	EXPECT_EQ(0, vectors(self->vp));
}

TEST_F(irqfd, nothing_waits_after_a_scrub)
{
	uint64_t partition = 0;
	struct mshv_root_hvcall scrub = {
		.code = HVCALL_SCRUB_PARTITION,
		.in_sz = sizeof(partition),
		.in_ptr = (uintptr_t)&partition,
	};

	ASSERT_EQ(0, eventfd_write(self->event, 1));
	test_hvcall(self->vm.fd, &scrub);
	EXPECT_EQ(0, vectors(self->vp));
}

struct signaller {
	pthread_t thread;
	int event;
	volatile bool stop;
};

static void *signal_for_ever(void *arg)
{
	struct signaller *s = arg;

	while (!s->stop)
		eventfd_write(s->event, 1);
	return NULL;
}

/*
 * Events come all the time, so that the id is asked for in the middle of a change, too.
 * Once the change is made, what was learnt before is not believed any more.
 */
TEST_F(irqfd, id_changes_while_events_come)
{
	struct signaller s = { .event = self->event };
	unsigned int i, late = 0, seen = 0;

	ASSERT_EQ(0, pthread_create(&s.thread, NULL, signal_for_ever, &s));
	for (i = 0; i < ROUNDS; i++) {
		test_ok(set_id_on_partition(&self->vm, OTHER));
		/* this one waits for one that is half way into the page */
		eventfd_write(self->event, 1);
		vectors(self->vp);
		late += signalled(self->event, self->vp) > 0;
		test_ok(set_id_on_partition(&self->vm, 0));
		seen += signalled(self->event, self->vp) > 0;
	}
	s.stop = true;
	ASSERT_EQ(0, pthread_join(s.thread, NULL));
	EXPECT_EQ(0, late);
	EXPECT_LT(0, seen);
}

/* ---- the end of many; a wait for others would be a switch of the thread for each */

#define MANY	64

FIXTURE(many) {
	struct mshv_vm vm;
	int event[MANY], other;
};

FIXTURE_SETUP(many)
{
	int i;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver waits for a grace period each");
	test_ok(mshv_vm_setup(&self->vm));
	self->other = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, self->other);
	for (i = 0; i < MANY; i++) {
		self->event[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		ASSERT_LE(0, self->event[i]);
	}
}

FIXTURE_TEARDOWN(many)
{
	mshv_vm_close(&self->vm);
}

static long waits(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? -1 : usage.ru_nvcsw;
}

static int bell(int pt, int fd, unsigned int i, uint32_t flags)
{
	struct mshv_user_ioeventfd args = {
		.addr = GUEST_MMIO + 8 * i, .len = 4, .fd = fd, .flags = flags,
	};

	return ioctl(pt, MSHV_IOEVENTFD, &args) ? -errno : 0;
}

TEST_F(many, doorbells_end_without_a_wait)
{
	long before;
	int i;

	for (i = 0; i < MANY; i++)
		test_ok(bell(self->vm.fd, self->event[i], i, 0));
	before = waits();
	for (i = 0; i < MANY; i++)
		test_ok(bell(self->vm.fd, self->event[i], i, BIT(MSHV_IOEVENTFD_BIT_DEASSIGN)));
	EXPECT_LT(waits() - before, MANY / 2);
}

TEST_F(many, resampled_interrupts_end_without_a_wait)
{
	long before;
	int i;

	test_route(self->vm.fd, GSI, 0xfee00000, 0x8000 | GUEST_VECTOR_A);
	for (i = 0; i < MANY; i++)
		test_irqfd(self->vm.fd, self->event[i], self->other, GSI,
			   BIT(MSHV_IRQFD_BIT_RESAMPLE));
	before = waits();
	for (i = 0; i < MANY; i++)
		test_irqfd(self->vm.fd, self->event[i], 0, GSI, BIT(MSHV_IRQFD_BIT_DEASSIGN));
	EXPECT_LT(waits() - before, MANY / 2);
}

TEST_HARNESS_MAIN
