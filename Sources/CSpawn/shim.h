#pragma once
#include <spawn.h>

// Functions of glibc that its headers show to C only with _GNU_SOURCE, which Swift's Glibc module is built without.
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// <linux/memfd.h>
static const unsigned int CLOSE_ON_EXEC = 1;
