// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A KVM for arm64 that has ID registers and nothing else.
 */
#include <errno.h>
#include <string.h>

#include "fakekvm.h"
#include "mock.h"
#include "test.h"

/* The kernel's numbers, spelled out. */
#define CREATE_VM 0xae01ul
#define CHECK_EXTENSION 0xae03ul
#define CREATE_VCPU 0xae41ul
#define ENABLE_CAP 0x4068aea3ul
#define GET_ONE_REG 0x4010aeabul
#define SET_ONE_REG 0x4010aeacul
#define VCPU_INIT 0x4020aeaeul
#define PREFERRED_TARGET 0x8020aeaful
#define GET_MASKS 0x8040aeb6ul

#define VMS 4
#define VM_FD 200
#define VCPU_FD 300
#define PFR0 32
#define DFR0 40
#define DFR1 41
#define ISAR0 48
#define CLIDR 65

struct fakekvm fakekvm;

static struct vm {
	bool used, has_vcpu, imp;
	uint32_t features;
	uint64_t reg[192];
} vms[VMS];

struct one_reg {
	uint64_t id, addr;
};

static void *at(uint64_t pointer)
{
	return (void *)(uintptr_t)pointer;
}

static uint64_t mask_of(unsigned int reg)
{
	switch (reg) {
	case 0:
		return 0xffffffff;
	case PFR0:
		/* All but FP and AdvSIMD. */
		return 0xffffffffff00ffff;
	case DFR0:
		return 0xf00;
	case DFR1:
		/* BRPs, 8 bits. */
		return 0xff00;
	case CLIDR:
		/* Ttypen, 14 bits. */
		return 0x3fffull << 33;
	case ISAR0:
		/* Bits 24 to 27 have no name and are writable all the same. */
		return 0xfffffffffffffff0;
	default:
		return 0;
	}
}

static bool is_there(unsigned int reg)
{
	return reg == 0 || reg == 6 || (reg >= 8 && reg < 64) || reg == CLIDR || reg == 129;
}

/* Each field of 4 bits may be lowered; those outside the mask must stay. */
static int judge(unsigned int reg, uint64_t value)
{
	uint64_t host = fakekvm.host[reg];

	if ((value ^ host) & ~mask_of(reg))
		return -EINVAL;
	for (unsigned int shift = 0; reg && shift < 64; shift += 4) {
		uint64_t now = value >> shift & 0xf, limit = host >> shift & 0xf;

		if (reg == DFR0 && shift == 8 && now == 0xf)
			continue;
		if (now > limit)
			return -EINVAL;
	}
	/* SHA512 (SHA2 = 2) needs AES: a rule across fields. */
	if (reg == ISAR0 && (value >> 12 & 0xf) == 2 && !(value >> 4 & 0xf))
		return -EINVAL;
	return 0;
}

static int reg_of(uint64_t id)
{
	uint64_t low = id & 0xffff;

	CHECK_EQ(id & ~0xffffull, 0x6030000000130000ull);
	CHECK_EQ(low & 0xc000, 0xc000);
	if ((low & 0x3800) == 0x1800)
		return (int)(128 + (low & 0x3f));
	return (int)((low & 0x3800) >> 11) * 64 + (int)(low & 0x3f);
}

static struct vm *vm_of(int fd)
{
	int i = fd >= VCPU_FD ? fd - VCPU_FD : fd - VM_FD;

	CHECK(i >= 0 && i < VMS && vms[i].used);
	return &vms[i];
}

static bool is_hidden(int fd, unsigned int reg)
{
	/* The scratch VCPU is the first, and has all. */
	return !is_there(reg) || (fd > VCPU_FD && reg == fakekvm.hidden);
}

static int one_reg(int fd, unsigned long request, const struct one_reg *args)
{
	struct vm *vm = vm_of(fd);
	unsigned int reg = (unsigned int)reg_of(args->id);
	uint64_t value;
	int err;

	if (is_hidden(fd, reg))
		return -ENOENT;
	if (request == GET_ONE_REG) {
		memcpy(at(args->addr), &vm->reg[reg], 8);
		return 0;
	}
	memcpy(&value, at(args->addr), 8);
	if (value == vm->reg[reg])
		return 0;
	if (fd > VCPU_FD && fakekvm.has_run)
		return -EBUSY;
	err = reg == 0 && !vm->imp ? -EINVAL : judge(reg, value);
	if (err)
		return err;
	/* A PMU that is not the architecture's is stored as none. */
	if (reg == DFR0 && (value >> 8 & 0xf) == 0xf)
		value &= ~0xf00ull;
	vm->reg[reg] = value;
	fakekvm.writes++;
	return 0;
}

static int create_vm(unsigned long bits)
{
	CHECK_EQ(bits, 32);
	for (int i = 0; i < VMS; i++) {
		if (vms[i].used)
			continue;
		memset(&vms[i], 0, sizeof(vms[i]));
		memcpy(vms[i].reg, fakekvm.host, sizeof(vms[i].reg));
		vms[i].used = true;
		fakekvm.open++;
		return VM_FD + i;
	}
	return -EMFILE;
}

static int extension(unsigned long cap)
{
	if (cap == 230)
		return !fakekvm.old;
	if (cap == 239)
		return !fakekvm.no_imp;
	return cap == 126 || cap == 170 || cap == 171;
}

static int enable_cap(int fd, const uint32_t *cap)
{
	struct vm *vm = vm_of(fd);

	if (*cap != 239 || fakekvm.no_imp || vm->has_vcpu)
		return -EINVAL;
	vm->imp = true;
	fakekvm.imp_enabled |= fd > VM_FD;
	return 0;
}

static int get_masks(const uint64_t *args)
{
	uint64_t *masks = at(args[0]);

	for (unsigned int i = 1; i < 8; i++)
		CHECK_EQ(args[i], 0);
	for (unsigned int reg = 0; reg < 192; reg++)
		masks[reg] = mask_of(reg);
	return 0;
}

static int vcpu_init(int fd, const uint32_t *args)
{
	/* PMU and SVE; no pointer authentication, as half of it is missing. */
	CHECK_EQ(args[0], 5);
	CHECK_EQ(args[1], 1 << 3 | 1 << 4);
	vm_of(fd)->features = args[1];
	return 0;
}

static int create_vcpu(int fd)
{
	vm_of(fd)->has_vcpu = true;
	fakekvm.open++;
	return fd - VM_FD + VCPU_FD;
}

static int answer(int fd, unsigned long request, void *arg)
{
	if (request == fakekvm.fail_request) {
		if (!fakekvm.fail_after) {
			if (!fakekvm.fail_for_good)
				fakekvm.fail_request = 0;
			return fakekvm.fail_errno;
		}
		fakekvm.fail_after--;
	}
	switch (request) {
	case CHECK_EXTENSION:
		return extension((uintptr_t)arg);
	case CREATE_VM:
		CHECK_EQ(fd, FAKEKVM_FD);
		return create_vm((uintptr_t)arg);
	case ENABLE_CAP:
		return enable_cap(fd, arg);
	case GET_MASKS:
		return get_masks(arg);
	case CREATE_VCPU:
		return create_vcpu(fd);
	case PREFERRED_TARGET:
		*(uint32_t *)arg = 5;
		return 0;
	case VCPU_INIT:
		return vcpu_init(fd, arg);
	case GET_ONE_REG:
	case SET_ONE_REG:
		return one_reg(fd, request, arg);
	default:
		CHECK_EQ(request, 0);
		return -ENOTTY;
	}
}

static void answer_close(int fd)
{
	struct vm *vm = vm_of(fd);

	fakekvm.open--;
	if (fd < VCPU_FD)
		vm->used = false;
}

void fakekvm_start(void)
{
	memset(&fakekvm, 0, sizeof(fakekvm));
	memset(vms, 0, sizeof(vms));
	fakekvm.hidden = 191;
	fakekvm.host[0] = 0x410fd0c1;
	fakekvm.host[6] = 7;
	fakekvm.host[PFR0] = 0x0000000021110222;
	fakekvm.host[DFR0] = 0x0000000010305609;
	fakekvm.host[ISAR0] = 0x1221111110212120;
	fakekvm.host[DFR1] = 0x1200;
	fakekvm.host[129] = 0x9444c004;
	mock_expect(NULL, 0);
	mock_ioctl(answer);
	mock_close(answer_close);
}

int fakekvm_vm(void)
{
	return create_vm(32);
}

int fakekvm_vcpu(int vm_fd)
{
	return create_vcpu(vm_fd);
}

uint64_t fakekvm_reg(int vcpu_fd, unsigned int reg)
{
	return vm_of(vcpu_fd)->reg[reg];
}

unsigned int fakekvm_changed(int vcpu_fd)
{
	unsigned int n = 0;

	for (unsigned int reg = 0; reg < 192; reg++)
		n += fakekvm_reg(vcpu_fd, reg) != fakekvm.host[reg];
	return n;
}
