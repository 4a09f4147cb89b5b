// SPDX-License-Identifier: GPL-2.0
/* xl's file header, and configurations there and back. */
#include <sys/mman.h>

#include "../kselftest_harness.h"
#include "../lib/saved.h"
#include "load.h"
#include "block/spec.h"
#include "config.h"
#include "migrate/header.h"
#include "migrate/json.h"

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static char why[512];

static int read_config(const char *json, struct domain_config *cfg)
{
	struct json_settings set;
	int ret;

	err_divert(why, sizeof(why));
	ret = json_to_settings(json, "test", &set);
	if (!ret) {
		ret = config_load_saved(set.list, set.nr, cfg);
		json_settings_free(&set);
	}
	err_divert(NULL, 0);
	return ret;
}

/* As xl 4.17 writes it, with disks and networks. */
static const char *xls(void)
{
	static char text[4096];
	FILE *f = fopen("xl.json", "re");

	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = 0;
		fclose(f);
	}
	return text;
}

TEST(from_xl)
{
	struct domain_config cfg;

	ASSERT_EQ(0, read_config(xls(), &cfg)) TH_LOG("%s", why);
	EXPECT_STREQ("a \"b\\c", cfg.name);
	EXPECT_EQ(0x8d, cfg.uuid[0]);
	EXPECT_EQ(0x38, cfg.uuid[15]);
	EXPECT_STREQ("/g/vmlinuz", cfg.kernel);
	EXPECT_STREQ("/g/gu.gz", cfg.ramdisk);
	EXPECT_STREQ("console=hvc0 x=\"y z\"", cfg.cmdline);
	EXPECT_EQ(64, cfg.memory_mb);
	EXPECT_EQ(96, cfg.maxmem_mb);
	EXPECT_EQ(2, cfg.vcpus);
	EXPECT_EQ(4, cfg.maxvcpus);
	EXPECT_EQ(ACTION_DESTROY, cfg.on_poweroff);
	EXPECT_EQ(ACTION_RESTART, cfg.on_reboot);
	EXPECT_EQ(ACTION_COREDUMP_DESTROY, cfg.on_crash);
	ASSERT_EQ(2, cfg.nr_disks);
	EXPECT_STREQ("/dev/null", cfg.disks[0].path);
	EXPECT_FALSE(cfg.disks[0].readonly);
	EXPECT_STREQ("/a,b", cfg.disks[1].path);
	EXPECT_EQ(DISK_QCOW2, cfg.disks[1].format);
	EXPECT_TRUE(cfg.disks[1].readonly);
	ASSERT_EQ(1, cfg.nr_vifs);
	EXPECT_STREQ("mac=00:16:3e:01:02:03,bridge=xenbr0", cfg.vifs[0]);
	config_free(&cfg);
}

/* What is saved is what is restored. */
TEST(there_and_back)
{
	struct domain_config one, two;
	char *json;

	ASSERT_EQ(0, read_config(xls(), &one));
	json = json_of_config(&one, 80 << 10);
	ASSERT_NE(NULL, json);
	/* What xl 4.17 reads of it. */
	EXPECT_NE(NULL, strstr(json, "\"tsc_mode\": \"native\""));
	EXPECT_NE(NULL, strstr(json, "\"target_memkb\": 81920"));
	EXPECT_NE(NULL, strstr(json, "\"pdev_path\": \"/a,b\""));
	EXPECT_EQ(NULL, strstr(json, "affinity"));
	ASSERT_EQ(0, read_config(json, &two)) TH_LOG("%s", why);
	free(json);
	EXPECT_STREQ(one.name, two.name);
	EXPECT_EQ(0, memcmp(one.uuid, two.uuid, 16));
	EXPECT_STREQ(one.kernel, two.kernel);
	EXPECT_STREQ(one.cmdline, two.cmdline);
	EXPECT_EQ(80, two.memory_mb);
	EXPECT_EQ(96, two.maxmem_mb);
	EXPECT_EQ(2, two.vcpus);
	EXPECT_EQ(4, two.maxvcpus);
	EXPECT_EQ(one.on_crash, two.on_crash);
	ASSERT_EQ(2, two.nr_disks);
	EXPECT_STREQ("/a,b", two.disks[1].path);
	EXPECT_TRUE(two.disks[1].readonly);
	ASSERT_EQ(1, two.nr_vifs);
	EXPECT_STREQ(one.vifs[0], two.vifs[0]);
	config_free(&one);
	config_free(&two);
}

/* What the processor says of itself is a part of the domain. */
TEST(processor)
{
	char *const settings[] = {
		"name='a'", "memory=64", "cpuid='host,tm=0,avx2=0'", "tsc_mode='always_emulate'",
	};
	struct domain_config one, two;
	char *json;

	ASSERT_EQ(0, config_load_saved(settings, NR(settings), &one));
	ASSERT_EQ(2, one.nr_cpuid);
	json = json_of_config(&one, 64 << 10);
	ASSERT_NE(NULL, json);
	ASSERT_EQ(0, read_config(json, &two)) TH_LOG("%s", why);
	free(json);
	EXPECT_EQ(TSC_MODE_ALWAYS_EMULATE, two.tsc_mode);
	ASSERT_EQ(2, two.nr_cpuid);
	EXPECT_EQ(0, memcmp(one.cpuid, two.cpuid, 2 * sizeof(*one.cpuid)));
	config_free(&one);
	config_free(&two);
}

/* What pygrub or PV-GRUB starts, wherever libxl had that. */
TEST(bootloader)
{
	static const char *const pairs[] = {
		"\"bootloader\":\"/usr/lib/xen-4.17/bin/pygrub\",\n"
		"\"bootloader_args\":[\"--entry\",\"1\"]",
		"\"type.pv\":{\"bootloader\":\"/usr/lib/xen-4.17/bin/pygrub\",\n"
		"\"bootloader_args\":[\"--entry\",\"1\"]}",
	};
	struct domain_config cfg, again;
	char *json, text[512];
	size_t i;

	/* One that is not there now. */
	setenv("XENPV_PVGRUB", "/nonexistent/grub", 1);
	for (i = 0; i < NR(pairs); i++) {
		snprintf(text, sizeof(text), "{\"c_info\":{\"type\":\"pv\",\"name\":\"a\"},\n"
			 "\"b_info\":{\"max_memkb\":4096,%s}}", pairs[i]);
		ASSERT_EQ(0, read_config(text, &cfg)) TH_LOG("%s", why);
		EXPECT_STREQ("/usr/lib/xen-4.17/bin/pygrub", cfg.bootloader);
		EXPECT_STREQ("/nonexistent/grub", cfg.kernel);
		ASSERT_NE(NULL, cfg.grub_config);
		EXPECT_NE(NULL, strstr(cfg.grub_config, "set default='1'"));
		json = json_of_config(&cfg, 4096);
		config_free(&cfg);
		ASSERT_EQ(0, read_config(json, &again)) TH_LOG("%s", why);
		free(json);
		EXPECT_STREQ("/usr/lib/xen-4.17/bin/pygrub", again.bootloader);
		ASSERT_EQ(2, again.nr_bootloader_args);
		EXPECT_STREQ("--entry", again.bootloader_args[0]);
		EXPECT_STREQ("1", again.bootloader_args[1]);
		config_free(&again);
	}
}

/* It booted with something that is not known here: it goes on nevertheless. */
TEST(bootloader_unknown)
{
	static const char *const words[] = {
		"\"bootloader\":\"domUloader\"",
		"\"bootloader\":\"pygrub\",\"bootloader_args\":[\"--offset=5\"]",
	};
	struct domain_config cfg;
	char text[256], *json;
	size_t i;

	for (i = 0; i < NR(words); i++) {
		snprintf(text, sizeof(text), "{\"c_info\":{\"type\":\"pv\",\"name\":\"a\"},\n"
			 "\"b_info\":{\"max_memkb\":4096,%s}}", words[i]);
		ASSERT_EQ(0, read_config(text, &cfg)) TH_LOG("%s", why);
		EXPECT_EQ(NULL, cfg.kernel);
		EXPECT_EQ(NULL, cfg.grub_config);
		json = json_of_config(&cfg, 4096);
		EXPECT_NE(NULL, strstr(json, cfg.bootloader));
		free(json);
		config_free(&cfg);
	}
}

#define PV(name, b)	"{\"c_info\":{\"type\":\"pv\"" name "},\"b_info\":{" b "}}"
#define NAME(n)		",\"name\":\"" n "\""
#define MEM(n)		"\"max_memkb\":" n

TEST(bad_json)
{
	static const struct {
		const char *json, *said;
	} bad[] = {
		{ "", "no JSON" },
		{ "{", "no JSON" },
		{ "[]", "only PV" },
		{ "{}", "only PV" },
		{ "{\"c_info\":{\"type\":\"hvm\"}}", "hvm domain" },
		{ "{\"c_info\":{\"type\":\"\\u001b[2J\\u007f\"}}", "an ?[2J? domain" },
		{ PV(NAME("x"), ""), "memory" },
		{ PV("", MEM("4")), "name is missing" },
		{ PV(NAME("a/b"), MEM("4")), "name must be" },
		{ PV(NAME("a"), MEM("4") ",\"max_vcpus\":1000"), "out of range" },
		{ PV(NAME("a"), MEM("99999999999999")), "out of range" },
	};
	struct domain_config cfg;
	size_t i;

	for (i = 0; i < NR(bad); i++) {
		EXPECT_EQ(-1, read_config(bad[i].json, &cfg))
			TH_LOG("%s", bad[i].json);
		EXPECT_NE(NULL, strstr(why, bad[i].said))
			TH_LOG("%s: '%s'", bad[i].json, why);
	}
}

/* As deep as the header has room for: no stack is. */
TEST(deep)
{
	static const char *const bad[] = { "[]", "{}" };
	const size_t depth = 500000;
	struct domain_config cfg;
	char *text;
	size_t i;

	for (i = 0; i < NR(bad); i++) {
		text = malloc(2 * depth + 1);
		memset(text, bad[i][0], depth);
		memset(text + depth, bad[i][1], depth);
		text[2 * depth] = 0;
		EXPECT_EQ(-1, read_config(text, &cfg));
		EXPECT_NE(NULL, strstr(why, "more than 10000")) TH_LOG("%s", why);
		free(text);
	}
}

static char *read_header(const struct saved *s)
{
	int fd = saved_open(s, 0, s->len);
	struct stream str;
	char *json;

	err_divert(why, sizeof(why));
	stream_init(&str, fd, "test");
	json = header_read(&str);
	err_divert(NULL, 0);
	close(fd);
	return json;
}

TEST(header)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *said;
	} bad[] = {
		{ 0, 'Y', "no domain saved" },
		{ 32, 9, "byte order" },
		{ 36, 7, "unknown flags 0x4" },
		{ 36, 1, "4.5" },
		{ 36, 2, "JSON" },
		{ 47, 0x7f, "make no sense" },
		{ 44, 3, "no configuration" },
		{ 51, 0x7f, "makes no sense" },
	};
	struct saved s;
	uint8_t was[8];
	char *json;
	size_t i;

	saved_make(&s, false);
	json = read_header(&s);
	ASSERT_NE(NULL, json) TH_LOG("%s", why);
	EXPECT_STREQ(saved_json, json);
	free(json);
	for (i = 0; i < NR(bad); i++) {
		memcpy(was, s.data + bad[i].at, sizeof(was));
		s.data[bad[i].at] = bad[i].value;
		if (bad[i].at == 44)
			memset(s.data + 45, 0, 3);
		EXPECT_EQ(NULL, read_header(&s)) TH_LOG("%s", bad[i].said);
		EXPECT_NE(NULL, strstr(why, bad[i].said)) TH_LOG("%s", why);
		memcpy(s.data + bad[i].at, was, sizeof(was));
	}
	/* Another byte order. */
	s.data[32] = 1;
	s.data[33] = 2;
	s.data[34] = 3;
	s.data[35] = 4;
	EXPECT_EQ(NULL, read_header(&s));
	EXPECT_NE(NULL, strstr(why, "big-endian"));
	saved_free(&s);
}

/* What is written can be read. */
TEST(header_written)
{
	struct saved s = { 0 };
	struct stream str;
	uint8_t data[512];
	char *json;
	int fd = memfd_create("header", MFD_CLOEXEC);

	stream_init(&str, fd, "test");
	ASSERT_EQ(0, header_write(&str, saved_json));
	lseek(fd, 0, SEEK_SET);
	saved_put(&s, data, read(fd, data, sizeof(data)));
	json = read_header(&s);
	ASSERT_NE(NULL, json) TH_LOG("%s", why);
	EXPECT_STREQ(saved_json, json);
	free(json);
	saved_free(&s);
	close(fd);
}

TEST_HARNESS_MAIN
