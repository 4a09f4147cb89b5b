// SPDX-License-Identifier: GPL-2.0
/* The words of vif = [ '...' ], as in xl-network-configuration(5). */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "../util.h"
#include "vif_config.h"

#define SCRIPT_DIR	"/etc/xen/scripts"
#define MAX_DEVID	65535
#define MIN_MTU		68
#define MAX_MTU		65521	/* what a packet of 64 KiB leaves for IP */

/* A keyword's function says what it expected, or NULL. */
typedef const char *(*key_fn)(struct vif_config *v, char *value);

static const char *replace(char **to, const char *value)
{
	free(*to);
	*to = *value ? xstrdup(value) : NULL;
	return NULL;
}

static const char *take_mac(struct vif_config *v, char *value)
{
	static const char expected[] =
		"six bytes such as 00:16:3e:01:02:03, not of a group";
	static const uint8_t zero[6];
	uint8_t mac[6];
	unsigned int i;

	for (i = 0; i < 6; i++) {
		unsigned long byte;

		if (!isxdigit((unsigned char)*value))
			return expected;
		byte = strtoul(value, &value, 16);
		if (byte > 255 || *value++ != (i < 5 ? ':' : '\0'))
			return expected;
		mac[i] = byte;
	}
	if (mac[0] & 1 || !memcmp(mac, zero, 6))
		return expected;
	memcpy(v->mac, mac, 6);
	v->has_mac = true;
	return NULL;
}

static const char *interface(char **to, const char *value)
{
	const char *p;

	for (p = value; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/' || *p == ':')
			break;
	if (*p || p - value >= IFNAMSIZ || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return "the name of an interface, 15 characters at most";
	return replace(to, value);
}

static const char *take_bridge(struct vif_config *v, char *value)
{
	return interface(&v->bridge, value);
}

static const char *take_gatewaydev(struct vif_config *v, char *value)
{
	return interface(&v->gatewaydev, value);
}

static const char *take_vifname(struct vif_config *v, char *value)
{
	return interface(&v->vifname, value);
}

static const char *take_script(struct vif_config *v, char *value)
{
	if (!*value || *value == '/')
		return replace(&v->script, value);
	free(v->script);
	v->script = xasprintf(SCRIPT_DIR "/%s", value);
	return NULL;
}

/* "ADDRESS" or "ADDRESS/BITS" */
static bool is_address(const char *text)
{
	char *copy = xstrdup(text), *slash = strchr(copy, '/'), *end = "";
	unsigned long bits = 0, most = 32;
	struct in6_addr addr;
	bool ok;

	if (slash) {
		*slash++ = '\0';
		bits = strtoul(slash, &end, 10);
		if (!isdigit((unsigned char)*slash))
			end = "x";
	}
	ok = inet_pton(AF_INET, copy, &addr) == 1;
	if (!ok) {
		ok = inet_pton(AF_INET6, copy, &addr) == 1;
		most = 128;
	}
	ok = ok && !*end && bits <= most;
	free(copy);
	return ok;
}

static const char *take_ip(struct vif_config *v, char *value)
{
	char *copy = xstrdup(value), *rest = copy, *word;
	bool ok = true;

	while (ok && (word = strsep(&rest, " ")))
		ok = !*word || is_address(word);
	free(copy);
	if (!ok)
		return "addresses such as 10.0.0.5 or 10.0.0.5/24, a space between two";
	return replace(&v->ip, value);
}

static const char *take_backend(struct vif_config *v, char *value)
{
	if (!*value || !strcmp(value, "0") || !strcmp(value, "Domain-0"))
		return NULL;
	return "0: there are no driver domains";
}

static const char *take_rate(struct vif_config *v, char *value)
{
	libxl_device_nic nic = { 0 };
	char *said = NULL;
	size_t len;
	FILE *out = open_memstream(&said, &len);
	XLU_Config *cfg = out ? xlu_cfg_init(out, "vif") : NULL;
	int ret = ENOMEM;

	if (cfg) {
		errno = 0;
		ret = xlu_vif_parse_rate(cfg, value, &nic);
		xlu_cfg_destroy(cfg);
	}
	if (out)
		fclose(out);
	free(said);
	/* A limit of nothing would stop the device for good. */
	if (ret || !nic.rate_bytes_per_interval)
		return "a rate such as 10Mb/s, 250KB/s or 1MB/s@20ms";
	v->rate_bytes = nic.rate_bytes_per_interval;
	v->rate_usecs = nic.rate_interval_usecs;
	return NULL;
}

static bool number(const char *text, unsigned long min, unsigned long max,
		   unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno &&
	       *value >= min && *value <= max;
}

static const char *take_devid(struct vif_config *v, char *value)
{
	unsigned long n;

	if (!number(value, 0, MAX_DEVID, &n))
		return "a number from 0 to 65535";
	v->devid = n;
	return NULL;
}

static const char *take_mtu(struct vif_config *v, char *value)
{
	unsigned long n;

	if (!number(value, MIN_MTU, MAX_MTU, &n))
		return "a number from 68 to 65521";
	v->mtu = n;
	return NULL;
}

static const char *take_type(struct vif_config *v, char *value)
{
	/* A PV guest has no emulated device: "ioemu" is a vif, too. */
	if (!strcmp(value, "vif") || !strcmp(value, "ioemu"))
		return NULL;
	return "vif or ioemu";
}

/* Of emulated devices, or of COLO; a PV guest has neither. */
static const char *take_nothing(struct vif_config *v, char *value)
{
	return NULL;
}

static bool port(const char *text, uint16_t *value)
{
	unsigned long n;

	if (!text || !number(text, 1, 65535, &n))
		return false;
	*value = n;
	return true;
}

/* "ADDRESS:PORT", the address may be missing */
static bool address_port(char *text, struct in_addr *addr, uint16_t *value)
{
	char *colon = text ? strrchr(text, ':') : NULL;

	if (!colon)
		return false;
	*colon = '\0';
	addr->s_addr = INADDR_ANY;
	if (*text && inet_pton(AF_INET, text, addr) != 1)
		return false;
	return port(colon + 1, value);
}

/* "tcp:127.0.0.1:2222-:22", as QEMU writes it */
static const char *take_hostfwd(struct vif_config *v, char *value)
{
	static const char expected[] =
		"PROTOCOL:[HOST-ADDRESS]:PORT-[GUEST-ADDRESS]:PORT such as tcp:127.0.0.1:2222-:22";
	struct vif_forward f = { 0 };
	char *guest = strchr(value, '-'), *host = strchr(value, ':');

	if (!guest || !host || host > guest)
		return expected;
	*guest++ = '\0';
	*host++ = '\0';
	f.udp = !strcmp(value, "udp");
	if ((!f.udp && strcmp(value, "tcp")) ||
	    !address_port(host, &f.host, &f.host_port) ||
	    !address_port(guest, &f.guest, &f.guest_port))
		return expected;
	v->forwards = realloc(v->forwards, (v->nr_forwards + 1) * sizeof(f));
	if (!v->forwards)
		abort();
	v->forwards[v->nr_forwards++] = f;
	return NULL;
}

static const char *take_hostloopback(struct vif_config *v, char *value)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return "0 or 1";
	v->hostloopback = *value == '1';
	return NULL;
}

static const struct {
	const char *name;
	key_fn take;
} keys[] = {
	{ "mac", take_mac },
	{ "bridge", take_bridge },
	{ "gatewaydev", take_gatewaydev },
	{ "netdev", take_gatewaydev },
	{ "type", take_type },
	{ "model", take_nothing },
	{ "vifname", take_vifname },
	{ "script", take_script },
	{ "ip", take_ip },
	{ "backend", take_backend },
	{ "rate", take_rate },
	{ "devid", take_devid },
	{ "mtu", take_mtu },
	{ "hostfwd", take_hostfwd },
	{ "hostloopback", take_hostloopback },
};

static char *strip(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

static char *take_flag(struct vif_config *v, const char *word)
{
	if (!strcmp(word, "trusted") || !strcmp(word, "untrusted")) {
		v->untrusted = *word == 'u';
		return NULL;
	}
	return xasprintf("vif: '%s' is not of the form keyword=value", word);
}

static char *take_word(struct vif_config *v, char *word)
{
	char *value = strchr(word, '='), *shown, *error;
	const char *expected;
	size_t i;

	if (!value)
		return take_flag(v, word);
	*value++ = '\0';
	word = strip(word);
	value = strip(value);
	/* COLO's words come with HVM guests' configurations. */
	if (!strncmp(word, "colo_", 5) || !strcmp(word, "forwarddev"))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(word, keys[i].name))
			break;
	if (i == ARRAY_SIZE(keys))
		return xasprintf("vif: there is no keyword '%s'", word);
	shown = xstrdup(value);
	expected = keys[i].take(v, value);
	error = expected ? xasprintf("vif: %s = '%s' must be %s", word, shown,
				     expected) : NULL;
	free(shown);
	return error;
}

static char *check(struct vif_config *v)
{
	if (v->script)
		v->mode = VIF_SCRIPT;
	else if (v->bridge)
		v->mode = VIF_BRIDGE;
	else if (v->vifname)
		v->mode = VIF_TAP;
	else
		v->mode = VIF_USER;

	if (v->mode != VIF_USER && (v->nr_forwards || v->hostloopback))
		return xasprintf("vif: %s is for user mode, without bridge, script and vifname",
				 v->nr_forwards ? "hostfwd" : "hostloopback");
	if (v->gatewaydev && v->mode != VIF_SCRIPT)
		return xstrdup("vif: gatewaydev is for a script: say script=vif-route too");
	return NULL;
}

int vif_config_parse(struct vif_config *v, const char *spec, char **error)
{
	char *copy = xstrdup(spec), *rest = copy, *word;

	memset(v, 0, sizeof(*v));
	v->devid = -1;
	*error = NULL;
	while (!*error && (word = strsep(&rest, ","))) {
		word = strip(word);
		if (*word)
			*error = take_word(v, word);
	}
	if (!*error)
		*error = check(v);
	free(copy);
	if (!*error)
		return 0;
	vif_config_free(v);
	return -1;
}

void vif_config_free(struct vif_config *v)
{
	free(v->bridge);
	free(v->gatewaydev);
	free(v->vifname);
	free(v->script);
	free(v->ip);
	free(v->forwards);
	memset(v, 0, sizeof(*v));
}

static void put_word(FILE *out, const char *key, const char *value)
{
	if (value)
		fprintf(out, ",%s=%s", key, value);
}

static void put_rate(FILE *out, const struct vif_config *v)
{
	uint64_t usecs = v->rate_usecs;

	if (!v->rate_bytes)
		return;
	/* Rounded up, as the parser rounds down what is for an interval. */
	fprintf(out, ",rate=%lluB/s@%lluus",
		(unsigned long long)((v->rate_bytes * 1000000 + usecs - 1) / usecs),
		(unsigned long long)usecs);
}

static void put_forward(FILE *out, const struct vif_forward *f)
{
	char host[INET_ADDRSTRLEN] = "", guest[INET_ADDRSTRLEN] = "";

	if (f->host.s_addr)
		inet_ntop(AF_INET, &f->host, host, sizeof(host));
	if (f->guest.s_addr)
		inet_ntop(AF_INET, &f->guest, guest, sizeof(guest));
	fprintf(out, ",hostfwd=%s:%s:%u-%s:%u", f->udp ? "udp" : "tcp", host,
		f->host_port, guest, f->guest_port);
}

char *vif_config_text(const struct vif_config *v)
{
	const uint8_t *m = v->mac;
	char *text = NULL;
	unsigned int i;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	fputs(v->untrusted ? "untrusted" : "trusted", out);
	if (v->has_mac)
		fprintf(out, ",mac=%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
			m[2], m[3], m[4], m[5]);
	if (v->devid >= 0)
		fprintf(out, ",devid=%d", v->devid);
	put_word(out, "bridge", v->bridge);
	put_word(out, "gatewaydev", v->gatewaydev);
	put_word(out, "vifname", v->vifname);
	put_word(out, "script", v->script);
	put_word(out, "ip", v->ip);
	put_rate(out, v);
	if (v->mtu)
		fprintf(out, ",mtu=%u", v->mtu);
	for (i = 0; i < v->nr_forwards; i++)
		put_forward(out, &v->forwards[i]);
	if (v->hostloopback)
		put_word(out, "hostloopback", "1");
	fclose(out);
	return text;
}

static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * 0x100000001b3ULL;	/* FNV-1a */
}

void vif_config_make_mac(uint8_t mac[6], const char *seed, uint32_t devid)
{
	static const uint8_t xen[3] = { 0x00, 0x16, 0x3e };
	uint64_t hash = 0xcbf29ce484222325ULL;
	unsigned int i;

	while (*seed)
		hash = hash_byte(hash, *seed++);
	for (i = 0; i < 4; i++)
		hash = hash_byte(hash, devid >> i * 8);
	hash ^= hash >> 24 ^ hash >> 48;
	memcpy(mac, xen, 3);
	/* As xl's: never with this bit. */
	mac[3] = hash >> 16 & 0x7f;
	mac[4] = hash >> 8;
	mac[5] = hash;
}
