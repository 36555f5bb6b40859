//! Detects the output of a broken device.

use crate::{
    engine::{DeviceInfo, EngineError},
    pixels::Planes,
};

/// Largest plausible change of a tile's mean (values 0–1): more means that the device computed wrong values. Clipped
/// noise of σ 75 on plain black moves the mean by 0.12.
const MAX_MEAN_SHIFT: f32 = 0.2;

/// Checks an output: its values have to be finite, and its mean near `expected`, if that is given.
///
/// # Errors
/// If they are not: the device failed.
pub fn check(output: &Planes, expected: Option<f32>, device: &DeviceInfo) -> Result<(), EngineError> {
    let wrong = |reason: &str| EngineError::Device { device: device.name.clone(), reason: reason.into() };
    // Without an early exit within a chunk, so that it is vectorised.
    let are_finite = |chunk: &[f32]| chunk.iter().fold(true, |all, value| all & value.is_finite());
    if !output.data().chunks(4096).all(are_finite) {
        return Err(wrong("it computed values that are not finite"));
    }
    match expected {
        Some(expected) if (output.mean(output.channels(), output.size().rect()) - expected).abs() > MAX_MEAN_SHIFT => {
            Err(wrong("it computed a picture of a different brightness"))
        }
        _ => Ok(()),
    }
}
