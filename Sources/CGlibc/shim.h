#pragma once
// What Swift's Glibc module lacks: epoll, eventfd, mallopt, and functions that glibc's headers show to C only with _GNU_SOURCE, which
// that module is built without.
#include <malloc.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int pipe2(int descriptors[2], int flags);
ssize_t tee(int from, int to, size_t count, unsigned int flags);

// <linux/memfd.h>
static const unsigned int CLOSE_ON_EXEC = 1;
