/* label selectors: rows after apimachinery pkg/labels/selector_test.go */
#include "check.h"

#include "controller/kube/selector.h"

static const struct {
	const char *selector;
	const char *labels[3]; /* "k=v" */
	bool want;
} matches[] = {
	{"", {"x=y"}, true},
	{"x=y", {"x=y"}, true},
	{"x==y", {"x=y"}, true},
	{"x=y", {"x=z"}, false},
	{"x=y", {NULL}, false},
	{"x=y,z=w", {"x=y", "z=w"}, true},
	{"x=y,z=w", {"x=y", "z=q"}, false},
	{"x!=y", {"x=z"}, true},
	{"x!=y", {"x=y"}, false},
	{"x!=y", {NULL}, true},
	{"x", {"x="}, true},
	{"x", {"y=x"}, false},
	{"!x", {"y=x"}, true},
	{"!x", {"x=y"}, false},
	{"! x", {"x=y"}, false},
	{"x=", {"x="}, true},
	{"x=", {"x=y"}, false},
	{"x= ,z= ", {"x=", "z="}, true},
	{"x in (a,b)", {"x=b"}, true},
	{"x in (a,b)", {"x=c"}, false},
	{"x in (a,b)", {NULL}, false},
	{" x  in ( a , b ) , y ", {"x=a", "y="}, true},
	{"x notin (a,b)", {"x=c"}, true},
	{"x notin (a,b)", {"x=a"}, false},
	{"x notin (a,b)", {NULL}, true},
	{"x in (,a)", {"x="}, true},
	{"x in ()", {"x="}, true},
	{"x>1", {"x=2"}, true},
	{"x>1", {"x=1"}, false},
	{"x>1", {"x=abc"}, false},
	{"x>1", {NULL}, false},
	{"x < 5", {"x=4"}, true},
	{"x=in", {"x=in"}, true},
	{"x=notin", {"x=notin"}, true},
	{"in", {"in=1"}, true},
	{"notin in (in,notin)", {"notin=in"}, true},
	{"f5type in (virtual-server)", {"f5type=virtual-server"}, true},
	{"node-role.kubernetes.io/worker", {"node-role.kubernetes.io/worker="}, true},
	{"example.com/Zone_1.a=B-2", {"example.com/Zone_1.a=B-2"}, true},
};

static void selects(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		char text[3][80];
		struct kube_label labels[3];
		struct kube_selector *s;
		struct error err;
		size_t n = 0;

		for (; n < 3 && matches[i].labels[n]; n++) {
			char *eq;

			(void)snprintf(text[n], sizeof(text[n]), "%s", matches[i].labels[n]);
			eq = strchr(text[n], '=');
			*eq = '\0';
			labels[n] = (struct kube_label){text[n], eq + 1};
		}
		if (kube_selector_parse(matches[i].selector, &s, &err) < 0)
			fail_row(matches[i].selector, "%s", err.msg);
		if (kube_selector_matches(s, labels, n) != matches[i].want)
			fail_row(matches[i].selector, "labels of row %zu: wanted %d", i,
				 matches[i].want);
		kube_selector_free(s);
	}
}

static const struct {
	const char *selector, *error;
} bad[] = {
	{"=x", "a label key expected at '=x'"},
	{"x=a||y=b", "cannot be a label's value"},
	{"x==a==b", "',' expected at '==b'"},
	{"x,", "a label key expected at its end"},
	{",x", "a label key expected"},
	{"x,,y", "a label key expected"},
	{"!x=a", "',' expected"},
	{"x in a", "'(' expected at 'a'"},
	{"x in (a", "',' or ')' expected at its end"},
	{"x in (a b)", "',' or ')' expected at 'b)'"},
	{"x in", "'(' expected at its end"},
	{"x>a", "'a' must be an integer"},
	{"x>", "'' must be an integer"},
	{"!", "a label key expected at its end"},
	{"-x=a", "'-x' cannot be a label key"},
	{"Prefix.com/x", "cannot be a label key"},
	{"a..b/x", "cannot be a label key"},
	{"a/b/c", "cannot be a label key"},
	{"/x", "cannot be a label key"},
	{"x/", "cannot be a label key"},
	{"x=-a", "cannot be a label's value"},
	{"x=a b", "',' expected at 'b'"},
	{"x1234567890123456789012345678901234567890123456789012345678901234567890",
	 "cannot be a label key"},
	{"(x)", "a label key expected"},
};

static void refuses(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct kube_selector *s = (void *)1;
		struct error err = {0};

		if (kube_selector_parse(bad[i].selector, &s, &err) == 0)
			fail_row(bad[i].selector, "was accepted");
		if (!strstr(err.msg, bad[i].error) || err.kind != ERR_INPUT)
			fail_row(bad[i].selector, "error '%s'", err.msg);
		assert_ptr_equal(s, (void *)1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(selects),
						  cmocka_unit_test(refuses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
