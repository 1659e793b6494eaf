// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Every public function with arguments that are missing: -EINVAL, or nothing where
 * there is nothing to return, and no system call. Those of CPU properties have tests
 * of their own. check-symbols looks that none is missing here.
 *
 * What a handle's descriptor is makes no difference to the library: that it is not the
 * right one, or closed, the kernel says, and its errno is passed on.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "fakevp.h"
#include "mock.h"
#include "test.h"

#define REFUSED(call) CHECK_EQ(call, -EINVAL)

TEST(arguments_of_hosts)
{
	struct mshv_host *host = (void *)1;
	uint64_t value;

	mock_expect(NULL, 0);
	REFUSED(mshv_host_open(NULL, NULL));
	mshv_host_close(NULL);
	REFUSED(mshv_host_fd(NULL));
	REFUSED(mshv_host_check_extension(NULL, MSHV_CAP_MAX_VPS));
	REFUSED(mshv_host_get_property(NULL, 0, &value));
	REFUSED(mshv_host_get_property(host, 0, NULL));
	REFUSED(mshv_host_get_property_ex(NULL, 0, 0, &value, 8));
	REFUSED(mshv_host_get_property_ex(host, 0, 0, NULL, 8));
	REFUSED(mshv_host_get_property_ex(host, 0, 0, &value, 0));
	REFUSED(mshv_host_get_property_ex(host, 0, 0, &value, 4073));
	mock_done();
}

TEST(arguments_of_ioctls)
{
	mock_expect(NULL, 0);
	REFUSED(mshv_ioctl_create_partition(3, NULL));
	REFUSED(mshv_ioctl_create_partition_v2(3, NULL));
	REFUSED(mshv_ioctl_check_extension(3, NULL));
	REFUSED(mshv_ioctl_root_hvcall(3, NULL));
	REFUSED(mshv_ioctl_create_vp(3, NULL));
	REFUSED(mshv_ioctl_set_guest_memory(3, NULL));
	REFUSED(mshv_ioctl_irqfd(3, NULL));
	REFUSED(mshv_ioctl_ioeventfd(3, NULL));
	REFUSED(mshv_ioctl_set_msi_routing(3, NULL));
	REFUSED(mshv_ioctl_get_gpap_access_bitmap(3, NULL));
	REFUSED(mshv_ioctl_run_vp(3, NULL));
	REFUSED(mshv_ioctl_get_vp_state(3, NULL));
	REFUSED(mshv_ioctl_set_vp_state(3, NULL));
	REFUSED(mshv_ioctl_translate_gva(3, NULL));
	REFUSED(mshv_ioctl_create_device(3, NULL));
	REFUSED(mshv_ioctl_set_device_attr(3, NULL));
	REFUSED(mshv_ioctl_has_device_attr(3, NULL));
	mock_done();
}

static int bad_descriptor(int fd, unsigned long request, void *arg)
{
	(void)arg;
	(void)request;
	CHECK_EQ(fd, -1);
	return -EBADF;
}

TEST(arguments_that_only_the_kernel_can_judge)
{
	struct mshv_create_vp args = { 0 };

	mock_ioctl(bad_descriptor);
	CHECK_EQ(mshv_ioctl_initialize_partition(-1), -EBADF);
	CHECK_EQ(mshv_ioctl_create_vp(-1, &args), -EBADF);
	mock_ioctl(NULL);
}

static _Alignas(4096) uint8_t page[4096];

TEST(arguments_of_vms)
{
	struct mshv_vm *vm = (void *)1;
	struct mshv_ioeventfd bell = { 0 };
	struct mshv_interrupt irq = { 0 };
	uint64_t value;
	void *addr;

	mock_expect(NULL, 0);
	REFUSED(mshv_vm_create(NULL, NULL, &vm));
	REFUSED(mshv_vm_create((void *)1, NULL, NULL));
	REFUSED(mshv_vm_initialize(NULL));
	mshv_vm_close(NULL);
	REFUSED(mshv_vm_fd(NULL));
	REFUSED(mshv_vm_get_property(NULL, 0, &value));
	REFUSED(mshv_vm_get_property(vm, 0, NULL));
	REFUSED(mshv_vm_set_property(NULL, 0, 0));
	REFUSED(mshv_vm_map(NULL, 0, page, 4096, 0));
	REFUSED(mshv_vm_map(vm, 0, page, 4096, 4));
	REFUSED(mshv_vm_map(vm, 0, page, 0, 0));
	REFUSED(mshv_vm_map(vm, 1, page, 4096, 0));
	REFUSED(mshv_vm_map(vm, 0, page + 1, 4096, 0));
	REFUSED(mshv_vm_map(vm, -4096ull, page, 8192, 0));
	REFUSED(mshv_vm_unmap(NULL, 0));
	REFUSED(mshv_vm_unmap(vm, 1));
	REFUSED(mshv_vm_host_addr(NULL, 0, 1, 0, &addr));
	REFUSED(mshv_vm_host_addr(vm, 0, 1, 0, NULL));
	REFUSED(mshv_vm_host_addr(vm, 0, 0, 0, &addr));
	REFUSED(mshv_vm_host_addr(vm, 0, 1, 2, &addr));
	REFUSED(mshv_vm_add_irqfd(NULL, 0, 0, -1));
	REFUSED(mshv_vm_remove_irqfd(NULL, 0, 0));
	REFUSED(mshv_vm_set_msi_routes(NULL, NULL, 0));
	REFUSED(mshv_vm_assert_interrupt(NULL, &irq));
	REFUSED(mshv_vm_assert_interrupt(vm, NULL));
	REFUSED(mshv_vm_add_ioeventfd(NULL, &bell));
	REFUSED(mshv_vm_remove_ioeventfd(NULL, &bell));
	REFUSED(mshv_vm_start_dirty_log(NULL));
	REFUSED(mshv_vm_stop_dirty_log(NULL));
	REFUSED(mshv_vm_note_write(NULL, 0, 1));
	REFUSED(mshv_vm_note_write(vm, 0, 0));
	REFUSED(mshv_vm_get_access_bits(NULL, 0, 1, MSHV_DIRTY, MSHV_ACCESS_KEEP,
					page));
	REFUSED(mshv_vm_install_intercept(NULL, 0, 0, 0));
	mock_done();
}

TEST(arguments_of_devices)
{
	struct mshv_device *device = (void *)1;
	struct mshv_device_region region;
	struct mshv_device_check check;
	struct mshv_iommu *iommu = (void *)1;
	int fd = 3;

	mock_expect(NULL, 0);
	REFUSED(mshv_iommu_open(NULL, MSHV_IOMMU_IOAS, &iommu));
	REFUSED(mshv_iommu_open((void *)1, MSHV_IOMMU_IOAS, NULL));
	REFUSED(mshv_iommu_open((void *)1, (enum mshv_iommu_kind)3, &iommu));
	mshv_iommu_close(NULL);
	REFUSED(mshv_device_check(NULL, &check));
	REFUSED(mshv_device_check("0000:00:04.0", NULL));
	REFUSED(mshv_device_open(NULL, "0000:00:04.0", 0, &device));
	REFUSED(mshv_device_open(iommu, NULL, 0, &device));
	REFUSED(mshv_device_open(iommu, "nvme0", 0, &device));
	REFUSED(mshv_device_open(iommu, "0000:00:04.0", 0, NULL));
	mshv_device_close(NULL);
	REFUSED(mshv_device_fd(NULL));
	REFUSED(mshv_device_region(NULL, 0, &region));
	REFUSED(mshv_device_region(device, 0, NULL));
	REFUSED(mshv_device_read(NULL, 0, 0, page, 4));
	REFUSED(mshv_device_read(device, 0, 0, NULL, 4));
	REFUSED(mshv_device_write(NULL, 0, 0, page, 4));
	REFUSED(mshv_device_write(device, 0, 0, NULL, 4));
	REFUSED(mshv_device_map(NULL, 0, 0, 4096, 0));
	REFUSED(mshv_device_unmap(NULL, 0));
	REFUSED(mshv_device_set_irqs(NULL, MSHV_DEVICE_MSI, 0, &fd, 1));
	REFUSED(mshv_device_set_irqs(device, MSHV_DEVICE_MSI, 0, NULL, 1));
	REFUSED(mshv_device_reset(NULL));
	mock_done();
}

TEST(arguments_of_vps)
{
	static const struct mshv_port_ops ports;
	static const struct mshv_mmio_ops memory;
	struct mshv_exception exception = { 0 };
	struct mshv_vp_counters counters = { 0 };
	union hv_register_value v;
	struct mshv_vp *vp = NULL;
	uint32_t name = 0;
	uint64_t value;

	mock_expect(NULL, 0);
	REFUSED(mshv_vp_create(NULL, 0, 0, &vp));
	REFUSED(mshv_vp_create((void *)1, 0, 0, NULL));
	REFUSED(mshv_vp_create((void *)1, 0, 2, &vp));
	mshv_vp_close(NULL);
	REFUSED(mshv_vp_fd(NULL));
	CHECK(!mshv_vp_has_register_page(NULL));
	REFUSED(mshv_vp_run(NULL, NULL));
	REFUSED(mshv_vp_kick(NULL, 10));
	REFUSED(mshv_vp_inject(NULL, &exception));
	REFUSED(mshv_vp_inject_interrupt(NULL, 8));
	REFUSED(mshv_vp_notify_deliverable(NULL, MSHV_DELIVERABLE_NMI, 0));
	REFUSED(mshv_vp_counters(NULL, &counters));
	REFUSED(mshv_vp_get_regs(NULL, &name, &v, 1));
	REFUSED(mshv_vp_set_regs(NULL, &name, &v, 1));
	REFUSED(mshv_vp_get_reg(NULL, HV_X64_REGISTER_RAX, &value));
	REFUSED(mshv_vp_set_reg(NULL, HV_X64_REGISTER_RAX, 0));
	REFUSED(mshv_vp_load_regs(NULL, MSHV_TIER_FAST));
	REFUSED(mshv_vp_flush_regs(NULL));
	REFUSED(mshv_vp_refused_reg(NULL, &name));
	REFUSED(mshv_vp_discard_regs(NULL, NULL, 0));
	REFUSED(mshv_vp_handle_port(NULL, &ports, NULL));
	REFUSED(mshv_vp_port_complete(NULL, 0));
	REFUSED(mshv_vp_handle_mmio(NULL, &memory, NULL));
	REFUSED(mshv_vp_get_state(NULL, MSHV_STATE_SIMP, NULL, 0, NULL));
	REFUSED(mshv_vp_set_state(NULL, MSHV_STATE_SIMP, &v, sizeof(v)));
	REFUSED(mshv_vp_translate(NULL, 0, 0, &name, &value));
	mock_done();
}

TEST(arguments_of_exits)
{
	static const struct mshv_port_ops half_ports = { .size = sizeof(half_ports) };
	static const struct mshv_mmio_ops half_memory = { .size = sizeof(half_memory) };
	struct mshv_port_exit exit;

	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	REFUSED(mshv_port_decode(NULL, &exit));
	REFUSED(mshv_port_decode(&fake.message, NULL));
	REFUSED(mshv_vp_handle_port(fake.vp, NULL, NULL));
	REFUSED(mshv_vp_handle_port(fake.vp, &half_ports, NULL));
	REFUSED(mshv_vp_handle_mmio(fake.vp, NULL, NULL));
	REFUSED(mshv_vp_handle_mmio(fake.vp, &half_memory, NULL));
	REFUSED(mshv_vp_counters(fake.vp, NULL));
	REFUSED(mshv_vp_get_regs(fake.vp, NULL, NULL, 1));
	REFUSED(mshv_vp_set_regs(fake.vp, NULL, NULL, 1));
	REFUSED(mshv_vp_load_regs(fake.vp, (enum mshv_reg_tier)4));
	REFUSED(mshv_vp_inject(fake.vp, NULL));
	REFUSED(mshv_vp_notify_deliverable(fake.vp, 1u << 2, 0));
	REFUSED(mshv_vp_notify_deliverable(fake.vp, 0, 16));
	REFUSED(mshv_vp_refused_reg(fake.vp, NULL));
	REFUSED(mshv_vp_discard_regs(fake.vp, NULL, 1));
	fakevp_finish();
}
