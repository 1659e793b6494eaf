// SPDX-License-Identifier: GPL-2.0-only
/* Guest virtual addresses and guest memory as the parent reaches them by hypercall. */
#include "child.h"

#define CR0_PG_PE	0x80000011
#define CR0_WP		0x10000
#define CR4_PAE		0x20
#define EFER_LONG	0xd00		/* LME, LMA, NXE */
#define PML4		0xa000
#define PDPT		0xb000
#define PD		0xc000
#define PT		0xd000
#define P		1ull
#define W		2ull
#define U		4ull
#define ACCESSED	0x20ull
#define DIRTY		0x40ull
#define PS		0x80ull
#define NX		BIT(63)
#define CODE64		0xa09b

static uint64_t *table(struct child *c, uint64_t gpa)
{
	return (uint64_t *)(c->memory + gpa);
}

/* 4 KiB pages at 0, a 2 MiB page at 2 MiB, a 1 GiB page at 1 GiB. */
static void make_tables(struct child *c)
{
	union hv_register_value cs = { 0 };

	table(c, PML4)[0] = PDPT | P | W | U;
	table(c, PDPT)[0] = PD | P | W | U;
	table(c, PDPT)[1] = P | W | PS;
	table(c, PD)[0] = PT | P | W | U;
	table(c, PD)[1] = P | W | PS;
	table(c, PT)[0x10] = 0x20000 | P | W | U;
	table(c, PT)[0x11] = 0x21000 | P;
	table(c, PT)[0x12] = 0x22000 | P | W | NX;
	table(c, PT)[0x13] = 0x23000;
	table(c, PT)[0x14] = 0x7f000000 | P | W;
	child_set_reg64(c, 0, HV_X64_REGISTER_CR3, PML4);
	child_set_reg64(c, 0, HV_X64_REGISTER_CR4, CR4_PAE);
	child_set_reg64(c, 0, HV_X64_REGISTER_EFER, EFER_LONG);
	child_set_reg64(c, 0, HV_X64_REGISTER_CR0, CR0_PG_PE | CR0_WP);
	cs.segment.attributes = CODE64;
	cs.segment.selector = 8;
	cs.segment.limit = 0xffffffff;
	child_set_reg(c, 0, HV_X64_REGISTER_CS, &cs);
}

static uint32_t translate(struct child *c, uint64_t gva, uint64_t flags, uint64_t *gpa)
{
	struct hv_input_translate_virtual_address *in = hc_in;
	const struct hv_output_translate_virtual_address *out = hc_out;
	uint16_t status;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->control_flags = flags;
	in->gva_page = gva / PAGE_SIZE;
	status = hcall(HVCALL_TRANSLATE_VIRTUAL_ADDRESS).status;
	if (status != HV_STATUS_SUCCESS)
		bail_out("translate: status 0x%x", status);
	*gpa = out->gpa_page * PAGE_SIZE;
	return out->translation_result.result_code;
}

#define READ	HV_TRANSLATE_GVA_VALIDATE_READ
#define WRITE	(READ | HV_TRANSLATE_GVA_VALIDATE_WRITE)
#define EXECUTE	HV_TRANSLATE_GVA_VALIDATE_EXECUTE
#define USER	HV_TRANSLATE_GVA_USER_ACCESS

static const struct {
	const char *what;
	uint64_t gva, flags;
	uint32_t result;
	uint64_t gpa;
} cases[] = {
	{ "a 4 KiB page", 0x10000, READ, HV_TRANSLATE_GVA_SUCCESS, 0x20000 },
	{ "a user page for a user", 0x10000, READ | USER, HV_TRANSLATE_GVA_SUCCESS, 0x20000 },
	{ "a 2 MiB page", 0x205000, WRITE, HV_TRANSLATE_GVA_SUCCESS, 0x5000 },
	{ "a 1 GiB page", 0x40006000, READ, HV_TRANSLATE_GVA_SUCCESS, 0x6000 },
	{ "a read-only page for a load", 0x11000, READ, HV_TRANSLATE_GVA_SUCCESS, 0x21000 },
	{ "a read-only page for a store", 0x11000, WRITE, HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION, 0 },
	{ "a supervisor page for a user", 0x11000, READ | USER,
	  HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION, 0 },
	{ "a supervisor page, privilege exempt", 0x11000,
	  READ | USER | HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT, HV_TRANSLATE_GVA_SUCCESS, 0x21000 },
	{ "a page without execution", 0x12000, EXECUTE, HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION, 0 },
	{ "a page that is not present", 0x13000, READ, HV_TRANSLATE_GVA_PAGE_NOT_PRESENT, 0 },
	{ "a page whose memory is not mapped", 0x14000, READ, HV_TRANSLATE_GVA_GPA_UNMAPPED, 0 },
	{ "an address without tables", 0x8000000000, READ, HV_TRANSLATE_GVA_PAGE_NOT_PRESENT, 0 },
};

static void walks(struct child *c)
{
	unsigned int i;
	uint64_t gpa;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t result = translate(c, cases[i].gva, cases[i].flags, &gpa);

		report(result == cases[i].result &&
		       (result != HV_TRANSLATE_GVA_SUCCESS || gpa == cases[i].gpa),
		       "%s", cases[i].what);
	}
	report(!(table(c, PT)[0x10] & (ACCESSED | DIRTY)), "walks leave the tables alone");
	translate(c, 0x10000, WRITE | HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS, &gpa);
	report_eq(table(c, PT)[0x10] & (ACCESSED | DIRTY), ACCESSED | DIRTY,
		  "unless they are asked to set their bits");
	child_set_reg64(c, 0, HV_X64_REGISTER_CR0, 0x11);
	child_set_reg64(c, 0, HV_X64_REGISTER_EFER, 0);
	report(translate(c, 0x11000, WRITE, &gpa) == HV_TRANSLATE_GVA_SUCCESS && gpa == 0x11000,
	       "without paging addresses are physical");
}

static void memory(struct child *c)
{
	struct hv_input_read_gpa *read = hc_in;
	struct hv_input_write_gpa *write = hc_in;
	const struct hv_output_read_gpa *out = hc_out;

	memcpy(c->memory + 0x5ff0, "sixteen bytes...", 16);
	memset(read, 0, sizeof(*read));
	read->partition_id = c->id;
	read->byte_count = 16;
	read->base_gpa = 0x5ff0;
	report_eq(hcall(HVCALL_READ_GPA).status, HV_STATUS_SUCCESS, "guest memory can be read");
	report(!memcmp(out->data, "sixteen bytes...", 16), "its contents");
	read->base_gpa = 0x7f000000;
	hcall(HVCALL_READ_GPA);
	report_eq(out->access_result.result_code, HV_ACCESS_GPA_UNMAPPED,
		  "unmapped memory can't");
	read->base_gpa = 0x5ff8;
	report_eq(hcall(HVCALL_READ_GPA).status, HV_STATUS_INVALID_PARAMETER,
		  "nor can what crosses a page");
	memset(write, 0, sizeof(*write));
	write->partition_id = c->id;
	write->byte_count = 4;
	write->base_gpa = 0x5000;
	memcpy(write->data, "four", 4);
	report_eq(hcall(HVCALL_WRITE_GPA).status, HV_STATUS_SUCCESS, "guest memory can be written");
	report(!memcmp(c->memory + 0x5000, "four", 4), "its contents");
}

void test_translate(void)
{
	struct child c;

	synic_setup();
	child_make(&c, DEFAULT_FLAGS, 1);
	make_tables(&c);
	walks(&c);
	memory(&c);
	child_destroy(&c);
	synic_teardown();
}
