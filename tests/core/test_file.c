/* Protects: inputs are read whole whatever they are; an output is there whole or not at all, is
 * private, leaves nothing when its process is killed, and never takes the place of something that
 * is not a file. */
#define _GNU_SOURCE /* F_SETPIPE_SZ, O_TMPFILE */
#include "check.h"

#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder of its own for each test; *state holds its path. */
static int enter(void **state)
{
    char *folder = strdup("/tmp/recto-test-XXXXXX");
    *state = folder;
    return folder == NULL || mkdtemp(folder) == NULL;
}

static int leave(void **state)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    int rc = system(command);
    free(*state);
    return rc;
}

static const char *in_folder(void **state, const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", (char *)*state, name);
    return path;
}

static int count_files(void **state)
{
    DIR *d = opendir(*state);
    int n = 0;
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void put_file(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void assert_file(const char *path, const char *text)
{
    recto_bytes b;
    assert_int_equal(recto_bytes_read(&b, path, 0, NULL), RECTO_OK);
    assert_int_equal(b.size, strlen(text));
    assert_memory_equal(b.data, text, b.size);
    recto_bytes_close(&b);
}

static void inputs_are_read_whole(void **state)
{
    recto_bytes b;
    const char *path = in_folder(state, "in");
    put_file(path, "", 0);
    assert_int_equal(recto_bytes_read(&b, path, 0, NULL), RECTO_OK);
    assert_int_equal(b.size, 0);
    recto_bytes_close(&b);
    recto_bytes_close(&b);
    recto_bytes_close(NULL);
    put_file(path, "hello", 5);
    assert_file(path, "hello");
    assert_int_equal(recto_bytes_read(&b, "/proc/self/status", 0, NULL), RECTO_OK);
    assert_true(b.size > 0); /* a file whose size is not known before it is read */
    recto_bytes_close(&b);
}

static void a_large_input_is_mapped(void **state)
{
    recto_bytes b;
    const char *path = in_folder(state, "large");
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 65 << 20), 0);
    assert_int_equal(pwrite(fd, "z", 1, (65 << 20) - 1), 1);
    close(fd);
    assert_int_equal(recto_bytes_read(&b, path, 0, NULL), RECTO_OK);
    assert_true(b.mapped);
    assert_int_equal(b.size, 65 << 20);
    assert_int_equal(b.data[b.size - 1], 'z');
    recto_bytes_close(&b);
}

static void limits_are_kept(void **state)
{
    recto_bytes b;
    recto_error err;
    const char *path = in_folder(state, "in");
    put_file(path, "0123456789", 10);
    assert_int_equal(recto_bytes_read(&b, path, 10, &err), RECTO_OK);
    recto_bytes_close(&b);
    assert_int_equal(recto_bytes_read(&b, path, 9, &err), RECTO_ERR_LIMIT);
    assert_null(b.data);
    assert_string_equal(err.msg, "larger than the limit of 9 bytes");
    assert_int_equal(recto_bytes_read(&b, "/dev/zero", 100000, &err), RECTO_ERR_LIMIT);
}

static void input_errors_say_why(void **state)
{
    recto_bytes b;
    recto_error err;
    assert_int_equal(recto_bytes_read(&b, in_folder(state, "none"), 0, &err), RECTO_ERR_IO);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(recto_bytes_read(&b, *state, 0, &err), RECTO_ERR_IO);
    assert_int_equal(err.sys, EISDIR);
    assert_string_equal(err.msg, "cannot read: Is a directory");
}

static void *feed(void *arg)
{
    int fd = *(int *)arg;
    char block[1000];
    memset(block, 'q', sizeof block);
    for (int i = 0; i < 300; i++) {
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            break;
    }
    close(fd);
    return NULL;
}

static void standard_input_is_read_to_its_end(void **state)
{
    (void)state;
    int ends[2];
    int old = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    pthread_t feeder;
    assert_int_equal(pthread_create(&feeder, NULL, feed, &ends[1]), 0);
    recto_bytes b;
    recto_status status = recto_bytes_read(&b, "-", 0, NULL);
    pthread_join(feeder, NULL);
    dup2(old, STDIN_FILENO);
    close(old);
    assert_int_equal(status, RECTO_OK);
    assert_int_equal(b.size, 300000);
    assert_int_equal(b.data[299999], 'q');
    recto_bytes_close(&b);
}

static void an_output_appears_only_when_committed(void **state)
{
    recto_outfile *f;
    const char *path = in_folder(state, "out.md");
    assert_int_equal(recto_outfile_open(&f, path, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_write(f, "half", 4, NULL), RECTO_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(count_files(state), 0); /* the file systems of test machines can do that */
    assert_int_equal(recto_outfile_write(f, " whole", 6, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_commit(f, NULL), RECTO_OK);
    assert_file(path, "half whole");
    assert_int_equal(count_files(state), 1);
}

static void an_output_is_put_together_in_any_order(void **state)
{
    recto_outfile *f;
    recto_error err = {0};
    char path[700];
    snprintf(path, sizeof path, "%s", in_folder(state, "out"));
    assert_int_equal(recto_outfile_open(&f, path, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_put(f, 6, "last", 4, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_write(f, "ab", 2, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_put(f, 4, "ef", 2, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_write(f, "cd", 2, NULL), RECTO_OK); /* goes on after "ab" */
    assert_int_equal(recto_outfile_put(f, 0, NULL, 0, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_put(f, UINT64_MAX, "x", 1, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EFBIG);
    assert_int_equal(recto_outfile_commit(f, NULL), RECTO_OK);
    assert_file(path, "abcdeflast");
}

static void an_aborted_output_leaves_nothing(void **state)
{
    recto_outfile *f;
    assert_int_equal(recto_outfile_open(&f, in_folder(state, "out"), NULL), RECTO_OK);
    assert_int_equal(recto_outfile_write(f, "x", 1, NULL), RECTO_OK);
    recto_outfile_abort(f);
    recto_outfile_abort(NULL);
    assert_int_equal(count_files(state), 0);
}

static void a_rename_takes_the_place_of_an_older_output(void **state)
{
    recto_outfile *f;
    const char *path = in_folder(state, "out");
    put_file(path, "old", 3);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(recto_outfile_open(&f, path, NULL), RECTO_OK);
    assert_file(path, "old");
    assert_int_equal(recto_outfile_write(f, "new", 3, NULL), RECTO_OK);
    assert_int_equal(recto_outfile_commit(f, NULL), RECTO_OK);
    assert_file(path, "new");
    assert_int_equal(count_files(state), 1);
}

static void outputs_are_private_and_obey_the_umask(void **state)
{
    static const struct {
        mode_t mask;
        mode_t mode;
    } cases[] = {{0022, 0600}, {0, 0600}, {0077, 0600}, {0277, 0400}};
    mode_t old = umask(0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_outfile *f;
        struct stat st;
        const char *path = in_folder(state, "out");
        umask(cases[i].mask);
        assert_int_equal(recto_outfile_open(&f, path, NULL), RECTO_OK);
        assert_int_equal(recto_outfile_commit(f, NULL), RECTO_OK);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, cases[i].mode);
        unlink(path);
    }
    umask(old);
}

static void outputs_refuse_what_is_not_a_file(void **state)
{
    recto_outfile *f = NULL;
    recto_error err;
    assert_int_equal(recto_outfile_open(&f, "/dev/null", &err), RECTO_ERR_OUTPUT);
    assert_null(f);
    assert_int_equal(recto_outfile_open(&f, *state, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EISDIR);
    assert_int_equal(recto_outfile_open(&f, in_folder(state, "none/out"), &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(recto_outfile_open(&f, "", &err), RECTO_ERR_OUTPUT);
    assert_int_equal(recto_outfile_open(&f, in_folder(state, "x/"), &err), RECTO_ERR_OUTPUT);
    assert_int_equal(count_files(state), 0);
}

static void an_unwritable_folder_is_an_output_error(void **state)
{
    if (geteuid() == 0) {
        /* root may write anywhere but here */
        recto_outfile *f;
        recto_error err;
        assert_int_equal(recto_outfile_open(&f, "/proc/out", &err), RECTO_ERR_OUTPUT);
        assert_null(f);
        return;
    }
    recto_outfile *f;
    recto_error err;
    assert_int_equal(chmod(*state, 0500), 0);
    assert_int_equal(recto_outfile_open(&f, in_folder(state, "out"), &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EACCES);
    assert_int_equal(chmod(*state, 0700), 0);
}

static void a_failed_commit_removes_its_temporary_file(void **state)
{
    recto_outfile *f;
    recto_error err;
    const char *path = in_folder(state, "out");
    assert_int_equal(recto_outfile_open(&f, path, NULL), RECTO_OK);
    assert_int_equal(mkdir(path, 0700), 0); /* now the rename cannot be done */
    assert_int_equal(recto_outfile_commit(f, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EISDIR);
    assert_int_equal(count_files(state), 1);
}

static void the_longest_names_work(void **state)
{
    recto_outfile *f;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(recto_outfile_open(&f, in_folder(state, name), NULL), RECTO_OK);
    assert_int_equal(recto_outfile_commit(f, NULL), RECTO_OK);
    assert_int_equal(count_files(state), 1);
}

static void a_name_without_folder_means_here(void **state)
{
    recto_outfile *f;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(*state), 0);
    recto_status opened = recto_outfile_open(&f, "plain", NULL);
    recto_status done = opened == RECTO_OK ? recto_outfile_commit(f, NULL) : opened;
    assert_int_equal(chdir(here), 0);
    assert_int_equal(done, RECTO_OK);
    assert_file(in_folder(state, "plain"), "");
}

static void a_full_disk_is_an_output_error(void **state)
{
    (void)state;
    recto_error err;
    int fd = open("/dev/full", O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(recto_file_write(fd, "x", 1, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, ENOSPC);
    assert_int_equal(recto_file_write(fd, "", 0, &err), RECTO_OK);
    close(fd);
}

static void a_closed_pipe_is_an_output_error(void **state)
{
    (void)state;
    recto_error err;
    int ends[2];
    void (*old)(int) = signal(SIGPIPE, SIG_IGN); /* as the program does */
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(recto_file_write(ends[1], "x", 1, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EPIPE);
    close(ends[1]);
    signal(SIGPIPE, old);
}

typedef struct drain {
    int fd;
    size_t n_bytes;
} drain;

/* Reads slowly, so that the writer meets a full pipe. */
static void *drain_slowly(void *arg)
{
    drain *d = arg;
    char block[7000];
    for (;;) {
        usleep(1500); /* longer than the alarm below: a blocked write is interrupted empty-handed */
        ssize_t n = read(d->fd, block, sizeof block);
        if (n == 0 || (n < 0 && errno != EINTR))
            return NULL;
        if (n > 0)
            d->n_bytes += (size_t)n;
    }
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void write_to_slow_pipe(int flags)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    memset(bytes, 'w', 1 << 20);
    drain d = {.fd = ends[0]};
    pthread_t reader;
    sigset_t alarms;
    sigset_t before;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, &before); /* the reader is left alone */
    assert_int_equal(pthread_create(&reader, NULL, drain_slowly, &d), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    struct sigaction act = {.sa_handler = on_alarm}; /* no SA_RESTART: calls are interrupted */
    struct sigaction old;
    sigaction(SIGALRM, &act, &old);
    struct itimerval often = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &often, NULL);
    recto_status status = recto_file_write(ends[1], bytes, 1 << 20, NULL);
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &old, NULL);
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
    free(bytes);
    assert_int_equal(status, RECTO_OK);
    assert_int_equal(d.n_bytes, 1 << 20);
}

static void writes_survive_interruptions_and_short_writes(void **state)
{
    (void)state;
    write_to_slow_pipe(O_WRONLY);
    write_to_slow_pipe(O_WRONLY | O_NONBLOCK);
}

static void temporary_files_have_no_name_and_are_private(void **state)
{
    int fd = -1;
    struct stat st;
    setenv("TMPDIR", *state, 1);
    assert_int_equal(recto_file_temp(&fd, NULL), RECTO_OK);
    assert_int_equal(count_files(state), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0077, 0);
    assert_int_equal(pwrite(fd, "abc", 3, 0), 3);
    char back[3];
    assert_int_equal(pread(fd, back, 3, 0), 3);
    close(fd);
    recto_error err;
    setenv("TMPDIR", in_folder(state, "none"), 1);
    assert_int_equal(recto_file_temp(&fd, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(fd, -1);
    setenv("TMPDIR", "relative", 1); /* not trusted: /tmp is taken */
    assert_int_equal(recto_file_temp(&fd, &err), RECTO_OK);
    close(fd);
    unsetenv("TMPDIR");
}

/* --- what a killed writer leaves ---------------------------------------------------------------
 */

enum { KILLED_SIZE = 30000 };

/* Writes and commits outputs for ever: "fresh-...", never there before, or "again", always there.
 */
static void write_for_ever(const char *folder, bool fresh)
{
    char path[600];
    char *bytes = malloc(KILLED_SIZE);
    for (int i = 0; bytes != NULL; i++) {
        recto_outfile *f = NULL;
        if (fresh)
            snprintf(path, sizeof path, "%s/fresh-%d-%d", folder, (int)getpid(), i);
        else
            snprintf(path, sizeof path, "%s/again", folder);
        memset(bytes, 'a' + i % 26, KILLED_SIZE);
        if (recto_outfile_open(&f, path, NULL) != RECTO_OK ||
            recto_outfile_write(f, bytes, KILLED_SIZE / 2, NULL) != RECTO_OK ||
            recto_outfile_write(f, bytes, KILLED_SIZE / 2, NULL) != RECTO_OK ||
            recto_outfile_finish(f, NULL) != RECTO_OK || recto_outfile_commit(f, NULL) != RECTO_OK)
            _exit(1);
    }
    _exit(2);
}

static void assert_whole(const char *path)
{
    recto_bytes b;
    assert_int_equal(recto_bytes_read(&b, path, 0, NULL), RECTO_OK);
    assert_int_equal(b.size, KILLED_SIZE);
    for (size_t i = 0; i < b.size; i++)
        assert_int_equal(b.data[i], b.data[0]);
    recto_bytes_close(&b);
}

/* Every file has its whole content; returns how many have temporary names. */
static int check_what_is_left(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char path[900];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (strncmp(e->d_name, "fresh-", 6) == 0 || strcmp(e->d_name, "again") == 0)
            assert_whole(path);
        else
            n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    closedir(d);
    return n;
}

static bool is_again(void *user, const char *name, bool cut)
{
    (void)user;
    return !cut && strcmp(name, "again") == 0;
}

static bool is_any(void *user, const char *name, bool cut)
{
    *(bool *)user |= cut;
    return name[0] != '\0';
}

/* The kernel's answer where a file system has no unnamed files; false if it cannot be had here. */
static bool deny_unnamed_files(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

typedef enum kill_case { FRESH_NAMES, SAME_NAME, NAMED_FROM_THE_START } kill_case;

/* Kills a writer after a while that differs from round to round; returns how many temporary names
 * it left, -1 if it could not run. */
static int kill_one(const char *folder, kill_case what, int round)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (what == NAMED_FROM_THE_START && !deny_unnamed_files())
            _exit(77);
        write_for_ever(folder, what == FRESH_NAMES);
    }
    int status = 0;
    usleep((useconds_t)(1000 + round * 7919 % 9000));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 77);
    return WIFEXITED(status) ? -1 : check_what_is_left(folder);
}

static void a_killed_writer_leaves_nothing(void **state)
{
    for (int round = 0; round < 40; round++)
        assert_int_equal(kill_one(*state, FRESH_NAMES, round), 0);
}

static void a_killed_replacement_leaves_what_a_sweep_removes(void **state)
{
    for (int round = 0; round < 60; round++) {
        int n = kill_one(*state, SAME_NAME, round);
        assert_true(n == 0 || n == 1);
        assert_int_equal(recto_outfile_sweep(*state, is_again, NULL), n);
        assert_int_equal(check_what_is_left(*state), 0);
    }
}

static void without_unnamed_files_a_sweep_removes_the_rest(void **state)
{
    int n_left = 0;
    for (int round = 0; round < 40; round++) {
        int n = kill_one(*state, NAMED_FROM_THE_START, round);
        if (n < 0)
            skip();
        assert_true(n == 0 || n == 1);
        n_left += n;
        assert_int_equal(recto_outfile_sweep(*state, is_again, NULL), n);
        assert_int_equal(check_what_is_left(*state), 0);
    }
    assert_true(n_left > 0); /* else this test shows nothing */
}

static void a_sweep_takes_only_our_own_temporary_files(void **state)
{
    static const char *const others[] = {
        "out.md",         ".out.md.AbC12z.tmpx", ".out.md.AbC1z.tmp", ".out.md.AbC-2z.tmp",
        "out.AbC12z.tmp", ".other.AbC12z.tmp",   ".AbC12z.tmp",       "..AbC12z.tmp",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_file(in_folder(state, others[i]), "x", 1);
    assert_int_equal(mkdir(in_folder(state, ".again.AbC12z.tmp"), 0700), 0);
    assert_int_equal(symlink("out.md", in_folder(state, ".again.linked.tmp")), 0);
    put_file(in_folder(state, ".again.AbC12y.tmp"), "x", 1);
    put_file(in_folder(state, ".again.000000.tmp"), "x", 1);
    if (geteuid() == 0) { /* another user's */
        put_file(in_folder(state, ".again.AbC12x.tmp"), "x", 1);
        assert_int_equal(chown(in_folder(state, ".again.AbC12x.tmp"), 65534, 65534), 0);
    }
    int n_before = count_files(state);
    assert_int_equal(recto_outfile_sweep(*state, is_again, NULL), 2);
    assert_int_equal(count_files(state), n_before - 2);
    assert_int_equal(recto_outfile_sweep(*state, is_again, NULL), 0);
    assert_int_equal(recto_outfile_sweep(in_folder(state, "none"), is_again, NULL), 0);

    char longest[256]; /* only its first part is in the temporary name */
    bool cut = false;
    memset(longest, 'n', 255);
    memcpy(longest + 244, ".AbC12z.tmp", 12);
    longest[0] = '.';
    put_file(in_folder(state, longest), "x", 1);
    assert_int_equal(recto_outfile_sweep(*state, is_any, &cut), 2); /* and .other's */
    assert_true(cut);
}

static void many_outputs_wait_with_few_descriptors(void **state)
{
    enum { N = 60 };
    struct rlimit before;
    recto_outfile *files[N];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 40, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int i = 0; i < N; i++) {
        char name[20];
        snprintf(name, sizeof name, "out-%d", i);
        recto_status status = recto_outfile_open(&files[i], in_folder(state, name), NULL);
        assert_int_equal(status, RECTO_OK);
        assert_int_equal(recto_outfile_write(files[i], name, strlen(name), NULL), RECTO_OK);
        assert_int_equal(recto_outfile_finish(files[i], NULL), RECTO_OK);
        assert_int_equal(recto_outfile_finish(files[i], NULL), RECTO_OK);
        assert_int_equal(access(in_folder(state, name), F_OK), -1);
    }
    for (int i = 0; i < N; i += 2)
        assert_int_equal(recto_outfile_commit(files[i], NULL), RECTO_OK);
    for (int i = 1; i < N; i += 2)
        recto_outfile_abort(files[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(count_files(state), N / 2);
    assert_file(in_folder(state, "out-0"), "out-0");
    assert_file(in_folder(state, "out-58"), "out-58");
}

/* In a child, since the filter cannot be taken off: the same promises with names from the start. */
static void outputs_work_without_unnamed_files(void **state)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        recto_outfile *f = NULL;
        int fd = -1;
        if (!deny_unnamed_files())
            _exit(77);
        if (recto_outfile_open(&f, in_folder(state, "out"), NULL) != RECTO_OK ||
            count_files(state) != 1 || recto_outfile_write(f, "abc", 3, NULL) != RECTO_OK ||
            recto_outfile_finish(f, NULL) != RECTO_OK || recto_outfile_commit(f, NULL) != RECTO_OK)
            _exit(1);
        if (recto_outfile_open(&f, in_folder(state, "dropped"), NULL) != RECTO_OK)
            _exit(2);
        recto_outfile_abort(f);
        setenv("TMPDIR", *state, 1);
        if (recto_file_temp(&fd, NULL) != RECTO_OK || write(fd, "x", 1) != 1)
            _exit(3);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_file(in_folder(state, "out"), "abc");
    assert_int_equal(count_files(state), 1);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(inputs_are_read_whole),
        IN_FOLDER(a_large_input_is_mapped),
        IN_FOLDER(limits_are_kept),
        IN_FOLDER(input_errors_say_why),
        cmocka_unit_test(standard_input_is_read_to_its_end),
        IN_FOLDER(an_output_appears_only_when_committed),
        IN_FOLDER(an_output_is_put_together_in_any_order),
        IN_FOLDER(an_aborted_output_leaves_nothing),
        IN_FOLDER(a_rename_takes_the_place_of_an_older_output),
        IN_FOLDER(outputs_are_private_and_obey_the_umask),
        IN_FOLDER(outputs_refuse_what_is_not_a_file),
        IN_FOLDER(an_unwritable_folder_is_an_output_error),
        IN_FOLDER(a_failed_commit_removes_its_temporary_file),
        IN_FOLDER(the_longest_names_work),
        IN_FOLDER(a_name_without_folder_means_here),
        cmocka_unit_test(a_full_disk_is_an_output_error),
        cmocka_unit_test(a_closed_pipe_is_an_output_error),
        cmocka_unit_test(writes_survive_interruptions_and_short_writes),
        IN_FOLDER(temporary_files_have_no_name_and_are_private),
        IN_FOLDER(a_killed_writer_leaves_nothing),
        IN_FOLDER(a_killed_replacement_leaves_what_a_sweep_removes),
        IN_FOLDER(without_unnamed_files_a_sweep_removes_the_rest),
        IN_FOLDER(a_sweep_takes_only_our_own_temporary_files),
        IN_FOLDER(many_outputs_wait_with_few_descriptors),
        IN_FOLDER(outputs_work_without_unnamed_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
