// SPDX-License-Identifier: GPL-2.0-only
/*
 * The register page and the intercept message page, shared with the VMM.
 */
#include <sys/eventfd.h>

#include "mshv_test.h"

#define DIRTY(class)	BIT(HV_X64_REGISTER_CLASS_##class)

FIXTURE(regpage) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	volatile struct hv_vp_register_page *page;
};

FIXTURE_SETUP(regpage)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_map_page(self->vp));
	self->page = self->vp->page;
}

FIXTURE_TEARDOWN(regpage)
{
	mshv_vm_close(&self->vm);
}

static void *map_at(int fd, int offset, int prot)
{
	return mmap(NULL, PAGE_SIZE, prot, MAP_SHARED, fd, offset * PAGE_SIZE);
}

TEST_F(regpage, page_of_ghcb_does_not_exist)
{
	EXPECT_EQ(MAP_FAILED,
		  map_at(self->vp->fd, MSHV_VP_MMAP_OFFSET_GHCB,
			 PROT_READ | PROT_WRITE));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(regpage, unknown_offset_is_refused)
{
	EXPECT_EQ(MAP_FAILED,
		  map_at(self->vp->fd, MSHV_VP_MMAP_OFFSET_COUNT,
			 PROT_READ | PROT_WRITE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map_at(self->vp->fd, 1 << 20, PROT_READ));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(regpage, partition_has_no_pages)
{
	EXPECT_EQ(MAP_FAILED, map_at(self->vm.fd, 0, PROT_READ));
	EXPECT_EQ(ENODEV, errno);
}

/* Two mappings show one page. */
TEST_F(regpage, mapped_twice)
{
	volatile struct hv_vp_register_page *second =
		map_at(self->vp->fd, 0, PROT_READ);

	ASSERT_NE(MAP_FAILED, second);
	self->page->rax = 0x4711;
	EXPECT_EQ(0x4711, second->rax);
}

TEST_F(regpage, stays_after_the_descriptors_are_closed)
{
	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	close(self->vp->fd);
	close(self->vm.fd);
	self->vp->fd = -1;
	self->vm.fd = -1;
	EXPECT_EQ(GUEST_CODE, self->page->rip);
}

TEST_F(regpage, valid_and_clean_before_the_first_run)
{
	EXPECT_EQ(HV_VP_REGISTER_PAGE_VERSION_1, self->page->version);
	EXPECT_EQ(1, self->page->isvalid);
	EXPECT_EQ(0, self->page->dirty);
}

TEST_F(regpage, valid_and_clean_after_each_exit)
{
	int i;

	test_load(&self->vm, count_out);
	for (i = 0; i < 20; i++) {
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
		ASSERT_EQ(1, self->page->isvalid);
		ASSERT_EQ(0, self->page->dirty);
		self->page->rip += mshv_header(self->vp)->instruction_length;
		self->page->dirty = DIRTY(IP);
	}
}

/* After an exit, page, message and hypercall tell the same. */
TEST_F(regpage, agrees_with_the_registers)
{
	struct hv_register_assoc regs[18], segs[6];
	static const uint32_t controls[] = {
		HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4,
		HV_X64_REGISTER_CR8, HV_X64_REGISTER_EFER, HV_X64_REGISTER_DR7,
		HV_X64_REGISTER_XFEM,
	};
	struct hv_register_assoc cr[ARRAY_SIZE(controls)];
	unsigned int i;

	test_load(&self->vm, lm_two_outs);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	memset(regs, 0, sizeof(regs));
	for (i = 0; i < 16; i++) {
		regs[i].name = HV_X64_REGISTER_RAX + i;
		regs[i].value.reg64 = 0xabcd000000000000ULL + i;
	}
	test_set_regs(self->vp, regs, 16);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);

	regs[16].name = HV_X64_REGISTER_RIP;
	regs[17].name = HV_X64_REGISTER_RFLAGS;
	for (i = 0; i < 16; i++) {
		EXPECT_EQ(0xabcd000000000000ULL + i, self->page->gp_registers[i])
			TH_LOG("general register %u", i);
		regs[i].value.reg64 = 0;
	}
	test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < 16; i++)
		test_eq(regs[i].value.reg64, self->page->gp_registers[i]);
	EXPECT_EQ(regs[16].value.reg64, self->page->rip);
	EXPECT_EQ(mshv_header(self->vp)->rip, self->page->rip);
	EXPECT_EQ(regs[17].value.reg64, self->page->rflags);
	EXPECT_EQ(mshv_header(self->vp)->rflags, self->page->rflags);

	memset(segs, 0, sizeof(segs));
	for (i = 0; i < ARRAY_SIZE(segs); i++)
		segs[i].name = HV_X64_REGISTER_ES + i;
	test_get_regs(self->vp, segs, ARRAY_SIZE(segs));
	for (i = 0; i < ARRAY_SIZE(segs); i++) {
		EXPECT_EQ(0, memcmp(&segs[i].value,
				    (void *)&self->page->segment_registers[i],
				    sizeof(struct hv_x64_segment_register)))
			TH_LOG("segment register %u", i);
	}

	memset(cr, 0, sizeof(cr));
	for (i = 0; i < ARRAY_SIZE(cr); i++)
		cr[i].name = controls[i];
	test_get_regs(self->vp, cr, ARRAY_SIZE(cr));
	EXPECT_EQ(cr[0].value.reg64, self->page->cr0);
	EXPECT_EQ(cr[1].value.reg64, self->page->cr3);
	EXPECT_EQ(cr[2].value.reg64, self->page->cr4);
	EXPECT_EQ(cr[3].value.reg64, self->page->cr8);
	EXPECT_EQ(cr[4].value.reg64, self->page->efer);
	EXPECT_EQ(cr[5].value.reg64, self->page->dr7);
	EXPECT_EQ(cr[6].value.reg64, self->page->xfem);
	EXPECT_EQ(GUEST_TABLES, self->page->cr3);
}

TEST_F(regpage, xmm_agrees_with_the_registers)
{
	uint64_t *data = (uint64_t *)(self->vm.ram + GUEST_DATA);
	struct hv_register_assoc regs[] = {
		{ .name = HV_X64_REGISTER_XMM0 },
		{ .name = HV_X64_REGISTER_XMM0 + 5 },
		{ .name = HV_X64_REGISTER_XMM0 + 8 },
	};
	int i;

	for (i = 0; i < 6; i++)
		data[i] = 0x1111111111111111ULL * (i + 1);
	test_load(&self->vm, lm_load_xmm);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(data[2 * i], regs[i].value.reg128.low_part);
		EXPECT_EQ(data[2 * i + 1], regs[i].value.reg128.high_part);
	}
	EXPECT_EQ(data[0], self->page->xmm0.low_part);
	EXPECT_EQ(data[1], self->page->xmm0.high_part);
	EXPECT_EQ(data[2], self->page->xmm5.low_part);
	EXPECT_EQ(data[3], self->page->xmm5.high_part);
}

/* Each class that is marked dirty reaches the guest. */
TEST_F(regpage, general_registers_are_written_back)
{
	unsigned int i;

	test_load(&self->vm, lm_store);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	for (i = 0; i < 16; i++)
		self->page->gp_registers[i] = 0x7000000000000000ULL + 0x1111 * i;
	self->page->dirty = DIRTY(GENERAL);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	for (i = 0; i < 16; i++) {
		EXPECT_EQ(0x7000000000000000ULL + 0x1111 * i,
			  mshv_data64(&self->vm, i))
			TH_LOG("general register %u", i);
	}
	EXPECT_EQ(0, self->page->dirty);
}

TEST_F(regpage, instruction_pointer_is_written_back)
{
	test_load(&self->vm, lm_two_outs);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	self->page->rip = GUEST_CODE + 2;
	self->page->dirty = DIRTY(IP);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
}

TEST_F(regpage, flags_are_written_back)
{
	test_load(&self->vm, lm_two_outs);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	self->page->rflags = 0x8d7;	/* OF SF ZF AF PF CF */
	self->page->dirty = DIRTY(FLAGS);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(0x8d7, mshv_header(self->vp)->rflags);
	EXPECT_EQ(0x8d7, mshv_get_reg(self->vp, HV_X64_REGISTER_RFLAGS));
}

TEST_F(regpage, segments_are_written_back)
{
	*(uint32_t *)(self->vm.ram + 0x12340) = 0x600dcafe;
	test_load(&self->vm, fs_read32);
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);
	self->page->fs.base = 0x12340;
	self->page->dirty = DIRTY(SEGMENT);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0x600dcafe, mshv_data32(&self->vm, 0));
}

TEST_F(regpage, xmm_registers_are_written_back)
{
	struct hv_register_assoc xmm8 = {
		.name = HV_X64_REGISTER_XMM0 + 8,
		.value.reg128 = { 0x8888, 0x9999 },
	};
	unsigned int i;

	test_load(&self->vm, lm_store_xmm);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_set_regs(self->vp, &xmm8, 1);
	for (i = 0; i < 6; i++) {
		self->page->xmm_registers[i].low_part = 0x100 + i;
		self->page->xmm_registers[i].high_part = 0x200 + i;
	}
	self->page->dirty = DIRTY(XMM);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(0x100 + i, mshv_data64(&self->vm, 2 * i));
		EXPECT_EQ(0x200 + i, mshv_data64(&self->vm, 2 * i + 1));
	}
	/* what is not on the page is untouched */
	EXPECT_EQ(0x8888, mshv_data64(&self->vm, 12));
	EXPECT_EQ(0x9999, mshv_data64(&self->vm, 13));
}

TEST_F(regpage, clean_classes_are_ignored)
{
	test_load(&self->vm, lm_store);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0x1234);
	self->page->rbx = 0x9999;
	self->page->rip = 0x3333;
	self->page->rflags = 0x8d7;
	self->page->dirty = 0;
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(0x1234, mshv_data64(&self->vm, 3));
	EXPECT_EQ(0x1234, self->page->rbx);
}

/* All of a port read by the page: no register hypercall is needed. */
TEST_F(regpage, port_read_is_completed_by_the_page)
{
	test_load(&self->vm, in32);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	self->page->rax = 0x13572468;
	self->page->rip += mshv_header(self->vp)->instruction_length;
	self->page->dirty = DIRTY(GENERAL) | DIRTY(IP);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0x13572468, mshv_data32(&self->vm, 0));
}

/* A register that was set by hypercall shows on the page. */
TEST_F(regpage, follows_set_registers)
{
	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	test_set_reg(self->vp, HV_X64_REGISTER_R9, 0x5432);
	EXPECT_EQ(0x5432, mshv_get_reg(self->vp, HV_X64_REGISTER_R9));
	if (self->page->isvalid)
		test_eq(0x5432, self->page->r9);
	test_ok(mshv_vp_skip(self->vp));
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0x5432, self->page->r9);
}

TEST_F(regpage, each_vp_has_its_own)
{
	struct mshv_vp *second = &self->vm.vp[1];

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_ok(mshv_vp_map_page(second));
	test_ok(mshv_vp_real_mode(second, GUEST_CODE));
	test_load(&self->vm, out_imm);
	test_set_reg(self->vp, HV_X64_REGISTER_R8, 1);
	test_set_reg(second, HV_X64_REGISTER_R8, 2);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	test_run(second, HVMSG_X64_IO_PORT_INTERCEPT);
	EXPECT_EQ(1, self->page->r8);
	EXPECT_EQ(2, second->page->r8);
}

TEST_F(regpage, intercept_page_shows_the_message)
{
	const void *shown = map_at(self->vp->fd,
				   MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,
				   PROT_READ);
	int i;

	ASSERT_NE(MAP_FAILED, shown);
	test_load(&self->vm, count_out);
	for (i = 0; i < 5; i++) {
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
		ASSERT_EQ(0, memcmp(&self->vp->msg, shown,
				    sizeof(self->vp->msg)));
		test_ok(mshv_vp_skip(self->vp));
	}
	test_load(&self->vm, hlt);
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(0, memcmp(&self->vp->msg, shown, sizeof(self->vp->msg)));
}

/* What a VMM scribbles there does not hurt the host, and loses no interrupt. */
TEST_F(regpage, absurd_vector_count)
{
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct mshv_user_irqfd irqfd = { .fd = event, .gsi = 5 };
	uint64_t one = 1;

	SKIP_IN_TREE("the kernel would read past the vectors of the page");
	ASSERT_LE(0, event);
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	test_route(self->vm.fd, 5, 0xfee00000, GUEST_VECTOR_A);
	ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_IRQFD, &irqfd));
	test_load(&self->vm, irq_idle);
	test_run_to_port(self->vp, GUEST_PORT_READY);
	self->page->interrupt_vectors.vector_count = 255;
	ASSERT_EQ(sizeof(one), write(event, &one, sizeof(one)));
	test_run_to_port(self->vp, GUEST_PORT_IRQ);
}

TEST_HARNESS_MAIN
