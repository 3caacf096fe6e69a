#include "controller/kube/selector.h"

#include <ctype.h>

#include "common/base/mem.h"
#include "common/base/str.h"

enum op { OP_EXISTS, OP_MISSING, OP_IN, OP_NOT_IN, OP_GREATER, OP_LESS };

struct requirement {
	enum op op;
	const char *key;
	const char **values;
	size_t n_values, cap_values;
	long long number; /* of > and < */
};

struct kube_selector {
	struct arena arena;
	struct requirement *reqs;
	size_t n, cap;
};

enum token {
	T_END,
	T_WORD,
	T_COMMA,
	T_OPEN,
	T_CLOSE,
	T_NOT,
	T_EQ,
	T_NE,
	T_GT,
	T_LT,
	T_IN,
	T_NOTIN
};

struct lexer {
	const char *pos;
	enum token token;
	const char *word; /* of T_WORD, T_IN, T_NOTIN */
	size_t len;
};

static bool special(char c)
{
	return c == '\0' || strchr("=!(),<>", c) || isspace((unsigned char)c);
}

static void next(struct lexer *l)
{
	while (isspace((unsigned char)*l->pos))
		l->pos++;
	l->word = l->pos;
	l->len = 1;
	switch (*l->pos) {
	case '\0':
		l->token = T_END;
		l->len = 0;
		return;
	case ',':
		l->token = T_COMMA;
		break;
	case '(':
		l->token = T_OPEN;
		break;
	case ')':
		l->token = T_CLOSE;
		break;
	case '>':
		l->token = T_GT;
		break;
	case '<':
		l->token = T_LT;
		break;
	case '=':
		l->token = T_EQ;
		l->len += l->pos[1] == '=';
		break;
	case '!':
		l->token = l->pos[1] == '=' ? T_NE : T_NOT;
		l->len += l->pos[1] == '=';
		break;
	default:
		for (l->len = 0; !special(l->pos[l->len]); l->len++)
			;
		l->token = T_WORD;
		if (l->len == 2 && !memcmp(l->pos, "in", 2))
			l->token = T_IN;
		else if (l->len == 5 && !memcmp(l->pos, "notin", 5))
			l->token = T_NOTIN;
	}
	l->pos += l->len;
}

/* a label value or the name part of a key: at most 63 of [A-Za-z0-9_.-], a letter or digit at both
 * ends */
static bool name_ok(const char *s, size_t len)
{
	if (len == 0 || len > 63 || !isalnum((unsigned char)s[0]) ||
	    !isalnum((unsigned char)s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
			return false;
	return true;
}

/* a DNS subdomain: lower-case labels joined by dots */
static bool prefix_ok(const char *s, size_t len)
{
	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i == len - 1 || s[i - 1] == '.' || s[i + 1] == '.';
		bool word = islower((unsigned char)s[i]) || isdigit((unsigned char)s[i]);

		if (!word && (edge || (s[i] != '-' && s[i] != '.')))
			return false;
	}
	return true;
}

static bool key_ok(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);

	if (!slash)
		return name_ok(s, len);
	return prefix_ok(s, (size_t)(slash - s)) &&
	       name_ok(slash + 1, len - (size_t)(slash - s) - 1);
}

struct parser {
	struct lexer l;
	struct kube_selector *to;
	const char *text;
	struct error *err;
};

static int expected(struct parser *p, const char *what)
{
	if (p->l.token == T_END)
		return err_set(p->err, ERR_INPUT, 0, "label selector '%s': %s expected at its end",
			       p->text, what);
	return err_set(p->err, ERR_INPUT, 0, "label selector '%s': %s expected at '%s'", p->text,
		       what, p->l.word);
}

/* a word here is a value, whatever it spells; may be absent, then the value is "" */
static int value(struct parser *p, struct requirement *r)
{
	bool is_word = p->l.token == T_WORD || p->l.token == T_IN || p->l.token == T_NOTIN;
	const char *s = is_word ? p->l.word : "";
	size_t len = is_word ? p->l.len : 0;

	if (len > 0 && !name_ok(s, len))
		return err_set(p->err, ERR_INPUT, 0,
			       "label selector '%s': '%.*s' cannot be a label's value", p->text,
			       (int)len, s);
	mem_grow(r->values, r->n_values, r->cap_values);
	r->values[r->n_values++] = arena_strndup(&p->to->arena, s, len);
	if (is_word)
		next(&p->l);
	return 0;
}

static int value_set(struct parser *p, struct requirement *r)
{
	next(&p->l); /* in, notin */
	if (p->l.token != T_OPEN)
		return expected(p, "'('");
	do {
		next(&p->l);
		if (value(p, r) < 0)
			return -1;
	} while (p->l.token == T_COMMA);
	if (p->l.token != T_CLOSE)
		return expected(p, "',' or ')'");
	next(&p->l);
	return 0;
}

static int number(struct parser *p, struct requirement *r)
{
	char *end;

	next(&p->l); /* > or < */
	if (value(p, r) < 0)
		return -1;
	r->number = strtoll(r->values[0], &end, 10);
	if (end == r->values[0] || *end)
		return err_set(p->err, ERR_INPUT, 0, "label selector '%s': '%s' must be an integer",
			       p->text, r->values[0]);
	return 0;
}

static int requirement(struct parser *p, struct requirement *r)
{
	if (p->l.token == T_NOT) {
		r->op = OP_MISSING;
		next(&p->l);
	}
	/* "in" and "notin" are keys where a key stands */
	if (p->l.token != T_WORD && p->l.token != T_IN && p->l.token != T_NOTIN)
		return expected(p, "a label key");
	if (!key_ok(p->l.word, p->l.len))
		return err_set(p->err, ERR_INPUT, 0,
			       "label selector '%s': '%.*s' cannot be a label key", p->text,
			       (int)p->l.len, p->l.word);
	r->key = arena_strndup(&p->to->arena, p->l.word, p->l.len);
	next(&p->l);
	if (r->op == OP_MISSING)
		return 0;
	switch (p->l.token) {
	case T_EQ:
	case T_NE:
		r->op = p->l.token == T_EQ ? OP_IN : OP_NOT_IN;
		next(&p->l);
		return value(p, r);
	case T_IN:
	case T_NOTIN:
		r->op = p->l.token == T_IN ? OP_IN : OP_NOT_IN;
		return value_set(p, r);
	case T_GT:
	case T_LT:
		r->op = p->l.token == T_GT ? OP_GREATER : OP_LESS;
		return number(p, r);
	default:
		return 0;
	}
}

int kube_selector_parse(const char *text, struct kube_selector **ret, struct error *err)
{
	struct kube_selector *s = mem_alloc(sizeof(*s));
	struct parser p = {.l = {.pos = text}, .to = s, .text = text, .err = err};

	next(&p.l);
	while (p.l.token != T_END) {
		mem_grow(s->reqs, s->n, s->cap);
		s->reqs[s->n] = (struct requirement){0};
		if (requirement(&p, &s->reqs[s->n++]) < 0)
			goto fail;
		if (p.l.token == T_END)
			break;
		if (p.l.token != T_COMMA) {
			(void)expected(&p, "','");
			goto fail;
		}
		next(&p.l);
		if (p.l.token == T_END) {
			(void)expected(&p, "a label key");
			goto fail;
		}
	}
	*ret = s;
	return 0;
fail:
	kube_selector_free(s);
	return -1;
}

static bool in_values(const struct requirement *r, const char *value)
{
	for (size_t i = 0; i < r->n_values; i++)
		if (str_eq(r->values[i], value))
			return true;
	return false;
}

static bool compares(const struct requirement *r, const char *value)
{
	char *end;
	long long n = strtoll(value, &end, 10);

	if (end == value || *end)
		return false;
	return r->op == OP_GREATER ? n > r->number : n < r->number;
}

bool kube_selector_matches(const struct kube_selector *s, const struct kube_label *labels, size_t n)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct requirement *r = &s->reqs[i];
		const char *value = NULL;
		bool ok;

		for (size_t k = 0; k < n && !value; k++)
			if (str_eq(labels[k].key, r->key))
				value = labels[k].value;
		if (!value)
			ok = r->op == OP_MISSING || r->op == OP_NOT_IN;
		else if (r->op == OP_IN || r->op == OP_NOT_IN)
			ok = in_values(r, value) == (r->op == OP_IN);
		else if (r->op == OP_GREATER || r->op == OP_LESS)
			ok = compares(r, value);
		else
			ok = r->op == OP_EXISTS;
		if (!ok)
			return false;
	}
	return true;
}

void kube_selector_free(struct kube_selector *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->reqs[i].values);
	free(s->reqs);
	arena_release(&s->arena);
	free(s);
}
