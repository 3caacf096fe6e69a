#include "common/base/clock.h"

uint64_t clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *clock_rfc3339(int64_t wall_us, int micro, char buf[static CLOCK_RFC3339_MAX])
{
	int64_t us = wall_us % 1000000;
	time_t sec;
	struct tm tm;
	size_t n;

	if (us < 0)
		us += 1000000;
	sec = (time_t)((wall_us - us) / 1000000);
	gmtime_r(&sec, &tm);
	n = strftime(buf, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (micro)
		(void)snprintf(buf + n, CLOCK_RFC3339_MAX - n, ".%06dZ", (int)us);
	else
		(void)snprintf(buf + n, CLOCK_RFC3339_MAX - n, "Z");
	return buf;
}

static int parse_offset(const char *s, int64_t *ret_sec)
{
	int h, m, used = 0;

	if ((s[0] == 'Z' || s[0] == 'z') && !s[1]) {
		*ret_sec = 0;
		return 0;
	}
	if ((s[0] != '+' && s[0] != '-') || sscanf(s + 1, "%2d:%2d%n", &h, &m, &used) != 2 ||
	    s[1 + used] || h < 0 || m < 0)
		return -1;
	*ret_sec = (h * 60 + m) * (s[0] == '-' ? -60 : 60);
	return 0;
}

int clock_parse_rfc3339(const char *s, int64_t *ret)
{
	int64_t frac = 0, scale = 100000, offset;
	struct tm tm = {0};

	if (!s || !(s = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm)))
		return -1;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			frac += (*s - '0') * scale;
	}
	if (parse_offset(s, &offset) < 0)
		return -1;
	*ret = ((int64_t)timegm(&tm) - offset) * 1000000 + frac;
	return 0;
}
