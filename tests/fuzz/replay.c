/* Replay of a fuzz corpus without libFuzzer: runs the target on every file of the folders given,
 * and on the empty input.  Exit status 1 if a folder holds no file, so that an empty corpus is not
 * taken for a pass. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0;
    uint8_t *data = malloc(1u << 22);
    size_t size = data == NULL ? 0 : fread(data, 1, 1u << 22, f);
    fclose(f);
    if (data != NULL)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    return data != NULL;
}

int main(int argc, char **argv)
{
    int n_files = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL)
            continue;
        for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
            char path[4096];
            int n = snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
            if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof path)
                n_files += replay_file(path);
        }
        closedir(folder);
    }
    printf("%d inputs replayed\n", n_files);
    return n_files > 0 ? 0 : 1;
}
