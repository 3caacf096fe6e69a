/* reading fixture files; a file that cannot be read fails the test */
#ifndef TESTS_SCHEMAS_LOAD_H
#define TESTS_SCHEMAS_LOAD_H

#include "check.h"

#include "common/base/json.h"
#include "common/base/mem.h"

static inline char *load_text(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t len = 0, got;

	if (!f)
		fail_row(path, "cannot be opened");
	do {
		text = mem_realloc(text, len + 65536, 1);
		got = fread(text + len, 1, 65535, f);
		len += got;
	} while (got > 0);
	fclose(f);
	text[len] = '\0';
	*ret_len = len;
	return text;
}

static inline struct json_object *load_json(const char *path)
{
	struct json_object *o = NULL;
	struct error err;
	size_t len;
	autofree char *text = load_text(path, &len);

	if (js_parse(text, len, &o, &err) < 0)
		fail_row(path, "%s", err.msg);
	return o;
}

#endif
