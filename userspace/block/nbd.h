/* SPDX-License-Identifier: GPL-2.0 */
/* Images of formats other than raw: a qemu-nbd of our own reads them. */
#ifndef XENPV_BLOCK_NBD_H
#define XENPV_BLOCK_NBD_H

#include <stdbool.h>
#include <stdint.h>

#include "../device/device.h"

struct disk_spec;
struct nbd;

/* NULL and WHY, in qemu-nbd's words when it does not like the image. */
struct nbd *nbd_start(const struct disk_spec *d, uint32_t domid,
		      char why[WHY_MAX]);
/* Returns when qemu-nbd has closed the image.  May be NULL. */
void nbd_stop(struct nbd *n);

/* No engine uses it: have qemu-nbd flush the image.  -1: it did not. */
int nbd_sync(struct nbd *n);

uint64_t nbd_size(const struct nbd *n);
bool nbd_has_trim(const struct nbd *n);

struct nbd_handle;
struct nbd_handle *nbd_connection(const struct nbd *n);

#endif
