//! Redawn brings photos back: it removes noise and enlarges with a RED-Net (Mao, Shen, Yang,
//! NIPS 2016) on the person's own GPU, offline.
//!
//! A photo comes in ([`imaging`]), is cut into tiles ([`restore`]), each tile goes through the
//! network ([`engine`]), the tiles are put together and saved ([`imaging`]). One worker thread
//! does all of that ([`worker`]); two fronts ask it for it: the window ([`window`], [`ui`]) and the
//! command line ([`cli`]).

// Nothing that comes from outside may end the program.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod cli;
pub mod desktop;
pub mod engine;
pub mod imaging;
pub mod pixels;
pub mod restore;
pub mod state;
pub mod ui;
pub mod window;
pub mod worker;
