// SPDX-License-Identifier: GPL-2.0
/* Asks the module which domains there are. */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "domains.h"
#include "host.h"
#include "util.h"

#define DEVICE	"/dev/kvm-xenpv"
#define BATCH	64

int device_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0) {
		err("cannot open " DEVICE ": %m (is the kvm_xenpv module loaded?)");
		return -1;
	}
	version = ioctl(fd, KVM_XENPV_GET_API_VERSION);
	if (version == KVM_XENPV_API_VERSION)
		return fd;
	if (version < 0)
		err_sys(DEVICE);
	else
		err("the kvm_xenpv module has interface %d, xenpv wants %d: update the older",
		    version, KVM_XENPV_API_VERSION);
	close(fd);
	return -1;
}

static int read_all(int fd, struct domain_list *list)
{
	struct kvm_xenpv_list arg = { .first = 0 };

	do {
		list->infos = realloc(list->infos,
				      (list->nr + BATCH) * sizeof(*list->infos));
		if (!list->infos)
			abort();
		arg.count = BATCH;
		arg.infos = (uintptr_t)&list->infos[list->nr];
		if (ioctl(fd, KVM_XENPV_LIST_DOMAINS, &arg)) {
			err_sys("listing the domains");
			return -1;
		}
		if (arg.count > BATCH)
			arg.count = BATCH;
		list->nr += arg.count;
		if (list->nr)
			arg.first = list->infos[list->nr - 1].domid + 1;
	} while (arg.count == BATCH);
	return 0;
}

int domains_read(struct domain_list *list)
{
	int fd = device_open();
	int ret;

	memset(list, 0, sizeof(*list));
	if (fd < 0)
		return -1;
	ret = read_all(fd, list);
	close(fd);
	if (ret)
		domains_free(list);
	return ret;
}

void domains_free(struct domain_list *list)
{
	free(list->infos);
	memset(list, 0, sizeof(*list));
}

static bool is_domid(const char *what, uint32_t domid)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)*what))
		return false;
	value = strtoul(what, &end, 10);
	return !*end && value == domid;
}

static const struct kvm_xenpv_info *search(const struct domain_list *list,
					   const char *what)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (is_domid(what, list->infos[i].domid))
			return &list->infos[i];
	for (i = 0; i < list->nr; i++)
		if (!strncmp(list->infos[i].name, what, KVM_XENPV_NAME_LEN))
			return &list->infos[i];
	return NULL;
}

int domain_lookup(const char *what, struct kvm_xenpv_info *info)
{
	const struct kvm_xenpv_info *found;
	struct domain_list list;

	if (host_listed() && (!strcmp(what, "0") || !strcmp(what, HOST_NAME))) {
		host_as_domain(info);
		return 1;
	}
	if (domains_read(&list))
		return -1;
	found = search(&list, what);
	if (found)
		*info = *found;
	domains_free(&list);
	return !!found;
}

int domain_find(const char *what, struct kvm_xenpv_info *info)
{
	int found = domain_lookup(what, info);

	if (!found)
		err("%s is an invalid domain identifier (rc=-6)", what);
	return found > 0 ? 0 : -1;
}

int domain_exists(const struct kvm_xenpv_info *info,
		  struct kvm_xenpv_info *now)
{
	struct domain_list list;
	size_t i;
	int ret = 0;

	if (domains_read(&list))
		return -1;
	for (i = 0; i < list.nr; i++) {
		if (list.infos[i].domid != info->domid ||
		    list.infos[i].created != info->created)
			continue;
		*now = list.infos[i];
		ret = 1;
	}
	domains_free(&list);
	return ret;
}
