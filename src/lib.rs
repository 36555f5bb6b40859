//! Redawn restores photos: it removes noise and JPEG artefacts and enlarges, with RED-Nets (Mao, Shen, Yang,
//! NIPS 2016) on the user's own GPU or CPU, offline.
//!
//! A photo is decoded ([`imaging`]), restored tile by tile ([`restore`]) by networks ([`engine`]), and encoded
//! ([`imaging`]), all on a worker thread ([`worker`]). The window ([`window`], [`ui`], [`state`], [`desktop`]) and the
//! command line ([`cli`]) send it requests and receive its events.

// Invalid data from outside must not panic.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod cli;
pub mod desktop;
pub mod engine;
pub mod folders;
pub mod imaging;
pub mod pixels;
pub mod restore;
pub mod state;
pub mod ui;
pub mod window;
pub mod worker;
