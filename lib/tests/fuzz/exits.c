// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Fuzzing of exits: a kernel and a hypervisor that say anything, to the library with
 * all sanitizers. Whatever comes, memory outside the guest's is left alone, devices see
 * accesses that make sense, and every call ends, with an error that is documented.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/intercept.h>
#include <hvabi/message.h>
#include <hvabi/vp.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "input.h"
#include "meddle.h"

#define EXITS 3
#define ACCESSES_MAX 8192
#define XSAVE_SIZE 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct fuzz_input in;
	uint8_t *ram;
	unsigned int accesses;
	struct mshv_vp *vp;
	struct meddling meddling;
} fuzz;

static _Alignas(4096) uint8_t shared_page[4096];

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* ---- registers */

#define IN(name, field) { HV_X64_REGISTER_##name, offsetof(struct fuzz_input, field) }
static const struct {
	uint32_t name;
	size_t offset;
} registers[] = {
	IN(RAX, rax), IN(RCX, rcx), IN(RBX, rbx), IN(RSI, rsi), IN(RDI, rdi),
	IN(RIP, rip), IN(RFLAGS, rflags), IN(CR0, cr0), IN(CR3, cr3),
	IN(CR4, cr4), IN(EFER, efer),
};

static union hv_register_value get_register(uint32_t name)
{
	union hv_register_value v = { 0 };

	if (name >= HV_X64_REGISTER_ES && name <= HV_X64_REGISTER_GS)
		v.segment.base = fuzz.in.segment_base;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (registers[i].name == name)
			memcpy(&v.reg64, (uint8_t *)&fuzz.in + registers[i].offset,
			       sizeof(v.reg64));
	return v;
}

static void make_page(void)
{
	struct hv_vp_register_page *page = (void *)shared_page;
	const struct fuzz_input *in = &fuzz.in;

	memset(shared_page, 0, sizeof(shared_page));
	page->version = in->page % 4 == FUZZ_PAGE_OTHER ? 2 : 1;
	page->isvalid = in->page % 4 != FUZZ_PAGE_INVALID;
	page->rax = in->rax;
	page->rcx = in->rcx;
	page->rbx = in->rbx;
	page->rsi = in->rsi;
	page->rdi = in->rdi;
	page->rip = in->rip;
	page->rflags = in->rflags;
	page->cr0 = in->cr0;
	page->cr3 = in->cr3;
	page->cr4 = in->cr4;
	page->efer = in->efer;
	page->es.base = in->segment_base;
	page->ds.base = in->segment_base;
}

/* ---- the kernel */

int mshv_sys_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return 10;
}

void mshv_sys_close(int fd)
{
	(void)fd;
}

int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr)
{
	(void)fd;
	/* A kernel without a control page. */
	if (offset)
		return -EINVAL;
	require(size == sizeof(shared_page));
	if (fuzz.in.page % 4 == FUZZ_NO_PAGE)
		return -ENODEV;
	*addr = shared_page;
	return 0;
}

void mshv_sys_unmap(void *addr, size_t size)
{
	require(addr == shared_page && size == sizeof(shared_page));
}

static void make_message(struct hv_message *msg)
{
	static const uint32_t types[] = {
		HVMSG_X64_IO_PORT_INTERCEPT, HVMSG_UNMAPPED_GPA,
		HVMSG_GPA_INTERCEPT, HVMSG_X64_HALT,
	};

	msg->header.message_type = types[fuzz.in.type % 4];
	msg->header.payload_size = fuzz.in.payload_size;
	memcpy(msg->u.payload, fuzz.in.payload, FUZZ_PAYLOAD);
	make_page();
}

static int hypercall(struct mshv_root_hvcall *args)
{
	const struct hv_input_get_vp_registers *in =
		(const void *)(uintptr_t)args->in_ptr;
	union hv_register_value *out = (void *)(uintptr_t)args->out_ptr;
	const uint32_t *names = (const uint32_t *)(in + 1);

	if (args->code == HVCALL_GET_PARTITION_PROPERTY) {
		out->reg64 = 40 + fuzz.in.access / 4 % 16;
		return 0;
	}
	require(args->code == HVCALL_GET_VP_REGISTERS ||
		args->code == HVCALL_SET_VP_REGISTERS);
	if (args->code == HVCALL_GET_VP_REGISTERS)
		for (unsigned int i = 0; i < args->reps; i++)
			out[i] = get_register(names[i]);
	return 0;
}

/* An XSAVE area with room for the upper halves; what it holds is as it comes. */
static int state(struct mshv_get_set_vp_state *args)
{
	static const uint64_t header[] = { 7, UINT64_C(1) << 63 | 7 };

	require(args->type == MSHV_VP_STATE_XSAVE && args->buf_sz >= XSAVE_SIZE);
	args->buf_sz = XSAVE_SIZE;
	memset((void *)(uintptr_t)args->buf_ptr, (int)fuzz.in.rax, XSAVE_SIZE);
	memcpy((uint8_t *)(uintptr_t)args->buf_ptr + 512, header, sizeof(header));
	return 0;
}

int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	switch (request) {
	case MSHV_CREATE_PARTITION:
	case MSHV_CREATE_VP:
		return 11;
	case MSHV_RUN_VP:
		memset(arg, 0, sizeof(struct mshv_run_vp));
		make_message(arg);
		return 0;
	case MSHV_ROOT_HVCALL:
		return hypercall(arg);
	case MSHV_GET_VP_STATE:
		return state(arg);
	case MSHV_SET_VP_STATE:
	case MSHV_SET_GUEST_MEMORY:
		return 0;
	default:
		abort();
	}
}

/* ---- the devices */

static int count_access(void)
{
	/* A loop that does not end would show here long before a timeout. */
	require(++fuzz.accesses < ACCESSES_MAX);
	if (fuzz.accesses == fuzz.in.meddles % 16)
		require(meddle(fuzz.vp, fuzz.in.meddles & 16, &fuzz.meddling));
	return 0;
}

static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	(void)port;
	require(opaque == &fuzz && (size == 1 || size == 2 || size == 4));
	*value = 0x5a5a5a5a;
	return count_access();
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	(void)port;
	require(opaque == &fuzz && (size == 1 || size == 2 || size == 4));
	require(size == 4 || !(value >> 8 * size));
	return count_access();
}

static bool valid_access(uint64_t gpa, unsigned int size)
{
	return (size == 1 || size == 2 || size == 4 || size == 8) &&
	       (gpa & 0xfff) + size <= 0x1000;
}

static int memory_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	(void)vp;
	require(opaque == &fuzz && valid_access(gpa, size));
	*value = UINT64_C(0xa5a5a5a5a5a5a5a5) >> (64 - 8 * size);
	return count_access();
}

static int memory_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	(void)vp;
	require(opaque == &fuzz && valid_access(gpa, size));
	require(size == 8 || !(value >> 8 * size));
	return count_access();
}

static const struct mshv_mmio_ops memory = { sizeof(memory), memory_read, memory_write };
static const struct mshv_port_ops ports = { sizeof(ports), port_in, port_out, NULL };
static const struct mshv_port_ops ports_and_memory = { sizeof(ports_and_memory), port_in, port_out, &memory };

/* ---- the test */

static bool documented(int err)
{
	return !err || err == -EINVAL || err == -EBADMSG || err == -EFAULT ||
	       err == -EOPNOTSUPP || err == -EBUSY;
}

static void one_exit(struct mshv_vp *vp)
{
	const struct hv_message *msg = NULL;
	struct mshv_port_exit decoded = { 0 };

	fuzz.accesses = 0;
	memset(&fuzz.meddling, 0, sizeof(fuzz.meddling));
	require(!mshv_vp_run(vp, &msg) && msg);
	require(documented(mshv_port_decode(msg, &decoded)));
	switch (fuzz.in.type % 4) {
	case FUZZ_PORT:
		require(documented(mshv_vp_handle_port(vp, fuzz.in.access & 4 ? &ports_and_memory : &ports,
						       &fuzz)));
		require(mshv_vp_handle_mmio(vp, &memory, &fuzz) == -EINVAL);
		require(meddling_counts(vp, &fuzz.meddling, true));
		/* Nothing is left of a string then. */
		require(!fuzz.meddling.done || !decoded.string ||
			fuzz.accesses == fuzz.in.meddles % 16);
		break;
	case FUZZ_OTHER:
		require(mshv_vp_handle_port(vp, &ports, &fuzz) == -EINVAL);
		require(mshv_vp_port_complete(vp, 0) == -EINVAL);
		break;
	default:
		require(documented(mshv_vp_handle_mmio(vp, &memory, &fuzz)));
		require(meddling_counts(vp, &fuzz.meddling, false));
		require(mshv_vp_handle_port(vp, &ports, &fuzz) == -EINVAL);
	}
	require(!mshv_vp_flush_regs(vp));
}

/* The guest's memory has nothing around it that could be written unseen. */
static void fill_memory(const uint8_t *data, size_t size)
{
	size_t at = fuzz.in.ram_at % FUZZ_RAM;

	if (posix_memalign((void **)&fuzz.ram, 4096, FUZZ_RAM))
		abort();
	memset(fuzz.ram, 0, FUZZ_RAM);
	memcpy(fuzz.ram + at, data, size < FUZZ_RAM - at ? size : FUZZ_RAM - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;

	if (size < sizeof(fuzz.in))
		return -1;
	memcpy(&fuzz.in, data, sizeof(fuzz.in));
	fill_memory(data + sizeof(fuzz.in), size - sizeof(fuzz.in));
	require(!mshv_host_open(NULL, &host));
	require(!mshv_vm_create(host, NULL, &vm));
	require(!mshv_vm_map(vm, 0, fuzz.ram, FUZZ_RAM, fuzz.in.access % 4));
	require(!mshv_vp_create(vm, 0, 0, &vp));
	fuzz.vp = vp;
	for (unsigned int i = 0; i < EXITS; i++)
		one_exit(vp);
	mshv_vp_close(vp);
	mshv_vm_close(vm);
	mshv_host_close(host);
	free(fuzz.ram);
	return 0;
}
