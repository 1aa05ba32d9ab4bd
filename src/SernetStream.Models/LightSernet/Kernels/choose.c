// The best of the kernels (kernels.c, the speech detector's silero.c, the front end's passes.c) for the processor that this runs on; none if it has no AVX2.
#include <stddef.h>

#define TABLE(level)                                                                                       \
  extern void sernet_multiply_##level(void), sernet_inputs_##level(void), sernet_results_##level(void),    \
      sernet_path_##level(void), sernet_add_pairs_##level(void), sernet_four_frames_##level(void),         \
      sernet_round_##level(void), sernet_finish_##level(void), sernet_remember_##level(void);              \
  static void (*const of_##level[])(void) = {sernet_multiply_##level,  sernet_inputs_##level,              \
                                             sernet_results_##level,   sernet_path_##level,                \
                                             sernet_add_pairs_##level, sernet_four_frames_##level,         \
                                             sernet_round_##level,     sernet_finish_##level,              \
                                             sernet_remember_##level};               \
  extern void sernet_split_samples_##level(void), sernet_split_##level(void), sernet_fours_##level(void),  \
      sernet_eights_##level(void), sernet_powers_##level(void);                                            \
  static void (*const passes_##level[])(void) = {sernet_split_samples_##level, sernet_split_##level,       \
                                                 sernet_fours_##level, sernet_eights_##level,              \
                                                 sernet_powers_##level};
TABLE(avx2)
TABLE(avx512)

typedef void (*const *table)(void);

static table best(table avx512, table avx2) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni"))
    return avx512;
  return __builtin_cpu_supports("avx2") ? avx2 : NULL;
}

table sernet_kernels(void) { return best(of_avx512, of_avx2); }
table sernet_passes(void) { return best(passes_avx512, passes_avx2); }
