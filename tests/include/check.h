/* cmocka with the includes that it forgets; every test file includes this first */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* a table row failed: name the row, then fail */
#define fail_row(row, ...)                                                                         \
	do {                                                                                       \
		print_error("row '%s': ", row);                                                    \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

#endif
