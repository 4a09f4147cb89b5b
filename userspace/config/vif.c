// SPDX-License-Identifier: GPL-2.0
/* vif = [ '...', ... ] */
#include <errno.h>
#include <stdlib.h>

#include <libxlutil.h>

#include "../config.h"
#include "../net/vif_config.h"
#include "../util.h"
#include "source.h"

/* Is it right, and does it not take another's devid? */
static int check_vif(const struct config_source *s, unsigned int i,
		     const char *spec, bool *taken, unsigned int nr)
{
	struct vif_config v;
	unsigned int devid;
	char *error;

	if (vif_config_parse(&v, spec, &error)) {
		config_bad(s, "vif", "vif[%u]: %s", i, error);
		free(error);
		return -1;
	}
	devid = v.devid < 0 ? i : (unsigned int)v.devid;
	vif_config_free(&v);
	if (devid >= nr)
		return 0;
	if (taken[devid]) {
		config_bad(s, "vif", "vif[%u]: devid %u is another's already", i,
			   devid);
		return -1;
	}
	taken[devid] = true;
	return 0;
}

int config_vifs(const struct config_source *s, struct domain_config *cfg)
{
	XLU_ConfigList *list;
	int ret, nr, i;
	bool *taken;

	ret = xlu_cfg_get_list(s->xlu, "vif", &list, &nr, 1);
	if (ret == ESRCH || (!ret && !nr))
		return 0;
	if (ret) {
		config_bad(s, "vif", "vif must be a list: vif = [ 'bridge=xenbr0' ]");
		return -1;
	}
	taken = xcalloc(nr, sizeof(*taken));
	cfg->vifs = xcalloc(nr, sizeof(*cfg->vifs));
	for (i = 0; i < nr; i++) {
		const char *spec = xlu_cfg_get_listitem(list, i);

		if (!spec) {
			config_bad(s, "vif", "vif[%d] must be a string", i);
			break;
		}
		if (check_vif(s, i, spec, taken, nr))
			break;
		cfg->vifs[cfg->nr_vifs++] = xstrdup(spec);
	}
	free(taken);
	return i == nr ? 0 : -1;
}
