/* date_fuzz.c - a date that was read is written and read back as the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "base/err.h"
#include "wire/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int64_t ms, again;
	int zone, zone_again;
	struct buf b;

	buf_init(&b, 100);
	if (date_parse(str_n(data, n), &ms, &zone) == 0) {
		assert(zone > -6000 && zone < 6000 && ms % 1000 == 0);
		/* a leap second can reach into the year 10000 */
		if (date_format(&b, ms, zone) == 0) {
			assert(date_parse(buf_str(&b), &again, &zone_again) == 0);
			assert(again == ms && zone_again == zone);
			buf_clear(&b);
			assert(date_format_imap(&b, ms, zone) == 0 && b.n == 26);
		}
	}
	if (n >= sizeof(ms)) {
		memcpy(&ms, data, sizeof(ms));
		buf_clear(&b);
		assert(date_format_log(&b, ms) == 0 ? b.n == 24 : b.n == 0);
	}
	buf_free(&b);
	return 0;
}
