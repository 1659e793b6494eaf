// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a device is moved: which calls the hypervisor gets, in which order, where the device is
 * afterwards, what is told to whoever wanted it, and whether it may do DMA meanwhile.
 *
 * Each test says which calls there have to be, and what each of them is answered. There may be no
 * other ones.
 */
#include "../../../kernel/include/mshv_partition.h"
#include "hv_device.h"
#include "info.h"
#include "iommu.h"
#include "msi.h"

/* What may be told, and of what: of a domain, of a device, of a partition. */
enum call {
	CREATE,
	DELETE,
	TO_DOMAIN,
	FROM_DOMAIN,
	TO_PARTITION,
	FROM_PARTITION,
};

struct step {
	enum call call;
	u64 what;
	int ret;
};

#define DEVICE	0x10
#define OTHER	0x20
#define P	100	/* partitions */
#define Q	200
#define HOST	MSHV_DEVICE_DOMAIN_DEFAULT
#define NOTHING	MSHV_DEVICE_DOMAIN_NULL

static const char *test_name;
static struct step script[16];
static unsigned int nr_steps, next_step;
static struct pci_dev pdevs[2];
static struct hv_endpoint eps[2];
static unsigned int nr_lines;
static unsigned int nr_told;		/* events that a device is somewhere else */
static int replay_result;
static bool is_privileged;

struct hv_iommu_host hv_iommu_host;
const struct iommu_ops hv_iommu_ops;
LIST_HEAD(hv_endpoints);
DEFINE_MUTEX(hv_endpoints_lock);
DEFINE_MUTEX(hv_container_lock);

#define check(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("# line %d: %s\nFAIL hv_iommu/%s\n", __LINE__, #condition, \
			       test_name);				\
			exit(1);					\
		}							\
	} while (0)

/* ---- what happens */

#define expect(...)							\
	do {								\
		const struct step _steps[] = { __VA_ARGS__ };		\
									\
		check(next_step == nr_steps);				\
		nr_steps = sizeof(_steps) / sizeof(_steps[0]);		\
		next_step = 0;						\
		for (unsigned int _i = 0; _i < nr_steps; _i++)		\
			script[_i] = _steps[_i];			\
	} while (0)

/* All that was expected has happened. */
#define expect_no_more()	expect()

static int call(enum call call, u64 what)
{
	const struct step *step = &script[next_step];

	if (next_step == nr_steps || step->call != call || step->what != what)
		printf("# call %d, of %llu: not what comes as number %u\n", call,
		       (unsigned long long)what, next_step);
	check(next_step < nr_steps && step->call == call && step->what == what);
	next_step++;
	return step->ret;
}

static struct pci_dev *pdev_of(u64 device)
{
	return &pdevs[device == OTHER];
}

static int move_call(enum call which, u64 what, u64 device)
{
	struct pci_dev *pdev = pdev_of(device);

	/* nobody holds it back there */
	check(!pdev->between || !pdev->master);
	return call(which, what);
}

static int arrive(enum call which, u64 what, u64 device)
{
	int ret = move_call(which, what, device);

	if (!ret)
		pdev_of(device)->between = false;
	return ret;
}

int hv_call_create_device_domain(u32 id)
{
	return call(CREATE, id);
}

int hv_call_delete_device_domain(u32 id)
{
	return call(DELETE, id);
}

int hv_call_attach_device_domain(u64 device, u32 id)
{
	return arrive(TO_DOMAIN, id, device);
}

int hv_call_detach_device_domain(u64 device)
{
	return move_call(FROM_DOMAIN, device, device);
}

int hv_call_attach_device(u64 partition, u64 device, u64 logical, bool ats)
{
	return arrive(TO_PARTITION, partition, device);
}

int hv_call_detach_device(u64 partition, u64 logical)
{
	struct pci_dev *pdev = pdev_of(logical);
	int ret;

	check(!pdev->master);
	ret = call(FROM_PARTITION, partition);
	pdev->between = !ret;
	return ret;
}

int pci_read_config_word(struct pci_dev *pdev, int where, u16 *value)
{
	check(where == PCI_COMMAND);
	*value = pdev->master ? PCI_COMMAND_MASTER : 0;
	return 0;
}

void pci_clear_master(struct pci_dev *pdev)
{
	pdev->master = false;
}

/* Not before it is where something holds it back. */
void pci_set_master(struct pci_dev *pdev)
{
	check(!pdev->between);
	pdev->master = true;
}

bool pci_ats_supported(struct pci_dev *pdev)
{
	return false;
}

void test_pci_err(struct pci_dev *pdev)
{
	nr_lines++;
}

bool capable(int capability)
{
	return capability == CAP_SYS_RAWIO && is_privileged;
}

/* ---- what is next to it, and does nothing here */

void *test_alloc(size_t size, gfp_t gfp)
{
	return calloc(1, size);
}

void *dev_iommu_priv_get(struct device *dev)
{
	return dev;
}

u64 mshv_partition_id(const struct mshv_partition *pt)
{
	return (uintptr_t)pt;
}

int hv_domain_replay(struct hv_domain *domain)
{
	return replay_result;
}

int hv_container_attach(struct hv_domain *domain, struct hv_endpoint *ep)
{
	check(false);
	return 0;
}

bool hv_isolation_whole(struct pci_dev *pdev, u32 set)
{
	return true;
}

void hv_domain_forget(struct hv_domain *domain) {}
void hv_container_release(struct hv_domain *domain) {}
void hv_iommu_users_inc(void) {}
void hv_iommu_users_dec(void) {}
void hv_info_moved(const struct hv_endpoint *ep, const struct hv_place *from)
{
	nr_told++;
}

bool hv_msi_program_all(struct hv_endpoint *ep)
{
	return true;
}
void hv_irq_take_from_host(struct hv_endpoint *ep) {}
void hv_irq_give_to_host(struct hv_endpoint *ep) {}
void hv_irq_lose(struct hv_endpoint *ep) {}
void hv_irq_regain(struct hv_endpoint *ep) {}

/* ---- what is asked for */

static struct hv_endpoint *const ep = &eps[0], *const other = &eps[1];

static struct device *dev_of(struct hv_endpoint *e)
{
	return (struct device *)e;
}

static struct hv_domain *new_domain(void)
{
	return to_hv_domain(hv_domain_alloc(NULL, 0, NULL));
}

static int to_domain(struct hv_endpoint *e, struct hv_domain *to)
{
	return hv_attach_paging(&to->domain, dev_of(e), NULL);
}

static int to_partition(struct hv_endpoint *e, u64 partition)
{
	return hv_attach_partition(dev_of(e), partition, e->id);
}

static bool is_in_domain(const struct hv_endpoint *e, u32 id)
{
	return e->place.kind == HV_PLACE_DOMAIN && e->place.domain_id == id;
}

static bool is_in_partition(const struct hv_endpoint *e, u64 partition)
{
	return e->place.kind == HV_PLACE_PARTITION && e->place.partition_id == partition;
}

static unsigned int count(const struct hv_domain *d)
{
	return atomic_read(&d->devices);
}

/* Two domains, of which the first has the device; 1 and 2 are their numbers. */
static void two_domains(struct hv_domain **a, struct hv_domain **b)
{
	*a = new_domain();
	*b = new_domain();
	expect({ CREATE, 1, 0 }, { TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, *a));
	expect({ CREATE, 2, 0 }, { TO_DOMAIN, 2, 0 });
	check(!to_domain(other, *b));
	check(count(*a) == 1 && count(*b) == 1 && ep->domain == *a);
}

/* The end of each test that has begun with these, wherever the device is. */
static void no_domains(struct hv_domain *a, struct hv_domain *b)
{
	expect({ TO_DOMAIN, HOST, 0 });
	check(!hv_attach_identity(&hv_identity_domain, dev_of(ep), &a->domain));
	expect({ TO_DOMAIN, HOST, 0 });
	check(!hv_attach_identity(&hv_identity_domain, dev_of(other), &b->domain));
	check(!count(a) && !count(b));
	expect({ DELETE, 1, 0 });
	hv_domain_free(&a->domain);
	expect({ DELETE, 2, 0 });
	hv_domain_free(&b->domain);
}

/* ---- from domain to domain */

static void it_is_told_once(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, 2, 0 });
	check(!to_domain(ep, b));
	check(is_in_domain(ep, 2) && ep->domain == b && !count(a) && count(b) == 2);
	/* and not again where it is */
	expect_no_more();
	check(!to_domain(ep, b) && count(b) == 2);
	check(ep->pdev->master && !nr_lines);
	no_domains(a, b);
}

static void it_is_taken_out_first_if_that_is_refused(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, 2, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 2, 0 });
	check(!to_domain(ep, b));
	check(is_in_domain(ep, 2) && ep->domain == b && !count(a) && count(b) == 2);
	check(ep->pdev->master && !nr_lines);
	no_domains(a, b);
}

static void the_old_domain_comes_back(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, 2, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 2, -EIO },
	       { TO_DOMAIN, 1, 0 });
	check(to_domain(ep, b) == -EIO);
	check(is_in_domain(ep, 1) && ep->domain == a && count(a) == 1 && count(b) == 1);
	/* it may be that it has not been taken out */
	expect({ TO_DOMAIN, 2, -EBUSY }, { FROM_DOMAIN, DEVICE, -EIO }, { TO_DOMAIN, 1, -EBUSY },
	       { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 1, 0 });
	check(to_domain(ep, b) == -EBUSY);
	check(is_in_domain(ep, 1) && ep->domain == a && count(a) == 1 && count(b) == 1);
	check(ep->pdev->master && !nr_lines);
	no_domains(a, b);
}

static void else_nothing_passes(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, 2, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 2, -EIO },
	       { TO_DOMAIN, 1, -EIO }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 1, -EIO },
	       { TO_DOMAIN, NOTHING, 0 });
	check(to_domain(ep, b) == -EIO);
	check(is_in_domain(ep, NOTHING) && count(b) == 1);
	/* what the core takes for its domain is told again */
	expect({ TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a) && is_in_domain(ep, 1) && count(a) == 1);
	check(ep->pdev->master && !nr_lines);
	no_domains(a, b);
}

static void else_it_loses_its_bus_mastering(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, 2, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 2, -EIO },
	       { TO_DOMAIN, 1, -EIO }, { FROM_DOMAIN, DEVICE, -EIO },
	       { TO_DOMAIN, NOTHING, -EIO }, { FROM_DOMAIN, DEVICE, -EIO });
	check(to_domain(ep, b) == -EIO);
	check(ep->place.kind == HV_PLACE_NOWHERE && !ep->pdev->master && nr_lines == 1);
	/* wherever it is to be next is told */
	expect({ TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a) && is_in_domain(ep, 1));
	no_domains(a, b);
}

/* Who gives a device back cannot be refused. */
static void a_device_that_is_given_back(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_DOMAIN, NOTHING, -EIO }, { FROM_DOMAIN, DEVICE, -EIO }, { TO_DOMAIN, 1, 0 });
	check(!hv_attach_blocked(&hv_blocked_domain, dev_of(ep), &a->domain));
	check(is_in_domain(ep, 1) && !ep->pdev->master && !ep->domain && !count(a));
	no_domains(a, b);
}

/* A domain that is given up: out with all that is in it, and nothing else. */
static void a_broken_domain_is_left(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	nr_told = 0;
	expect({ TO_DOMAIN, NOTHING, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 },
	       { TO_DOMAIN, NOTHING, 0 });
	scoped_guard(mutex, &a->lock)
		hv_attach_evacuate(a);
	check(is_in_domain(ep, NOTHING) && is_in_domain(other, 2) && !nr_lines);
	expect({ TO_DOMAIN, NOTHING, -EIO }, { FROM_DOMAIN, OTHER, -EIO });
	scoped_guard(mutex, &b->lock)
		hv_attach_evacuate(b);
	check(other->place.kind == HV_PLACE_NOWHERE && !other->pdev->master && nr_lines == 1);
	check(nr_told == 2);
	no_domains(a, b);
}

/* ---- to partitions, and from there */

static void a_partition_gets_it_after_it_was_taken_out(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_PARTITION, P, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_PARTITION, P, 0 });
	check(!to_partition(ep, P) && is_in_partition(ep, P) && !ep->domain && !count(a));
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a) && ep->pdev->master);
	/* refused: back, or nothing passes */
	expect({ TO_PARTITION, P, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_PARTITION, P, -EBUSY },
	       { TO_DOMAIN, 1, 0 });
	check(to_partition(ep, P) == -EBUSY && is_in_domain(ep, 1) && ep->domain == a);
	expect({ TO_PARTITION, P, -EBUSY }, { FROM_DOMAIN, DEVICE, 0 }, { TO_PARTITION, P, -EBUSY },
	       { TO_DOMAIN, 1, -EIO }, { FROM_DOMAIN, DEVICE, 0 }, { TO_DOMAIN, 1, -EIO },
	       { TO_DOMAIN, NOTHING, 0 });
	check(to_partition(ep, P) == -EBUSY && is_in_domain(ep, NOTHING));
	no_domains(a, b);
}

/* From there it is never moved at once, and does no DMA before it has arrived. */
static void a_partition_is_left_first(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_PARTITION, P, 0 });
	check(!to_partition(ep, P));
	expect({ FROM_PARTITION, P, 0 }, { TO_PARTITION, Q, 0 });
	check(!to_partition(ep, Q) && is_in_partition(ep, Q) && ep->pdev->master);
	/* refused: back into the partition, or nothing passes */
	expect({ FROM_PARTITION, Q, 0 }, { TO_DOMAIN, 2, -EIO }, { FROM_DOMAIN, DEVICE, -EIO },
	       { TO_PARTITION, Q, 0 });
	check(to_domain(ep, b) == -EIO && is_in_partition(ep, Q) && ep->pdev->master);
	expect({ FROM_PARTITION, Q, 0 }, { TO_DOMAIN, 2, -EIO }, { FROM_DOMAIN, DEVICE, -EIO },
	       { TO_PARTITION, Q, -EIO }, { FROM_DOMAIN, DEVICE, -EIO }, { TO_DOMAIN, NOTHING, 0 });
	check(to_domain(ep, b) == -EIO && is_in_domain(ep, NOTHING) && count(b) == 1);
	/* to the host: there nothing holds it back */
	expect({ TO_PARTITION, P, 0 });
	check(!to_partition(ep, P));
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, HOST, 0 });
	check(!hv_attach_identity(&hv_identity_domain, dev_of(ep), NULL) && !ep->pdev->master);
	/* which it is told once */
	expect({ TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a));
	no_domains(a, b);
}

static void a_partition_that_does_not_let_go_is_held(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_PARTITION, P, 0 });
	check(!to_partition(ep, P) && !hv_attach_holds(P));
	expect({ FROM_PARTITION, P, -EBUSY });
	check(to_domain(ep, b) == -EBUSY && count(b) == 1);
	check(is_in_partition(ep, P) && !ep->pdev->master && nr_lines == 1);
	check(hv_attach_holds(P) && !hv_attach_holds(Q));
	/* given back it is held, too */
	expect({ FROM_PARTITION, P, -EBUSY });
	check(!hv_attach_blocked(&hv_blocked_domain, dev_of(ep), &a->domain));
	check(is_in_partition(ep, P) && !ep->pdev->master && hv_attach_holds(P));
	/* not longer than it lasts, whatever comes of the move */
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, 2, -EIO }, { FROM_DOMAIN, DEVICE, -EIO },
	       { TO_PARTITION, P, 0 });
	check(to_domain(ep, b) == -EIO && is_in_partition(ep, P) && !hv_attach_holds(P));
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a) && !hv_attach_holds(P));
	no_domains(a, b);
}

/* One that the partition has as it should keeps it no longer than its own user does. */
static void another_device_of_it_does_not_hold_it(void)
{
	struct hv_domain *a, *b;

	two_domains(&a, &b);
	expect({ TO_PARTITION, P, 0 });
	check(!to_partition(ep, P));
	expect({ TO_PARTITION, P, 0 });
	check(!to_partition(other, P) && !hv_attach_holds(P));
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, 1, 0 });
	check(!to_domain(ep, a));
	check(is_in_partition(other, P) && !hv_attach_holds(P));
	expect({ FROM_PARTITION, P, -EIO });
	check(to_domain(other, b) == -EIO && hv_attach_holds(P));
	expect({ FROM_PARTITION, P, 0 }, { TO_DOMAIN, NOTHING, 0 });
	hv_attach_stop(P);
	check(is_in_domain(other, NOTHING) && !hv_attach_holds(P));
	no_domains(a, b);
}

/* ---- hosts without domains */

static void without_domains_it_waits(void)
{
	struct hv_domain *d = new_domain();

	hv_iommu_host.domains = false;
	ep->place = (struct hv_place) { .kind = HV_PLACE_DOMAIN, .domain_id = HOST };
	expect({ TO_PARTITION, P, 0 });
	mutex_lock(&d->lock);
	check(!hv_attach_in_domain(ep, d, (void *)P) && is_in_partition(ep, P) && count(d) == 1);
	/* no call but that of the partition: there is nothing to be taken out of */
	expect({ FROM_PARTITION, P, 0 }, { TO_PARTITION, Q, -EBUSY }, { TO_PARTITION, P, 0 });
	check(hv_attach_in_domain(ep, d, (void *)Q) == -EBUSY);
	check(is_in_partition(ep, P) && ep->pdev->master && count(d) == 1);
	expect({ FROM_PARTITION, P, 0 }, { TO_PARTITION, Q, -EBUSY }, { TO_PARTITION, P, -EIO });
	check(hv_attach_in_domain(ep, d, (void *)Q) == -EBUSY);
	check(is_in_domain(ep, NOTHING) && !ep->pdev->master);
	/* and with a partition that does not let it go it waits there */
	expect({ TO_PARTITION, P, 0 });
	check(!hv_attach_in_domain(ep, d, (void *)P));
	expect({ FROM_PARTITION, P, -EIO });
	hv_attach_wait(ep);
	check(is_in_partition(ep, P) && !ep->pdev->master && hv_attach_holds(P));
	expect({ FROM_PARTITION, P, 0 });
	hv_attach_wait(ep);
	check(is_in_domain(ep, NOTHING) && !hv_attach_holds(P));
	mutex_unlock(&d->lock);
	check(!hv_attach_identity(&hv_identity_domain, dev_of(ep), &d->domain) && !count(d));
	expect_no_more();
	hv_domain_free(&d->domain);
	hv_iommu_host.domains = true;
}

/* Nothing holds it back there: who takes it from the host must be one who may do that. */
static void without_domains_it_is_for_the_privileged(void)
{
	hv_iommu_host.domains = false;
	is_privileged = false;
	check(hv_attach_blocked(&hv_blocked_domain, dev_of(ep), &hv_identity_domain) == -EPERM);
	check(is_in_domain(ep, HOST) && ep->pdev->master);
	is_privileged = true;
	check(!hv_attach_blocked(&hv_blocked_domain, dev_of(ep), &hv_identity_domain));
	check(is_in_domain(ep, NOTHING) && !ep->pdev->master);
}

/* ---- numbers of domains */

static void enter_and_leave(struct hv_domain *d, u32 id)
{
	expect({ CREATE, id, 0 }, { TO_DOMAIN, id, 0 });
	check(!to_domain(ep, d));
	expect({ TO_DOMAIN, HOST, 0 });
	check(!hv_attach_identity(&hv_identity_domain, dev_of(ep), &d->domain));
}

static void end_domain(struct hv_domain *d, u32 id, int ret)
{
	expect({ DELETE, id, ret });
	hv_domain_free(&d->domain);
}

/* One that was not deleted may still translate: whoever got its number would be in it, too. */
static void the_number_of_what_is_not_deleted_is_never_used_again(void)
{
	struct hv_domain *d = new_domain();
	u32 id;

	enter_and_leave(d, 1);
	end_domain(d, 1, -EIO);
	for (id = 2; id < 10; id++) {
		d = new_domain();
		enter_and_leave(d, id);
		end_domain(d, id, -EBUSY);
	}
	/* that of one which was deleted is */
	for (; id < 30; id++) {
		d = new_domain();
		enter_and_leave(d, 10);
		end_domain(d, 10, 0);
	}
}

/* While its mappings cannot be made, and it cannot be deleted, no device comes in. */
static void a_domain_that_is_half_made(void)
{
	struct hv_domain *d = new_domain(), *next = new_domain();

	replay_result = -ENOMEM;
	expect({ CREATE, 1, 0 }, { DELETE, 1, 0 });
	check(to_domain(ep, d) == -ENOMEM && !count(d) && is_in_domain(ep, HOST));
	expect({ CREATE, 1, 0 }, { DELETE, 1, -EIO });
	check(to_domain(ep, d) == -ENOMEM && !count(d) && is_in_domain(ep, HOST));
	replay_result = 0;
	expect_no_more();
	check(to_domain(ep, d) == -EIO && !count(d));
	enter_and_leave(next, 2);
	end_domain(d, 1, -EIO);
	end_domain(next, 2, 0);
	next = new_domain();
	enter_and_leave(next, 2);
	end_domain(next, 2, 0);
}

static void a_number_that_somebody_else_has(void)
{
	struct hv_domain *d = new_domain();

	expect({ CREATE, 1, -EEXIST }, { CREATE, 2, -EEXIST }, { CREATE, 3, 0 },
	       { TO_DOMAIN, 3, 0 });
	check(!to_domain(ep, d));
	expect({ TO_DOMAIN, HOST, 0 });
	check(!hv_attach_identity(&hv_identity_domain, dev_of(ep), &d->domain));
	end_domain(d, 3, 0);
	/* it is not asked for again; one that could not be made is free */
	d = new_domain();
	expect({ CREATE, 3, -ENOMEM });
	check(to_domain(ep, d) == -ENOMEM);
	enter_and_leave(d, 3);
	end_domain(d, 3, 0);
}

#define TEST(name)	{ #name, name }
static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(it_is_told_once),
	TEST(it_is_taken_out_first_if_that_is_refused),
	TEST(the_old_domain_comes_back),
	TEST(else_nothing_passes),
	TEST(else_it_loses_its_bus_mastering),
	TEST(a_device_that_is_given_back),
	TEST(a_broken_domain_is_left),
	TEST(a_partition_gets_it_after_it_was_taken_out),
	TEST(a_partition_is_left_first),
	TEST(a_partition_that_does_not_let_go_is_held),
	TEST(another_device_of_it_does_not_hold_it),
	TEST(without_domains_it_waits),
	TEST(without_domains_it_is_for_the_privileged),
	TEST(the_number_of_what_is_not_deleted_is_never_used_again),
	TEST(a_domain_that_is_half_made),
	TEST(a_number_that_somebody_else_has),
};

static void begin(const char *name)
{
	unsigned int i;

	test_name = name;
	hv_domain_ids_exit();
	hv_iommu_host.domains = true;
	hv_endpoints.next = hv_endpoints.prev = &hv_endpoints;
	nr_steps = next_step = nr_lines = 0;
	for (i = 0; i < 2; i++) {
		pdevs[i] = (struct pci_dev) { .master = true };
		eps[i] = (struct hv_endpoint) {
			.pdev = &pdevs[i],
			.id = i ? OTHER : DEVICE,
			.place = { .kind = HV_PLACE_DOMAIN, .domain_id = HOST },
		};
		list_add_tail(&eps[i].node, &hv_endpoints);
	}
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(tests[i].name);
		tests[i].run();
		expect_no_more();
		printf("PASS hv_iommu/%s\n", tests[i].name);
	}
	return 0;
}
