/* How long a real device takes, by kind of request (API notes, section 6). */
#include "bigip/mock/latency.h"

#include "common/base/mem.h"
#include "common/base/str.h"

static const struct {
	const char *word;
	unsigned real_ms;
} classes[MOCK_CLASSES] = {
	[MOCK_CLASS_LIST] = {"list", 10},     [MOCK_CLASS_GET] = {"get", 6},
	[MOCK_CLASS_WRITE] = {"write", 50},   [MOCK_CLASS_VIRTUAL] = {"virtual", 80},
	[MOCK_CLASS_IAPP] = {"iapp", 200},    [MOCK_CLASS_LOGIN] = {"login", 100},
	[MOCK_CLASS_COMMIT] = {"commit", 50}, [MOCK_CLASS_SAVE] = {"save", 3000},
};

static int parse_one(char *word, struct mock_latency *l, struct error *err)
{
	char *value = strchr(word, '=');
	unsigned long long ms;

	if (!value)
		return err_set(err, ERR_INPUT, 0, "latency '%s' is not CLASS=MS", word);
	*value++ = '\0';
	if (str_to_u64(value, 0, 3600000, &ms))
		return err_set(err, ERR_INPUT, 0, "latency '%s' of '%s' is not a number of ms",
			       value, word);
	for (unsigned i = 0; i < MOCK_CLASSES; i++) {
		if (!strcmp(classes[i].word, word)) {
			l->ms[i] = (unsigned)ms;
			return 0;
		}
	}
	return err_set(
		err, ERR_INPUT, 0,
		"latency class '%s' is not list, get, write, virtual, iapp, login, commit or save",
		word);
}

int mock_latency_parse(const char *text, struct mock_latency *ret, struct error *err)
{
	autofree char *copy = mem_strdup(text);
	struct mock_latency l = *ret;
	unsigned long long ms;
	char *save = NULL;

	if (!strcmp(text, "real")) {
		for (unsigned i = 0; i < MOCK_CLASSES; i++)
			l.ms[i] = classes[i].real_ms;
	} else if (!str_to_u64(text, 0, 3600000, &ms)) {
		for (unsigned i = 0; i < MOCK_CLASSES; i++)
			l.ms[i] = (unsigned)ms;
	} else {
		for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
			if (parse_one(w, &l, err) < 0)
				return -1;
		}
	}
	*ret = l;
	return 0;
}

enum mock_class mock_classify(const char *method, const char *path)
{
	if (str_starts(path, "/mgmt/shared/authn/"))
		return MOCK_CLASS_LOGIN;
	if (!strcmp(method, "GET"))
		return strchr(path, '~') ? MOCK_CLASS_GET : MOCK_CLASS_LIST;
	if (str_starts(path, "/mgmt/tm/sys/config"))
		return MOCK_CLASS_SAVE;
	if (str_starts(path, "/mgmt/tm/sys/application/"))
		return MOCK_CLASS_IAPP;
	if (str_starts(path, "/mgmt/tm/transaction/") && !strcmp(method, "PATCH"))
		return MOCK_CLASS_COMMIT;
	if (str_starts(path, "/mgmt/tm/ltm/virtual") && !strcmp(method, "POST"))
		return MOCK_CLASS_VIRTUAL;
	return MOCK_CLASS_WRITE;
}
