// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Fuzzing of saved state: pieces that anybody may have made, and good ones that were damaged,
 * with a checksum that is right. What is refused is so with an error that is documented, and
 * has changed nothing; what is taken can be saved and taken again.
 *
 * Input: a byte of flags, and the piece; or, for each byte that is damaged, three bytes: where,
 * and what is flipped there.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/vp.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/sys.h"

#define OF_A_VM 1
#define DAMAGED 2
#define SEALED 4
#define OTHER_XSAVE 8 /* the host has another size */

#define XSAVE_SIZE 1024
#define PIECE_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int sets;
static size_t xsave_size;

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* ---- the kernel, which takes all that it is told; the rest of it is in nopages.c */

static int hypercall(struct mshv_root_hvcall *args)
{
	union hv_register_value *out = (void *)(uintptr_t)args->out_ptr;

	switch (args->code) {
	case HVCALL_GET_PARTITION_PROPERTY:
		out->reg64 = 4711;
		return 0;
	case HVCALL_GET_VP_REGISTERS:
		/* The pages of the SynIC are on. */
		for (unsigned int i = 0; i < args->reps; i++)
			out[i] = (union hv_register_value){ .reg64 = 1 };
		return 0;
	case HVCALL_SET_PARTITION_PROPERTY:
	case HVCALL_SET_VP_REGISTERS:
		sets++;
		return 0;
	default:
		abort();
	}
}

static int state(struct mshv_get_set_vp_state *args)
{
	uint32_t room = args->buf_sz;

	args->buf_sz = args->type == MSHV_VP_STATE_XSAVE ? (uint32_t)xsave_size : MSHV_HV_PAGE_SIZE;
	return args->buf_sz > room ? -EINVAL : 0;
}

int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	switch (request) {
	case MSHV_CREATE_PARTITION:
	case MSHV_CREATE_VP:
		return 11;
	case MSHV_ROOT_HVCALL:
		return hypercall(arg);
	case MSHV_GET_VP_STATE:
		return state(arg);
	case MSHV_SET_VP_STATE:
		sets++;
		return state(arg);
	default:
		abort();
	}
}

/* ---- the test */

static struct {
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
} it;

static int save(uint8_t flags, uint8_t *piece, size_t *size)
{
	return flags & OF_A_VM ? mshv_vm_save(it.vm, piece, PIECE_MAX, size) :
				 mshv_vp_save(it.vp, piece, PIECE_MAX, size);
}

/* There is nothing around it that could be read unseen. */
static int restore(uint8_t flags, const uint8_t *piece, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int err;

	require(copy);
	memcpy(copy, piece, size);
	err = flags & OF_A_VM ? mshv_vm_restore(it.vm, copy, size) :
				mshv_vp_restore(it.vp, copy, size);
	free(copy);
	return err;
}

static size_t make_piece(uint8_t flags, uint8_t *piece, const uint8_t *data, size_t size)
{
	size_t good = 0;

	if (!(flags & DAMAGED)) {
		memcpy(piece, data, size);
		return size;
	}
	require(!save(flags, piece, &good));
	for (; size >= 3; data += 3, size -= 3)
		piece[(size_t)(data[0] | data[1] << 8) % good] ^= data[2];
	return good;
}

static bool documented(int err)
{
	return err == -EINVAL || err == -EBADMSG || err == -EPROTONOSUPPORT || err == -ENODEV ||
	       err == -E2BIG;
}

static void try_piece(uint8_t flags, uint8_t *piece, size_t size)
{
	int err;

	sets = 0;
	if (flags & OTHER_XSAVE)
		xsave_size += 64;
	err = restore(flags, piece, size);
	require(err ? documented(err) && !sets : sets > 0);
	if (err)
		return;
	require(!save(flags, piece, &size));
	require(!restore(flags, piece, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mshv_vm_config config = {
		.size = sizeof(config), .flags = MSHV_VM_LAPIC,
	};
	uint8_t piece[PIECE_MAX];
	size_t bytes;

	if (!size || size > sizeof(piece))
		return -1;
	xsave_size = XSAVE_SIZE;
	require(!mshv_host_open(NULL, &it.host));
	require(!mshv_vm_create(it.host, &config, &it.vm));
	require(!mshv_vp_create(it.vm, 0, 0, &it.vp));
	bytes = make_piece(data[0], piece, data + 1, size - 1);
	if ((data[0] & SEALED) && bytes >= sizeof(struct blob_head))
		blob_seal(piece, bytes);
	try_piece(data[0], piece, bytes);
	mshv_vp_close(it.vp);
	mshv_vm_close(it.vm);
	mshv_host_close(it.host);
	return 0;
}
