#pragma once
// What Swift has no words for: which of sixteen bytes are equal to one, a bit for each, in one comparison.
#include <stdint.h>

// By plain arithmetic, for processors without such an instruction. `low` holds the first eight bytes, the first of them
// lowest.
static inline uint32_t equal_bytes_plainly(uint64_t low, uint64_t high, uint8_t byte) {
  const uint64_t ones = 0x0101010101010101, sevens = 0x7F * ones;
  uint64_t words[2] = {low ^ byte * ones, high ^ byte * ones};
  uint32_t bits = 0;
  for (int word = 0; word < 2; word++) {
    // The highest bit of each byte that is 0, then these eight bits side by side.
    uint64_t zeros = ~(((words[word] & sevens) + sevens) | words[word] | sevens);
    bits |= (uint32_t)((zeros >> 7) * 0x0102040810204080 >> 56) << 8 * word;
  }
  return bits;
}

#if defined(__SSE2__)
#include <emmintrin.h>

static inline uint32_t equal_bytes(uint64_t low, uint64_t high, uint8_t byte) {
  __m128i text = _mm_set_epi64x((long long)high, (long long)low);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8((char)byte)));
}
#else
static inline uint32_t equal_bytes(uint64_t low, uint64_t high, uint8_t byte) {
  return equal_bytes_plainly(low, high, byte);
}
#endif
