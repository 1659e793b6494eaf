// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Guest memory that other threads take away, or change, while the library uses it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emulate/walk.h"
#include "memrig.h"
#include "test.h"

#define GPA 0x100000
#define SIZE 0x4000
#define PATIENCE 50 /* ms; what is not held up takes much less */

/**
 * struct race - an access that stops half way, by a page fault of this process
 * @memory: what is accessed, of the guest at GPA
 * @inside: the access is being made
 * @unmapped: mshv_vm_unmap() has returned
 * @err: what
 * @early: that was so before the access was made, or others went on meanwhile
 */
static struct race {
	uint8_t *memory;
	bool inside, unmapped, early;
	int err;
} race;

static bool is(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

static void set(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_SEQ_CST);
}

static void stopped(int signal_number)
{
	set(&race.inside);
	for (int ms = 0; ms < PATIENCE && !is(&race.unmapped); ms++)
		usleep(1000);
	race.early = is(&race.unmapped);
	if (mprotect(race.memory, SIZE, PROT_READ | PROT_WRITE))
		signal(signal_number, SIG_DFL);
}

static void *unmap(void *unused)
{
	while (!is(&race.inside))
		usleep(100);
	race.err = mshv_vm_unmap(fake.vm, GPA);
	set(&race.unmapped);
	return unused;
}

/* Memory of the guest, zero but for what is given, in which only these accesses work. */
static void start(const void *bytes, size_t n, int works)
{
	memset(&race, 0, sizeof(race));
	memrig_start(1);
	race.memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	CHECK(race.memory != MAP_FAILED);
	memcpy(race.memory, bytes, n);
	CHECK_EQ(mshv_vm_map(fake.vm, GPA, race.memory, SIZE, MSHV_MEM_WRITE), 0);
	CHECK_EQ(mprotect(race.memory, SIZE, works), 0);
	fakevp_set64(HV_X64_REGISTER_RBX, GPA);
	fakevp_set64(HV_X64_REGISTER_RSI, GPA);
	fakevp_set64(HV_X64_REGISTER_RDI, GPA);
}

/*
 * Handle an exit whose access stops: whatever becomes of the instruction, the memory is
 * not gone before.
 */
static void finish(int (*handle)(void), void (*stops)(int signal_number))
{
	const struct sigaction action = { .sa_handler = stops };
	struct sigaction before;
	pthread_t thread;

	CHECK_EQ(sigaction(SIGSEGV, &action, &before), 0);
	fakevp_run();
	CHECK_EQ(pthread_create(&thread, NULL, unmap, NULL), 0);
	handle();
	CHECK(is(&race.inside));
	pthread_join(thread, NULL);
	CHECK_EQ(sigaction(SIGSEGV, &before, NULL), 0);
	CHECK_EQ(race.err, 0);
	CHECK(!race.early);
	munmap(race.memory, SIZE);
}

/* The same, and nobody else is there. */
static void finish_alone(int (*handle)(void))
{
	finish(handle, stopped);
	fakevp_finish();
}

static int handle_mmio(void)
{
	return mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig);
}

static int handle_port(void)
{
	return mshv_vp_handle_port(fake.vp, &memrig_ports, &memrig);
}

/* insb and outsb */
TEST(unmap_waits_for_port_strings)
{
	for (int write = 0; write < 2; write++) {
		struct hv_x64_io_port_intercept_message *m;

		start("", 0, PROT_NONE);
		m = fakevp_port(0x60, 1, write);
		m->access_info.string_op = 1;
		m->header.cs_segment._long = 0;
		m->header.cs_segment._default = 1;
		m->header.execution_state.cr0_pe = 1;
		finish_alone(handle_port);
	}
}

/* movsb to memory, and from there, and lock incl (%ebx), which reads first */
TEST(unmap_waits_for_operands)
{
	start("", 0, PROT_NONE);
	fakevp_set64(HV_X64_REGISTER_RSI, MEMRIG_DEVICE);
	MEMRIG_EXIT(32, "\xa4");
	finish_alone(handle_mmio);

	start("", 0, PROT_NONE);
	fakevp_set64(HV_X64_REGISTER_RDI, MEMRIG_DEVICE);
	MEMRIG_EXIT(32, "\xa4");
	finish_alone(handle_mmio);

	start("", 0, PROT_READ);
	MEMRIG_EXIT(32, "\xf0\xff\x03");
	finish_alone(handle_mmio);
}

/* mov (%ebx), %eax, which the host has not read */
TEST(unmap_waits_for_code)
{
	start("\x8b\x03", 2, PROT_NONE);
	fakevp_set64(HV_X64_REGISTER_RIP, GPA);
	MEMRIG_EXIT(32, "");
	finish_alone(handle_mmio);
}

/* mov (%rbx), %eax: tables are read, and marked */
TEST(unmap_waits_for_page_tables)
{
	static const uint64_t entry = (GPA + 0x1000) | 3;

	for (int works = PROT_NONE; works <= PROT_READ; works += PROT_READ - PROT_NONE) {
		start(&entry, sizeof(entry), works);
		if (works == PROT_READ) {
			/* A table that is its own child, 4 times over. */
			CHECK_EQ(mprotect(race.memory, SIZE, PROT_READ | PROT_WRITE), 0);
			memcpy(race.memory, (uint64_t[]){ GPA | 3 }, 8);
			CHECK_EQ(mprotect(race.memory, SIZE, works), 0);
		}
		fakevp_set64(HV_X64_REGISTER_CR0, 0x80010001);
		fakevp_set64(HV_X64_REGISTER_CR3, GPA);
		fakevp_set64(HV_X64_REGISTER_EFER, 0x500);
		fakevp_set64(HV_X64_REGISTER_RBX, 0);
		MEMRIG_EXIT(64, "\x8b\x03");
		finish_alone(handle_mmio);
	}
}

static unsigned int looks;

/* Other VPs look memory up all the time. */
static void *look(void *unused)
{
	void *addr;

	while (!is(&race.unmapped)) {
		__atomic_add_fetch(&looks, 1, __ATOMIC_SEQ_CST);
		mshv_vm_host_addr(fake.vm, 0, 1, 0, &addr);
	}
	return unused;
}

/* The access lasts until they are held up, if ever: by the one that unmaps memory. */
static void stopped_until_others_are(int signal_number)
{
	unsigned int seen = 0, same = 0;

	set(&race.inside);
	for (int ms = 0; ms < 2000 && same < PATIENCE; ms++) {
		unsigned int now = __atomic_load_n(&looks, __ATOMIC_SEQ_CST);

		usleep(1000);
		same = now && now == seen ? same + 1 : 0;
		seen = now;
	}
	race.early = same < PATIENCE;
	if (mprotect(race.memory, SIZE, PROT_READ | PROT_WRITE))
		signal(signal_number, SIG_DFL);
}

/* movsb from memory */
TEST(unmap_comes_before_later_accesses)
{
	pthread_t thread;

	start("", 0, PROT_NONE);
	fakevp_set64(HV_X64_REGISTER_RDI, MEMRIG_DEVICE);
	MEMRIG_EXIT(32, "\xa4");
	looks = 0;
	CHECK_EQ(pthread_create(&thread, NULL, look, NULL), 0);
	finish(handle_mmio, stopped_until_others_are);
	pthread_join(thread, NULL);
	fakevp_finish();
}

static uint64_t entry_meanwhile;

/* Another VP changes the entry between its being read and its being marked. */
static void change_entry(int signal_number)
{
	if (mprotect(race.memory, SIZE, PROT_READ | PROT_WRITE))
		signal(signal_number, SIG_DFL);
	else
		memcpy(race.memory, &entry_meanwhile, sizeof(entry_meanwhile));
	set(&race.inside);
}

/* Find an address for writing, of which the lowest table is at GPA, and the page at 0. */
static int walk_changed(uint64_t meanwhile, uint64_t *gpa)
{
	const struct sigaction action = { .sa_handler = change_entry };
	struct sigaction before;
	int err;

	start((uint64_t[]){ 3 }, 8, PROT_READ);
	for (unsigned int level = 1; level < 4; level++)
		memcpy(memrig.ram + 0x1000 * level,
		       (uint64_t[]){ (level < 3 ? 0x1000 * (level + 1) : GPA) | 0x23 }, 8);
	fakevp_set64(HV_X64_REGISTER_CR0, 0x80010001);
	fakevp_set64(HV_X64_REGISTER_EFER, 0x500);
	fakevp_port(0x60, 1, true);
	fakevp_run();

	entry_meanwhile = meanwhile;
	CHECK_EQ(sigaction(SIGSEGV, &action, &before), 0);
	err = walk(fake.vp, 0x123, WALK_WRITE, gpa);
	CHECK_EQ(sigaction(SIGSEGV, &before, NULL), 0);
	CHECK(is(&race.inside));
	memcpy(&entry_meanwhile, race.memory, sizeof(entry_meanwhile));
	CHECK_EQ(mshv_vm_unmap(fake.vm, GPA), 0);
	munmap(race.memory, SIZE);
	return err;
}

/* What is no entry by now keeps its bits, and an entry of another page leads there. */
TEST(walk_marks_only_what_it_has_read)
{
	uint64_t gpa;

	CHECK_EQ(walk_changed(0x7000, &gpa), -EFAULT);
	CHECK_EQ(entry_meanwhile, 0x7000);
	CHECK(fake.vp->fault.valid);
	CHECK_EQ(fake.vp->fault.exception.error_code, 2);
	fakevp_finish();

	CHECK_EQ(walk_changed(0x7003, &gpa), 0);
	CHECK_EQ(gpa, 0x7123);
	CHECK_EQ(entry_meanwhile, 0x7063);
	fakevp_finish();
}
