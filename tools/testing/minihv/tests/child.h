/* SPDX-License-Identifier: GPL-2.0-only */
/* Child partitions for tests, and the SynIC through which their parent hears of them. */
#ifndef CHILD_H
#define CHILD_H

#include "test.h"

#define CHILD_MAX_VPS	2
#define GUEST_CODE	0x1000		/* where child_start() puts the program */
#define GUEST_STACK	0x8000
#define GUEST_PAGES	64		/* of RAM, from GPA 0 */
#define MAP_ALL		(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | HV_MAP_GPA_EXECUTABLE)
#define DEFAULT_FLAGS	(HV_PARTITION_CREATION_FLAG_EXO_PARTITION | \
			 HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED)

struct child_vp {
	bool exists;
	struct hv_vp_register_page *regs;
	struct hv_message *message;
	bool intercepted;		/* stopped at one: clear that when it runs again */
	bool blocked;			/* root scheduler: not to be dispatched before a signal */
	volatile uint32_t kicks;	/* messages about it that came */
};

struct child {
	struct child *next;
	uint64_t id;
	uint8_t *memory;		/* GPA 0 */
	uint64_t deposited;
	struct child_vp vp[CHILD_MAX_VPS];
};

enum run_result {
	RUN_INTERCEPT,			/* see the message */
	RUN_BLOCKED,			/* halted; root scheduler only */
	RUN_TIMEOUT,
	RUN_ERROR,			/* the hypercall failed */
};

/* Tiny guests, 32-bit flat; each ends at its _end label (guest.S). */
#define GUEST(name)	extern const uint8_t guest_##name[], guest_##name##_end[]
#define START_GUEST(c, vp, name) \
	child_start(c, vp, guest_##name, guest_##name##_end - guest_##name)

/* Deposits what the call asks for, to @id, and repeats it. */
uint16_t call_with_deposit(uint64_t control, uint64_t id, uint64_t *deposited);
uint16_t deposit(uint64_t id, unsigned int pages, uint64_t *deposited);
/* Everything that can be withdrawn; returns how much. */
uint64_t withdraw(uint64_t id);

/* A status other than success ends the run: use the calls themselves to test errors. */
void child_create(struct child *c, uint64_t flags);
void child_initialize(struct child *c);
/* As child_make() makes it, after child_create() and perhaps early properties. */
void child_complete(struct child *c, unsigned int vps);
/* Both, with memory and @vps VPs. */
void child_make(struct child *c, uint64_t flags, unsigned int vps);
void child_add_vp(struct child *c, unsigned int vp);
void child_unmap_pages(struct child *c, unsigned int vp);
/* Takes it down; reports unless all deposits came back. */
void child_destroy(struct child *c);
uint16_t child_map(struct child *c, uint64_t gpa, uint64_t pa, unsigned int pages,
		   uint32_t flags);
uint16_t child_unmap(struct child *c, uint64_t gpa, unsigned int pages, uint32_t flags);
uint16_t child_set_property(struct child *c, uint32_t code, uint64_t value);
/* Synthetic features with all that minihv has for a child's synthetic MSRs and timers. */
uint64_t child_synthetic_features(void);
uint16_t child_get_property(struct child *c, uint32_t code, uint64_t *value);

uint16_t child_get_reg(struct child *c, unsigned int vp, uint32_t name,
		       union hv_register_value *value);
uint16_t child_set_reg(struct child *c, unsigned int vp, uint32_t name,
		       const union hv_register_value *value);
uint64_t child_reg64(struct child *c, unsigned int vp, uint32_t name);
void child_set_reg64(struct child *c, unsigned int vp, uint32_t name, uint64_t value);

/* Put a program into the child's memory and the VP at its start. */
void child_start(struct child *c, unsigned int vp, const uint8_t *code, uint64_t size);
enum run_result child_run(struct child *c, unsigned int vp, unsigned int ms);
/* The same, but waits until a halted VP goes on. */
enum run_result child_run_on(struct child *c, unsigned int vp, unsigned int ms);
/* Runs, and reports unless it stops at an intercept of this type. */
bool child_expect(struct child *c, unsigned int vp, uint32_t type, const char *what);
const void *child_payload(struct child *c, unsigned int vp);
/* Step over the intercepted instruction, whose length the message tells. */
void child_skip(struct child *c, unsigned int vp);

/* synic.c: this CPU's SynIC */
#define SINT0_VECTOR	0xf3
#define SINT5_VECTOR	0xf5

/* End-of-interrupt messages that came: how many, and what the last one said. */
struct eoi_messages {
	unsigned int count;
	uint32_t vp, vector;
	uint64_t sender;
};

extern struct eoi_messages eoi_messages;
/* Notices of a source that is set up as intercept. */
struct sint_intercepts {
	unsigned int count;
	uint32_t sint;
};

extern struct sint_intercepts sint_intercepts;
extern struct hv_message_page *simp;
extern struct hv_synic_event_flags_page *siefp;
extern struct hv_synic_event_ring_page *sirbp;
void synic_setup(void);
void synic_teardown(void);
/* Take a message off the slot of @sint; false: none. */
bool synic_take(unsigned int sint, struct hv_message *m);
/* Wait up to @ms for one. */
bool synic_wait(unsigned int sint, struct hv_message *m, unsigned int ms);
/* Handle what came for children on SINT0. */
void synic_poll(void);
void synic_register(struct child *c, bool on);
/* Let others run: halts, interrupts on, not longer than about @ms. */
void idle(unsigned int ms);
/* An interrupt of the local APIC's, that ends a halt which nothing else ends; 0: none. */
void alarm_in(unsigned int ms);

#endif
