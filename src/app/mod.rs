//! The window's state and its only way to the worker.
//!
//! [`session`], [`queue`], [`batch`], [`glance`], [`saving`], [`closing`], [`outlook`], [`progress`] and [`notice`] are pure: events in, next state out, no
//! egui. [`window`] and [`launch`] tie them to the screen ([`crate::ui`]) and to the worker.

mod batch;
mod clerk;
mod clipboard;
mod closing;
mod command;
mod compare;
mod diagnostics;
mod dialogs;
mod full_results;
mod glance;
mod history;
mod launch;
mod line;
mod log_file;
mod names;
mod naming;
mod notice;
mod outlook;
mod parked;
mod paste;
mod pictures;
mod presets;
mod progress;
mod queue;
mod reveal;
mod saving;
mod search;
mod session;
mod settings;
mod speeds;
mod store;
mod stored_path;
mod stored_queue;
mod target_name;
mod text_scale;
mod window;

pub use batch::{Batch, Pace};
pub use clerk::Clerk;
pub use clipboard::Picture;
pub use closing::{AtStake, Closing};
pub use command::{Appearance, Command};
pub use compare::{Compare, Cut};
pub use dialogs::{Dialogs, SystemDialogs};
pub use glance::{Cell, Compared, Glance, Preview};
pub use launch::{LaunchError, run};
pub use names::Names;
pub use naming::Naming;
pub use notice::{Notice, NoticeBoard, Offer, Tone};
pub use outlook::{Foretold, Outlook};
pub use presets::Preset;
pub use progress::Progress;
pub use queue::{Counts, Item, ItemId, Queue, State, Subfolders};
pub use saving::Saving;
pub use search::Search;
pub use session::{Restoration, Run, Session, Source};
pub use settings::{Memory, Place, Settings};
pub use speeds::{Expected, Speeds};
pub use store::{Keeper, Store, or_default};
pub use window::{Parts, RedawnApp};
