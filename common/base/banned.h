/*
 * banned.h - functions that this tree does not use, as compile errors
 *
 * Force-included into every file (see the top CMakeLists.txt). The standard headers that declare
 * the banned names are included first, so that the poison never meets a declaration.
 */
#ifndef COMMON_BASE_BANNED_H
#define COMMON_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* unbounded, not thread-safe, or silent about errors: str.h, mem.h and clock.h have the
 * replacements */
#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets strtok atoi atol     \
	atoll atof tmpnam mktemp tempnam gmtime localtime ctime asctime

/* OpenSSL's headers have parameters of these names, so the name alone cannot be poisoned; clang
   takes no attribute on a second declaration, and gcc sees every file anyway */
#ifndef __clang__
int rand(void) __attribute__((error("use getrandom()")));
void srand(unsigned seed) __attribute__((error("use getrandom()")));
#endif

#endif
