/* cutting a List into its items */
#include "check.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/list.h"

static const struct row {
	const char *name, *text,
		*want; /* items separated by '|', then version and continue; '!': error */
} rows[] = {
	{"two items",
	 "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"c\"},\"items\":"
	 "[{\"a\":1},{\"b\":[{}]}]}",
	 "{\"a\":1}|{\"b\":[{}]}|7 c"},
	{"last page", "{\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"\"},\"items\":[]}",
	 "7 -"},
	{"items before metadata", "{\"items\":[1],\"metadata\":{\"resourceVersion\":\"8\"}}",
	 "1|8 -"},
	{"null items is an empty list", "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":null}",
	 "7 -"},
	{"space everywhere",
	 " { \"metadata\" : { \"resourceVersion\" : \"7\" } , \"items\" : [ {} , {} ] } \n",
	 "{}|{}|7 -"},
	{"brackets and quotes in strings",
	 "{\"metadata\":{},\"items\":[{\"a\":\"]}\\\"\\\\\"},\"}\"]}",
	 "{\"a\":\"]}\\\"\\\\\"}|\"}\"| -"},
	{"items of an item are not ours", "{\"x\":{\"items\":[9]},\"metadata\":{},\"items\":[1]}",
	 "1| -"},
	{"a Status is not a list", "{\"kind\":\"Status\",\"metadata\":{}}",
	 "!items or metadata are missing"},
	{"no metadata", "{\"items\":[]}", "!items or metadata are missing"},
	{"items of a wrong type", "{\"metadata\":{},\"items\":{}}", "!items is not an array"},
	{"cut in an item", "{\"metadata\":{},\"items\":[{\"a\":1},{\"b\"", "!it ends early"},
	{"cut in a string", "{\"metadata\":{},\"items\":[\"abc", "!it ends early"},
	{"cut before the end", "{\"metadata\":{},\"items\":[]", "!it ends early"},
	{"text after its end", "{\"metadata\":{},\"items\":[]}x", "!text after its end"},
	{"comma at the end", "{\"metadata\":{},\"items\":[1,]}", "!items ends with a comma"},
	{"two commas", "{\"metadata\":{},\"items\":[1,,2]}", "!an item ends early"},
	{"no comma", "{\"metadata\":{},\"items\":[1 2]}", "!',' is missing"},
	{"metadata that is not JSON", "{\"metadata\":{x},\"items\":[]}", "!metadata"},
	{"empty", "", "!no object"},
	{"HTML", "<html>", "!no object"},
	{"an array", "[]", "!no object"},
};

static int walk(const char *text, struct strbuf *out, struct error *err)
{
	struct kube_list l;
	const char *item;
	size_t len;
	int rc;

	if (kube_list_open(text, strlen(text), &l, err) < 0)
		return -1;
	while ((rc = kube_list_next(&l, &item, &len, err)) > 0) {
		str_add_mem(out, item, len);
		str_add_char(out, '|');
	}
	str_addf(out, "%s %s", l.resource_version, l.next_page ? l.next_page : "-");
	kube_list_release(&l);
	return rc;
}

static void cuts(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *text = mem_strdup(rows[i].text);
		struct strbuf out = {0};
		struct error err = {0};
		int rc = walk(text, &out, &err);

		if (rc < 0 ? rows[i].want[0] != '!' || !strstr(err.msg, rows[i].want + 1)
			   : !str_eq(str_get(&out), rows[i].want))
			fail_row(rows[i].name, "rc %d, '%s', error '%s'", rc, str_get(&out),
				 err.msg);
		str_release(&out);
	}
}

/* no beginning of a list is a list */
static void every_cut_is_an_error(void **state)
{
	static const char text[] =
		"{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"a\":\"b\"},{}]}";

	for (size_t n = 0; n < strlen(text); n++) {
		autofree char *cut = mem_strndup(text, n);
		struct strbuf out = {0};
		struct error err;

		if (walk(cut, &out, &err) == 0)
			fail_row("cut", "after %zu bytes is taken for a list", n);
		str_release(&out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(cuts),
						  cmocka_unit_test(every_cut_is_an_error)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
