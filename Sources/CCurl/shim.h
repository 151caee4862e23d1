#pragma once
#include <curl/curl.h>

// Swift does not import variadic C functions, so each form of curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt
// that we use has a name here. They add nothing else.

typedef size_t (*flux_write_function)(char *bytes, size_t size, size_t count, void *context);

// For options of type CURLOPTTYPE_LONG; also CURLOPTTYPE_VALUES.
static inline CURLcode flux_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

// For sizes beyond a long of 32 bits (CURLOPTTYPE_OFF_T).
static inline CURLcode flux_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// libcurl copies the text before it returns (CURLOPTTYPE_STRINGPOINT); CURLOPT_COPYPOSTFIELDS copies
// CURLOPT_POSTFIELDSIZE_LARGE bytes, which are therefore set before it.
static inline CURLcode flux_easy_set_text(CURL *easy, CURLoption option, const char *text) {
  return curl_easy_setopt(easy, option, text);
}

// The list is not copied: it lives until the transfer has ended (CURLOPTTYPE_SLISTPOINT).
static inline CURLcode flux_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(easy, option, list);
}

// Our own pointers, which libcurl only hands back, and CURLOPT_ERRORBUFFER (CURLOPTTYPE_CBPOINT, OBJECTPOINT).
static inline CURLcode flux_easy_set_pointer(CURL *easy, CURLoption option, void *pointer) {
  return curl_easy_setopt(easy, option, pointer);
}

// CURLOPTTYPE_FUNCTIONPOINT.
static inline CURLcode flux_easy_set_write_function(CURL *easy, flux_write_function function) {
  return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, function);
}

// CURLINFO_LONG.
static inline CURLcode flux_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

// CURLINFO_OFF_T: sizes, and times in microseconds.
static inline CURLcode flux_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

// CURLINFO_STRING; the text belongs to the handle.
static inline CURLcode flux_easy_get_text(CURL *easy, CURLINFO info, char **text) {
  return curl_easy_getinfo(easy, info, text);
}

// CURLINFO_PTR: what was set as CURLOPT_PRIVATE.
static inline CURLcode flux_easy_get_pointer(CURL *easy, CURLINFO info, void **pointer) {
  return curl_easy_getinfo(easy, info, (char **)pointer);
}

static inline CURLMcode flux_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// The function and what it is handed (CURLMOPT_SOCKETDATA, CURLMOPT_TIMERDATA).
static inline void flux_multi_set_socket_function(CURLM *multi, curl_socket_callback function, void *context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}

static inline void flux_multi_set_timer_function(CURLM *multi, curl_multi_timer_callback function, void *context) {
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}

// A macro with a cast, which Swift does not import.
static const curl_socket_t flux_socket_timeout = CURL_SOCKET_TIMEOUT;
