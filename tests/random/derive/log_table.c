// Searches for the table in src/random/glibc_log_table.ts and prints its integers, log(c) * 2^43.
//     gcc -O2 -o /tmp/log_table tests/random/derive/log_table.c -lquadmath -lm && /tmp/log_table
// The 128 intervals begin at 0.6875; each is as wide as a change of the upper seven significand bits.
// 1/c is a double within 2^29 units in the last place of the reciprocal of the interval's middle.
// With c in two doubles, high + low, z - high is exact for every z of the interval and z - c rounds
// in units of 2^-52 times half its width: low must be within 2^-66 c of a whole number of these.
// Of such c the one is taken whose log(c) is nearest to a multiple of 2^-43.
#include <math.h>
#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static double from_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

int main(void) {
  const __float128 step = expq(-scalbnq(1, -43));
  for (uint64_t i = 0; i < 128; i++) {
    const double from = from_bits(0x3fe6000000000000u + (i << 45));
    const double to = from_bits(0x3fe6000000000000u + ((i + 1) << 45));
    const __float128 middle = ((__float128)from + to) / 2;
    const double unit = (to - from) / 2 * 0x1p-52;
    int exponent;
    frexp((double)(1 / middle), &exponent);
    const __float128 reach = scalbnq(1, exponent - 53 + 29);
    const int64_t first = llrintq(scalbnq(logq(middle), 43));
    const int64_t count = (int64_t)scalbn((double)(reach * middle), 43) + 2;
    double best = 1;
    int64_t found = 0;
    __float128 exact = expq(-scalbnq(first - count, -43));
    for (int64_t n = first - count; n <= first + count; n++, exact *= step) {
      const double inverse = (double)exact;
      const double error = fabs((double)((inverse - exact) / exact));
      if (error >= best || fabsq(inverse - 1 / middle) > reach) continue;
      const __float128 c = 1 / (__float128)inverse;
      const double low = (double)(c - (double)c);
      if (fabs(low / unit - rint(low / unit)) * unit * inverse >= 0x1p-66) continue;
      best = error;
      found = n;
    }
    printf("%lld,\n", (long long)found);
  }
}
