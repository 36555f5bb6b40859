//! Selection of SIMD instructions at run time.

use std::any::TypeId;

use pulp::{Scalar128b, Simd, WithSimd};

/// A SIMD instruction set that the engine is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// x86-64 with AVX-512 (F, BW, CD, DQ, VL): 16 lanes of f32.
    Avx512,
    /// x86-64 with AVX2 and FMA: 8 lanes.
    Avx2,
    /// 64-bit ARM: 4 lanes.
    Neon,
    /// The baseline of the target: 4 lanes, without fused multiply-add.
    Portable,
}

impl Instructions {
    /// The instruction sets of this machine, fastest first.
    pub fn available() -> Vec<Self> {
        [Self::Avx512, Self::Avx2, Self::Neon, Self::Portable].into_iter().filter(|set| set.is_available()).collect()
    }

    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or(Self::Portable)
    }

    fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::is_available(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => pulp::aarch64::Neon::is_available(),
            Self::Portable => true,
            _ => false,
        }
    }

    /// Name for users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Neon => "NEON",
            Self::Portable => "portable",
        }
    }

    /// Runs `work` compiled for these instructions, or for the portable ones if this machine lacks them.
    pub fn run<W: WithSimd>(self, work: W) -> W::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => match pulp::x86::V4::try_new() {
                Some(simd) => Simd::vectorize(simd, work),
                None => Scalar128b.vectorize(work),
            },
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => match pulp::x86::V3::try_new() {
                Some(simd) => Simd::vectorize(simd, work),
                None => Scalar128b.vectorize(work),
            },
            #[cfg(target_arch = "aarch64")]
            Self::Neon => match pulp::aarch64::Neon::try_new() {
                Some(simd) => Simd::vectorize(simd, work),
                None => Scalar128b.vectorize(work),
            },
            _ => Scalar128b.vectorize(work),
        }
    }
}

/// `a * b + c`. Fused where there is an instruction for it; otherwise fusing would call libm.
#[inline(always)]
pub fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if TypeId::of::<S>() == TypeId::of::<Scalar128b>() {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}
