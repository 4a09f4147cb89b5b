// SPDX-License-Identifier: GPL-2.0
/*
 * PAGE_DATA records.  A page may come more than once and change its type: what
 * came last counts.
 */
#include <stdlib.h>
#include <sys/uio.h>

#include "../util.h"
#include "image.h"
#include "pte.h"
#include "stream.h"

#define IOV_ROOM	256

static bool type_is_known(unsigned int type)
{
	return type <= 4 || (type > PT_PINNED && type <= (PT_PINNED | 4)) ||
	       type >= PT_BROKEN;
}

static bool type_has_data(unsigned int type)
{
	return type < PT_BROKEN;
}

/* Look at all of the list before any page is touched.  Pages that follow. */
static int64_t check_words(const struct saved_image *img, struct stream *s,
			   uint32_t count)
{
	int64_t nr = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint64_t word = img->words[i];
		int level = PT_LEVEL(PAGE_TYPE(word));

		if (word & PAGE_RESERVED)
			return stream_bad(s, "entry %u, %#llx, has reserved bits",
					  i, (unsigned long long)word);
		if (!type_is_known(PAGE_TYPE(word)))
			return stream_bad(s, "entry %u has the unknown page type %#x",
					  i, PAGE_TYPE(word));
		if (type_has_data(PAGE_TYPE(word)) &&
		    level > pte_levels(img->is_32bit))
			return stream_bad(s, "entry %u has level %d, a 32-bit guest has none",
					  i, level);
		if (PAGE_PFN(word) >= img->nr_pfns)
			return stream_bad(s, "entry %u is page %#llx, the domain's end is %#llx",
					  i, (unsigned long long)PAGE_PFN(word),
					  (unsigned long long)img->nr_pfns);
		nr += type_has_data(PAGE_TYPE(word));
	}
	return nr;
}

static int set_type(struct saved_image *img, struct stream *s, uint64_t word)
{
	uint64_t pfn = PAGE_PFN(word);
	unsigned int type = PAGE_TYPE(word);
	bool was = image_has(img, pfn);

	if (type == PT_BROKEN || type == PT_INVALID) {
		if (was) {
			guest_mem_discard(img->mem, image_mfn(img, pfn), 1);
			img->nr_present--;
		}
		img->types[pfn] = TYPE_ABSENT;
		return 0;
	}
	img->types[pfn] = type == PT_ALLOC ? 0 : type;
	if (was)
		return 0;
	if (img->nr_present == img->limit)
		return stream_bad(s, "more than the %llu pages the domain may have",
				  (unsigned long long)img->limit);
	img->nr_present++;
	return 0;
}

static int read_data(struct saved_image *img, struct stream *s, uint32_t count)
{
	struct iovec iov[IOV_ROOM];
	int nr = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		bool has_data = type_has_data(PAGE_TYPE(img->words[i]));

		/* It may be one of those: first filled, then gone. */
		if (!has_data) {
			if (stream_readv(s, iov, nr))
				return -1;
			nr = 0;
		}
		if (set_type(img, s, img->words[i]))
			return -1;
		if (!has_data)
			continue;
		iov[nr].iov_base = image_page(img, PAGE_PFN(img->words[i]));
		iov[nr++].iov_len = PAGE_SIZE;
		if (nr < IOV_ROOM)
			continue;
		if (stream_readv(s, iov, nr))
			return -1;
		nr = 0;
	}
	return stream_readv(s, iov, nr);
}

int image_read_page_data(struct saved_image *img, struct stream *s,
			 uint32_t length)
{
	struct page_data h;
	int64_t nr;

	if (length < sizeof(h))
		return stream_bad(s, "it has %u bytes, %zu are needed", length,
				  sizeof(h));
	if (stream_read(s, &h, sizeof(h)))
		return -1;
	if (!h.count || h.count > (length - sizeof(h)) / 8)
		return stream_bad(s, "a count of %u does not fit its %u bytes",
				  h.count, length);
	if (h.count > img->words_room) {
		free(img->words);
		img->words = xmalloc(h.count * 8ULL);
		img->words_room = h.count;
	}
	if (stream_read(s, img->words, h.count * 8ULL))
		return -1;
	nr = check_words(img, s, h.count);
	if (nr < 0)
		return -1;
	if (length != sizeof(h) + h.count * 8ULL + nr * PAGE_SIZE)
		return stream_bad(s, "it has %u bytes, its %lld pages of data take %llu",
				  length, (long long)nr,
				  (unsigned long long)(sizeof(h) +
						       h.count * 8ULL +
						       nr * PAGE_SIZE));
	return read_data(img, s, h.count);
}
