// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the topics that the command line names ("all": all of them), and powers off.
 * Other words there tell of the host: "strict", "core" (scheduler),
 * "multiprocessor", "spare" (a processor that takes interrupts for children).
 */
#include "test.h"

#define BP_CMDLINE	0x228
#define PM1A_CONTROL	0x604	/* q35 as its firmware sets it up */
#define SLP_EN		0x2000

struct machine machine;

struct topic {
	const char *name;
	void (*fn)(void);
};

static const struct topic topics[] = {
	{ "cpuid", test_cpuid },
	{ "msr", test_msr },
	{ "hypercall", test_hypercall },
	{ "time", test_time },
	{ "synic", test_synic },
	{ "partition", test_partition },
	{ "memory", test_memory },
	{ "intercept", test_intercept },
	{ "register", test_register },
	{ "lapic", test_lapic },
	{ "interrupt", test_interrupt },
	{ "vpstate", test_vpstate },
	{ "translate", test_translate },
	{ "enlightened", test_enlightened },
	{ "port", test_port },
	{ "scrub", test_scrub },
	{ "schedule", test_schedule },
	{ "domain", test_domain },
	{ "attach", test_attach },
	{ "passed", test_passed },
	{ "banks", test_banks },
	{ "nvme", test_nvme },
	{ "functions", test_functions },
	/* These start the second processor, if there is one. */
	{ "device", test_device },
	{ "smp", test_smp },
	{ "stats", test_stats },
	{ "features", test_features },
	{ "retarget", test_retarget },
	{ "storm", test_storm },
	{ "parked", test_parked },
	{ "iret", test_iret },
	{ "race", test_race },
	{ "invalid", test_invalid },
	{ "ipi", test_ipi },
	{ "nmi", test_nmi },
	{ "decode", test_decode },
};

/* Each needs a run of its own. */
static const struct topic others[] = {
	{ "fault-call", test_fault_call },
	{ "fault-reps", test_fault_reps },
	{ "fault-oom", test_fault_oom },
	{ "fault-delay", test_fault_delay },
	{ "fault-dup", test_fault_dup },
	{ "fault-vp", test_fault_vp },
	{ "fault-count", test_fault_count },
	{ "fault-set", test_fault_set },
	{ "remap-keep", test_remap_keep },
	{ "remap-clear", test_remap_clear },
	{ "domain-large", test_domain_large },
	{ "domain-knobs", test_domain_knobs },
	{ "attach-knobs", test_attach_knobs },
	{ "passed-knobs", test_passed_knobs },
	{ "fault-devices", test_fault_devices },
	{ "passed-kept", test_passed_kept },
	{ "unknown", test_unknown },
	{ "left-mapped", test_left_mapped },
	{ "must-leak", test_must_leak },
	{ "must-call", test_must_call },
	{ "must-msr", test_must_msr },
	{ "must-touch", test_must_touch },
	{ "must-attached", test_must_attached },
	{ "must-domain", test_must_domain },
	{ "must-page-zero", test_must_page_zero },
	{ "must-free", test_must_free },
	{ "must-mapped", test_must_mapped },
	{ "must-hypervisor", test_must_hypervisor },
	{ "must-crash", test_must_crash },
};

void lib_setup(const void *boot_params);
void test_main(const void *boot_params) __attribute__((noreturn));

static bool word_in(const char *word, const char *line)
{
	const char *w;

	for (;; line++) {
		while (*line == ' ')
			line++;
		for (w = word; *w && *w == *line; w++)
			line++;
		if (!*w && (!*line || *line == ' '))
			return true;
		while (*line && *line != ' ')
			line++;
		if (!*line)
			return false;
	}
}

static void look_at_machine(const char *cmdline)
{
	struct cpuid features = cpuid(HYPERV_CPUID_FEATURES, 0);

	machine.l1vh = !(features.ebx & HV_CPU_MANAGEMENT);
	machine.syntimers = features.eax & HV_MSR_SYNTIMER_AVAILABLE;
	machine.strict = word_in("strict", cmdline);
	machine.smp = word_in("multiprocessor", cmdline);
	machine.spare = word_in("spare", cmdline);
	machine.core_scheduler = word_in("core", cmdline);
}

static void power_off(void)
{
	uint32_t *in = hc_in;

	if (machine.l1vh) {
		asm volatile("outw %0, %1" : : "a"((uint16_t)SLP_EN), "Nd"((uint16_t)PM1A_CONTROL));
		bail_out("still here after writing the sleep type");
	}
	memset(in, 0, PAGE_SIZE);
	in[0] = HV_SYSTEM_PROPERTY_SLEEP_STATE;
	in[2] = HV_SLEEP_STATE_S5;
	if (hcall(HVCALL_SET_SYSTEM_PROPERTY).status != HV_STATUS_SUCCESS)
		bail_out("the sleep state cannot be set");
	memset(in, 0, PAGE_SIZE);
	in[0] = HV_SLEEP_STATE_S5;
	hcall(HVCALL_ENTER_SLEEP_STATE);
	bail_out("still here after entering the sleep state");
}

static void run(const struct topic *t)
{
	test_begin(t->name);
	t->fn();
}

void test_main(const void *boot_params)
{
	const char *cmdline = (const char *)(uint64_t)
		*(const uint32_t *)((const char *)boot_params + BP_CMDLINE);
	unsigned int i;

	lib_setup(boot_params);
	look_at_machine(cmdline);
	cpu_setup();
	hypercall_setup();
	for (i = 0; i < ARRAY_SIZE(topics); i++)
		if (word_in("all", cmdline) || word_in(topics[i].name, cmdline))
			run(&topics[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (word_in(others[i].name, cmdline))
			run(&others[i]);
	report_end();
	power_off();
	__builtin_unreachable();
}
