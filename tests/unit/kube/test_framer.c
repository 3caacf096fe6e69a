/* the watch stream framer: every way to cut a stream into pieces gives the same events */
#include "check.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/framer.h"

/* feed @text in pieces that end at the given offsets; events go to @out separated by '|' */
static enum kube_frame feed(struct kube_framer *f, const char *text, size_t len, struct strbuf *out)
{
	enum kube_frame answer;
	const char *item;
	size_t item_len;

	while ((answer = kube_framer_next(f, &text, &len, &item, &item_len)) == KUBE_FRAME_ITEM) {
		assert_true(item_len > 0);
		str_add_mem(out, item, item_len);
		str_add_char(out, '|');
	}
	if (answer == KUBE_FRAME_MORE)
		assert_int_equal(len, 0);
	return answer;
}

/* copies the piece to memory of its own, so that a read past its end is seen */
static enum kube_frame feed_piece(struct kube_framer *f, const char *text, size_t len,
				  struct strbuf *out)
{
	autofree char *piece = mem_dup(text, len ? len : 1);

	return feed(f, piece, len, out);
}

static const char stream[] = "{\"a\":1}\n\n{\"bb\":\"\\n\"}\r\n \t\n{}\n{\"unfinished";
static const char events[] = "{\"a\":1}|{\"bb\":\"\\n\"}\r|{}|";

static void every_two_splits(void **state)
{
	size_t len = strlen(stream);

	for (size_t i = 0; i <= len; i++) {
		for (size_t k = i; k <= len; k++) {
			struct kube_framer f = {.max = 20};
			struct strbuf out = {0};

			assert_int_equal(feed_piece(&f, stream, i, &out), KUBE_FRAME_MORE);
			assert_int_equal(feed_piece(&f, stream + i, k - i, &out), KUBE_FRAME_MORE);
			assert_int_equal(feed_piece(&f, stream + k, len - k, &out),
					 KUBE_FRAME_MORE);
			if (!str_eq(str_get(&out), events))
				fail_row("split", "at %zu and %zu: %s", i, k, str_get(&out));
			assert_int_equal(kube_framer_pending(&f), strlen("{\"unfinished"));
			str_release(&out);
			kube_framer_release(&f);
		}
	}
}

static const struct {
	const char *name, *pieces[4], *want;
	enum kube_frame answer;
	size_t pending;
} rows[] = {
	{"exactly the cap", {"0123456789\n"}, "0123456789|", KUBE_FRAME_MORE, 0},
	{"one above the cap", {"0123456789a\n"}, "", KUBE_FRAME_BROKEN, 0},
	{"above the cap without an end", {"01234", "56789", "a"}, "", KUBE_FRAME_BROKEN, 0},
	{"good before bad", {"ok\n0123456789abc"}, "ok|", KUBE_FRAME_BROKEN, 0},
	{"broken stays broken", {"0123456789abc", "\nok\n"}, "", KUBE_FRAME_BROKEN, 0},
	{"nothing", {""}, "", KUBE_FRAME_MORE, 0},
	{"only white space", {"\n\n", " \r\n", "\n"}, "", KUBE_FRAME_MORE, 0},
	{"end in a piece of its own", {"ab", "\n"}, "ab|", KUBE_FRAME_MORE, 0},
	{"cut", {"ab\ncd"}, "ab|", KUBE_FRAME_MORE, 2},
};

static void caps_and_ends(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kube_framer f = {.max = 10};
		enum kube_frame answer = KUBE_FRAME_MORE;
		struct strbuf out = {0};

		for (size_t k = 0; k < 4 && rows[i].pieces[k]; k++)
			answer = feed_piece(&f, rows[i].pieces[k], strlen(rows[i].pieces[k]), &out);
		if (answer != rows[i].answer || !str_eq(str_get(&out), rows[i].want))
			fail_row(rows[i].name, "answer %d, events '%s'", answer, str_get(&out));
		assert_int_equal(kube_framer_pending(&f), rows[i].pending);
		str_release(&out);
		kube_framer_release(&f);
	}
}

static void an_event_in_one_piece_is_not_copied(void **state)
{
	struct kube_framer f = {.max = 100};
	const char *text = "{\"a\":1}\n", *start = text, *item;
	size_t len = strlen(text), item_len;

	assert_int_equal(kube_framer_next(&f, &text, &len, &item, &item_len), KUBE_FRAME_ITEM);
	assert_ptr_equal(item, start);
	kube_framer_release(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_two_splits),
		cmocka_unit_test(caps_and_ends),
		cmocka_unit_test(an_event_in_one_piece_is_not_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
