// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: network cards that the host needs: those that a route goes by, be it below a
 * bridge, a bond or a VLAN, and those that any such thing lies on. Who is logged in over the
 * network comes by one of the routes, and so does a file system of a server.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needed.h"

static bool interface_is_on(const struct pci *dev, const char *name)
{
	char path[PATH_MAX];

	return lies_on(dev, path_of(path, "%s/sys/class/net/%s", dev->root, name));
}

static bool route(const struct pci *dev, const char *to, unsigned int length, const char *name,
		  char *why, size_t size)
{
	if (!interface_is_on(dev, name))
		return false;
	if (length)
		snprintf(why, size, "the route to %s/%u goes by %s", to, length, name);
	else
		snprintf(why, size, "the default route goes by %s", name);
	return true;
}

/* What a card has by itself once it is up: its link alone, and groups on it. */
static bool is_of_link(const struct in_addr *to)
{
	uint32_t address = ntohl(to->s_addr);

	return address >> 16 == 0xa9fe || address >> 28 == 0xe;
}

/* NAME DESTINATION gateway flags refcnt use metric MASK ... */
static bool route_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char name[64], text[INET_ADDRSTRLEN];
	unsigned int destination, mask;
	struct in_addr to;

	if (sscanf(line, "%63s %x %*s %*s %*s %*s %*s %x", name, &destination, &mask) != 3)
		return false;
	to.s_addr = destination;
	return !is_of_link(&to) && inet_ntop(AF_INET, &to, text, sizeof(text)) &&
	       route(dev, text, (unsigned int)__builtin_popcount(mask), name, why, size);
}

/* 32 hexadecimal digits. */
static bool read_in6(const char *text, struct in6_addr *to)
{
	for (int i = 0; i < 16; i++)
		if (sscanf(text + 2 * i, "%2hhx", &to->s6_addr[i]) != 1)
			return false;
	return true;
}

/* DESTINATION LENGTH source length gateway metric refcnt use flags NAME */
static bool route6_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char name[64], digits[33], text[INET6_ADDRSTRLEN];
	unsigned int length;
	struct in6_addr to;

	if (sscanf(line, "%32s %x %*s %*s %*s %*s %*s %*s %*s %63s", digits, &length, name) != 3 ||
	    !read_in6(digits, &to))
		return false;
	return !IN6_IS_ADDR_LINKLOCAL(&to) && !IN6_IS_ADDR_MULTICAST(&to) &&
	       inet_ntop(AF_INET6, &to, text, sizeof(text)) &&
	       route(dev, text, length, name, why, size);
}

/**
 * struct stack - the search for what lies on a card
 * @dev: the card
 * @lower: name of an interface of its
 * @upper: name of what lies on that
 */
struct stack {
	const struct pci *dev;
	char lower[64];
	char upper[64];
};

static int look_above(void *opaque, const char *name)
{
	struct stack *s = opaque;
	char path[PATH_MAX];

	if (!interface_is_on(s->dev, name))
		return 0;
	snprintf(s->lower, sizeof(s->lower), "%s", name);
	return first_entry(path_of(path, "%s/sys/class/net/%s", s->dev->root, name), "upper_",
			   s->upper, sizeof(s->upper));
}

/* A bridge without an address is there for others, guests for instance. */
static bool is_below_another(const struct pci *dev, char *why, size_t size)
{
	struct stack s = { .dev = dev };
	char path[PATH_MAX];

	if (!walk(path_of(path, "%s/sys/class/net", dev->root), look_above, &s))
		return false;
	snprintf(why, size, "%s is a part of %s", s.lower, s.upper);
	return true;
}

bool card_is_needed(const struct pci *dev, char *why, size_t size)
{
	return any_line(dev, "proc/net/route", route_is_on, why, size) ||
	       any_line(dev, "proc/net/ipv6_route", route6_is_on, why, size) ||
	       is_below_another(dev, why, size);
}
