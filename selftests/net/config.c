// SPDX-License-Identifier: GPL-2.0
/* What vif's words mean, and what is said of wrong ones. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest.h"
#include "net/vif_config.h"

/* Wrong ones, with words that must be said. */
static const struct {
	const char *spec, *words;
} wrong[] = {
	{ "mac=00:16:3e:00:00", "mac = '00:16:3e:00:00' must be six bytes" },
	{ "mac=00:16:3e:00:00:00:01", "must be six bytes" },
	{ "mac=00:16:3e:00:00:zz", "must be six bytes" },
	{ "mac=00:16:3e:00:00:100", "must be six bytes" },
	{ "mac=01:00:5e:00:00:01", "not of a group" },
	{ "mac=0:0:0:0:0:0", "must be six bytes" },
	{ "mac=", "must be six bytes" },
	{ "bridge=a-name-of-sixteen", "15 characters at most" },
	{ "bridge=br/0", "name of an interface" },
	{ "vifname=..", "name of an interface" },
	{ "vifname=a b", "name of an interface" },
	{ "type=virtio", "vif or ioemu" },
	{ "ip=10.0.0.256", "addresses such as" },
	{ "ip=10.0.0.1/33", "addresses such as" },
	{ "ip=10.0.0.1/", "addresses such as" },
	{ "ip=10.0.0.1 me", "addresses such as" },
	{ "ip=fe80::1/129", "addresses such as" },
	{ "backend=netdom", "no driver domains" },
	{ "rate=fast", "10Mb/s" },
	{ "rate=10", "10Mb/s" },
	{ "rate=10Mb/s@soon", "10Mb/s" },
	{ "rate=1b/s", "10Mb/s" },
	{ "devid=-1", "0 to 65535" },
	{ "devid=65536", "0 to 65535" },
	{ "devid=1x", "0 to 65535" },
	{ "mtu=67", "68 to 65521" },
	{ "mtu=65522", "68 to 65521" },
	{ "bandwidth=br0", "no keyword 'bandwidth'" },
	{ "br0", "'br0' is not of the form keyword=value" },
	{ "hostfwd=tcp:2222:22", "PROTOCOL:" },
	{ "hostfwd=sctp::2222-:22", "PROTOCOL:" },
	{ "hostfwd=tcp::0-:22", "PROTOCOL:" },
	{ "hostfwd=tcp::2222-:65536", "PROTOCOL:" },
	{ "hostfwd=tcp:localhost:2222-:22", "PROTOCOL:" },
	{ "bridge=br0,hostfwd=tcp::2222-:22", "is for user mode" },
	{ "script=x,hostloopback=1", "is for user mode" },
	{ "hostloopback=yes", "0 or 1" },
	{ "gatewaydev=eth0,bridge=br0", "script=vif-route" },
};

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void test_wrong(void)
{
	struct vif_config v;
	char *error;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		ret = vif_config_parse(&v, wrong[i].spec, &error);
		ksft_test_result(ret == -1 && error &&
				 !strncmp(error, "vif: ", 5) &&
				 strstr(error, wrong[i].words),
				 "%s: %s\n", wrong[i].spec, error ? error : "taken");
		if (!ret)
			vif_config_free(&v);
		free(error);
	}
}

static bool parse(struct vif_config *v, const char *spec)
{
	char *error;

	if (!vif_config_parse(v, spec, &error))
		return true;
	ksft_print_msg("%s: %s\n", spec, error);
	free(error);
	return false;
}

static bool test_modes(void)
{
	static const struct {
		const char *spec;
		enum vif_mode mode;
	} modes[] = {
		{ "", VIF_USER },
		{ " , ,", VIF_USER },
		{ "mac=00:16:3e:00:00:01", VIF_USER },
		{ "type=ioemu, model=e1000, backend=0", VIF_USER },
		{ "ip=10.0.0.5/24", VIF_USER },
		{ "bridge=xenbr0", VIF_BRIDGE },
		{ "vifname=web", VIF_TAP },
		{ "vifname=web,bridge=br0", VIF_BRIDGE },
		{ "script=vif-nat", VIF_SCRIPT },
		{ "bridge=br0 , script=vif-bridge", VIF_SCRIPT },
		{ "bridge=br0,bridge=", VIF_USER },
	};
	struct vif_config v;
	bool ok = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		ok = ok && parse(&v, modes[i].spec) && v.mode == modes[i].mode;
		if (!ok) {
			ksft_print_msg("%s\n", modes[i].spec);
			return false;
		}
		vif_config_free(&v);
	}
	return true;
}

static bool test_names(void)
{
	struct vif_config v;
	bool ok;

	if (!parse(&v, "bridge=xenbr0,gatewaydev=eth0,vifname=web0,script=vif-route"))
		return false;
	ok = same(v.bridge, "xenbr0") && same(v.gatewaydev, "eth0") &&
	     same(v.vifname, "web0") &&
	     same(v.script, "/etc/xen/scripts/vif-route");
	vif_config_free(&v);
	return ok;
}

static bool test_numbers(void)
{
	static const uint8_t mac[6] = { 0, 0x16, 0x3e, 0xa, 0xbc, 0xde };
	struct vif_config v;
	bool ok;

	if (!parse(&v, "mac=00:16:3E:a:bc:de, ip=10.0.0.5 fd00::1/64,devid=7,mtu=9000,untrusted"))
		return false;
	ok = v.has_mac && !memcmp(v.mac, mac, 6) &&
	     same(v.ip, "10.0.0.5 fd00::1/64") && v.devid == 7 &&
	     v.mtu == 9000 && v.untrusted;
	vif_config_free(&v);
	return ok;
}

static bool test_defaults(void)
{
	struct vif_config v;
	bool ok;

	if (!parse(&v, ""))
		return false;
	ok = !v.has_mac && v.devid == -1 && !v.rate_bytes && !v.mtu &&
	     !v.untrusted && !v.hostloopback && !v.nr_forwards && !v.ip;
	vif_config_free(&v);
	return ok;
}

static bool rate_is(const char *spec, uint64_t bytes, uint32_t usecs)
{
	struct vif_config v;
	bool ok;

	if (!parse(&v, spec))
		return false;
	ok = v.rate_bytes == bytes && v.rate_usecs == usecs;
	vif_config_free(&v);
	return ok;
}

static bool test_rates(void)
{
	return rate_is("rate=10Mb/s", 62500, 50000) &&
	       rate_is("rate=250KB/s", 12500, 50000) &&
	       rate_is("rate=1GB/s@1s", 1000000000, 1000000) &&
	       rate_is("rate=8000b/s@500us", 0, 0) == false &&
	       rate_is("rate=8000b/s@5000us", 5, 5000);
}

static bool test_forwards(void)
{
	struct vif_config v;
	bool ok;

	if (!parse(&v, "hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=udp::53-10.0.2.20:5353"))
		return false;
	ok = v.nr_forwards == 2 && !v.forwards[0].udp &&
	     v.forwards[0].host.s_addr == htonl(INADDR_LOOPBACK) &&
	     v.forwards[0].host_port == 2222 &&
	     v.forwards[0].guest.s_addr == INADDR_ANY &&
	     v.forwards[0].guest_port == 22 && v.forwards[1].udp &&
	     v.forwards[1].host.s_addr == INADDR_ANY &&
	     v.forwards[1].guest.s_addr == htonl(0x0a000214) &&
	     v.forwards[1].guest_port == 5353;
	vif_config_free(&v);
	return ok;
}

/* Written out and read again, all is as it was. */
static bool test_text(void)
{
	static const char *const texts[] = {
		"trusted",
		"untrusted,mac=00:16:3e:0a:bc:de,devid=7,mtu=9000",
		"trusted,bridge=br0,vifname=web",
		"trusted,bridge=br0,gatewaydev=eth0,script=/x/vif-route,ip=10.0.0.5 fd00::1/64",
		"trusted,rate=1250000B/s@50000us",
		"trusted,rate=3B/s@1000000us",
		"trusted,rate=112B/s@9000us",
		"trusted,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=udp::53-10.0.2.20:5353,hostloopback=1",
	};
	struct vif_config v;
	bool ok = true;
	size_t i;
	char *s;

	for (i = 0; ok && i < ARRAY_SIZE(texts); i++) {
		if (!parse(&v, texts[i]))
			return false;
		s = vif_config_text(&v);
		ok = !strcmp(s, texts[i]);
		if (!ok)
			ksft_print_msg("%s became %s\n", texts[i], s);
		free(s);
		vif_config_free(&v);
	}
	return ok;
}

static bool test_mac(void)
{
	uint8_t a[6], b[6], c[6], d[6];

	vif_config_make_mac(a, "/vm/1", 0);
	vif_config_make_mac(b, "/vm/1", 0);
	vif_config_make_mac(c, "/vm/1", 1);
	vif_config_make_mac(d, "/vm/2", 0);
	return !memcmp(a, b, 6) && memcmp(a, c, 6) && memcmp(a, d, 6) &&
	       !memcmp(a, "\0\x16\x3e", 3) && !memcmp(c, "\0\x16\x3e", 3) &&
	       !(a[3] & 0x80);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(wrong) + 8);
	test_wrong();
	ksft_test_result(test_modes(), "modes\n");
	ksft_test_result(test_defaults(), "defaults\n");
	ksft_test_result(test_names(), "names\n");
	ksft_test_result(test_numbers(), "addresses and numbers\n");
	ksft_test_result(test_rates(), "rates\n");
	ksft_test_result(test_forwards(), "forwards\n");
	ksft_test_result(test_text(), "written and read again\n");
	ksft_test_result(test_mac(), "generated addresses\n");
	ksft_finished();
}
