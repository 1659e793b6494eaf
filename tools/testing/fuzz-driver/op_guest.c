// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that do random things: a few instructions each, put together from pieces that
 * make exits, touch memory, or are nothing but bytes; in real mode and in long mode.
 */
#include <errno.h>
#include <string.h>

#include <hvabi/hvabi.h>

#include "fuzz.h"

#define CODE		0x1000
#define CODES		8	/* places for programs: VPs of a VM may share one */
#define CODE_STEP	0x200
#define CODE_MAX	96
#define STACK		0x7000
#define PML4		0x8000
#define PDPT		0x9000
#define PDPT_ENTRIES	8
#define GIB_LEAF	0x83
#define MMIO		0xd0000000u

struct program {
	unsigned char bytes[CODE_MAX + 32];
	unsigned int size;
};

static void add(struct program *p, const char *bytes, unsigned int size)
{
	if (p->size + size <= CODE_MAX) {
		memcpy(p->bytes + p->size, bytes, size);
		p->size += size;
	}
}

static void add_number(struct program *p, const char *opcode, unsigned int size, uint32_t number,
		       unsigned int bytes)
{
	char whole[16];

	memcpy(whole, opcode, size);
	memcpy(whole + size, &number, bytes);
	add(p, whole, size + bytes);
}

struct piece {
	const char *bytes;
	unsigned int size;
};

#define PIECE(b) { b, sizeof(b) - 1 }

/* The same in all modes. */
static const struct piece pieces[] = {
	PIECE("\xe6\x80"), PIECE("\xe4\x80"), PIECE("\xee"), PIECE("\xed"), PIECE("\x6c"),
	PIECE("\xf3\x6e"), PIECE("\xf3\x6c"), PIECE("\xf4"), PIECE("\xfb\xf4"), PIECE("\xfa"),
	PIECE("\x0f\xa2"), PIECE("\x0f\x32"), PIECE("\x0f\x30"), PIECE("\x0f\x31"),
	PIECE("\x0f\x01\xd9"), PIECE("\x0f\x01\xc1"), PIECE("\x0f\x0b"), PIECE("\xcc"),
	PIECE("\xcf"), PIECE("\xf3\x90"), PIECE("\xf3\xab"), PIECE("\xf3\xa4"),
	PIECE("\x0f\x20\xc0"), PIECE("\x0f\x22\xd8"), PIECE("\x0f\x09"), PIECE("\x9c"),
	PIECE("\x9d"), PIECE("\x0f\x01\xd0"), PIECE("\xf1"), PIECE("\x0f\xaa"),
};

/* In long mode: RBX walks through memory, RCX is its end and RSI its step. */
static const struct piece long_pieces[] = {
	PIECE("\x89\x03"), PIECE("\x8b\x03"), PIECE("\x48\x01\xf3"), PIECE("\xff\x03"),
	PIECE("\xf0\x48\x0f\xc1\x03"), PIECE("\x88\x43\x07"), PIECE("\x48\x89\xd7"),
	PIECE("\x0f\x11\x03"), PIECE("\xff\xe3"), PIECE("\x48\x89\x43\xfc"),
};

/* In real mode: all by segments whose base is anywhere. */
static const struct piece real_pieces[] = {
	PIECE("\x88\x07"), PIECE("\x66\x89\x07"), PIECE("\x66\x8b\x07"), PIECE("\x43"),
	PIECE("\x66\xff\x07"), PIECE("\x64\x66\x89\x07"), PIECE("\x64\x66\x8b\x07"),
	PIECE("\x66\xf0\x0f\xc1\x07"), PIECE("\x81\xc3\x34\x12"), PIECE("\xff\x17"),
};

static const uint32_t msrs[] = {
	0x10, 0x1b, 0x277, 0xc0000080, 0xc0000082, 0x40000000, 0x40000001, 0x40000002,
	0x40000020, 0x40000021, 0x40000080, 0x40000083, 0x40000084, 0x40000090, 0x400000b0,
	0x400000b1, 0x80b, 0x80f, 0x828, 0x830, 0x832, 0x838, 0x83f, 0x174, 0x8b,
};

static void add_any(struct fuzzer *f, struct program *p, bool real)
{
	const char *ecx = real ? "\x66\xb9" : "\xb9", *eax = real ? "\x66\xb8" : "\xb8";
	const struct piece *piece;
	unsigned char random[6];

	switch (below(&f->rng, 8)) {
	case 0 ... 2:
		piece = real ? &ONE_OF(&f->rng, real_pieces) : &ONE_OF(&f->rng, long_pieces);
		add(p, piece->bytes, piece->size);
		break;
	case 3 ... 4:
		piece = &ONE_OF(&f->rng, pieces);
		add(p, piece->bytes, piece->size);
		break;
	case 5:
		add_number(p, ecx, real ? 2 : 1, ONE_OF(&f->rng, msrs), 4);
		add(p, one_in(&f->rng, 2) ? "\x0f\x32" : "\x0f\x30", 2);
		break;
	case 6:
		add_number(p, eax, real ? 2 : 1, odd_number(&f->rng), 4);
		break;
	case 7:
		fill(&f->rng, random, sizeof(random));
		if (one_in(&f->rng, 4))
			add(p, (char *)random, 1 + below(&f->rng, sizeof(random)));
		break;
	}
}

/* Ends in a jump to the beginning, so that it goes on. */
static void make_program(struct fuzzer *f, struct program *p, bool real)
{
	unsigned int n = 1 + below(&f->rng, 16);

	p->size = 0;
	/* One in four does nothing but walk: cmp %rcx, %rbx; cmovae %rdx, %rbx */
	if (!real && one_in(&f->rng, 4))
		add(p, "\x89\x03\x48\x01\xf3\x48\x39\xcb\x48\x0f\x43\xda", 12);
	else
		while (n--)
			add_any(f, p, real);
	p->bytes[p->size] = 0xe9;
	if (real) {
		int16_t back = -(int)(p->size + 3);

		memcpy(p->bytes + p->size + 1, &back, 2);
		p->size += 3;
	} else {
		int32_t back = -(int)(p->size + 5);

		memcpy(p->bytes + p->size + 1, &back, 4);
		p->size += 5;
	}
}

static struct hv_register_assoc reg(uint32_t name, uint64_t value)
{
	return (struct hv_register_assoc){ .name = name, .value.reg64 = value };
}

static struct hv_register_assoc segment(uint32_t name, uint64_t base, uint16_t attributes,
					bool real)
{
	struct hv_register_assoc r = { .name = name };

	r.value.segment.base = base;
	r.value.segment.limit = real ? 0xffff : 0xffffffff;
	r.value.segment.selector = real ? 0 : 8;
	r.value.segment.attributes = attributes;
	return r;
}

static uint64_t some_base(struct fuzzer *f)
{
	return one_in(&f->rng, 6) ? MMIO : some_gpa(f) & 0xffffffff;
}

static int set_mode(struct fuzzer *f, int vp, uint64_t rip, bool real)
{
	uint16_t code = real ? 0x9b : 0xa09b, data = real ? 0x93 : 0xc093;
	uint64_t from = some_base(f);
	const struct hv_register_assoc regs[] = {
		reg(HV_X64_REGISTER_EFER, real ? 0 : 0x500),
		reg(HV_X64_REGISTER_CR4, real ? 0 : 0x620),
		reg(HV_X64_REGISTER_CR3, real ? 0 : PML4),
		reg(HV_X64_REGISTER_CR0, real ? 0x60000010 : 0x80010033),
		segment(HV_X64_REGISTER_CS, 0, code, real),
		segment(HV_X64_REGISTER_SS, 0, data, real),
		segment(HV_X64_REGISTER_DS, real ? some_base(f) : 0, data, real),
		segment(HV_X64_REGISTER_ES, real ? some_base(f) : 0, data, real),
		segment(HV_X64_REGISTER_FS, real ? some_base(f) : 0, data, real),
		reg(HV_X64_REGISTER_RSP, STACK),
		reg(HV_X64_REGISTER_RIP, rip),
		reg(HV_X64_REGISTER_RFLAGS, 2 | one_in(&f->rng, 2) << 9),
		reg(HV_X64_REGISTER_RBX, real ? below(&f->rng, 0x10000) : from),
		reg(HV_X64_REGISTER_RCX, from + some_size(f)),
		reg(HV_X64_REGISTER_RDX, from),
		reg(HV_X64_REGISTER_RSI, PAGE << below(&f->rng, 10)),
		reg(HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0),
		reg(HV_X64_REGISTER_APIC_BASE, 0xfee00900 | one_in(&f->rng, 2) << 10),
	};

	return set_regs(vp, regs, sizeof(regs) / sizeof(regs[0]));
}

static int make_tables(void)
{
	uint64_t pml4 = PDPT | 3, pdpt[PDPT_ENTRIES];

	for (unsigned int i = 0; i < PDPT_ENTRIES; i++)
		pdpt[i] = (uint64_t)i << 30 | GIB_LEAF;
	poke((char *)arena(0) + PDPT, pdpt, sizeof(pdpt));
	return poke((char *)arena(0) + PML4, &pml4, sizeof(pml4));
}

int load_guest(struct fuzzer *f, int vp)
{
	uint64_t at = CODE + CODE_STEP * below(&f->rng, CODES);
	bool real = one_in(&f->rng, 2);
	struct program p;

	make_program(f, &p, real);
	poke((char *)arena(0) + at, p.bytes, p.size);
	if (!real)
		make_tables();
	return set_mode(f, vp, at, real);
}

int op_load(struct fuzzer *f)
{
	return load_guest(f, some(f, KIND_VP));
}
