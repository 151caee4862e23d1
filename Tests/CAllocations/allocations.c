#include "allocations.h"

#include <stdlib.h>

// The program's own definitions come before the C library's, so all of the process calls these. glibc's have a second
// name for the purpose. Not with AddressSanitizer, which does the same.
static __thread int counting;
static __thread long count;

void allocations_begin(void) {
  count = 0;
  counting = 1;
}

long allocations_end(void) {
  counting = 0;
  return count;
}

#if defined(__GLIBC__) && !__has_feature(address_sanitizer)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) {
  count += counting;
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count += counting;
  return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
  count += counting;
  return __libc_realloc(block, size);
}
#endif
