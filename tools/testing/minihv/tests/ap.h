/* SPDX-License-Identifier: GPL-2.0-only */
/* The second processor. */
#ifndef AP_H
#define AP_H

#define AP_TRAMPOLINE	0x9000
#define CR4_PAE		0x20
#define CR0_PG_PE	0x80010033	/* with MP, ET, NE, WP */
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100

#ifndef __ASSEMBLY__
#include "child.h"

#define AP_INDEX	1		/* its VP and logical processor */

/* Where it runs; ap_entry.S calls it. */
void ap_main(void);
/* Add and start it; later calls do nothing. false: it did not come. */
bool ap_start(void);
bool ap_is_running(void);
/*
 * Have it dispatch @vp of @c again and again (root scheduler), until the VP stops
 * for another reason than the end of its time, or ap_stop() is called.
 */
void ap_dispatch(struct child *c, unsigned int vp);
/* Have it call @fn, and wait for the end of that. */
void ap_call(void (*fn)(void));
void ap_wait(void);
/* Returns the last answer. */
struct hv_output_dispatch_vp ap_stop(void);
/* It has @ms milliseconds to come to an end by itself: its processor may be busy elsewhere. */
struct hv_output_dispatch_vp ap_stop_after(unsigned int ms);
#endif

#endif
