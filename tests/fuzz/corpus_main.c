/* Runs a fuzz target over the files of its corpus: the ordinary-test half of each fuzz target. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *dir, const char *name)
{
	char path[4096];
	uint8_t *data = NULL;
	size_t len = 0, got;
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return -1;
	f = fopen(path, "rb");
	if (!f)
		return -1;
	do {
		uint8_t *grown = realloc(data, len + 65536);

		if (!grown)
			abort();
		data = grown;
		got = fread(data + len, 1, 65536, f);
		len += got;
	} while (got > 0);
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *e;
	int files = 0;
	DIR *d;

	if (argc != 2 || !(d = opendir(argv[1]))) {
		fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (run_file(argv[1], e->d_name) < 0) {
			fprintf(stderr, "cannot read %s/%s\n", argv[1], e->d_name);
			closedir(d);
			return 1;
		}
		files++;
	}
	closedir(d);
	printf("%d corpus files\n", files);
	return files > 0 ? 0 : 1;
}
