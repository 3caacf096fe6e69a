/* podlane-controller: command line, loop, signals. Also installed as /app/bin/k8s-bigip-ctlr. */
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/ev/loop.h"
#include "controller/cluster/cluster.h"

enum { EXIT_USAGE = 2, STOP_PATIENCE_MS = 5000 };

struct notes {
	char **lines;
	size_t n, cap;
};

/* before the log is set up from the same command line */
static void keep_note(void *ctx, const char *line)
{
	struct notes *n = ctx;

	mem_grow(n->lines, n->n, n->cap);
	n->lines[n->n++] = mem_strdup(line);
}

static void log_notes(struct notes *n)
{
	for (size_t i = 0; i < n->n; i++) {
		log_warn("flag.ignored", kv_str("note", n->lines[i]));
		free(n->lines[i]);
	}
	free(n->lines);
}

static void stop(void *ctx, int signum)
{
	log_info("controller.stop", kv_i64("signal", signum));
	cluster_stop(*(struct cluster **)ctx);
}

static int run(const struct settings *s)
{
	struct cluster *cl = NULL;
	struct error err = {0};
	uv_loop_t loop;

	mem_tune();
	uv_loop_init(&loop);
	ev_on_stop(&loop, stop, &cl);
	log_info("controller.start", kv_str("version", PODLANE_VERSION),
		 kv_str("partition", s->partition_list[0]),
		 kv_str("mode", s->cluster_mode ? "cluster" : "nodeport"),
		 kv_u64("verify_interval_s", s->verify_interval_s));
	if (cluster_start(&loop, s, &cl, &err) < 0) {
		log_error("controller.start", kv_str("error", err.msg));
		ev_stop_release();
		ev_loop_drain(&loop, STOP_PATIENCE_MS);
		return EXIT_FAILURE;
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	ev_stop_release();
	return ev_loop_drain(&loop, STOP_PATIENCE_MS) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct settings s = {0};
	struct notes notes = {0};
	struct error err = {0};
	int rc;

	if (settings_parse(argc, argv, keep_note, &notes, &s, &err) < 0) {
		fprintf(stderr, "podlane-controller: %s\nSee podlane-controller --help\n", err.msg);
		rc = EXIT_USAGE;
	} else if (s.help) {
		settings_print_help();
		rc = EXIT_SUCCESS;
	} else if (s.version) {
		printf("Version: %s\n", PODLANE_VERSION);
		rc = EXIT_SUCCESS;
	} else if (s.log_file && log_set_file(s.log_file) < 0) {
		perror("podlane-controller: --log-file");
		rc = EXIT_FAILURE;
	} else {
		log_set_level(s.log_level);
		log_notes(&notes);
		notes = (struct notes){0};
		rc = s.check ? EXIT_SUCCESS : run(&s);
	}
	settings_release(&s);
	return rc;
}
