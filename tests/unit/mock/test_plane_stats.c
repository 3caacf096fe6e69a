/* Counters from HAProxy's CSV into the statistics of the tree. */
#include "device.h"

#include "bigip/mock/plane/stats.h"
#include "bigip/mock/plane/tally.h"

#define HEAD "# pxname,svname,scur,smax,stot,bin,bout,type,req_tot,conn_tot,connect,\n"

struct rows {
	struct strbuf text;
};

static void on_row(void *ctx, const struct stats_row *r)
{
	struct rows *rows = ctx;

	str_addf(&rows->text, "%.*s/%.*s %d in=%llu out=%llu cur=%llu max=%llu tot=%llu req=%llu\n",
		 (int)r->proxy_len, r->proxy, (int)r->server_len, r->server, r->frontend,
		 (unsigned long long)r->counters.bits_in, (unsigned long long)r->counters.bits_out,
		 (unsigned long long)r->counters.cur_conns,
		 (unsigned long long)r->counters.max_conns,
		 (unsigned long long)r->counters.tot_conns,
		 (unsigned long long)r->counters.tot_requests);
}

static void rows_of_the_csv(void **state)
{
	static const struct {
		const char *name, *csv, *want; /* NULL: refused */
	} cases[] = {
		{"frontend and server",
		 HEAD "P:web,FRONTEND,2,5,9,100,200,0,40,8,,\n"
		      "P:web,P:10.0.0.1::80,1,3,7,10,20,2,,,6,\n",
		 "P:web/FRONTEND 1 in=800 out=1600 cur=2 max=5 tot=8 req=40\n"
		 "P:web/P:10.0.0.1::80 0 in=80 out=160 cur=1 max=3 tot=6 req=7\n"},
		{"backends and listeners are left out",
		 HEAD "P:web,BACKEND,1,1,1,1,1,1,1,1,1,\nP:web,sock,1,1,1,1,1,3,1,1,1,\n", ""},
		{"columns in another order",
		 "# pxname,type,svname,stot,scur,smax,bout,bin,connect,"
		 "conn_tot,req_tot,new\na,2,b,1,2,3,4,5,6,7,8,9\n",
		 "a/b 0 in=40 out=32 cur=2 max=3 tot=6 req=1\n"},
		{"a short line is left out", HEAD "P:web,FRONTEND,2\n\nx", ""},
		{"no line at all", HEAD, ""},
		{"no end of line", HEAD "a,b,1,1,1,1,1,2,1,1,1",
		 "a/b 0 in=8 out=8 cur=1 max=1 tot=1 "
		 "req=1\n"},
		{"a column is missing", "# pxname,svname,scur\n", NULL},
		{"an error text", "Unknown command.\n", NULL},
		{"nothing", "", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rows rows = {0};
		struct error err = {0};
		int r = stats_parse(cases[i].csv, on_row, &rows, &err);

		if ((r < 0) != !cases[i].want || (r < 0) != (err.kind != ERR_NONE))
			fail_row(cases[i].name, "returned %d", r);
		if (r == 0 && strcmp(str_get(&rows.text), cases[i].want) != 0)
			fail_row(cases[i].name, "%s", str_get(&rows.text));
		str_release(&rows.text);
	}
}

/* --- the tally ----------------------------------------------------------------------------------
 */

static struct layout_health up(void *ctx, const char *pool, const char *member)
{
	return (struct layout_health){.avail = TRAFFIC_UP};
}

static const char *not_refused(void *ctx, const struct layout_proxy *p)
{
	return NULL;
}

static struct layout *layout_of(struct device *d)
{
	struct layout_world world = {.health = up, .refused = not_refused};
	struct traffic_view *v = traffic_view_new(d->mock);
	struct layout *l = layout_new(v, &world);

	traffic_view_free(v);
	return l;
}

static uint64_t value(struct device *d, const char *path, const char *key)
{
	autofree char *want = mem_printf("\"%s\":{\"value\":", key);
	const char *at;

	device_must(d, "GET", path, NULL);
	at = strstr(d->text, want);
	assert_non_null(at);
	return strtoull(at + strlen(want), NULL, 10);
}

static void update(struct tally *t, const struct layout *l, struct device *d, unsigned conns,
		   unsigned cur, unsigned max)
{
	autofree char *csv = mem_printf(
		HEAD "P:a,FRONTEND,%u,%u,0,%u,0,0,%u,%u,,\n"
		     "P:a,P:10.0.0.1::80,%u,%u,%u,%u,0,2,,,%u,\n"
		     "P:b,P:10.0.0.1::80,%u,%u,%u,%u,0,2,,,%u,\nP:x,y,1,1,1,1,1,2,1,1,1,\n",
		cur, max, conns, conns, conns, cur, max, conns, conns, conns, cur, max, conns,
		conns, conns);
	struct error err;

	assert_int_equal(tally_update(t, l, csv, d->mock, &err), 0);
}

#define MEMBER "ltm/pool/~P~p/members/~P~10.0.0.1:80/stats"

static void counters_go_on(void **state)
{
	struct tally *t = tally_new();
	struct layout *l, *without;
	struct device d;

	device_init(&d, 0);
	device_script(&d,
		      "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"members\":[\"10.0.0.1:"
		      "80\"]}\n"
		      "POST ltm/virtual {\"name\":\"b\",\"partition\":\"P\",\"destination\":\"/P/"
		      "10.1.1.2:80\",\"ipProtocol\":\"tcp\",\"pool\":\"/P/p\"}\n");
	without = layout_of(&d);
	device_script(&d,
		      "POST ltm/virtual {\"name\":\"a\",\"partition\":\"P\",\"destination\":\"/P/"
		      "10.1.1.1:80\",\"ipProtocol\":\"tcp\",\"pool\":\"/P/p\"}\n");
	l = layout_of(&d);
	update(t, l, &d, 10, 2, 4);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.totConns"), 10);
	assert_int_equal(value(&d, MEMBER, "serverside.totConns"), 20); /* of two virtual servers */
	assert_int_equal(value(&d, MEMBER, "serverside.curConns"), 4);
	/* another process */
	tally_rebase(t);
	update(t, l, &d, 15, 1, 3);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.totConns"), 25);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.bitsIn"), 8 * 25);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.curConns"), 1);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.maxConns"), 4);
	/* deleted and added again in one process: it begins at zero by itself */
	update(t, l, &d, 3, 1, 9);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.totConns"), 28);
	assert_int_equal(value(&d, MEMBER, "serverside.totConns"), 56);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.maxConns"), 9);
	/* what is gone is forgotten */
	update(t, without, &d, 5, 1, 1);
	update(t, l, &d, 6, 1, 1);
	assert_int_equal(value(&d, "ltm/virtual/~P~a/stats", "clientside.totConns"), 6);
	tally_free(t);
	layout_free(l);
	layout_free(without);
	device_release(&d);
}

static void a_bad_answer_changes_nothing(void **state)
{
	struct tally *t = tally_new();
	struct error err = {0};
	struct layout *l;
	struct device d;

	device_init(&d, 0);
	l = layout_of(&d);
	assert_int_equal(tally_update(t, l, "Unknown command.\n", d.mock, &err), -1);
	assert_string_equal(err.msg, "the statistics have no column '# pxname'");
	tally_free(t);
	layout_free(l);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_the_csv),
		cmocka_unit_test(counters_go_on),
		cmocka_unit_test(a_bad_answer_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
