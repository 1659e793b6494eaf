// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests on KVM, of the same kernel and in the same QEMU, where there is no hypervisor
 * below it: to have something to compare with. The VMM is a few lines of ioctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "bench.h"

#define GSI		5
#define IOAPIC_PINS	24
#define APIC_BASE	0xfee00d00	/* enabled, x2APIC, of the first processor */
#define MAX_CPUID	100

static int kvm = -1, run_size;

/* The result, if it is one. */
static int call(int fd, unsigned long request, void *argument, const char *name)
{
	int result = ioctl(fd, request, argument);

	if (result < 0)
		fail(name, -errno);
	return result;
}

#define CALL(fd, request, argument) call(fd, request, (void *)(argument), #request)

static void new_vm(struct guest *g)
{
	/* Local APICs in the kernel, as on /dev/mshv, and no I/O APIC there. */
	struct kvm_enable_cap irqchip = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { IOAPIC_PINS } };

	g->kvm_fd = CALL(kvm, KVM_CREATE_VM, 0);
	CALL(g->kvm_fd, KVM_ENABLE_CAP, &irqchip);
}

static void close_vm(struct guest *g)
{
	close(g->kvm_fd);
}

static void map(struct guest *g, uint64_t gpa, void *memory, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = g->slots++,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	CALL(g->kvm_fd, KVM_SET_USER_MEMORY_REGION, &region);
}

static void new_vp(struct guest *g, unsigned int flags)
{
	struct kvm_vp *vp = &g->kvm_vps[g->nr_vps];

	(void)flags;
	vp->fd = CALL(g->kvm_fd, KVM_CREATE_VCPU, (long)g->nr_vps);
	vp->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vp->fd, 0);
	if (vp->run == MAP_FAILED)
		fail("mmap of kvm_run", -errno);
	g->kvm_vp = vp;
}

static void close_vps(struct guest *g)
{
	for (unsigned int i = 0; i < g->nr_vps; i++) {
		munmap(g->kvm_vps[i].run, run_size);
		close(g->kvm_vps[i].fd);
	}
}

static void set_regs(struct guest *g, uint64_t rip, uint64_t rbx, uint64_t rcx)
{
	struct kvm_regs regs = { .rip = rip, .rflags = 2, .rbx = rbx, .rcx = rcx };

	CALL(g->kvm_vp->fd, KVM_SET_REGS, &regs);
}

static void set_real(struct guest *g, uint64_t rip, uint64_t ds)
{
	struct kvm_sregs s;

	CALL(g->kvm_vp->fd, KVM_GET_SREGS, &s);
	s.cs.base = 0;
	s.cs.selector = 0;
	s.ds.base = ds;
	CALL(g->kvm_vp->fd, KVM_SET_SREGS, &s);
	set_regs(g, rip, 0, 0);
}

static struct kvm_segment flat(uint16_t attributes, uint16_t selector)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = attributes & 15,
		.s = attributes >> 4 & 1, .dpl = attributes >> 5 & 3, .present = attributes >> 7 & 1,
		.l = attributes >> 13 & 1, .db = attributes >> 14 & 1, .g = attributes >> 15 & 1,
	};
}

/* What KVM says it can do is what the guest gets. */
static void set_cpuid(struct guest *g)
{
	static union {
		struct kvm_cpuid2 head;
		char room[sizeof(struct kvm_cpuid2) + MAX_CPUID * sizeof(struct kvm_cpuid_entry2)];
	} all;

	all.head.nent = MAX_CPUID;
	CALL(kvm, KVM_GET_SUPPORTED_CPUID, &all);
	CALL(g->kvm_vp->fd, KVM_SET_CPUID2, &all);
}

static void set_long(struct guest *g, uint64_t rip, uint64_t cr3, uint64_t rbx, uint64_t rcx)
{
	struct kvm_sregs s;

	set_cpuid(g);
	CALL(g->kvm_vp->fd, KVM_GET_SREGS, &s);
	s.cs = flat(CODE64, 8);
	s.ds = s.es = s.ss = flat(DATA64, 16);
	s.cr0 = CR0_LONG;
	s.cr3 = cr3;
	s.cr4 = CR4_LONG;
	s.efer = EFER_LONG;
	CALL(g->kvm_vp->fd, KVM_SET_SREGS, &s);
	set_regs(g, rip, rbx, rcx);
}

static void enable_x2apic(struct guest *g)
{
	struct kvm_sregs s;

	set_cpuid(g);
	CALL(g->kvm_vp->fd, KVM_GET_SREGS, &s);
	s.apic_base = APIC_BASE;
	CALL(g->kvm_vp->fd, KVM_SET_SREGS, &s);
}

static bool run(struct guest *g)
{
	struct kvm_run *run = g->kvm_vp->run;

	if (ioctl(g->kvm_vp->fd, KVM_RUN, 0)) {
		if (errno == EINTR)
			return false;
		fail("KVM_RUN", -errno);
	}
	if (run->exit_reason != KVM_EXIT_IO)
		fail("the guest's exit", -EPROTO);
	if (run->io.direction == KVM_EXIT_IO_IN)
		memcpy((char *)run + run->io.data_offset, &g->answer, run->io.size);
	return true;
}

static void irqfd(struct guest *g, int fd, uint64_t address, uint32_t data)
{
	union {
		struct kvm_irq_routing head;
		char room[sizeof(struct kvm_irq_routing) + sizeof(struct kvm_irq_routing_entry)];
	} routes = { .head.nr = 1 };
	struct kvm_irqfd args = { .fd = fd, .gsi = GSI };

	routes.head.entries[0] = (struct kvm_irq_routing_entry){
		.gsi = GSI, .type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = address, .address_hi = address >> 32, .data = data },
	};
	CALL(g->kvm_fd, KVM_SET_GSI_ROUTING, &routes);
	CALL(g->kvm_fd, KVM_IRQFD, &args);
}

static void doorbell(struct guest *g, uint64_t gpa, int fd)
{
	struct kvm_ioeventfd args = { .addr = gpa, .fd = fd };

	CALL(g->kvm_fd, KVM_IOEVENTFD, &args);
}

void kvm_open(void)
{
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		fail("/dev/kvm", -errno);
	run_size = CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	guest_ops = &kvm_guest_ops;
}

const struct guest_ops kvm_guest_ops = {
	.new_vm = new_vm,
	.close_vm = close_vm,
	.map = map,
	.new_vp = new_vp,
	.close_vps = close_vps,
	.set_real = set_real,
	.set_long = set_long,
	.enable_x2apic = enable_x2apic,
	.run = run,
	.irqfd = irqfd,
	.doorbell = doorbell,
};
