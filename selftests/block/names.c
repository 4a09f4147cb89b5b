// SPDX-License-Identifier: GPL-2.0
/* Names of disks, and specifications in the forms that xl knows. */
#include <stdlib.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "block/names.h"
#include "block/spec.h"

TEST(numbers)
{
	/* xen-vbd-interface(7), and what libxl makes of them. */
	static const struct {
		const char *name;
		uint32_t number;
	} good[] = {
		{ "xvda", 51712 }, { "xvda1", 51713 }, { "xvda15", 51727 },
		{ "xvdb", 51728 }, { "xvdp15", 51967 },
		{ "xvda16", 268435472 }, { "xvdq", 268439552 },
		{ "xvdaa", 268442112 }, { "xvdz255", 268442111 },
		{ "xvdba", 268448768 },
		{ "hda", 768 }, { "hda1", 769 }, { "hdb", 832 },
		{ "hdc", 5632 }, { "hdd63", 5759 },
		{ "sda", 2048 }, { "sda1", 2049 }, { "sdp15", 2303 },
		{ "d0p1", 51713 }, { "d16p0", 268439552 },
		{ "51712", 51712 }, { "0xca01", 51713 }, { "0", 0 },
	};
	static const char *const bad[] = {
		"", "xvd", "xvdA", "xvda0", "xvda01", "xvda256", "xvda1x",
		"xvda-1", "hde", "hda64", "sdq", "sda16", "vda", "xvdzzzzzz",
		"d0", "d0p", "d0p256", "-1", "0x80000000", "99999999999",
		"1x", "../xvda", "xvda/1", " xvda",
	};
	uint32_t n;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		n = 0;
		EXPECT_EQ(0, vdev_number(good[i].name, &n));
		EXPECT_EQ(good[i].number, n) TH_LOG("%s", good[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-1, vdev_number(bad[i], &n)) TH_LOG("number %u", i);
}

/* What a specification is understood as. */
static char *meaning(const char *text)
{
	static char words[1024];
	struct disk_spec d, again;
	char why[WHY_MAX], *full;

	if (disk_spec_parse(&d, text, why)) {
		snprintf(words, sizeof(words), "bad: %s", why);
		return words;
	}
	snprintf(words, sizeof(words), "%s %u %s %s %s%s%s%s%s%s", d.vdev,
		 d.devid, d.path ? d.path : "-", disk_format_name(d.format),
		 d.readonly ? "r" : "w", d.shared ? "!" : "",
		 d.cdrom ? " cdrom" : "", d.removable ? " removable" : "",
		 d.direct_io ? " direct" : "", d.discard ? " discard" : "");
	/* Said in the long form it means the same. */
	full = disk_spec_text(&d);
	if (disk_spec_parse(&again, full, why)) {
		strcat(words, " AGAIN: ");
		strcat(words, why);
	} else if (strcmp(again.vdev, d.vdev) || again.devid != d.devid ||
		   again.format != d.format || again.readonly != d.readonly ||
		   again.shared != d.shared || again.cdrom != d.cdrom ||
		   again.removable != d.removable ||
		   again.direct_io != d.direct_io ||
		   again.discard != d.discard || !again.path != !d.path ||
		   (d.path && strcmp(again.path, d.path))) {
		strcat(words, " AGAIN: ");
		strcat(words, full);
	}
	disk_spec_free(&again);
	disk_spec_free(&d);
	free(full);
	return words;
}

TEST(forms)
{
	static const char *const cases[][2] = {
		/* The examples of xl-disk-configuration(5). */
		{ "format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume",
		  "hda 768 /dev/vg/guest-volume raw w discard" },
		{ "/dev/vg/guest-volume,raw,hda,rw",
		  "hda 768 /dev/vg/guest-volume raw w discard" },
		{ "/dev/vg/guest-volume,,hda",
		  "hda 768 /dev/vg/guest-volume raw w discard" },
		{ "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso",
		  "hdc 5632 /root/image.iso raw r cdrom removable" },
		{ "/root/image.iso,,hdc,cdrom",
		  "hdc 5632 /root/image.iso raw r cdrom removable" },
		{ "/root/image.iso,,hdc,,cdrom",
		  "hdc 5632 /root/image.iso raw r cdrom removable" },
		{ "raw:/root/image.iso,hdc:cdrom,ro",
		  "hdc 5632 /root/image.iso raw r cdrom removable" },
		{ "/root/qcow2.img,qcow2,xvda,rw",
		  "xvda 51712 /root/qcow2.img qcow2 w discard" },
		/* As in old files. */
		{ "phy:/dev/vg/root,xvda1,w",
		  "xvda1 51713 /dev/vg/root raw w discard" },
		{ "file:/xen/swap.img,xvda2,w",
		  "xvda2 51714 /xen/swap.img raw w discard" },
		{ "tap:aio:/xen/a,sda1,w", "sda1 2049 /xen/a raw w discard" },
		{ "tap:qcow2:/xen/a,sda1,r", "sda1 2049 /xen/a qcow2 r" },
		{ "phy:/dev/vg/root,xvda1,w!",
		  "xvda1 51713 /dev/vg/root raw w! discard" },
		{ "/x,vhd,xvda,!", "xvda 51712 /x vhd w! discard" },
		/* However many there are. */
		{ "/x,raw,xvda,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!,!",
		  "bad: " },
		{ "vdev=xvda,access=w!,target=/x,w!",
		  "xvda 51712 /x,w! raw w! discard" },
		{ "vdev=xvda,target=/a b,c!,ro", "xvda 51712 /a b,c!,ro raw w discard" },
		{ "/x,raw,xvda,w,no-discard,direct-io-safe",
		  "xvda 51712 /x raw w direct" },
		{ ",empty,hdc:cdrom,r", "hdc 5632 - raw r cdrom removable" },
		{ "hdc:cdrom,r", "bad: " },
		{ "/x,xvda,w", "bad: unknown value for format: near `xvda' in `/x,xvda,w'" },
		{ "/x,raw,zzz,w", "bad: 'zzz' is not the name of a virtual disk" },
		{ "/x,raw", "bad: no vdev specified in" },
		{ "vdev=xvda,target=", "bad: disk xvda has no target" },
		{ "/x,raw,xvda,w,script=block-drbd", "bad: script= is not" },
		{ "/x,raw,xvda,w,backend=storage", "bad: backend= is not" },
		{ "", "bad: no vdev specified" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = meaning(cases[i][0]), *want = cases[i][1];
		size_t len = strlen(want);

		/* Of errors the beginning is enough. */
		EXPECT_EQ(0, strncmp(want, "bad", 3) ? strcmp(got, want) :
						      strncmp(got, want, len))
			TH_LOG("'%s' is '%s'", cases[i][0], got);
	}
}

TEST(relative)
{
	char dir[] = "/tmp/xenpv-spec.XXXXXX", path[64], want[128];

	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, chdir(dir));
	snprintf(path, sizeof(path), "%s/disk.img", dir);
	fclose(fopen(path, "w"));
	snprintf(want, sizeof(want), "xvda 51712 %s raw w discard", path);
	EXPECT_STREQ(want, meaning("file:disk.img,xvda,w"));
	EXPECT_STREQ("xvda 51712 /dev/vg/lv raw w discard",
		     meaning("phy:vg/lv,xvda,w"));
	unlink(path);
	rmdir(dir);
}

TEST_HARNESS_MAIN
