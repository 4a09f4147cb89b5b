// SPDX-License-Identifier: GPL-2.0
/* The multicast addresses that a guest wants to hear.  Any thread. */
#include <string.h>

#include "mcast.h"

void mcast_init(struct mcast *m)
{
	memset(m, 0, sizeof(*m));
	pthread_mutex_init(&m->lock, NULL);
}

void mcast_destroy(struct mcast *m)
{
	pthread_mutex_destroy(&m->lock);
}

/* With the lock held: its index, or nr. */
static unsigned int find(const struct mcast *m, const uint8_t addr[6])
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (!memcmp(m->addr[i], addr, 6))
			break;
	return i;
}

void mcast_enable(struct mcast *m, bool on)
{
	pthread_mutex_lock(&m->lock);
	m->enabled = on;
	pthread_mutex_unlock(&m->lock);
}

void mcast_clear(struct mcast *m)
{
	pthread_mutex_lock(&m->lock);
	m->nr = 0;
	pthread_mutex_unlock(&m->lock);
}

bool mcast_add(struct mcast *m, const uint8_t addr[6])
{
	bool room = true;

	pthread_mutex_lock(&m->lock);
	if (find(m, addr) == m->nr) {
		room = m->nr < MCAST_MAX;
		if (room)
			memcpy(m->addr[m->nr++], addr, 6);
	}
	pthread_mutex_unlock(&m->lock);
	return room;
}

void mcast_del(struct mcast *m, const uint8_t addr[6])
{
	unsigned int i;

	pthread_mutex_lock(&m->lock);
	i = find(m, addr);
	if (i < m->nr)
		memcpy(m->addr[i], m->addr[--m->nr], 6);
	pthread_mutex_unlock(&m->lock);
}

bool mcast_passes(struct mcast *m, const uint8_t addr[6])
{
	static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };
	bool passes;

	if (!(addr[0] & 1) || !memcmp(addr, broadcast, 6))
		return true;
	pthread_mutex_lock(&m->lock);
	passes = !m->enabled || find(m, addr) < m->nr;
	pthread_mutex_unlock(&m->lock);
	return passes;
}
