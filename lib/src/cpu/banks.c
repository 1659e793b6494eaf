// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The feature banks of Hyper-V: what each bit is called. A bit without a name is
 * no property.
 */
#include <stdio.h>

#include "cpu/model.h"

static const char *const x86_features0[64] = {
	"sse3", "lahf_sahf", "ssse3", "sse4_1", "sse4_2", "sse4a", "xop", "pop_cnt",
	"cmpxchg16b", "altmovcr8", "lzcnt", "mis_align_sse", "mmx_ext", "amd3dnow",
	"extended_amd3dnow", "page_1gb", "aes", "pclmulqdq", "pcid", "fma4", "f16c",
	"rd_rand", "rd_wr_fs_gs", "smep", "enhanced_fast_string", "bmi1", "bmi2",
	"hle_support_deprecated", "rtm_support_deprecated", "movbe", "npiep1",
	"dep_x87_fpu_save", "rd_seed", "adx", "intel_prefetch", "smap", "hle", "rtm",
	"rdtscp", "clflushopt", "clwb", "sha", "x87_pointers_saved", "invpcid",
	"ibrs", "stibp", "ibpb", "unrestricted_guest", "mdd", "fast_short_rep_mov",
	"l1dcache_flush", "rdcl_no", "ibrs_all", "skip_l1df", "ssb_no", "rsb_a_no",
	"virt_spec_ctrl", "rd_pid", "umip", "mbs_no", "mb_clear", "taa_no",
	"tsx_ctrl",
};

static const char *const x86_features1[64] = {
	"a_count_m_count", "tsc_invariant", "cl_zero", "rdpru", "la57", "mbec",
	"nested_virt", "psfd", "cet_ss", "cet_ibt", "vmx_exception_inject", "enqcmd",
	"umwait_tpause", "movdiri", "movdir64b", "cldemote", "serialize",
	"tsc_deadline_tmr", "tsc_adjust", "fzl_rep_movsb", "fs_rep_stosb",
	"fs_rep_cmpsb", "tsx_ld_trk", "vmx_ins_outs_exit_info", "hlat",
	"sbdr_ssdp_no", "fbsdp_no", "psdp_no", "fb_clear", "btc_no",
	"ibpb_rsb_flush", "stibp_always_on", "perf_global_ctrl", "npt_execute_only",
	"npt_ad_flags", "npt1_gb_page", "amd_processor_topology_node_id",
	"local_machine_check", "extended_topology_leaf_fp256_amd", "gds_no",
	"cmpccxadd", "tsc_aux_virtualization", "rmp_query", "bhi_no", "bhi_dis",
	"prefetch_i", "sha512", "mitigation_ctrl", "rfds_no", "rfds_clear", "sm3",
	"sm4", "secure_avic", "guest_intercept_ctrl", "sbpb", "ibpb_br_type",
	"srso_no", "srso_user_kernel_no", "vrew_clear", "tsa_l1_no", "tsa_sq_no",
	[63] = "tsa_fill_no",
};

static const char *const x86_xsave[64] = {
	"xsave", "xsaveopt", "avx", "avx2", "fma", "mpx", "avx512", "avx512_dq",
	"avx512_cd", "avx512_bw", "avx512_vl", "xsave_comp", "xsave_supervisor",
	"xcr1", "avx512_bitalg", "avx512_i_fma", "avx512_v_bmi", "avx512_v_bmi2",
	"avx512_vnni", "gfni", "vaes", "avx512_v_popcntdq", "vpclmulqdq",
	"avx512_bf16", "avx512_vp2_intersect", "avx512_fp16", "xfd", "amx_tile",
	"amx_bf16", "amx_int8", "avx_vnni", "avx_ifma", "avx_ne_convert",
	"avx_vnni_int8", "avx_vnni_int16", "avx10_1_256", "avx10_1_512", "amx_fp16",
	"apx", "apx_nci_ndd_nf",
};

static const char *const arm64_features0[64] = {
	"asid16", "t_gran16", "t_gran64", "haf", "hdbs", "pan", "at_s1e1", "uao",
	"el0_aarch32", "fp", "fp_hp", "adv_simd", "adv_simd_hp", "gic_v3v4",
	"gic_v4p1", "ras", "pmu_v3", "pmu_v3_arm_v81", "pmu_v3_arm_v84",
	"pmu_v3_arm_v85", "aes", "poly_mul", "sha1", "sha256", "sha512", "crc32",
	"atomic", "rdm", "sha3", "sm3", "sm4", "dp", "fhm", "dc_cvap", "dc_cvadp",
	"apa_base", "apa_ep", "apa_ep2", "apa_ep2_fp", "apa_ep2_fpc", "jscvt",
	"fcma", "rcpc_v83", "rcpc_v84", "gpa", "l1ip_pipt", "dz_permitted", "ssbs",
	"ssbs_rw", "smccc_w1_supported", "smccc_w1_mitigated", "smccc_w2_supported",
	"smccc_w2_mitigated", "csv2", "csv3", "sb", "idc", "dic", "tlbi_os",
	"tlbi_os_range", "flags_m", "flags_m2", "bf16", "ebf16",
};

static const char *const arm64_features1[64] = {
	"sve_bf16", "sve_ebf16", "i8mm", "sve_i8mm", "frintts", "specres", "mtpmu",
	"rpres", "exs", "spec_sei", "ets", "afp", "iesb", "rng", "lse2", "idst",
	"ras_v1p1", "ras_frac_v1p1", "sel2", "amu_v1", "amu_v1p1", "dit", "ccidx",
	"fgt_for_intercepts", "l1ip_vpipt", "ecv", "ecv_poff", "nested_virt_support",
	"debug_v8p4", "pmu_v3_arm_v87", "double_lock", "clrbhb", "spe", "spe_v1p1",
	"spe_v1p2", "tt_cnp", "hpds", "sve", "sve_v2", "sve_v2p1", "spec_fpacc",
	"sve_aes", "sve_bit_perm", "sve_sha3", "sve_sm4", "e0_pd", "gpa3",
	"apa3_base", "apa3_ep", "apa3_ep2", "apa3_ep2_fp", "apa3_ep2_fpc", "lrcpc3",
	"sme", "sme_f32_f32", "sme_b16_f32", "sme_f16_f32", "sme_i8_i32",
	"sme_f64_f64", "sme_i16_i64",
};

/* The names of the bits of a bank; NULL if there is no such bank. */
static const char *const *bank_names(unsigned int names, unsigned int reg)
{
	bool x86 = names & CPU_NAMES_X86_BANKS;

	if (!(names & (CPU_NAMES_X86_BANKS | CPU_NAMES_ARM64_BANKS)))
		return NULL;
	if (reg == CPU_BANK(0))
		return x86 ? x86_features0 : arm64_features0;
	if (reg == CPU_BANK(1))
		return x86 ? x86_features1 : arm64_features1;
	return reg == CPU_XSAVE && x86 ? x86_xsave : NULL;
}

uint64_t cpu_bank_named(unsigned int names, unsigned int reg)
{
	const char *const *bits = bank_names(names, reg);
	uint64_t named = 0;

	for (unsigned int bit = 0; bits && bit < 64; bit++)
		if (bits[bit])
			named |= 1ull << bit;
	return named;
}

size_t cpu_bank_fields(unsigned int names, struct cpu_field *fields, size_t max)
{
	size_t n = 0;

	for (unsigned int reg = CPU_BANK(0); reg < CPU_REGS; reg++) {
		const char *const *bits = bank_names(names, reg);

		for (uint8_t bit = 0; bits && bit < 64 && n < max; bit++) {
			if (!bits[bit])
				continue;
			snprintf(fields[n].name, sizeof(fields[n].name), "%s",
				 bits[bit]);
			fields[n].reg = (uint8_t)reg;
			fields[n].shift = bit;
			fields[n].width = 1;
			fields[n].order = CPU_LOWER;
			n++;
		}
	}
	return n;
}
