/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VM with one VP whose kernel and hypervisor are a model: the ioctls of a VP
 * act on struct hvmodel.
 */
#ifndef MSHVCTL_TESTS_FAKEVP_H
#define MSHVCTL_TESTS_FAKEVP_H

#include <hvabi/intercept.h>
#include <hvabi/message.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stddef.h>

#include "hvmodel.h"

/**
 * struct fakevp
 * @model: registers and page
 * @vp: the library's object
 * @mode: how the page is after the next exit
 * @message: what the next exit says; its registers are filled in from the model
 * @run_error: what RUN_VP returns instead of exiting, once
 * @hvcall_error: what MSHV_ROOT_HVCALL returns, if not 0, before it makes the call
 * @address_bits: of the guest's physical addresses, where there is no @vm_ioctl to ask
 * @ioctls: made since fakevp_start()
 * @on_run: called in RUN_VP before anything else, or NULL; an error it returns is
 *	that of RUN_VP
 * @vm_ioctl: answers ioctls on the VM other than those of memory, or NULL
 * @vp_ioctl: answers ioctls on the VP that the model does not know, or NULL
 * @copies: the kernel has a control page, and does not leave messages in theirs
 * @control: the control page of a kernel that has one
 * @page: that of registers
 * @message_page: where it leaves them otherwise
 */
struct fakevp {
	struct hvmodel model;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	enum hv_page_mode mode;
	struct hv_message message;
	int run_error;
	int hvcall_error;
	unsigned int address_bits;
	unsigned int ioctls;
	int (*on_run)(void);
	int (*vm_ioctl)(unsigned long request, void *arg);
	int (*vp_ioctl)(unsigned long request, void *arg);
	bool has_control;
	bool copies;
	/* One behind the other, as they are mapped. */
	_Alignas(uint64_t) struct mshv_vp_control control;
	union hvmodel_page page;
	struct hv_message message_page;
};

_Static_assert(offsetof(struct fakevp, page) - offsetof(struct fakevp, control) == 4096 &&
	       offsetof(struct fakevp, message_page) - offsetof(struct fakevp, page) == 4096,
	       "three pages");

extern struct fakevp fake;

/* Make @fake anew. PAGE_MISSING: the kernel has no register page. */
void fakevp_start(enum hv_page_mode mode, unsigned int flags);
/* The same in a kernel that has a control page. PAGE_MISSING: that of registers is not wanted. */
void fakevp_start_with_control(enum hv_page_mode mode);
void fakevp_finish(void);

/* The next exit is a port access. @size 1, 2 or 4; the instruction has 2 bytes. */
struct hv_x64_io_port_intercept_message *
fakevp_port(uint16_t port, unsigned int size, bool write);

/* Run to the next exit, which must succeed. */
void fakevp_run(void);

/* Give the guest a register, before fakevp_run() lets it stop with that. */
void fakevp_set(uint32_t name, union hv_register_value value);
void fakevp_set64(uint32_t name, uint64_t value);

/* Check a register against the model's register file. */
void fakevp_check(uint32_t name);

#endif /* MSHVCTL_TESTS_FAKEVP_H */
