// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments that are slow to come, since somebody else decides when a page does, and all
 * ioctls at once from several threads. Linux's own driver reads arguments with its locks
 * held: what waits there makes all others wait.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "mshv_test.h"
#include "documented.h"

#define THREADS		4
#define STORM		400

enum { ON_DEV, ON_PARTITION, ON_VP, NR_FDS };

/* Those whose argument is read, on each kind of descriptor. */
static const struct command {
	const char *name;
	unsigned long cmd;
	unsigned int on;
} commands[] = {
	{ "CREATE_PARTITION", MSHV_CREATE_PARTITION, ON_DEV },
	{ "CHECK_EXTENSION", MSHV_CHECK_EXTENSION, ON_DEV },
	{ "ROOT_HVCALL", MSHV_ROOT_HVCALL, ON_DEV },
	{ "CREATE_VP", MSHV_CREATE_VP, ON_PARTITION },
	{ "SET_GUEST_MEMORY", MSHV_SET_GUEST_MEMORY, ON_PARTITION },
	{ "IRQFD", MSHV_IRQFD, ON_PARTITION },
	{ "IOEVENTFD", MSHV_IOEVENTFD, ON_PARTITION },
	{ "SET_MSI_ROUTING", MSHV_SET_MSI_ROUTING, ON_PARTITION },
	{ "GET_GPAP_ACCESS_BITMAP", MSHV_GET_GPAP_ACCESS_BITMAP, ON_PARTITION },
	{ "ROOT_HVCALL", MSHV_ROOT_HVCALL, ON_PARTITION },
	{ "GET_VP_STATE", MSHV_GET_VP_STATE, ON_VP },
	{ "SET_VP_STATE", MSHV_SET_VP_STATE, ON_VP },
	{ "TRANSLATE_GVA", MSHV_VP_TRANSLATE_GVA, ON_VP },
	{ "ROOT_HVCALL", MSHV_ROOT_HVCALL, ON_VP },
};

FIXTURE(together) {
	struct mshv_vm vm;
	int fd[NR_FDS];
	int uffd;
	uint8_t *slow;		/* a page that comes when deliver() says so */
};

/* A page that nobody has touched, and the descriptor that says who does. */
static uint8_t *slow_page(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = PAGE_SIZE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	uint8_t *page = mshv_alloc(PAGE_SIZE);

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	range.range.start = (uintptr_t)page;
	if (!page || *uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &range))
		return NULL;
	return page;
}

FIXTURE_SETUP(together)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver reads arguments with its locks held");
	test_ok(mshv_vm_setup(&self->vm));
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	self->fd[ON_DEV] = self->vm.dev;
	self->fd[ON_PARTITION] = self->vm.fd;
	self->fd[ON_VP] = self->vm.vp[0].fd;
	self->slow = slow_page(&self->uffd);
	ASSERT_NE(NULL, self->slow);
}

FIXTURE_TEARDOWN(together)
{
	mshv_vm_close(&self->vm);
	close(self->uffd);
}

struct caller {
	pthread_t thread;
	int fd;
	unsigned long cmd;
	void *arg;
	int ret;
};

static void *call(void *arg)
{
	struct caller *c = arg;

	c->ret = ioctl(c->fd, c->cmd, c->arg);
	if (c->ret < 0)
		c->ret = -errno;
	return NULL;
}

static bool ends(pthread_t thread)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	return !pthread_timedjoin_np(thread, NULL, &end);
}

/* Somebody waits for the page. */
static bool is_wanted(int uffd)
{
	struct uffd_msg msg;

	return read(uffd, &msg, sizeof(msg)) == sizeof(msg) &&
	       msg.event == UFFD_EVENT_PAGEFAULT;
}

static int deliver(int uffd, uint8_t *page, const void *contents)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page,
		.src = (uintptr_t)contents,
		.len = PAGE_SIZE,
	};

	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/* Something that takes the partition's lock, and something of another VP. */
static void *others(void *arg)
{
	struct mshv_vm *vm = arg;
	int fd = _test_create_vp(vm->fd, 1);
	uint64_t rip = mshv_get_reg(&vm->vp[1], HV_X64_REGISTER_RIP);

	return (void *)(intptr_t)(fd == -EEXIST && rip ? 0 : -EPROTO);
}

/* Nothing waits for it that has nothing to do with it, and the result is the same. */
TEST_F(together, slow_argument_holds_nobody_up)
{
	uint8_t *zero = mshv_alloc(PAGE_SIZE);
	unsigned int i;

	ASSERT_NE(NULL, zero);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		struct caller c = {
			.fd = self->fd[commands[i].on],
			.cmd = commands[i].cmd,
			.arg = self->slow,
		};
		struct caller quick = c;
		pthread_t other;

		quick.arg = zero;
		memset(zero, 0, PAGE_SIZE);
		call(&quick);
		memset(zero, 0, PAGE_SIZE);
		ASSERT_EQ(0, pthread_create(&c.thread, NULL, call, &c));
		ASSERT_TRUE(is_wanted(self->uffd));
		ASSERT_EQ(0, pthread_create(&other, NULL, others, &self->vm));
		EXPECT_TRUE(ends(other))
			TH_LOG("%s", commands[i].name);
		ASSERT_EQ(0, deliver(self->uffd, self->slow, zero));
		ASSERT_TRUE(ends(c.thread));
		if (c.ret >= 0 && quick.ret >= 0 && c.cmd == MSHV_CREATE_PARTITION) {
			close(c.ret);
			close(quick.ret);
		} else {
			EXPECT_EQ(quick.ret, c.ret)
				TH_LOG("%s", commands[i].name);
		}
		ASSERT_EQ(0, madvise(self->slow, PAGE_SIZE, MADV_DONTNEED));
	}
}

/* The descriptor may be closed meanwhile, and all others of the partition. */
TEST_F(together, everything_is_closed_before_the_argument_comes)
{
	uint8_t *zero = mshv_alloc(PAGE_SIZE);
	struct caller c = { .cmd = MSHV_GET_VP_STATE, .arg = self->slow };

	ASSERT_NE(NULL, zero);
	c.fd = self->fd[ON_VP];
	ASSERT_EQ(0, pthread_create(&c.thread, NULL, call, &c));
	ASSERT_TRUE(is_wanted(self->uffd));
	mshv_vm_close(&self->vm);
	ASSERT_EQ(0, deliver(self->uffd, self->slow, zero));
	ASSERT_TRUE(ends(c.thread));
	EXPECT_EQ(-EINVAL, c.ret);
}

/* The message, on its way to the VMM, is not lost and not torn. */
TEST_F(together, message_is_slow_to_be_taken)
{
	uint8_t *ones = mshv_alloc(PAGE_SIZE);
	struct caller c = { .cmd = MSHV_RUN_VP, .arg = self->slow };
	const struct hv_message *msg = (const void *)self->slow;

	ASSERT_NE(NULL, ones);
	memset(ones, 0xff, PAGE_SIZE);
	test_load(&self->vm, count_out);
	c.fd = self->fd[ON_VP];
	ASSERT_EQ(0, pthread_create(&c.thread, NULL, call, &c));
	ASSERT_TRUE(is_wanted(self->uffd));
	EXPECT_EQ(-EEXIST, _test_create_vp(self->vm.fd, 1));
	ASSERT_EQ(0, deliver(self->uffd, self->slow, ones));
	ASSERT_TRUE(ends(c.thread));
	EXPECT_EQ(0, c.ret);
	EXPECT_EQ(HVMSG_X64_IO_PORT_INTERCEPT, msg->header.message_type);
	EXPECT_EQ(0xff, self->slow[sizeof(*msg)]);
}

/* Whoever waits for a page that never comes can be killed. */
TEST_F(together, killed_while_the_argument_is_awaited)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		int status, uffd;
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child) {
			void *page = slow_page(&uffd);

			if (!page)
				_exit(1);
			ioctl(self->fd[commands[i].on], commands[i].cmd, page);
			_exit(2);
		}
		usleep(100000);
		ASSERT_EQ(0, waitpid(child, &status, WNOHANG))
			TH_LOG("%s: status %#x", commands[i].name, status);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	test_load(&self->vm, count_out);
	test_run_to_port(&self->vm.vp[0], GUEST_PORT_DONE);
}

struct stormer {
	pthread_t thread;
	const int *fds;
	unsigned int seed;
	int odd;		/* an errno that is not documented for the ioctl */
	const char *where;
};

static bool is_documented(unsigned long cmd, int err)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(documented); i++)
		for (j = 0; j < ARRAY_SIZE(documented[i].errors); j++)
			if (documented[i].cmd == cmd && documented[i].errors[j] == err)
				return true;
	return false;
}

/* Mostly zero, so that some of it gets past the first checks. */
static void fill(uint8_t *arg, size_t size, unsigned int *seed)
{
	size_t i;

	memset(arg, 0, size);
	for (i = 0; i < 4; i++)
		arg[rand_r(seed) % size] = 1U << rand_r(seed) % 8;
}

static void *storm(void *data)
{
	uint8_t *arg = mshv_alloc(PAGE_SIZE);
	struct stormer *s = data;
	unsigned int i;

	for (i = 0; i < STORM && arg; i++) {
		const struct command *c = &commands[rand_r(&s->seed) % ARRAY_SIZE(commands)];
		int ret;

		fill(arg, _IOC_SIZE(c->cmd), &s->seed);
		ret = ioctl(s->fds[c->on], c->cmd, arg);
		if (ret < 0 && !is_documented(c->cmd, errno)) {
			s->odd = errno;
			s->where = c->name;
		}
		if (ret >= 0 && (c->cmd == MSHV_CREATE_PARTITION || c->cmd == MSHV_CREATE_VP))
			close(ret);
	}
	if (!arg)
		s->odd = ENOMEM;
	return NULL;
}

/* Whatever comes of it, each has an errno that is documented, and the guest runs. */
TEST_F(together, nonsense_from_all_sides)
{
	struct stormer s[THREADS] = { 0 };
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		s[i].fds = self->fd;
		s[i].seed = i + 1;
		ASSERT_EQ(0, pthread_create(&s[i].thread, NULL, storm, &s[i]));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(s[i].thread, NULL));
		EXPECT_EQ(0, s[i].odd)
			TH_LOG("%s", s[i].where);
	}
	test_ok(mshv_vp_real_mode(&self->vm.vp[0], GUEST_CODE));
	test_load(&self->vm, count_out);
	test_run_to_port(&self->vm.vp[0], GUEST_PORT_DONE);
}

TEST_HARNESS_MAIN
