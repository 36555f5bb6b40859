//! Pseudo-random numbers, the same every time.

/// Values in 0–1, without end. A linear congruential generator (Knuth, "Seminumerical Algorithms", 3.3.4; the constants of
/// "Numerical Recipes").
pub fn values() -> impl Iterator<Item = f32> {
    let states = std::iter::successors(Some(1u32), |state| Some(next(*state)));
    states.skip(1).map(|state| (state >> 8) as f32 / (1 << 24) as f32)
}

fn next(state: u32) -> u32 {
    state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}
