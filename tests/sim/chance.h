/* SPDX-License-Identifier: MulanPSL-2.0 */
/* chance: all luck of the simulator: splitmix64 (Steele, Lea, Flood 2014), seeded. */
#ifndef TESTS_SIM_CHANCE_H
#define TESTS_SIM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t chance_next(struct chance *c)
{
    return chance_mix(c->state += 0x9e3779b97f4a7c15u);
}

/* 0 … n-1; n > 0 */
static inline uint64_t chance_below(struct chance *c, uint64_t n)
{
    return chance_next(c) % n;
}

static inline bool chance_one_in(struct chance *c, uint64_t n)
{
    return chance_below(c, n) == 0;
}

/* Percent. */
static inline bool chance_of(struct chance *c, unsigned percent)
{
    return chance_below(c, 100) < percent;
}

#endif
