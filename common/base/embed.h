#ifndef COMMON_BASE_EMBED_H
#define COMMON_BASE_EMBED_H

#include <stddef.h>

/* a file built into the program by podlane_embed() of cmake/Podlane.cmake; a table ends with a NULL
 * name */
struct embedded_file {
	const char *name; /* base name */
	const char *data; /* NUL-terminated, the NUL is not counted */
	size_t size;
};

#endif
