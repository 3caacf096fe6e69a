/* notes.h - what is said about virtual servers: in their statistics, and once in the log */
#ifndef BIGIP_MOCK_PLANE_NOTES_H
#define BIGIP_MOCK_PLANE_NOTES_H

#include "bigip/mock/plane/layout.h"

struct notes;

struct notes *notes_new(struct mock *m);
void notes_say(struct notes *x, const struct layout *l);
void notes_free(struct notes *x); /* NULL is fine */

#endif
