// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: from messages of the driver to JSON. What is not known is left out: the driver
 * may be newer than we are.
 */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mshv_netlink.h>
#include <stdio.h>

#include "fields.h"
#include "netlink.h"

bool decode_number(const struct nlattr *attr, uint64_t *number)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint32_t):
		*number = mnl_attr_get_u32(attr);
		return true;
	case sizeof(uint64_t):
		*number = mnl_attr_get_u64(attr);
		return true;
	default:
		return false;
	}
}

/* A number that has no name is better than nothing. */
static struct json_object *name_of(const struct field *field, uint64_t number)
{
	if (number < field->nr_names && field->names[number])
		return json_object_new_string(field->names[number]);
	return json_object_new_uint64(number);
}

static struct json_object *flags_of(const struct field *field, uint64_t number)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < 64; i++)
		if (number >> i & 1)
			json_object_array_add(list, name_of(field, i));
	return list;
}

static struct json_object *number_of(const struct field *field, const struct nlattr *attr)
{
	uint64_t number;

	if (!decode_number(attr, &number))
		return NULL;
	if (field->type == FIELD_NAME)
		return name_of(field, number);
	if (field->type == FIELD_FLAGS)
		return flags_of(field, number);
	return json_object_new_uint64(number);
}

/*
 * The name of a process is whatever that likes. What is written with it goes to terminals,
 * which obey some characters, and to readers of JSON, which take no bytes that are no text.
 */
static struct json_object *decode_string(const struct nlattr *attr)
{
	char text[256];

	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	snprintf(text, sizeof(text), "%s", mnl_attr_get_str(attr));
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return json_object_new_string(text);
}

static void decode_into(struct json_object *object, const struct fields *fields,
			const struct nlattr *attr);

static struct json_object *decode(const struct field *field, const struct nlattr *attr)
{
	const struct nlattr *inner;
	struct json_object *nest;

	switch (field->type) {
	case FIELD_NUMBER:
	case FIELD_HEX:
	case FIELD_NAME:
	case FIELD_FLAGS:
		return number_of(field, attr);
	case FIELD_STRING:
		return decode_string(attr);
	case FIELD_FLAG:
		return json_object_new_boolean(true);
	case FIELD_NEST:
		nest = json_object_new_object();
		mnl_attr_for_each_nested(inner, attr)
			decode_into(nest, field->nest, inner);
		return nest;
	case FIELD_UNKNOWN:
		break;
	}
	return NULL;
}

static void decode_into(struct json_object *object, const struct fields *fields,
			const struct nlattr *attr)
{
	unsigned int type = mnl_attr_get_type(attr);
	struct json_object *value;

	if (type > fields->max || !fields->list[type].name)
		return;
	value = decode(&fields->list[type], attr);
	if (value)
		json_object_object_add(object, fields->list[type].name, value);
}

struct json_object *decode_message(const struct nlmsghdr *message, const struct message **kind)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	struct json_object *object;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    header->cmd > MSHV_CMD_MAX || !messages[header->cmd].name)
		return NULL;
	*kind = &messages[header->cmd];
	object = json_object_new_object();
	mnl_attr_for_each(attr, message, sizeof(*header))
		decode_into(object, messages[header->cmd].fields, attr);
	return object;
}
