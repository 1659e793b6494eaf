/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small virtual machine on /dev/mshv, for the selftests. Functions return 0,
 * a descriptor, or -errno; those whose name begins with an underscore have an
 * asserting counterpart in mshv_test.h.
 */
#ifndef MSHV_SELFTEST_VM_H
#define MSHV_SELFTEST_VM_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mshv.h>
#include <hvabi/hvabi.h>

#include "guest.h"

#define MSHV_TEST_MAX_VPS	4
#define PAGE_SIZE		4096UL
#define BIT(n)			(1ULL << (n))

/*
 * How long what must come is waited for, in seconds. No test that passes waits that long
 * in vain, so it says only that a machine may be slow, or have other things to do.
 */
#define PATIENCE_S		200

/* Flags of a partition for tests that do not care. */
#define MSHV_TEST_PT_FLAGS						\
	(BIT(MSHV_PT_BIT_LAPIC) | BIT(MSHV_PT_BIT_X2APIC) |		\
	 BIT(MSHV_PT_BIT_GPA_SUPER_PAGES))

#define MEM_RO	0
#define MEM_RX	BIT(MSHV_SET_MEM_BIT_EXECUTABLE)
#define MEM_RW	BIT(MSHV_SET_MEM_BIT_WRITABLE)
#define MEM_RWX	(MEM_RW | MEM_RX)

struct mshv_vp {
	int fd;
	uint32_t index;
	struct hv_vp_register_page *page;	/* NULL until mapped */
	struct hv_message msg;			/* of the last run */
};

struct mshv_vm {
	int dev;
	int fd;
	uint8_t *ram;				/* guest physical address 0 */
	size_t ram_size;
	struct mshv_vp vp[MSHV_TEST_MAX_VPS];
};

/* mshv_vm.c: the operations on the device */
int _test_open_dev(void);
int _test_create_partition(int dev, uint64_t flags);
int _test_create_partition_v2(int dev, struct mshv_create_partition_v2 *args);
int _test_initialize(int pt);
int _test_create_vp(int pt, uint32_t index);
int _test_map(int pt, void *addr, uint64_t size, uint64_t gfn, uint8_t flags);
int _test_unmap(int pt, void *addr, uint64_t size, uint64_t gfn);
int _test_hvcall(int fd, struct mshv_root_hvcall *args);
int _test_get_property(int fd, uint32_t code, uint64_t *value);
int _test_set_property(int fd, uint32_t code, uint64_t value);
int _test_run(struct mshv_vp *vp);
int _test_get_regs(struct mshv_vp *vp, struct hv_register_assoc *regs, int n);
int _test_set_regs(struct mshv_vp *vp, const struct hv_register_assoc *regs,
		   int n);
int _test_set_reg(struct mshv_vp *vp, uint32_t name, uint64_t value);
int _test_install_intercept(int pt, uint32_t type, uint32_t access,
			    uint64_t parameter);
int _test_irqfd(int pt, int fd, int resamplefd, uint32_t gsi, uint32_t flags);
int _test_route(int pt, uint32_t gsi, uint32_t address, uint32_t data);
int _test_assert_interrupt(int pt, uint32_t vector, uint64_t apic_id,
			   uint32_t type, bool level);

/* mshv_vm.c: made of the above */
uint16_t mshv_hvcall_status(int fd, uint16_t code, const void *in,
			    uint16_t in_size, void *out, uint16_t out_size);
uint64_t mshv_get_reg(struct mshv_vp *vp, uint32_t name);
int mshv_vm_create(struct mshv_vm *vm, uint64_t flags);
int mshv_vm_open(struct mshv_vm *vm);
int mshv_vm_ram(struct mshv_vm *vm, size_t size);
int mshv_vm_add_vp(struct mshv_vm *vm, uint32_t index);
int mshv_vm_setup(struct mshv_vm *vm);
void mshv_vm_set_vector(struct mshv_vm *vm, uint8_t vector, uint16_t offset);
void mshv_vm_close(struct mshv_vm *vm);
int mshv_vp_map_page(struct mshv_vp *vp);
int mshv_vp_real_mode(struct mshv_vp *vp, uint64_t rip);
int mshv_vp_long_mode(struct mshv_vm *vm, struct mshv_vp *vp, uint64_t rip);
int mshv_vp_set_cs(struct mshv_vp *vp, uint64_t base);
int mshv_vp_set_fs(struct mshv_vp *vp, uint64_t base);
int mshv_vp_skip(struct mshv_vp *vp);
int mshv_vp_enable_x2apic(struct mshv_vp *vp);
void *mshv_alloc(size_t size);

/* Writes to a file of the kernel's; "" empties it. */
int mshv_put(const char *path, const char *text);

/* Puts a guest of guest16.S or guest64.S into the memory of a partition. */
#define mshv_load(vm, gpa, name)	guest_copy((vm)->ram + (gpa), name)

/* The header with which every intercept message begins. */
static inline const struct hv_x64_intercept_message_header *
mshv_header(const struct mshv_vp *vp)
{
	return (const void *)vp->msg.u.payload;
}

/* The payload of the last message as a pointer to @type. */
#define mshv_payload(vp, type)	((const type *)(vp)->msg.u.payload)

static inline uint32_t mshv_data32(const struct mshv_vm *vm, unsigned int i)
{
	return ((const volatile uint32_t *)(vm->ram + GUEST_DATA))[i];
}

static inline uint64_t mshv_data64(const struct mshv_vm *vm, unsigned int i)
{
	return ((const volatile uint64_t *)(vm->ram + GUEST_DATA))[i];
}

/*
 * Which driver runs: the in-tree one is the reference, and is known to be wrong
 * in places. MSHV_DRIVER=in-tree|ours overrules what the module itself says
 * (the kernel taints modules that were built outside its tree).
 */
bool mshv_driver_is_in_tree(void);

/* Who schedules the VPs: the driver knows, but tells nobody except its log. */
bool mshv_scheduler_is_root(void);

/* The calling thread uses one of its capabilities (CAP_...) no longer, or again. */
int mshv_use_capability(unsigned int capability, bool use);

#endif
