#include "common/base/clock.h"

#include <stdbool.h>

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

/* the next @n digits as a number within [min, max]; moves *s on */
static bool take_number(const char **s, int n, int min, int max, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*ret = v;
	return v >= min && v <= max;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool take_date_time(const char **s, struct tm *tm)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month;
	bool leap;

	if (!take_number(s, 4, 0, 9999, &year) || !take_char(s, '-') ||
	    !take_number(s, 2, 1, 12, &month) || !take_char(s, '-') ||
	    !take_number(s, 2, 1, days[month - 1], &tm->tm_mday) || !take_char(s, 'T') ||
	    !take_number(s, 2, 0, 23, &tm->tm_hour) || !take_char(s, ':') ||
	    !take_number(s, 2, 0, 59, &tm->tm_min) || !take_char(s, ':') ||
	    !take_number(s, 2, 0, 60, &tm->tm_sec)) /* 60: a leap second */
		return false;
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	return month != 2 || tm->tm_mday < 29 || leap;
}

/* more than six digits are allowed and cut off */
static bool take_fraction(const char **s, int64_t *ret_us)
{
	int64_t scale = 100000;

	if (!take_char(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
		*ret_us += (**s - '0') * scale;
	return true;
}

static bool take_offset(const char **s, int64_t *ret_s)
{
	bool west = **s == '-';
	int h, m;

	if (take_char(s, 'Z'))
		return true;
	if ((!take_char(s, '+') && !take_char(s, '-')) || !take_number(s, 2, 0, 23, &h) ||
	    !take_char(s, ':') || !take_number(s, 2, 0, 59, &m))
		return false;
	*ret_s = (h * 60 + m) * (west ? -60 : 60);
	return true;
}

int clock_parse_rfc3339(const char *s, int64_t *ret)
{
	int64_t us = 0, offset_s = 0;
	struct tm tm = {0};

	if (!s || !take_date_time(&s, &tm) || !take_fraction(&s, &us) ||
	    !take_offset(&s, &offset_s) || *s)
		return -1;
	*ret = ((int64_t)timegm(&tm) - offset_s) * 1000000 + us;
	return 0;
}
