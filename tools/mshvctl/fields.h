/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what the messages of the netlink family mean, as its specification says.
 */
#ifndef MSHVCTL_FIELDS_H
#define MSHVCTL_FIELDS_H

enum field_type {
	FIELD_UNKNOWN,
	FIELD_NUMBER,
	FIELD_HEX,	/* a number, that people want to see in that way */
	FIELD_STRING,
	FIELD_FLAG,	/* there, or not */
	FIELD_NAME,	/* a number that has a name */
	FIELD_FLAGS,	/* a number, each bit of which has a name */
	FIELD_NEST,
};

struct fields;

/**
 * struct field - an attribute
 * @name: as the specification calls it
 * @type: what is in it
 * @names: of values, or of bits; NULL where a number has no name
 * @nr_names: how many places there are
 * @nest: what is inside
 */
struct field {
	const char *name;
	enum field_type type;
	const char *const *names;
	unsigned int nr_names;
	const struct fields *nest;
};

/**
 * struct fields - the attributes of a kind of message
 * @list: by number
 * @max: the greatest number
 */
struct fields {
	const struct field *list;
	unsigned int max;
};

/**
 * struct message - a kind of message
 * @name: as the specification calls it
 * @fields: its attributes
 */
struct message {
	const char *name;
	const struct fields *fields;
};

/* fields_gen.c: kinds of exits; messages by command */
extern const struct fields exits_fields;
extern const struct message messages[];

#endif /* MSHVCTL_FIELDS_H */
