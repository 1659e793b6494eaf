// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: memory regions.
 */
#include <linux/bitmap.h>

#include "netlink.h"
#include "region.h"

/* The size of the chunks whose bit is set, which may be too much for the first and the last. */
static u64 nl_size_of(const struct mshv_region *rg, unsigned long chunks)
{
	return min((u64)chunks << HV_HYP_LARGE_PAGE_SHIFT, mshv_region_pages(rg) << PAGE_SHIFT);
}

/*
 * The bits change meanwhile, for whoever changes them holds another lock. What comes out
 * was true for each chunk at some moment.
 */
static void nl_region_look(const struct mshv_region *rg, u64 *large, u64 *small)
{
	unsigned int nr = mshv_region_chunks(rg);
	unsigned int populated = bitmap_weight(rg->populated, nr);
	unsigned int both = bitmap_weight_and(rg->populated, rg->large, nr);

	*large = nl_size_of(rg, both);
	*small = nl_size_of(rg, populated - min(both, populated));
}

/**
 * mshv_regions_account - sum up the memory of a partition
 * @pt: the partition
 * @use: to be added to
 *
 * Context: any but interrupts; under RCU or with a reference.
 */
void mshv_regions_account(struct mshv_partition *pt, struct mshv_memory_use *use)
{
	struct interval_tree_node *node;

	spin_lock(&pt->regions_lock);
	for (node = interval_tree_iter_first(&pt->regions, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct mshv_region *rg = container_of(node, struct mshv_region, node);
		u64 size = mshv_region_pages(rg) << PAGE_SHIFT;
		u64 large, small;

		nl_region_look(rg, &large, &small);
		use->large += large;
		use->small += small;
		switch (rg->kind) {
		case MSHV_REGION_MOVABLE:
			use->movable += size;
			break;
		case MSHV_REGION_PINNED:
			use->pinned += size;
			break;
		case MSHV_REGION_BAR:
			use->device += size;
			break;
		}
	}
	spin_unlock(&pt->regions_lock);
}

static u32 nl_region_access(const struct mshv_region *rg)
{
	return (rg->flags & HV_MAP_GPA_READABLE ? MSHV_REGION_ACCESS_READ : 0) |
	       (rg->flags & HV_MAP_GPA_WRITABLE ? MSHV_REGION_ACCESS_WRITE : 0) |
	       (rg->flags & HV_MAP_GPA_EXECUTABLE ? MSHV_REGION_ACCESS_EXECUTE : 0);
}

static int nl_put_region(struct sk_buff *skb, const struct mshv_region *rg)
{
	u64 large, small;

	static_assert(MSHV_MEMORY_KIND_MOVABLE == (int)MSHV_REGION_MOVABLE);
	static_assert(MSHV_MEMORY_KIND_PINNED == (int)MSHV_REGION_PINNED);
	static_assert(MSHV_MEMORY_KIND_DEVICE == (int)MSHV_REGION_BAR);
	nl_region_look(rg, &large, &small);
	if (nla_put_uint(skb, MSHV_A_REGION_PARTITION_ID, rg->partition->id) ||
	    nla_put_uint(skb, MSHV_A_REGION_GUEST_ADDRESS, (u64)rg->node.start << PAGE_SHIFT) ||
	    nla_put_uint(skb, MSHV_A_REGION_SIZE, mshv_region_pages(rg) << PAGE_SHIFT) ||
	    nla_put_uint(skb, MSHV_A_REGION_USER_ADDRESS, rg->uaddr) ||
	    nla_put_u32(skb, MSHV_A_REGION_KIND, rg->kind) ||
	    nla_put_u32(skb, MSHV_A_REGION_ACCESS, nl_region_access(rg)))
		return -EMSGSIZE;
	/* No chunk of a device's registers is populated: they come page by page. */
	if (rg->kind == MSHV_REGION_BAR)
		return 0;
	if (nla_put_uint(skb, MSHV_A_REGION_LARGE_PAGES, large) ||
	    nla_put_uint(skb, MSHV_A_REGION_SMALL_PAGES, small))
		return -EMSGSIZE;
	return 0;
}

/* In the order of guest addresses: what was split or joined meanwhile comes once at most. */
static int nl_visit_regions(struct sk_buff *skb, struct netlink_callback *cb,
			 struct mshv_partition *pt)
{
	struct mshv_nl_cursor *cursor = mshv_nl_cursor(cb);
	struct interval_tree_node *node;
	int ret = 0;

	spin_lock(&pt->regions_lock);
	for (node = interval_tree_iter_first(&pt->regions, cursor->inner, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, cursor->inner, ULONG_MAX)) {
		void *message = mshv_nl_begin(skb, cb);

		if (!message || nl_put_region(skb, container_of(node, struct mshv_region, node))) {
			genlmsg_cancel(skb, message);
			ret = -EMSGSIZE;
			break;
		}
		genlmsg_end(skb, message);
		cursor->inner = node->last + 1;
	}
	spin_unlock(&pt->regions_lock);
	return ret;
}

int mshv_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return mshv_nl_visit(skb, cb, MSHV_A_REGION_PARTITION_ID, nl_visit_regions);
}
