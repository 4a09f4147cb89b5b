/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The xenstore protocol: requests in, replies and watch events out.  How they
 * travel is the transport's business.
 */
#ifndef XENPV_XENSTORE_PROTO_H
#define XENPV_XENSTORE_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "store.h"

/* What a guest's connection may have at a time. */
#define XS_MAX_WATCHES		128
#define XS_MAX_TRANSACTIONS	10
#define XS_MAX_ACCESSES		1024	/* paths that one transaction uses */

struct xs_server;
struct xs_conn;

struct xs_conn_ops {
	/* A whole message; BODY is hdr->len bytes.  Must not call back. */
	void (*send)(void *opaque, const struct xsd_sockmsg *hdr,
		     const void *body);
};

struct xs_server *xs_server_new(void);
/* Connections and watchers (local.h) must be gone by then. */
void xs_server_free(struct xs_server *s);

/* A connection with the rights of DOMID. */
struct xs_conn *xs_conn_new(struct xs_server *s, uint32_t domid,
			    const struct xs_conn_ops *ops, void *opaque);
void xs_conn_free(struct xs_conn *c);
/* End its transactions and watches, as if it were new. */
void xs_conn_reset(struct xs_conn *c);

/* Serve one request.  hdr->len is at most XENSTORE_PAYLOAD_MAX. */
void xs_conn_request(struct xs_conn *c, const struct xsd_sockmsg *hdr,
		     const void *body);

#endif
