/* cutting a collection into its items, whatever the pieces it arrives in */
#include "check.h"

#include "bigip/rest/items.h"
#include "common/base/mem.h"

static int collect(void *ctx, const char *text, size_t len, struct error *err)
{
	struct strbuf *out = ctx;

	str_add_mem(out, text, len);
	str_add_char(out, '|');
	return 0;
}

static const struct items_case {
	const char *name, *text;
	const char *items; /* each followed by '|'; NULL: an error */
	const char *next;  /* NULL: none */
	const char *error;
} cases[] = {
	{"two items", "{\"kind\":\"k\",\"items\":[{\"a\":1},{\"b\":[{}]}]}",
	 "{\"a\":1}|{\"b\":[{}]}|", NULL, NULL},
	{"no items key", "{\"kind\":\"k\",\"selfLink\":\"x\"}", "", NULL, NULL},
	{"empty items", "{\"items\":[ ]}", "", NULL, NULL},
	{"blanks around items are not part of them", "{ \"items\" : [ {\"a\": 1} ,\n {} ] }",
	 "{\"a\": 1}|{}|", NULL, NULL},
	{"brackets and quotes in strings", "{\"items\":[{\"a\":\"]}[{\\\"\\\\\"}]}",
	 "{\"a\":\"]}[{\\\"\\\\\"}|", NULL, NULL},
	{"inner items stay inside", "{\"items\":[{\"membersReference\":{\"items\":[{\"n\":1}]}}]}",
	 "{\"membersReference\":{\"items\":[{\"n\":1}]}}|", NULL, NULL},
	{"items that are no array", "{\"items\":{\"a\":[{}]}}", "", NULL, NULL},
	{"a value named items is no key", "{\"kind\":\"items\",\"x\":[{\"a\":1}]}", "", NULL, NULL},
	{"an array below another key", "{\"xitems\":[{\"a\":1}],\"items2\":[{}]}", "", NULL, NULL},
	{"nextLink before",
	 "{\"nextLink\":\"https://localhost/mgmt/tm/ltm/pool?$skip=2\",\"items\":[{}]}", "{}|",
	 "/mgmt/tm/ltm/pool?$skip=2", NULL},
	{"nextLink after", "{\"items\":[{}],\"nextLink\":\"https://h:8443/mgmt/tm/x?%24top=60\"}",
	 "{}|", "/mgmt/tm/x?%24top=60", NULL},
	{"nextLink as a path", "{\"items\":[],\"nextLink\":\"/mgmt/tm/x\"}", "", "/mgmt/tm/x",
	 NULL},
	{"nextLink empty at the end", "{\"items\":[],\"nextLink\":\"\"}", "", NULL, NULL},
	{"nextLink leads elsewhere", "{\"items\":[],\"nextLink\":\"https://h/mgmt/shared/x\"}",
	 NULL, NULL, "odd nextLink"},
	{"nextLink without a path", "{\"items\":[],\"nextLink\":\"https://h\"}", NULL, NULL,
	 "odd nextLink"},
	{"cut in an item", "{\"items\":[{\"a\":1", NULL, NULL, "the items end early"},
	{"cut after an item", "{\"items\":[{\"a\":1}", NULL, NULL, "the items end early"},
	{"cut after the items", "{\"items\":[{\"a\":1}]", NULL, NULL, "not valid JSON"},
	{"nothing at all", "", NULL, NULL, "not valid JSON"},
	{"a number among the items", "{\"items\":[1]}", NULL, NULL, "an item is not an object"},
	{"a string among the items", "{\"items\":[\"x\"]}", NULL, NULL, "an item is not an object"},
	{"a brace too many", "{\"items\":[}]}", NULL, NULL, "unexpected '}'"},
	{"closed before it was opened", "}", NULL, NULL, "unexpected '}'"},
	{"two documents", "{}{}", NULL, NULL, "text after the end"},
	{"an array instead of an object", "[{}]", NULL, NULL, "not a JSON object"},
	{"HTML", "<html></html>", NULL, NULL, "not valid JSON"},
};

static int scan(const struct items_case *c, size_t piece, struct strbuf *out, char **next,
		struct error *err)
{
	struct bigip_items s;
	size_t n = strlen(c->text);
	int r = 0;

	bigip_items_init(&s, collect, out);
	for (size_t i = 0; i < n && r == 0; i += piece) {
		/* an exact copy: a read past its end is seen */
		char *bytes = mem_dup(c->text + i, n - i < piece ? n - i : piece);

		r = bigip_items_feed(&s, bytes, n - i < piece ? n - i : piece, err);
		free(bytes);
	}
	if (r == 0)
		r = bigip_items_end(&s, next, err);
	bigip_items_release(&s);
	return r;
}

static void test_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct items_case *c = &cases[i];

		for (size_t piece = 1; piece < strlen(c->text) + 2; piece++) {
			struct strbuf out = {0};
			struct error err = {0};
			char *next = NULL;
			int r = scan(c, piece, &out, &next, &err);

			if (r != (c->items ? 0 : -1))
				fail_row(c->name, "piece %zu: returned %d (%s)", piece, r, err.msg);
			if (c->items && !str_eq(str_get(&out), c->items))
				fail_row(c->name, "piece %zu: items '%s'", piece, str_get(&out));
			if (c->items && !str_eq(next, c->next))
				fail_row(c->name, "piece %zu: next '%s'", piece, next);
			if (!c->items && !strstr(err.msg, c->error))
				fail_row(c->name, "piece %zu: error '%s'", piece, err.msg);
			str_release(&out);
			free(next);
		}
	}
}

static void test_items_can_be_skipped(void **state)
{
	static const char text[] = "{\"items\":[{\"a\":\"x]\"},{}],\"nextLink\":\"/mgmt/tm/n\"}";
	struct bigip_items s;
	struct error err = {0};
	char *next = NULL;

	bigip_items_init(&s, NULL, NULL);
	assert_int_equal(bigip_items_feed(&s, text, strlen(text), &err), 0);
	assert_int_equal(s.item.cap, 0);
	assert_int_equal(bigip_items_end(&s, &next, &err), 0);
	assert_string_equal(next, "/mgmt/tm/n");
	free(next);
	bigip_items_release(&s);
}

static void test_a_head_without_end_is_refused(void **state)
{
	struct bigip_items s;
	struct error err = {0};
	char block[4096];
	int r = 0;

	memset(block, ' ', sizeof(block));
	bigip_items_init(&s, NULL, NULL);
	for (unsigned i = 0; i < 1000 && r == 0; i++)
		r = bigip_items_feed(&s, block, sizeof(block), &err);
	assert_int_equal(r, -1);
	assert_true(s.head.cap <= 2 * BIGIP_ITEMS_HEAD_MAX);
	bigip_items_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_items_can_be_skipped),
		cmocka_unit_test(test_a_head_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
