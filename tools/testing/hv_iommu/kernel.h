/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sources under test need of the kernel, for a program: names and no more than these
 * mean to them.
 * Memory can be made to run out.
 */
#ifndef HV_IOMMU_TEST_KERNEL_H
#define HV_IOMMU_TEST_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;

#define gfp_t			unsigned int
#define __packed		__attribute__((packed))
#define BIT(n)			(1UL << (n))
#define SZ_4K			0x1000UL
#define SZ_2M			0x200000UL
#define SZ_1G			0x40000000UL
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (63 - (high))))
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#ifndef ULONG_MAX
#define ULONG_MAX		(~0UL)
#endif

#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN(x, a)		ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a)	(!((x) & ((__typeof__(x))(a) - 1)))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))
#define offset_in_page(p)	((p) & 4095)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define ERR_PTR(error)		((void *)(long)(error))
#define pr_err(...)		((void)0)

#define HV_HYP_PAGE_SHIFT	12
#define HV_HYP_PAGE_SIZE	4096UL
#define HV_HYP_LARGE_PAGE_SHIFT	21
#define HV_MAP_GPA_READABLE	1
#define HV_MAP_GPA_WRITABLE	2
#define HV_MAP_GPA_LARGE_PAGE	0x80000000

/* ---- memory */

#define GFP_KERNEL	1
#define GFP_KERNEL_ACCOUNT	GFP_KERNEL
#define __GFP_NOFAIL	2
#define gfpflags_allow_blocking(gfp)	((gfp) & GFP_KERNEL)
#define kfree(p)			free(p)

void *test_alloc(size_t size, gfp_t gfp);
#define kzalloc_obj(obj, gfp)		((__typeof__(&(obj)))test_alloc(sizeof(obj), gfp))

/* ---- locks */

struct mutex {
	bool held;
};

static inline struct mutex *test_lock(struct mutex *m)
{
	assert(!m->held);
	m->held = true;
	return m;
}

static inline void test_unlock(struct mutex **m)
{
	(*m)->held = false;
}

#define TEST_NAME_(line)	held_##line
#define TEST_NAME(line)		TEST_NAME_(line)
#define guard_mutex(m) \
	struct mutex *TEST_NAME(__LINE__) __attribute__((cleanup(test_unlock), unused)) = \
		test_lock(m)
#define guard(name)			guard_##name
#define scoped_mutex(m) \
	for (struct mutex *_m __attribute__((cleanup(test_unlock))) = test_lock(m), *_once = _m; \
	     _once; _once = NULL)
#define scoped_guard(name, m)		scoped_##name(m)
#define DEFINE_MUTEX(name)		struct mutex name
#define mutex_init(m)			((m)->held = false)
#define mutex_lock(m)			((void)test_lock(m))
#define mutex_unlock(m)			((m)->held = false)
#define mutex_destroy(m)		assert(!(m)->held)
#define lockdep_assert_held(m)		assert((m)->held)

struct test_atomic {
	int counter;
};

#define atomic_t			struct test_atomic
#define atomic_read(a)			((a)->counter)
#define atomic_inc(a)			((a)->counter++)
#define atomic_dec(a)			((a)->counter--)

struct delayed_work {
	bool unused;
};

struct test_spinlock {
	int unused;
};

#define raw_spinlock_t			struct test_spinlock

/* ---- numbers: the smallest that is free, as the kernel has it */

#define TEST_IDS	64

struct ida {
	bool taken[TEST_IDS];
};

#define DEFINE_IDA(name)		struct ida name

static inline int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	unsigned int id;

	for (id = min; id < TEST_IDS && id <= max; id++) {
		if (ida->taken[id])
			continue;
		ida->taken[id] = true;
		return id;
	}
	return -ENOSPC;
}

static inline void ida_free(struct ida *ida, unsigned int id)
{
	assert(ida->taken[id]);
	ida->taken[id] = false;
}

static inline void ida_destroy(struct ida *ida)
{
	*ida = (struct ida) {};
}

/* ---- the tree: a list in order will do, with the last place that was looked at */

struct interval_tree_node {
	unsigned long start, last;
	struct interval_tree_node *next;
};

struct rb_root_cached {
	struct interval_tree_node *first, *near;
};

#define RB_ROOT_CACHED			((struct rb_root_cached) {})

/* The nodes of a domain have no address twice: none before this one reaches @start. */
static inline struct interval_tree_node **test_near(struct rb_root_cached *root,
						    unsigned long start)
{
	return root->near && root->near->start < start ? &root->near->next : &root->first;
}

static inline void interval_tree_insert(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **at = test_near(root, node->start);

	while (*at && (*at)->start < node->start)
		at = &(*at)->next;
	node->next = *at;
	*at = node;
	root->near = node;
}

static inline void interval_tree_remove(struct interval_tree_node *node,
					struct rb_root_cached *root)
{
	struct interval_tree_node **at = &root->first;

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	root->near = NULL;
}

static inline struct interval_tree_node *
interval_tree_iter_next(struct interval_tree_node *node, unsigned long start, unsigned long last)
{
	for (node = node->next; node && node->start <= last; node = node->next)
		if (node->last >= start)
			return node;
	return NULL;
}

static inline struct interval_tree_node *
interval_tree_iter_first(struct rb_root_cached *root, unsigned long start, unsigned long last)
{
	struct interval_tree_node head = { .next = root->first };

	if (root->near && root->near->last < start)
		head.next = root->near->next;
	return interval_tree_iter_next(&head, start, last);
}

/* ---- lists */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }
#define list_entry(p, type, member)	container_of(p, type, member)
#define list_for_each_entry(pos, head, member)						\
	for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member);		\
	     &(pos)->member != (head);							\
	     (pos) = list_entry((pos)->member.next, __typeof__(*(pos)), member))

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

/* ---- who asks, and devices of PCI: a program that needs them says what they do */

#define CAP_SYS_RAWIO		17

bool capable(int capability);

struct dev_iommu {
	struct iommu_device *iommu_dev;
};

struct device {
	struct dev_iommu *iommu;
};

/* Whether it may do DMA; and that it has left a partition, and is nowhere yet. */
struct pci_dev {
	struct device dev;
	bool master, between;
};

#define PCI_COMMAND		4
#define PCI_COMMAND_MASTER	4

int pci_read_config_word(struct pci_dev *pdev, int where, u16 *value);
void pci_clear_master(struct pci_dev *pdev);
void pci_set_master(struct pci_dev *pdev);
bool pci_ats_supported(struct pci_dev *pdev);
void test_pci_err(struct pci_dev *pdev);

#define pci_err(pdev, ...)	test_pci_err(pdev)

/* ---- names in headers that the sources include */

#define IOMMU_READ	1
#define IOMMU_WRITE	2
#define IOMMU_HWPT_ALLOC_NEST_PARENT	1
enum { IOMMU_DOMAIN_IDENTITY = 1, IOMMU_DOMAIN_BLOCKED, IOMMU_DOMAIN_UNMANAGED };
enum iommu_cap { TEST_CAP };
struct irq_domain;
/* From start up to and with end; empty as a core begins one. */
struct iommu_iotlb_gather {
	unsigned long start, end;
};

#define NOTHING_GATHERED ((struct iommu_iotlb_gather) { .start = -1ul })

static inline void iommu_iotlb_gather_add_range(struct iommu_iotlb_gather *gather,
						unsigned long iova, size_t size)
{
	if (gather->start > iova)
		gather->start = iova;
	if (gather->end < iova + size - 1)
		gather->end = iova + size - 1;
}

struct iommu_user_data;
struct iommu_device {
	int unused;
};

struct iommu_domain {
	unsigned int type;
	const struct iommu_domain_ops *ops;
	unsigned long pgsize_bitmap;
	struct {
		dma_addr_t aperture_end;
		bool force_aperture;
	} geometry;
};

struct iommu_domain_ops {
	int (*attach_dev)(struct iommu_domain *domain, struct device *dev,
			  struct iommu_domain *old);
};

struct iommu_ops {
	const struct iommu_domain_ops *default_domain_ops;
};

struct hv_interrupt_entry {
	u64 unused;
};

void *dev_iommu_priv_get(struct device *dev);

#endif
