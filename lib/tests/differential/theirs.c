// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What Zydis says of an instruction, beside what the decoder says.
 */
#include <string.h>

#include "theirs.h"

/* What the manual page says that it knows. */
static const char *const known[] = {
	"mov", "movzx", "movsx", "movsxd", "movbe", "movnti", "movdiri", "movdir64b",
	"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "test", "inc", "dec", "neg",
	"not", "rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd",
	"mul", "imul", "div", "idiv", "bsf", "bsr", "tzcnt", "lzcnt", "popcnt", "crc32",
	"xchg", "xadd", "cmpxchg", "cmpxchg8b", "cmpxchg16b", "bt", "bts", "btr", "btc",
	"push", "pop", "call", "jmp",
	"movsb", "movsw", "movsd", "movsq", "stosb", "stosw", "stosd", "stosq",
	"lodsb", "lodsw", "lodsd", "lodsq", "scasb", "scasw", "scasd", "scasq",
	"cmpsb", "cmpsw", "cmpsd", "cmpsq",
	"movups", "movupd", "movaps", "movapd", "movdqu", "movdqa", "movss", "movd", "movq",
	"movntps", "movntpd", "movntdq", "movntdqa", "lddqu", "movntq",
	"movlps", "movlpd", "movhps", "movhpd",
	"vmovups", "vmovupd", "vmovaps", "vmovapd", "vmovdqu", "vmovdqa", "vmovss",
	"vmovsd", "vmovd", "vmovq", "vmovntps", "vmovntpd", "vmovntdq", "vmovntdqa",
	"vlddqu", "vmovlps", "vmovlpd", "vmovhps", "vmovhpd",
	"clflush", "clflushopt", "clwb",
};

static const ZydisDecodedOperand *memory_operand(const struct theirs *theirs)
{
	for (unsigned int i = 0; i < theirs->insn.operand_count; i++)
		if (theirs->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    theirs->operands[i].visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
			return &theirs->operands[i];
	return NULL;
}

static bool is_string(const struct insn *insn)
{
	return insn->kind >= INSN_MOVS;
}

/* Registers by number, -1 for none; FS and GS are 4 and 5. */
static int number(ZydisRegister reg)
{
	return reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RIP ||
	       reg == ZYDIS_REGISTER_EIP ? -1 : ZydisRegisterGetId(reg);
}

/* Byte registers as Zydis counts them: AL to BL, AH to BH, SPL to DIL, R8B ... */
static int operand_number(ZydisRegister reg)
{
	const int byte = (int)reg - ZYDIS_REGISTER_AL;

	if (reg < ZYDIS_REGISTER_AL || reg > ZYDIS_REGISTER_R15B)
		return number(reg);
	return byte < 8 ? byte : byte - 4;
}

static const char *difference_of_address(const struct theirs *theirs, const struct insn *ours,
					 const ZydisDecodedOperand *op)
{
	const bool rip = op->mem.base == ZYDIS_REGISTER_RIP ||
			 op->mem.base == ZYDIS_REGISTER_EIP;
	const uint64_t mask = UINT64_MAX >> (64 - 8 * ours->address_size);

	if (ours->address_size * 8 != theirs->insn.address_width)
		return "address size";
	if (ours->rip_relative != rip)
		return "relative to RIP";
	if (ours->base != number(op->mem.base))
		return "base";
	if (ours->index != number(op->mem.index))
		return "index";
	if (ours->index >= 0 && 1 << ours->scale != op->mem.scale)
		return "scale";
	if (((uint64_t)ours->displacement ^ (uint64_t)op->mem.disp.value) & mask)
		return "displacement";
	/* The prefix that says where a branch may go names a segment, as it always did. */
	if (ours->segment != number(op->mem.segment) &&
	    !(theirs->insn.attributes & ZYDIS_ATTRIB_HAS_NOTRACK))
		return "segment";
	return NULL;
}

/* The register operand that is written out, if there is one. */
static const ZydisDecodedOperand *register_operand(const struct theirs *theirs)
{
	for (unsigned int i = 0; i < theirs->insn.operand_count_visible; i++)
		if (theirs->operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    theirs->operands[i].encoding != ZYDIS_OPERAND_ENCODING_NDSNDD)
			return &theirs->operands[i];
	return NULL;
}

static const ZydisDecodedOperand *immediate(const struct theirs *theirs)
{
	for (unsigned int i = 0; i < theirs->insn.operand_count_visible; i++)
		if (theirs->operands[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
			return &theirs->operands[i];
	return NULL;
}

static const char *difference_of_operands(const struct theirs *theirs,
					  const struct insn *ours)
{
	const ZydisDecodedOperand *reg = register_operand(theirs), *imm = immediate(theirs);
	const ZydisDecodedOperand *mem = memory_operand(theirs);
	const uint64_t mask = UINT64_MAX >> (64 - 8 * (ours->size > 8 ? 8 : ours->size));

	if (mem && ours->kind != INSN_FLUSH && ours->size * 8 != mem->size)
		return "size";
	if (reg && reg->encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG &&
	    ours->reg != operand_number(reg->reg.value))
		return "register";
	if (imm && (!ours->has_imm ||
		    (ours->imm & mask) != ((uint64_t)imm->imm.value.u & mask)))
		return "immediate";
	return NULL;
}

const char *theirs_mnemonic(const struct theirs *theirs)
{
	return ZydisMnemonicGetString(theirs->insn.mnemonic);
}

/* An operation by its name, where several are of one kind. */
static const char *operation(const struct insn *ours)
{
	static const char *const alu[] = { "add", "or", "adc", "sbb", "and", "sub", "xor",
					   "cmp", "test" };
	static const char *const unary[] = { "inc", "dec", "not", "neg" };
	static const char *const shift[] = { "rol", "ror", "rcl", "rcr", "shl", "shr", "shl",
					     "sar" };
	static const char *const multiply[] = { "mul", "imul", "div", "idiv" };
	static const char *const count[] = { "bsf", "bsr", "tzcnt", "lzcnt", "popcnt" };
	static const char *const bit[] = { "bt", "bts", "btr", "btc" };

	switch (ours->kind) {
	case INSN_ALU_STORE:
	case INSN_ALU_LOAD:
		return alu[ours->op];
	case INSN_UNARY:
		return unary[ours->op];
	case INSN_SHIFT:
		return shift[ours->op];
	case INSN_SHIFT_PAIR:
		return ours->op == SHIFT_SHL ? "shld" : "shrd";
	case INSN_MULTIPLY:
		return multiply[ours->op];
	case INSN_IMUL:
		return "imul";
	case INSN_COUNT:
		return count[ours->op];
	case INSN_BIT:
		return bit[ours->op];
	case INSN_PUSH:
		return "push";
	case INSN_POP:
		return "pop";
	case INSN_CALL:
		return "call";
	case INSN_JUMP:
		return "jmp";
	case INSN_CRC32:
		return "crc32";
	case INSN_COPY64:
		return "movdir64b";
	case INSN_XCHG:
		return "xchg";
	case INSN_XADD:
		return "xadd";
	case INSN_CMPXCHG:
		return "cmpxchg";
	default:
		return NULL;
	}
}

/*
 * What Zydis 4.0 has wrong: with 32-bit addresses, R13 as a base where there is none but a
 * displacement. The comparison with the processor has such addresses, too.
 */
static bool is_mistaken(const struct theirs *theirs, const struct insn *ours)
{
	const ZydisDecodedOperand *mem = memory_operand(theirs);

	return mem && mem->mem.base == ZYDIS_REGISTER_R13D && ours->base < 0 &&
	       !theirs->insn.raw.modrm.mod;
}

const char *theirs_difference(const struct theirs *theirs, const struct insn *ours)
{
	const ZydisDecodedOperand *mem = memory_operand(theirs);
	const char *name = operation(ours), *what;

	if (is_mistaken(theirs, ours))
		return NULL;
	if (ours->length != theirs->insn.length)
		return "length";
	if (name && strcmp(name, theirs_mnemonic(theirs)))
		return "mnemonic";
	if (is_string(ours))
		return NULL;
	if (!mem)
		return "no memory operand";
	what = difference_of_address(theirs, ours, mem);
	return what ? what : difference_of_operands(theirs, ours);
}

static bool should_know(const struct theirs *theirs)
{
	const ZydisDecodedOperand *mem = memory_operand(theirs);
	const char *name = theirs_mnemonic(theirs);
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		found = found || !strcmp(name, known[i]);
	/* EVEX and MVEX, and what of these names is not about memory, or is far. */
	/* The one of vectors has a name of strings. */
	if (theirs->insn.mnemonic == ZYDIS_MNEMONIC_CMPSD && theirs->insn.opcode != 0xa7)
		return false;
	return found && mem && mem->mem.type == ZYDIS_MEMOP_TYPE_MEM &&
	       theirs->insn.encoding <= ZYDIS_INSTRUCTION_ENCODING_VEX &&
	       theirs->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR &&
	       theirs->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_XOP &&
	       theirs->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_3DNOW;
}

/* Where processors disagree, ours is refused: a near branch of 16 bits in 64-bit mode. */
static bool may_refuse(const struct theirs *theirs, unsigned int bits)
{
	return bits == 64 && (theirs->insn.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) &&
	       theirs->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_NEAR;
}

bool theirs_is_known(const struct theirs *theirs, unsigned int bits)
{
	return should_know(theirs) && !may_refuse(theirs, bits);
}
