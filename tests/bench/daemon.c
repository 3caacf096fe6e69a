/* daemon - start and end programs, and look at what they use, as ps does */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "tests/bench/bench.h"

enum { STOP_PATIENCE_US = 10000000, POLL_NS = 5000000 };

extern char **environ;

static pid_t spawn(const char *log_file, const char *const *argv)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int r;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, log_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0); /* ^C is for us, we end them */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	r = posix_spawnp(&pid, argv[0], &files, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (r)
		bench_die("cannot start '%s': %s", argv[0], strerror(r));
	return pid;
}

void bench_run(const char *const *argv)
{
	pid_t pid = spawn("/dev/stderr", argv);
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		bench_die("'%s' failed", argv[0]);
}

void daemon_start(struct daemon *d, const char *name, const char *log_file, const char *const *argv)
{
	d->name = name;
	d->pid = spawn(log_file, argv);
}

static bool ended(struct daemon *d)
{
	if (waitpid(d->pid, NULL, WNOHANG) != d->pid)
		return false;
	d->pid = 0;
	return true;
}

void daemon_stop(struct daemon *d)
{
	const struct timespec poll = {.tv_nsec = POLL_NS};
	uint64_t limit = clock_mono_us() + STOP_PATIENCE_US;

	if (!d->pid)
		return;
	kill(d->pid, SIGTERM);
	while (!ended(d)) {
		if (clock_mono_us() > limit) {
			kill(d->pid, SIGKILL);
			limit = UINT64_MAX;
		}
		nanosleep(&poll, NULL);
	}
}

void daemon_check(const struct daemon *d)
{
	siginfo_t info = {0};

	if (!d->pid || waitid(P_PID, (id_t)d->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == d->pid)
		bench_die("%s has ended; see its log", d->name);
}

double daemon_cpu_s(const struct daemon *d)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(d->pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		bench_die("cannot read the CPU time of %s", d->name);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct proc_memory daemon_memory(const struct daemon *d)
{
	autofree char *path = mem_printf("/proc/%d/status", (int)d->pid);
	struct proc_memory m = {0};
	unsigned long kb;
	char line[256];
	FILE *f = fopen(path, "re");

	if (!f)
		bench_die("cannot read the memory of %s", d->name);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmRSS: %lu", &kb) == 1)
			m.rss_mb = (double)kb / 1024;
		else if (sscanf(line, "VmHWM: %lu", &kb) == 1)
			m.peak_mb = (double)kb / 1024;
		else if (sscanf(line, "RssAnon: %lu", &kb) == 1)
			m.own_mb = (double)kb / 1024;
	}
	fclose(f);
	return m;
}

uint16_t bench_free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		bench_die("no free port: %s", strerror(errno));
	close(fd);
	return ntohs(a.sin_port);
}
