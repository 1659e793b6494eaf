// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small virtual machine on /dev/mshv, for the selftests.
 */
#include <linux/capability.h>
#include <sys/syscall.h>

#include "mshv_vm.h"

#define CR0_RESET	0x60000010ULL
#define CR0_LONG	0x80000031ULL	/* PG, NE, ET, PE */
#define CR4_LONG	0x620ULL	/* PAE, OSFXSR, OSXMMEXCPT */
#define EFER_LONG	0xd00ULL	/* NXE, LMA, LME */

#define PTE_RW		0x3ULL
#define PTE_LARGE	0x80ULL
#define GIB		0x40000000ULL

static int err(int ret)
{
	return ret < 0 ? -errno : ret;
}

int _test_open_dev(void)
{
	return err(open("/dev/mshv", O_RDONLY | O_CLOEXEC));
}

int _test_create_partition(int dev, uint64_t flags)
{
	struct mshv_create_partition args = { .pt_flags = flags };

	return err(ioctl(dev, MSHV_CREATE_PARTITION, &args));
}

int _test_create_partition_v2(int dev, struct mshv_create_partition_v2 *args)
{
	return err(ioctl(dev, MSHV_CREATE_PARTITION, args));
}

int _test_initialize(int pt)
{
	return err(ioctl(pt, MSHV_INITIALIZE_PARTITION));
}

int _test_create_vp(int pt, uint32_t index)
{
	struct mshv_create_vp args = { .vp_index = index };

	return err(ioctl(pt, MSHV_CREATE_VP, &args));
}

int _test_map(int pt, void *addr, uint64_t size, uint64_t gfn, uint8_t flags)
{
	struct mshv_user_mem_region args = {
		.size = size,
		.guest_pfn = gfn,
		.userspace_addr = (uintptr_t)addr,
		.flags = flags,
	};

	return err(ioctl(pt, MSHV_SET_GUEST_MEMORY, &args));
}

int _test_unmap(int pt, void *addr, uint64_t size, uint64_t gfn)
{
	return _test_map(pt, addr, size, gfn, BIT(MSHV_SET_MEM_BIT_UNMAP));
}

int _test_hvcall(int fd, struct mshv_root_hvcall *args)
{
	return err(ioctl(fd, MSHV_ROOT_HVCALL, args));
}

int _test_get_property(int fd, uint32_t code, uint64_t *value)
{
	struct hv_input_get_partition_property in = { .property_code = code };
	struct hv_output_get_partition_property out = { 0 };
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)&out,
	};
	int ret = _test_hvcall(fd, &args);

	*value = out.property_value;
	return ret;
}

int _test_set_property(int fd, uint32_t code, uint64_t value)
{
	struct hv_input_set_partition_property in = {
		.property_code = code,
		.property_value = value,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_SET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(fd, &args);
}

/* The status with which a simple hypercall ends, whatever its errno. */
uint16_t mshv_hvcall_status(int fd, uint16_t code, const void *in,
			    uint16_t in_size, void *out, uint16_t out_size)
{
	struct mshv_root_hvcall args = {
		.code = code,
		.in_sz = in_size,
		.out_sz = out_size,
		.in_ptr = (uintptr_t)in,
		.out_ptr = (uintptr_t)out,
	};

	if (_test_hvcall(fd, &args) && !args.status)
		return UINT16_MAX;
	return args.status;
}

int _test_run(struct mshv_vp *vp)
{
	struct mshv_run_vp run;
	int ret = err(ioctl(vp->fd, MSHV_RUN_VP, &run));

	if (!ret)
		memcpy(&vp->msg, run.msg_buf, sizeof(vp->msg));
	return ret;
}

int _test_get_regs(struct mshv_vp *vp, struct hv_register_assoc *regs, int n)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[64];
	} in = { .head.vp_index = vp->index };
	union hv_register_value out[64];
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = n,
		.in_sz = sizeof(in.head) + n * sizeof(in.names[0]),
		.out_sz = n * sizeof(out[0]),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};
	int ret, i;

	if (n > 64)
		return -E2BIG;
	for (i = 0; i < n; i++)
		in.names[i] = regs[i].name;
	ret = _test_hvcall(vp->fd, &args);
	if (ret)
		return ret;
	if (args.reps != n)
		return -EIO;
	for (i = 0; i < n; i++)
		regs[i].value = out[i];
	return 0;
}

int _test_set_regs(struct mshv_vp *vp, const struct hv_register_assoc *regs,
		   int n)
{
	struct {
		struct hv_input_set_vp_registers head;
		struct hv_register_assoc regs[64];
	} in = { .head.vp_index = vp->index };
	struct mshv_root_hvcall args = {
		.code = HVCALL_SET_VP_REGISTERS,
		.reps = n,
		.in_sz = sizeof(in.head) + n * sizeof(in.regs[0]),
		.in_ptr = (uintptr_t)&in,
	};
	int ret;

	if (n > 64)
		return -E2BIG;
	memcpy(in.regs, regs, n * sizeof(*regs));
	ret = _test_hvcall(vp->fd, &args);
	if (ret)
		return ret;
	return args.reps == n ? 0 : -EIO;
}

int _test_set_reg(struct mshv_vp *vp, uint32_t name, uint64_t value)
{
	struct hv_register_assoc reg = { .name = name, .value.reg64 = value };

	return _test_set_regs(vp, &reg, 1);
}

/* A value no register of the tests has stands for an error. */
uint64_t mshv_get_reg(struct mshv_vp *vp, uint32_t name)
{
	struct hv_register_assoc reg = { .name = name };

	if (_test_get_regs(vp, &reg, 1))
		return 0xbadbadbadbadbadbULL;
	return reg.value.reg64;
}

int _test_install_intercept(int pt, uint32_t type, uint32_t access,
			    uint64_t parameter)
{
	struct hv_input_install_intercept in = {
		.access_type = access,
		.intercept_type = type,
		.intercept_parameter.as_uint64 = parameter,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_INSTALL_INTERCEPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(pt, &args);
}

int _test_irqfd(int pt, int fd, int resamplefd, uint32_t gsi, uint32_t flags)
{
	struct mshv_user_irqfd args = {
		.fd = fd,
		.resamplefd = resamplefd,
		.gsi = gsi,
		.flags = flags,
	};

	return err(ioctl(pt, MSHV_IRQFD, &args));
}

/* Replaces the whole table by one entry. */
int _test_route(int pt, uint32_t gsi, uint32_t address, uint32_t data)
{
	struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entry;
	} args = {
		.head.nr = 1,
		.entry = { .gsi = gsi, .address_lo = address, .data = data },
	};

	return err(ioctl(pt, MSHV_SET_MSI_ROUTING, &args));
}

int _test_assert_interrupt(int pt, uint32_t vector, uint64_t apic_id,
			   uint32_t type, bool level)
{
	struct hv_input_assert_virtual_interrupt in = {
		.control.interrupt_type = type,
		.control.level_triggered = level,
		.dest_addr = apic_id,
		.vector = vector,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return _test_hvcall(pt, &args);
}

void *mshv_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A partition that is not initialized yet. */
int mshv_vm_create(struct mshv_vm *vm, uint64_t flags)
{
	int i;

	memset(vm, 0, sizeof(*vm));
	vm->fd = -1;
	for (i = 0; i < MSHV_TEST_MAX_VPS; i++)
		vm->vp[i].fd = -1;
	vm->dev = _test_open_dev();
	if (vm->dev < 0)
		return vm->dev;
	vm->fd = _test_create_partition(vm->dev, flags);
	return vm->fd < 0 ? vm->fd : 0;
}

/* An initialized partition without memory or VPs. */
int mshv_vm_open(struct mshv_vm *vm)
{
	int ret = mshv_vm_create(vm, MSHV_TEST_PT_FLAGS);

	return ret ? ret : _test_initialize(vm->fd);
}

/* Anonymous memory from guest physical address 0 on. */
int mshv_vm_ram(struct mshv_vm *vm, size_t size)
{
	vm->ram = mshv_alloc(size);
	if (!vm->ram)
		return -ENOMEM;
	vm->ram_size = size;
	return _test_map(vm->fd, vm->ram, size, 0, MEM_RWX);
}

/* Slot and index of a VP are the same number. */
int mshv_vm_add_vp(struct mshv_vm *vm, uint32_t index)
{
	struct mshv_vp *vp = &vm->vp[index];

	vp->index = index;
	vp->fd = _test_create_vp(vm->fd, index);
	return vp->fd < 0 ? vp->fd : 0;
}

/* What most tests want: memory and a VP in real mode at GUEST_CODE. */
int mshv_vm_setup(struct mshv_vm *vm)
{
	int ret = mshv_vm_open(vm);

	if (!ret)
		ret = mshv_vm_ram(vm, GUEST_RAM_SIZE);
	if (!ret)
		ret = mshv_vm_add_vp(vm, 0);
	if (!ret)
		ret = mshv_vp_real_mode(&vm->vp[0], GUEST_CODE);
	return ret;
}

/* In real mode, a vector ends at GUEST_CODE + @offset. */
void mshv_vm_set_vector(struct mshv_vm *vm, uint8_t vector, uint16_t offset)
{
	uint16_t *entry = (uint16_t *)(vm->ram + 4 * vector);

	entry[0] = GUEST_CODE + offset;
	entry[1] = 0;
}

void mshv_vm_close(struct mshv_vm *vm)
{
	int i;

	for (i = 0; i < MSHV_TEST_MAX_VPS; i++) {
		if (vm->vp[i].page)
			munmap(vm->vp[i].page, PAGE_SIZE);
		vm->vp[i].page = NULL;
		if (vm->vp[i].fd >= 0)
			close(vm->vp[i].fd);
		vm->vp[i].fd = -1;
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->dev >= 0)
		close(vm->dev);
	vm->fd = -1;
	vm->dev = -1;
	if (vm->ram)
		munmap(vm->ram, vm->ram_size);
	vm->ram = NULL;
}

int mshv_vp_map_page(struct mshv_vp *vp)
{
	void *p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vp->fd, MSHV_VP_MMAP_OFFSET_REGISTERS * PAGE_SIZE);

	if (p == MAP_FAILED)
		return -errno;
	vp->page = p;
	return 0;
}

static struct hv_register_assoc reg64(uint32_t name, uint64_t value)
{
	struct hv_register_assoc reg = { .name = name, .value.reg64 = value };

	return reg;
}

static struct hv_register_assoc segment(uint32_t name, uint16_t selector,
					uint64_t base, uint32_t limit,
					uint16_t attributes)
{
	struct hv_register_assoc reg = { .name = name };

	reg.value.segment.base = base;
	reg.value.segment.limit = limit;
	reg.value.segment.selector = selector;
	reg.value.segment.attributes = attributes;
	return reg;
}

static struct hv_register_assoc table(uint32_t name, uint64_t base,
				      uint16_t limit)
{
	struct hv_register_assoc reg = { .name = name };

	reg.value.table.base = base;
	reg.value.table.limit = limit;
	return reg;
}

/* 16-bit code with flat 64 KiB segments at 0 and the vectors at 0. */
int mshv_vp_real_mode(struct mshv_vp *vp, uint64_t rip)
{
	const struct hv_register_assoc regs[] = {
		reg64(HV_X64_REGISTER_CR0, CR0_RESET),
		reg64(HV_X64_REGISTER_CR3, 0),
		reg64(HV_X64_REGISTER_CR4, 0),
		reg64(HV_X64_REGISTER_EFER, 0),
		segment(HV_X64_REGISTER_CS, 0, 0, 0xffff, 0x9b),
		segment(HV_X64_REGISTER_SS, 0, 0, 0xffff, 0x93),
		segment(HV_X64_REGISTER_DS, 0, 0, 0xffff, 0x93),
		segment(HV_X64_REGISTER_ES, 0, 0, 0xffff, 0x93),
		segment(HV_X64_REGISTER_FS, 0, 0, 0xffff, 0x93),
		segment(HV_X64_REGISTER_GS, 0, 0, 0xffff, 0x93),
		table(HV_X64_REGISTER_IDTR, 0, 0x3ff),
		table(HV_X64_REGISTER_GDTR, 0, 0xffff),
		reg64(HV_X64_REGISTER_RSP, GUEST_STACK),
		reg64(HV_X64_REGISTER_RIP, rip),
		reg64(HV_X64_REGISTER_RFLAGS, 2),
		/* not halted, and a VP other than the first waits for no SIPI */
		reg64(HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0),
	};

	return _test_set_regs(vp, regs, sizeof(regs) / sizeof(regs[0]));
}

/*
 * Identity map of the first GiB, and of the last below 4 GiB where the APIC is,
 * by 2 MiB pages. Virtual 1 GiB .. 2 GiB shows the first GiB once more, so that
 * a virtual address can differ from its physical one.
 */
static void build_tables(struct mshv_vm *vm)
{
	uint64_t *pml4 = (uint64_t *)(vm->ram + GUEST_TABLES);
	uint64_t *pdpt = pml4 + 512, *pd = pdpt + 512, *pd_high = pd + 512;
	uint64_t at = GUEST_TABLES;
	int i;

	memset(pml4, 0, 4 * PAGE_SIZE);
	pml4[0] = (at + PAGE_SIZE) | PTE_RW;
	pdpt[0] = (at + 2 * PAGE_SIZE) | PTE_RW;
	pdpt[1] = pdpt[0];
	pdpt[3] = (at + 3 * PAGE_SIZE) | PTE_RW;
	for (i = 0; i < 512; i++) {
		pd[i] = ((uint64_t)i << 21) | PTE_LARGE | PTE_RW;
		pd_high[i] = (3 * GIB + ((uint64_t)i << 21)) | PTE_LARGE | PTE_RW;
	}
}

int mshv_vp_long_mode(struct mshv_vm *vm, struct mshv_vp *vp, uint64_t rip)
{
	const struct hv_register_assoc regs[] = {
		reg64(HV_X64_REGISTER_EFER, EFER_LONG),
		reg64(HV_X64_REGISTER_CR4, CR4_LONG),
		reg64(HV_X64_REGISTER_CR3, GUEST_TABLES),
		reg64(HV_X64_REGISTER_CR0, CR0_LONG),
		segment(HV_X64_REGISTER_CS, 0x08, 0, 0xffffffff, 0xa09b),
		segment(HV_X64_REGISTER_SS, 0x10, 0, 0xffffffff, 0xc093),
		segment(HV_X64_REGISTER_DS, 0x10, 0, 0xffffffff, 0xc093),
		segment(HV_X64_REGISTER_ES, 0x10, 0, 0xffffffff, 0xc093),
		segment(HV_X64_REGISTER_FS, 0x10, 0, 0xffffffff, 0xc093),
		segment(HV_X64_REGISTER_GS, 0x10, 0, 0xffffffff, 0xc093),
		segment(HV_X64_REGISTER_LDTR, 0, 0, 0, 0x82),
		segment(HV_X64_REGISTER_TR, 0x18, 0, 0x67, 0x8b),
		table(HV_X64_REGISTER_IDTR, 0, 0),
		table(HV_X64_REGISTER_GDTR, 0, 0),
		reg64(HV_X64_REGISTER_RSP, GUEST_STACK),
		reg64(HV_X64_REGISTER_RIP, rip),
		reg64(HV_X64_REGISTER_RFLAGS, 2),
		/* not halted, and a VP other than the first waits for no SIPI */
		reg64(HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0),
	};

	build_tables(vm);
	return _test_set_regs(vp, regs, sizeof(regs) / sizeof(regs[0]));
}

int mshv_vp_set_cs(struct mshv_vp *vp, uint64_t base)
{
	const struct hv_register_assoc reg =
		segment(HV_X64_REGISTER_CS, 0, base, 0xffff, 0x9b);

	return _test_set_regs(vp, &reg, 1);
}

int mshv_vp_set_fs(struct mshv_vp *vp, uint64_t base)
{
	const struct hv_register_assoc reg =
		segment(HV_X64_REGISTER_FS, 0, base, 0xffff, 0x93);

	return _test_set_regs(vp, &reg, 1);
}

/* Steps over the instruction that was intercepted. */
int mshv_vp_skip(struct mshv_vp *vp)
{
	const struct hv_x64_intercept_message_header *header = mshv_header(vp);

	if (!header->instruction_length)
		return -ENODATA;
	return _test_set_reg(vp, HV_X64_REGISTER_RIP,
			     header->rip + header->instruction_length);
}

int mshv_vp_enable_x2apic(struct mshv_vp *vp)
{
	return _test_set_reg(vp, HV_X64_REGISTER_APIC_BASE,
			     0xfee00c00 | (vp->index ? 0 : 0x100));
}

int mshv_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (*text && write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

bool mshv_driver_is_in_tree(void)
{
	const char *name = getenv("MSHV_DRIVER");
	char taint[32] = "";
	FILE *f;

	if (name)
		return !strcmp(name, "in-tree");
	f = fopen("/sys/module/mshv_root/taint", "re");
	if (f) {
		if (!fgets(taint, sizeof(taint), f))
			taint[0] = '\0';
		fclose(f);
	}
	return !strchr(taint, 'O');
}

bool mshv_scheduler_is_root(void)
{
	const char *name = getenv("MSHV_SCHEDULER");

	return !name || !strcmp(name, "root");
}

int mshv_use_capability(unsigned int capability, bool use)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint32_t bit = 1U << capability % 32, *effective = &data[capability / 32].effective;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*effective = use ? *effective | bit : *effective & ~bit;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}
