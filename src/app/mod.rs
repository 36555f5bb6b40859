//! The window's state and its only way to the worker.
//!
//! [`session`], [`saving`], [`outlook`], [`progress`] and [`notice`] are pure: events in, next state out, no
//! egui. [`window`] and [`launch`] tie them to the screen ([`crate::ui`]) and to the worker.

mod command;
mod dialogs;
mod launch;
mod notice;
mod outlook;
mod progress;
mod saving;
mod session;
mod window;

pub use command::{Appearance, Command};
pub use dialogs::{Dialogs, SystemDialogs};
pub use launch::{LaunchError, run};
pub use notice::{Notice, NoticeBoard, Tone};
pub use outlook::{Foretold, Outlook};
pub use progress::Progress;
pub use saving::Saving;
pub use session::{Restoration, Run, Session, Source};
pub use window::{Parts, RedawnApp};
