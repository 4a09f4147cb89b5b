// SPDX-License-Identifier: GPL-2.0
/*
 * frontend.c - a test guest whose block frontend means harm
 *
 * count=N rounds, seed=N: it connects to xvda as a frontend does, and fills its
 * ring with anything: indices, operations, sectors, grant references. Now and
 * then it connects anew, jumps between states, or changes its grants.
 */
#include "../guests/lib/guest.h"
#include <xen/io/blkif.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>

#define FRONT	"device/vbd/51712"
#define NR_DATA	32
/* Grant references; those below are reserved. */
#define RING_REF	8
#define LIST_REF	9
#define DATA_REF	16
#define SECTORS		8192

static u32 below(u32 n)
{
	return (rnd() >> 16) % n;
}

/* Until an event of the port or for a millisecond. */
static void await(evtchn_port_t port)
{
	struct sched_poll poll = { .nr_ports = 1, .timeout = now() + 1000000 };

	set_xen_guest_handle(poll.ports, &port);
	hypercall(sched_op, SCHEDOP_poll, &poll);
	clear_pending(port);
}

/* --- xenstore --- */

static struct xenstore_domain_interface *store;

static void store_put(const void *from, u32 len)
{
	const char *p = from;

	for (; len; len--) {
		while (store->req_prod - store->req_cons ==
		       XENSTORE_RING_SIZE) {
			evtchn_send(start_info->store_evtchn);
			await(start_info->store_evtchn);
		}
		store->req[MASK_XENSTORE_IDX(store->req_prod)] = *p++;
		barrier();
		store->req_prod++;
	}
}

static void store_get(char *to, u32 len)
{
	for (; len; len--) {
		while (store->rsp_cons == store->rsp_prod) {
			evtchn_send(start_info->store_evtchn);
			await(start_info->store_evtchn);
		}
		barrier();
		*to++ = store->rsp[MASK_XENSTORE_IDX(store->rsp_cons)];
		barrier();
		store->rsp_cons++;
	}
}

/* The reply is in TEXT, NUL terminated. */
static void ask(u32 type, const char *body, u32 len, char *text)
{
	struct xsd_sockmsg hdr = { .type = type, .len = len };

	store_put(&hdr, sizeof(hdr));
	store_put(body, len);
	evtchn_send(start_info->store_evtchn);
	store_get((char *)&hdr, sizeof(hdr));
	if (hdr.len >= 256)
		bail("a reply of %u bytes", hdr.len);
	store_get(text, hdr.len);
	text[hdr.len] = 0;
	/* What has no answer in it is not waited for again. */
	evtchn_send(start_info->store_evtchn);
}

static void put(const char *node, u64 value)
{
	char body[128], text[256];
	int n;

	n = format(body, sizeof(body), FRONT "/%s", node) + 1;
	n += format(body + n, sizeof(body) - n, "%lu", value);
	ask(XS_WRITE, body, n, text);
	if (strcmp(text, "OK"))
		bail("%s: %s", node, text);
}

static char backend[256];

static int backend_state(void)
{
	char body[256], text[256];

	format(body, sizeof(body), "%s/state", backend);
	ask(XS_READ, body, strlen(body) + 1, text);
	return text[0] - '0';
}

static bool await_state(int want)
{
	u64 end = now() + 10000000000UL;

	while (backend_state() != want) {
		if (now() > end)
			return false;
		await(start_info->store_evtchn);
	}
	return true;
}

/* --- the device --- */

static grant_entry_v1_t *grants;
static struct blkif_sring *ring;
static struct blkif_request_segment *list;
static u8 *data[NR_DATA];
static evtchn_port_t port;
static RING_IDX produced;

static void grant(u32 ref, const void *page, u16 flags)
{
	grants[ref].domid = 0;
	grants[ref].frame = virt_to_mfn(page);
	barrier();
	grants[ref].flags = GTF_permit_access | flags;
}

static void grant_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_DATA; i++)
		grant(DATA_REF + i, data[i], i == 5 ? GTF_readonly : 0);
	grant(RING_REF, ring, 0);
	grant(LIST_REF, list, GTF_readonly);
}

static void setup(void)
{
	struct gnttab_setup_table table = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF };
	xen_pfn_t frame = 0;
	unsigned int i;

	set_xen_guest_handle(table.frame_list, &frame);
	if (hypercall(grant_table_op, GNTTABOP_setup_table, &table, 1) ||
	    table.status)
		bail("no grant table");
	grants = page_alloc();
	if (set_pte(grants, frame << 12 | PTE_KERNEL, UVMF_INVLPG | UVMF_LOCAL))
		bail("the grant table cannot be mapped");
	ring = page_alloc();
	list = page_alloc();
	for (i = 0; i < NR_DATA; i++)
		data[i] = page_alloc();
	if (evtchn_op(EVTCHNOP_alloc_unbound, &alloc))
		bail("no port");
	port = alloc.port;
	mask_port(port);
	store = mfn_to_virt(start_info->store_mfn);
	mask_port(start_info->store_evtchn);
	ask(XS_READ, FRONT "/backend", sizeof(FRONT "/backend"), backend);
}

static bool connect(void)
{
	put("state", XenbusStateClosing);
	put("state", XenbusStateClosed);
	if (!await_state(XenbusStateClosed))
		return false;
	/* Nobody has it any more: it is clean again. */
	grant_all();
	memset(ring, 0, PAGE_SIZE);
	ring->req_event = 1;
	ring->rsp_event = 1;
	produced = 0;
	put("state", XenbusStateInitialising);
	if (!await_state(XenbusStateInitWait))
		return false;
	put("ring-ref", RING_REF);
	put("event-channel", port);
	put("state", XenbusStateInitialised);
	if (!await_state(XenbusStateConnected))
		return false;
	put("state", XenbusStateConnected);
	return true;
}

static void submit(const struct blkif_request *req)
{
	memcpy(&ring->ring[produced++ & 31], req, sizeof(*req));
	barrier();
	ring->req_prod = produced;
	evtchn_send(port);
}

/* A well-formed request of one page; its status, or 1 for no answer. */
static int do_one(u8 operation, u64 sector, u32 ref)
{
	struct blkif_request req = {
		.operation = operation, .nr_segments = 1, .id = rnd(),
		.sector_number = sector,
	};
	RING_IDX at = ring->rsp_prod;
	u64 end = now() + 10000000000UL;

	req.seg[0].gref = ref;
	req.seg[0].last_sect = 7;
	ring->rsp_event = at + 1;
	submit(&req);
	while (ring->rsp_prod == at) {
		if (now() > end)
			return 1;
		await(port);
	}
	return ring->ring[at & 31].rsp.status;
}

static u32 any_ref(void)
{
	return below(8) ? DATA_REF + below(NR_DATA) :
	       below(2) ? below(512) : rnd();
}

static u64 any_sector(void)
{
	switch (below(8)) {
	case 0:
		return rnd();
	case 1:
		return SECTORS - below(16);
	case 2:
		return ~0UL - below(4096);
	default:
		return below(SECTORS);
	}
}

static void any_segments(struct blkif_request_segment *segs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		segs[i].gref = any_ref();
		segs[i].first_sect = below(16) ? below(4) : rnd();
		segs[i].last_sect = below(16) ? 3 + below(5) : rnd();
	}
}

static void any_request(void)
{
	union {
		struct blkif_request req;
		struct blkif_request_indirect indirect;
		struct blkif_request_discard discard;
	} u = { .req.id = rnd(), .req.sector_number = any_sector() };
	unsigned int i;

	u.req.operation = below(16) ? below(7) : rnd();
	u.req.nr_segments = below(16) ? below(12) : rnd();
	any_segments(u.req.seg, 11);
	if (u.req.operation == BLKIF_OP_DISCARD) {
		u.discard.nr_sectors = below(4) ? below(64) : any_sector();
	} else if (u.req.operation == BLKIF_OP_INDIRECT) {
		u.indirect.indirect_op = below(16) ? below(2) : rnd();
		u.indirect.nr_segments = below(16) ? below(300) : rnd();
		for (i = 0; i < 8; i++)
			u.indirect.indirect_grefs[i] = below(4) ? LIST_REF :
								   any_ref();
		any_segments(list, 16);
	}
	memcpy(&ring->ring[produced & 31], &u, sizeof(u.req));
}

/* False: it could not connect anew. */
static bool round(u64 i)
{
	any_request();
	switch (below(256)) {
	case 0:
		ring->req_prod = rnd();
		break;
	case 1:
		ring->rsp_prod = rnd();
		break;
	case 2:
		grants[below(512)].flags = rnd();
		break;
	case 3:
		grants[DATA_REF + below(NR_DATA)].frame = rnd();
		break;
	case 4:
		if (below(4))
			put("state", below(10));
		return connect();
	default:
		ring->req_prod = ++produced;
		break;
	}
	ring->rsp_event = rnd();
	if (below(8) == 0) {
		barrier();
		evtchn_send(port);
	}
	return true;
}

int main(void)
{
	u64 count = rnd_begin(), i;

	setup();
	if (!ok(connect(), "connected"))
		return 0;
	memset(data[0], 0x5a, PAGE_SIZE);
	is(do_one(BLKIF_OP_WRITE, 80, DATA_REF), 0, "writes");
	is(do_one(BLKIF_OP_READ, 80, DATA_REF + 1), 0, "reads");
	ok(!memcmp(data[0], data[1], PAGE_SIZE), "what was written");
	is((u32)do_one(BLKIF_OP_READ, SECTORS, DATA_REF), (u32)-1,
	   "not beyond the end");
	is((u32)do_one(BLKIF_OP_READ, 0, DATA_REF + 5), (u32)-1,
	   "not into a page that is granted for reading");

	for (i = 0; i < count; i++)
		if (!round(i))
			break;
	is(i, count, "rounds of garbage");

	ok(connect(), "connected once more");
	memset(data[0], 0x33, PAGE_SIZE);
	is(do_one(BLKIF_OP_WRITE, 80, DATA_REF), 0, "writes still");
	is(do_one(BLKIF_OP_READ, 80, DATA_REF + 1), 0, "reads still");
	ok(!memcmp(data[0], data[1], PAGE_SIZE), "what was written last");
	return 0;
}
