// SPDX-License-Identifier: GPL-2.0-only
/*
 * APIC MSRs. Root and L1VH own the machine's local APICs, so all but INIT and SIPI
 * goes straight there; those two would end the hypervisor on the target.
 */
#include "cpu/apic.h"
#include "cpu/mmio.h"
#include "lapic/lapic.h"
#include "state/create.h"
#include "state/msr.h"

#define APIC_TPR	0x080
#define APIC_EOI	0x0b0
#define APIC_ICR_LOW	0x300
#define APIC_ICR_HIGH	0x310

#define ICR_MODE_MASK	0x700
#define ICR_SHORTHAND	0xc0000
#define ICR_LOGICAL	0x800

static struct cpu *cpu_by_apic_id(uint32_t id)
{
	uint32_t i;

	for (i = 0; i < nr_cpus; i++)
		if (cpus[i].apic_id == id)
			return &cpus[i];
	return NULL;
}

static void root_init(struct cpu *cpu)
{
	struct vp *vp = __atomic_load_n(&cpu->root_vp, __ATOMIC_ACQUIRE);

	if (!vp)
		return;
	vp_pause(vp);
	vp_reset_registers(vp);
	vp->halted = false;
	__atomic_store_n(&vp->wait_for_sipi, true, __ATOMIC_RELEASE);
	vp_resume(vp);
}

/* L1VH does not ask for processors: its VPs are there when they are started. */
static struct vp *make_vp(struct partition *p, struct cpu *cpu)
{
	struct vp *vp;

	spin_lock(&p->lock);
	vp = vp_create(p, cpu->index);
	if (!vp)
		hv_fatal("no memory for L1VH's VP %u", cpu->index);
	vp->apic_id = cpu->apic_id;
	vp->home = cpu;
	vp->wait_for_sipi = true;
	hv_assert(!p->vps[cpu->index]);
	__atomic_store_n(&p->vps[cpu->index], vp, __ATOMIC_RELEASE);
	p->nr_vps++;
	cpu->started = true;
	__atomic_store_n(&cpu->root_vp, vp, __ATOMIC_RELEASE);
	spin_unlock(&p->lock);
	return vp;
}

static void root_sipi(struct vp *sender, struct cpu *cpu, uint8_t vector)
{
	struct vp *vp = __atomic_load_n(&cpu->root_vp, __ATOMIC_ACQUIRE);

	if (!vp && sender->partition->type == PARTITION_L1VH)
		vp = make_vp(sender->partition, cpu);
	if (!vp || !vp->wait_for_sipi)
		return;
	vp_pause(vp);
	if (vp->wait_for_sipi)
		vp_sipi(vp, vector);
	vp_resume(vp);
	vp_wake(vp);
	cpu_kick(cpu);
}

static void write_icr(struct vp *vp, uint64_t value)
{
	uint32_t low = value, dest = value >> 56, mode = low & ICR_MODE_MASK;
	struct cpu *cpu;

	if (mode != APIC_DM_INIT && mode != APIC_DM_STARTUP) {
		mmio_write32(APIC_PA + APIC_ICR_HIGH, value >> 32);
		mmio_write32(APIC_PA + APIC_ICR_LOW, low);
		return;
	}
	if (low & (ICR_SHORTHAND | ICR_LOGICAL))
		hv_fatal("INIT or SIPI of root to many: ICR 0x%lx", value);
	cpu = cpu_by_apic_id(dest);
	if (!cpu || cpu == this_cpu())
		return;
	if (mode == APIC_DM_STARTUP)
		root_sipi(vp, cpu, low);
	else if (low & APIC_ASSERT)
		root_init(cpu);
}

static bool child_read(struct vp *vp, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case HV_X64_MSR_ICR:
		*value = (uint64_t)lapic_read(vp, APIC_ICR_HIGH) << 32 |
			 lapic_read(vp, APIC_ICR_LOW);
		return true;
	case HV_X64_MSR_TPR:
		*value = lapic_read(vp, APIC_TPR);
		return true;
	default:
		return false;
	}
}

static bool child_write(struct vp *vp, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case HV_X64_MSR_ICR:
		lapic_write(vp, APIC_ICR_HIGH, value >> 32);
		lapic_write(vp, APIC_ICR_LOW, value);
		break;
	case HV_X64_MSR_TPR:
		lapic_write(vp, APIC_TPR, value);
		break;
	default:
		lapic_write(vp, APIC_EOI, 0);
	}
	return true;
}

bool msr_apic_read(struct vp *vp, uint32_t msr, uint64_t *value)
{
	if (partition_is_child(vp->partition))
		return child_read(vp, msr, value);
	switch (msr) {
	case HV_X64_MSR_ICR:
		*value = (uint64_t)mmio_read32(APIC_PA + APIC_ICR_HIGH) << 32 |
			 mmio_read32(APIC_PA + APIC_ICR_LOW);
		return true;
	case HV_X64_MSR_TPR:
		*value = mmio_read32(APIC_PA + APIC_TPR);
		return true;
	default:
		return false;
	}
}

bool msr_apic_write(struct vp *vp, uint32_t msr, uint64_t value)
{
	if (partition_is_child(vp->partition))
		return child_write(vp, msr, value);
	switch (msr) {
	case HV_X64_MSR_ICR:
		write_icr(vp, value);
		break;
	case HV_X64_MSR_TPR:
		mmio_write32(APIC_PA + APIC_TPR, value);
		break;
	default:
		mmio_write32(APIC_PA + APIC_EOI, 0);
	}
	return true;
}
