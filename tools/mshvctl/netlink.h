/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: questions to the driver over netlink, and its events. Answers are JSON objects,
 * with the names of the specification: whatever is shown is shown from these, but for top,
 * which asks for much and often.
 */
#ifndef MSHVCTL_NETLINK_H
#define MSHVCTL_NETLINK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct message;
struct mnl_socket;
struct nlattr;
struct nlmsghdr;

/**
 * struct netlink - a connection
 * @socket: its socket
 * @family: number of the family
 * @group: number of the group of events
 * @seq: number of the last request
 */
struct netlink {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
};

/**
 * struct question - a request
 * @command: MSHV_CMD_*
 * @attribute: the only attribute that it has, or 0
 * @value: of that
 */
struct question {
	uint8_t command;
	uint16_t attribute;
	uint64_t value;
};

/**
 * netlink_open() - connect to the driver
 * @nl: result; needs netlink_close() if this succeeds
 *
 * Return: EXIT_OK, or another exit status after a complaint.
 */
int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);

/**
 * netlink_ask() - ask for one object
 * @nl: the connection
 * @question: what to ask
 * @answer: result; json_object_put() it
 *
 * Return: as netlink_open(); EXIT_NO if there is no such object.
 */
int netlink_ask(struct netlink *nl, const struct question *question,
		struct json_object **answer);

/**
 * typedef netlink_got_t - called for each object of an answer
 * @opaque: for it
 * @message: the object; NULL at the beginning, and whenever that begins anew
 */
typedef void (*netlink_got_t)(void *opaque, const struct nlmsghdr *message);

/* All of a kind, as they come: for whom JSON is too slow. Returns as netlink_open(). */
int netlink_dump(struct netlink *nl, const struct question *question, netlink_got_t got,
		 void *opaque);

/* The same as netlink_ask() for all of a kind: @answer is an array. */
int netlink_list(struct netlink *nl, const struct question *question,
		 struct json_object **answer);

/* Like it, but without a complaint if there is nobody to ask; @answer is NULL then. */
int netlink_list_if_any(struct netlink *nl, const struct question *question,
			struct json_object **answer);

/* Hear of events from now on. Returns as netlink_open(). */
int netlink_join(struct netlink *nl);

/**
 * typedef netlink_tell_t - called for an event
 * @opaque: for it
 * @kind: which event; NULL if the kernel had to drop some
 * @event: what there is to say of it
 */
typedef void (*netlink_tell_t)(void *opaque, const struct message *kind,
			       struct json_object *event);

/**
 * netlink_hear() - take the events that are there
 * @nl: the connection
 * @tell: called for each
 * @opaque: for @tell
 *
 * Waits for one.
 *
 * Return: as netlink_open().
 */
int netlink_hear(struct netlink *nl, netlink_tell_t tell, void *opaque);
int netlink_fd(const struct netlink *nl);

/* decode.c */
/* A number of 4 or 8 bytes. False if it is neither. */
bool decode_number(const struct nlattr *attr, uint64_t *number);
/* The attributes of a message, or NULL if there is no such message. */
struct json_object *decode_message(const struct nlmsghdr *message, const struct message **kind);

#endif /* MSHVCTL_NETLINK_H */
