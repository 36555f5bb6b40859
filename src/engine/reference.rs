//! Reference engine for tests: burn's `flex` backend on the CPU. Slower than [`super::cpu`], and independent of it.

use burn::tensor::Device;

use super::{
    EngineError, Restorer, Weights,
    burn_restorer::{Alive, BurnRestorer},
    cpu,
};

/// Loads a network, for untiled pictures.
///
/// # Errors
/// When the backend fails.
pub fn load(weights: &Weights) -> Result<Box<dyn Restorer>, EngineError> {
    let restorer = BurnRestorer::load(weights, Device::flex(), cpu::info(), usize::MAX, Alive::new(true.into()))?;
    Ok(Box::new(restorer))
}
