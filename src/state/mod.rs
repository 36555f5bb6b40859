//! The window's state: plain values, changed by events and by the user. No threads; of egui only its images.
//! Nothing here reads the disk or starts a thread.

mod batch;
mod closing;
mod command;
mod compare;
mod forecast;
mod history;
mod names;
mod naming;
mod notice;
mod presets;
mod preview_grid;
mod progress;
mod queue;
pub mod save_name;
mod saving;
mod searching;
mod session;
mod settings;
mod speeds;
pub mod stored_path;
pub mod stored_queue;
mod unsaved;

pub use batch::{Batch, RunState};
pub use closing::{AtStake, Closing};
pub use command::{Appearance, Command};
pub use compare::{Compare, Cut};
pub use forecast::{ForecastInput, ForecastResult, ForecastState};
pub use history::{Gesture, History};
pub use names::{NamesAnswer, NamesRequest, OutputNames, Pasted};
pub use naming::Naming;
pub use notice::{Notice, NoticeBoard, Offer, Tone};
pub use presets::Preset;
pub use preview_grid::{Compared, Preview, PreviewCell, PreviewGrid};
pub use progress::Progress;
pub use queue::{Counts, Edit, Found, Item, ItemId, Queue, Saved, State, Subfolders};
pub use saving::Saving;
pub use searching::Searching;
pub use session::{Restoration, Run, Session, Source};
pub use settings::{Settings, WindowPlacement};
pub use speeds::{DeviceSpeed, Speeds};
pub use stored_queue::{QueueSnapshot, StoredItem, StoredQueue};
pub use unsaved::UnsavedResults;
