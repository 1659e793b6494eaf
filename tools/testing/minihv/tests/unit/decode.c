// SPDX-License-Identifier: GPL-2.0-only
/*
 * The instruction decoder against the processor: every form is decoded and computed
 * by minihv's decode.c, and executed by the machine this runs on; registers, memory,
 * flags and length must agree.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../../cpu/decode.h"

#define FLAGS	0x8d5ull		/* CF PF AF ZF SF OF */
#define AF	0x10ull

struct state {
	uint64_t rax, rcx, rdx, rflags;
	uint64_t memory;
};

/* What follows is assembled into the middle of a function; RDI points to the operand. */
#define CODE(...)	{ #__VA_ARGS__, (const uint8_t[]){ __VA_ARGS__ }, \
			  sizeof((const uint8_t[]){ __VA_ARGS__ }) }

struct form {
	const char *name;
	const uint8_t *bytes;
	unsigned int length;
};

static const struct form forms[] = {
	CODE(0x89, 0x07), CODE(0x8b, 0x07), CODE(0x88, 0x07), CODE(0x8a, 0x07),
	CODE(0x88, 0x27), CODE(0x8a, 0x27), CODE(0x40, 0x88, 0x07),
	CODE(0x66, 0x89, 0x0f), CODE(0x66, 0x8b, 0x0f), CODE(0x48, 0x89, 0x0f),
	CODE(0x48, 0x8b, 0x0f), CODE(0x89, 0x47, 0x00), CODE(0x8b, 0x8f, 0, 0, 0, 0),
	CODE(0x8b, 0x04, 0x27), CODE(0x8b, 0x44, 0x27, 0x00),
	CODE(0x89, 0x94, 0x27, 0, 0, 0, 0),
	CODE(0xc6, 0x07, 0x5a), CODE(0xc7, 0x07, 0x78, 0x56, 0x34, 0x82),
	CODE(0x66, 0xc7, 0x07, 0x34, 0x92), CODE(0x48, 0xc7, 0x07, 0x78, 0x56, 0x34, 0x82),
	CODE(0x0f, 0xb6, 0x0f), CODE(0x0f, 0xb7, 0x0f), CODE(0x0f, 0xbe, 0x0f),
	CODE(0x0f, 0xbf, 0x0f), CODE(0x48, 0x0f, 0xb6, 0x0f), CODE(0x48, 0x0f, 0xbf, 0x0f),
	CODE(0x66, 0x0f, 0xbe, 0x0f), CODE(0x48, 0x63, 0x0f), CODE(0x0f, 0xc3, 0x0f),
	CODE(0x01, 0x0f), CODE(0x03, 0x0f), CODE(0x00, 0x0f), CODE(0x02, 0x2f),
	CODE(0x09, 0x0f), CODE(0x0b, 0x0f), CODE(0x11, 0x0f), CODE(0x13, 0x0f),
	CODE(0x19, 0x0f), CODE(0x1b, 0x0f), CODE(0x21, 0x0f), CODE(0x23, 0x0f),
	CODE(0x29, 0x0f), CODE(0x2b, 0x0f), CODE(0x31, 0x0f), CODE(0x33, 0x0f),
	CODE(0x39, 0x0f), CODE(0x3b, 0x0f), CODE(0x38, 0x0f), CODE(0x3a, 0x0f),
	CODE(0x66, 0x01, 0x0f), CODE(0x48, 0x01, 0x0f), CODE(0x48, 0x2b, 0x0f),
	CODE(0x66, 0x39, 0x0f), CODE(0x48, 0x39, 0x0f),
	CODE(0x80, 0x07, 0x7f), CODE(0x80, 0x3f, 0x80), CODE(0x81, 0x0f, 0, 4, 0, 0x80),
	CODE(0x83, 0x0f, 0xf0), CODE(0x83, 0x27, 0xf0), CODE(0x83, 0x2f, 1),
	CODE(0x83, 0x17, 0xff), CODE(0x83, 0x1f, 0), CODE(0x48, 0x83, 0x37, 0x80),
	CODE(0x66, 0x81, 0x07, 0xff, 0x7f), CODE(0x48, 0x81, 0x3f, 0, 0, 0, 0x80),
	CODE(0x84, 0x0f), CODE(0x85, 0x0f), CODE(0xf6, 0x07, 0x80),
	CODE(0xf7, 0x07, 0, 4, 0, 0x80), CODE(0x48, 0x85, 0x0f),
	CODE(0x86, 0x0f), CODE(0x87, 0x0f), CODE(0x66, 0x87, 0x0f), CODE(0x48, 0x87, 0x0f),
	CODE(0xf0, 0x01, 0x0f),
};

static const uint64_t values[] = {
	0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff,
	0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff, 0x123456789abcdef0,
};

static void execute(uint8_t *page, const struct form *f, struct state *s)
{
	uint8_t *end = page + f->length;

	memcpy(page, f->bytes, f->length);
	*end = 0xc3;
	asm volatile("push %3\n\t"
		     "popf\n\t"
		     "call *%5\n\t"
		     "pushf\n\t"
		     "pop %3"
		     : "+a"(s->rax), "+c"(s->rcx), "+d"(s->rdx), "+r"(s->rflags)
		     : "D"(&s->memory), "r"(page) : "memory", "cc");
}

static uint64_t *reg(struct state *s, unsigned int nr)
{
	return nr == 0 ? &s->rax : nr == 1 ? &s->rcx : &s->rdx;
}

static uint64_t low(uint64_t v, unsigned int bytes)
{
	return bytes == 8 ? v : v & (BIT(8 * bytes) - 1);
}

static void put(uint64_t *to, uint64_t v, unsigned int bytes, unsigned int shift, bool is_reg)
{
	uint64_t mask = low(~0ull, bytes) << shift;

	if (is_reg && bytes == 4)
		mask = ~0ull;
	*to = (*to & ~mask) | ((low(v, bytes) << shift) & mask);
}

/* What lapic_page.c does with a decoded instruction, on plain memory. */
static void emulate(const struct decoded *d, struct state *s)
{
	unsigned int shift = d->high_byte ? 8 : 0, extend = 64 - 8 * d->size;
	uint64_t old = low(s->memory, d->size), value;
	uint64_t source = d->has_imm ? d->imm : *reg(s, d->reg) >> shift;

	if (d->to_memory)
		value = decode_compute(d, old, source, &s->rflags);
	else if (d->op == OP_MOV)
		value = d->sign_extend ? (uint64_t)((int64_t)(old << extend) >> extend) : old;
	else
		value = decode_compute(d, source, old, &s->rflags);
	if (d->op == OP_XCHG)
		put(reg(s, d->reg), old, d->reg_size, shift, true);
	else if (!d->to_memory && d->op != OP_CMP)
		put(reg(s, d->reg), value, d->reg_size, shift, true);
	if (d->to_memory && d->op != OP_CMP && d->op != OP_TEST)
		put(&s->memory, value, d->size, 0, false);
}

/* AF is undefined after the bitwise operations. */
static uint64_t comparable(const struct decoded *d, uint64_t rflags)
{
	bool bitwise = d->op == OP_AND || d->op == OP_OR || d->op == OP_XOR || d->op == OP_TEST;

	return rflags & FLAGS & ~(bitwise ? AF : 0);
}

static bool same(const struct decoded *d, const struct state *a, const struct state *b)
{
	return a->rax == b->rax && a->rcx == b->rcx && a->rdx == b->rdx &&
	       a->memory == b->memory && comparable(d, a->rflags) == comparable(d, b->rflags);
}

static bool try_values(uint8_t *page, const struct form *f, const struct decoded *d)
{
	unsigned int i, j, carry;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		for (j = 0; j < ARRAY_SIZE(values); j++)
			for (carry = 0; carry < 2; carry++) {
				struct state real = {
					.rax = values[j], .rcx = values[j], .rdx = values[j],
					.rflags = 0x202 | carry, .memory = values[i],
				};
				struct state ours = real;

				execute(page, f, &real);
				emulate(d, &ours);
				if (!same(d, &real, &ours))
					return false;
			}
	return true;
}

static bool check(uint8_t *page, const struct form *f)
{
	uint8_t bytes[MAX_INSTRUCTION] = { 0 };
	struct decoded d;
	unsigned int n;

	memcpy(bytes, f->bytes, f->length);
	if (!decode(bytes, sizeof(bytes), MODE_64, &d) || d.length != f->length)
		return false;
	/* Never from fewer bytes than it has. */
	for (n = 0; n < f->length; n++)
		if (decode(bytes, n, MODE_64, &d))
			return false;
	decode(bytes, sizeof(bytes), MODE_64, &d);
	return try_values(page, f, &d);
}

/* Lengths and refusals that the processor can't be asked for in this mode. */
static const struct {
	const char *name;
	uint8_t bytes[MAX_INSTRUCTION];
	enum decode_mode mode;
	unsigned int length;		/* 0: refused */
	unsigned int size;
} others[] = {
	{ "16-bit, address in BX", { 0x89, 0x07 }, MODE_16, 2, 2 },
	{ "16-bit, absolute address", { 0x89, 0x06, 0x34, 0x12 }, MODE_16, 4, 2 },
	{ "16-bit with 32-bit operand", { 0x66, 0x89, 0x07 }, MODE_16, 3, 4 },
	{ "16-bit with 32-bit address", { 0x67, 0x89, 0x05, 1, 2, 3, 4 }, MODE_16, 7, 2 },
	{ "32-bit, absolute address", { 0x89, 0x05, 1, 2, 3, 4 }, MODE_32, 6, 4 },
	{ "32-bit, accumulator from an address", { 0xa1, 1, 2, 3, 4 }, MODE_32, 5, 4 },
	{ "32-bit, 40 is no prefix", { 0x40, 0x89, 0x07 }, MODE_32, 0, 0 },
	{ "64-bit, accumulator from an address", { 0xa1, 1, 2, 3, 4, 5, 6, 7, 8 }, MODE_64, 9, 4 },
	{ "64-bit, relative to RIP", { 0x8b, 0x05, 1, 2, 3, 4 }, MODE_64, 6, 4 },
	{ "register operand", { 0x89, 0xc1 }, MODE_64, 0, 0 },
	{ "string move", { 0xa5 }, MODE_64, 0, 0 },
	{ "NOT", { 0xf7, 0x17 }, MODE_64, 0, 0 },
	{ "INC", { 0xff, 0x07 }, MODE_64, 0, 0 },
	{ "SSE store", { 0x0f, 0x11, 0x07 }, MODE_64, 0, 0 },
	{ "prefixes without end", { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
				    0x66, 0x66, 0x66, 0x66, 0x66 }, MODE_64, 0, 0 },
};

int main(void)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i, failed = 0;
	struct decoded d;
	bool ok;

	if (page == MAP_FAILED) {
		printf("FAIL decode/no executable memory\n");
		return 1;
	}
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		ok = check(page, &forms[i]);
		failed += !ok;
		printf("%s decode/as the processor does: %s\n", ok ? "PASS" : "FAIL",
		       forms[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		ok = decode(others[i].bytes, MAX_INSTRUCTION, others[i].mode, &d);
		ok = ok ? d.length == others[i].length && d.size == others[i].size :
		     !others[i].length;
		failed += !ok;
		printf("%s decode/%s\n", ok ? "PASS" : "FAIL", others[i].name);
	}
	return failed ? 1 : 0;
}
