// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A /dev/mshv that knows feature banks and overrides of ID registers.
 */
#include <errno.h>
#include <string.h>

#include "fakebanks.h"
#include "mock.h"
#include "test.h"

#define CREATE_PARTITION 0x4010b800ul
#define INITIALIZE 0xb800ul
#define ROOT_HVCALL 0xc020b807ul

#define BANK0_HOST 0x0000000000000007ull	/* SSE3, LAHF, SSSE3 */
#define AVX 2
#define AVX2 3

struct fakebanks fakebanks;

struct hvcall_args {
	uint16_t code, reps, in_sz, out_sz, status;
	uint8_t rsvd[6];
	uint64_t in_ptr, out_ptr;
};

static void *at(uint64_t pointer)
{
	return (void *)(uintptr_t)pointer;
}

static int create(const uint64_t *args)
{
	if (fakebanks.create_error)
		return fakebanks.create_error;
	if (args[3] & fakebanks.needed)
		return -EOPNOTSUPP;
	CHECK_EQ(args[0], 1 << 3);
	CHECK_EQ(args[1], 0);
	CHECK_EQ(args[2], 2);
	fakebanks.disabled[0] = args[3];
	fakebanks.disabled[1] = args[4];
	CHECK_EQ(args[5] | args[6], 0);
	fakebanks.disabled[2] = args[7];
	fakebanks.initialised = false;
	fakebanks.open++;
	return VM_FD;
}

static uint64_t bank(int fd, unsigned int i)
{
	uint64_t has = fakebanks.host[i];

	if (fd == DEV_FD)
		return has;
	has &= ~fakebanks.disabled[i];
	/* AVX2 cannot be without AVX. */
	if (i == 2 && !(has & 1 << AVX))
		has &= ~(1ull << AVX2);
	if (i == 0)
		has = (has & ~fakebanks.never) | fakebanks.always;
	return has;
}

static int get_property(int fd, struct hvcall_args *a)
{
	const uint32_t *in = at(a->in_ptr);
	unsigned int i = in[2] == 0x60002 ? 2 : in[2] - 0x6000a;

	CHECK(i < 3);
	*(uint64_t *)at(a->out_ptr) = bank(fd, i);
	return 0;
}

/* AES may be lowered; ID_AA64ISAR1_EL1 be anything; ID_AA64PFR0_EL1 only be read. */
static int set_register(struct hvcall_args *a)
{
	const uint32_t *in = at(a->in_ptr);
	uint64_t value;

	CHECK_EQ(a->in_sz, 48);
	CHECK_EQ(in[2], 0xffffffff);
	memcpy(&value, in + 8, 8);
	if (in[4] == 0x22031) {
		fakebanks.id[49] = fakebanks.stuck ? 0 : value;
		a->reps = 1;
		return 0;
	}
	if (in[4] != 0x22030 || (value >> 4 & 0xf) > fakebanks.most_aes) {
		a->status = 5;
		a->reps = 0;
		return -EINVAL;
	}
	fakebanks.id[48] = value;
	a->reps = 1;
	return 0;
}

static int get_register(struct hvcall_args *a)
{
	const uint32_t *in = at(a->in_ptr);

	CHECK_EQ(a->in_sz, 20);
	CHECK_EQ(a->out_sz, 16);
	CHECK_EQ(in[2], 0xffffffff);
	if (in[4] != 0x22030 && in[4] != 0x22031 && in[4] != 0x22020) {
		a->status = 5;
		a->reps = 0;
		return -EINVAL;
	}
	memcpy(at(a->out_ptr), &fakebanks.id[in[4] - 0x22000], 8);
	a->reps = 1;
	return 0;
}

static int answer(int fd, unsigned long request, void *arg)
{
	struct hvcall_args *a = arg;

	if (request == CREATE_PARTITION) {
		CHECK_EQ(fd, DEV_FD);
		return create(arg);
	}
	if (request == INITIALIZE) {
		fakebanks.initialised = true;
		return 0;
	}
	CHECK_EQ(request, ROOT_HVCALL);
	CHECK(fd == DEV_FD || fakebanks.initialised);
	if (a->code == 0x44)
		return get_property(fd, a);
	CHECK_EQ(fd, VM_FD);
	CHECK(a->code == 0x50 || a->code == 0x51);
	return a->code == 0x50 ? get_register(a) : set_register(a);
}

static void answer_close(int fd)
{
	CHECK_EQ(fd, VM_FD);
	fakebanks.open--;
}

void fakebanks_start(void)
{
	memset(&fakebanks, 0, sizeof(fakebanks));
	fakebanks.host[0] = BANK0_HOST | 1ull << 63;	/* one without a name */
	fakebanks.host[2] = 0x1f;
	fakebanks.id[48] = 0x2120;
	fakebanks.most_aes = 2;
	fakebanks.id[32] = 0x22;
	mock_expect(NULL, 0);
	mock_ioctl(answer);
	mock_close(answer_close);
}
