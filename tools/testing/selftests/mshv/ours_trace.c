// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's tracepoints: each is passed in the life of a virtual machine, and names
 * what it is about.
 */
#include "mshv_test.h"

#define TRACING	"/sys/kernel/tracing/"
#define EVENTS	TRACING "events/mshv/"

FIXTURE(trace) {
	struct mshv_vm vm;
	char *text;
	size_t size;
};

FIXTURE_SETUP(trace)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has other tracepoints");
	ASSERT_EQ(0, mshv_put(TRACING "trace", ""));
	ASSERT_EQ(0, mshv_put(EVENTS "enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	mshv_put(EVENTS "enable", "0");
	free(self->text);
}

static int life(struct mshv_vm *vm)
{
	int ret = mshv_vm_setup(vm);

	if (ret)
		return ret;
	mshv_load(vm, GUEST_CODE, count_out);
	ret = _test_run(&vm->vp[0]);
	mshv_vm_close(vm);
	return ret;
}

static char *read_all(size_t *size)
{
	FILE *f = fopen(TRACING "trace", "re");
	char *text = NULL;

	*size = 0;
	if (f) {
		if (getdelim(&text, size, '\0', f) < 0) {
			free(text);
			text = NULL;
		}
		fclose(f);
	}
	return text;
}

/* The first line of an event, or NULL. */
static const char *find(const char *text, const char *event)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), " %s: ", event);
	text = strstr(text, pattern);
	return text ? text + strlen(pattern) : NULL;
}

TEST_F(trace, each_is_there)
{
	unsigned long long id = 0, other = 0, rip = 0, gpa = 1;
	unsigned int vp = 1, message = 0, port = 0;
	char name[32] = "";
	const char *line;
	int ret = 1, n;

	ASSERT_EQ(0, life(&self->vm));
	ASSERT_EQ(0, mshv_put(EVENTS "enable", "0"));
	self->text = read_all(&self->size);
	ASSERT_NE(NULL, self->text);

	line = find(self->text, "mshv_partition_create");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu flags=", &id);
	ASSERT_EQ(1, n);
	line = find(self->text, "mshv_vp_create");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu vp=%u", &other, &vp);
	ASSERT_EQ(2, n);
	EXPECT_EQ(id, other);
	EXPECT_EQ(0, vp);
	line = find(self->text, "mshv_vp_fault");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu vp=%u gpa=%*x access=%*u ret=%d", &other, &vp, &ret);
	EXPECT_EQ(3, n);
	EXPECT_EQ(id, other);
	EXPECT_EQ(0, ret);
	line = find(self->text, "mshv_vp_run");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu vp=%u message=%x ret=%d", &other, &vp, &message, &ret);
	EXPECT_EQ(4, n);
	EXPECT_EQ(id, other);
	EXPECT_EQ(HVMSG_X64_IO_PORT_INTERCEPT, message);
	EXPECT_EQ(0, ret);
	n = sscanf(line, "%*s %*s %*s %*s exit=%31s rip=%llx gpa=%llx number=%x", name, &rip, &gpa,
		   &port);
	EXPECT_EQ(4, n);
	EXPECT_STREQ("io-port", name);
	EXPECT_LT(GUEST_CODE, rip);
	EXPECT_GT(GUEST_CODE + 0x100, rip);
	EXPECT_EQ(0, gpa);
	EXPECT_EQ(GUEST_PORT_DONE, port);
	line = find(self->text, "mshv_partition_destroy");
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu", &other);
	EXPECT_EQ(1, n);
	EXPECT_EQ(id, other);
}

TEST_F(trace, dispatch_is_there_with_the_root_scheduler)
{
	unsigned int vp = 1, flags, state, event, status = 1;
	unsigned long long id;
	const char *line;
	int n;

	ASSERT_EQ(0, life(&self->vm));
	ASSERT_EQ(0, mshv_put(EVENTS "enable", "0"));
	self->text = read_all(&self->size);
	ASSERT_NE(NULL, self->text);
	line = find(self->text, "mshv_vp_dispatch");
	if (!mshv_scheduler_is_root()) {
		EXPECT_EQ(NULL, line);
		return;
	}
	ASSERT_NE(NULL, line);
	n = sscanf(line, "partition=%llu vp=%u flags=%x state=%u event=%u status=%x", &id, &vp,
		   &flags, &state, &event, &status);
	ASSERT_EQ(6, n);
	EXPECT_EQ(0, vp);
	EXPECT_EQ(0, status);
	/* and the intercept at the end */
	while (event != HV_VP_DISPATCH_EVENT_INTERCEPT && line) {
		line = find(line, "mshv_vp_dispatch");
		ASSERT_NE(NULL, line);
		n = sscanf(line, "partition=%llu vp=%u flags=%x state=%u event=%u", &id, &vp,
			   &flags, &state, &event);
		ASSERT_EQ(5, n);
	}
}

static bool run_is_traced(struct mshv_vm *vm, const char *filter)
{
	bool traced = false;
	size_t size;
	char *text;

	if (mshv_put(EVENTS "mshv_vp_run/filter", filter) || mshv_put(TRACING "trace", "") ||
	    life(vm))
		return false;
	text = read_all(&size);
	traced = text && find(text, "mshv_vp_run");
	free(text);
	return traced;
}

/* As the recipes have it: by fields. */
TEST_F(trace, filter)
{
	EXPECT_TRUE(run_is_traced(&self->vm, "message == 0x80010000"));
	EXPECT_FALSE(run_is_traced(&self->vm, "message == 0x80010001"));
	EXPECT_TRUE(run_is_traced(&self->vm, "vp == 0 && ret == 0 && rip > 0 && gpa == 0"));
	EXPECT_TRUE(run_is_traced(&self->vm, "id > 1 && number > 0"));
	EXPECT_FALSE(run_is_traced(&self->vm, "id == 1"));
	EXPECT_EQ(0, mshv_put(EVENTS "mshv_vp_run/filter", "0"));
	if (access(EVENTS "mshv_vp_run/hist", F_OK))
		return;
	EXPECT_EQ(0, mshv_put(EVENTS "mshv_vp_run/trigger", "hist:keys=id,message"));
	EXPECT_EQ(0, mshv_put(EVENTS "mshv_vp_run/trigger", "!hist:keys=id,message"));
}

TEST_HARNESS_MAIN
