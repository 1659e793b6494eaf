/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl doctor --devices: what the parts of its report share.
 */
#ifndef MSHVCTL_DOCTOR_H
#define MSHVCTL_DOCTOR_H

#include <json-c/json.h>
#include <stdbool.h>

/* What came of a look. */
enum found {
	FOUND_YES,
	FOUND_NO,
	FOUND_FACT,	/* neither: a number, a name */
	FOUND_UNKNOWN,	/* it cannot be told here */
	FOUND_FAILED,	/* it should have worked */
};

/* Add a line to the report: @name is for programs, the sentence for people. */
__attribute__((format(printf, 4, 5)))
void doctor_found(struct json_object *report, const char *name, enum found found,
		  const char *format, ...);

/* doctor_devices.c */
int doctor_devices(bool json, const char *try);

/* doctor_try.c: hand the device to small VMs, in each way that there is. */
void doctor_try(struct json_object *report, const char *address, bool domains);

#endif /* MSHVCTL_DOCTOR_H */
