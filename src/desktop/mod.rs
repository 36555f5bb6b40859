//! Everything that blocks: dialogs, the clipboard, folders, the program's own files. Not for the window's thread.

mod clipboard;
pub mod diagnostics;
mod dialogs;
mod full_results;
pub mod log_file;
pub mod paste;
mod path_scanner;
pub mod pictures_folder;
mod reveal;
mod search;
mod settings_file;
mod store;
pub mod text_scale;
mod window_folder;

pub use clipboard::Picture;
pub use dialogs::{Dialogs, SystemDialogs};
pub use full_results::FullResults;
pub use paste::PastedPictures;
pub use path_scanner::{PathScanner, find_names};
pub use search::{Search, SearchResults};
pub use settings_file::{SettingsFile, window_placement};
pub use store::{Store, StoreWriter};
pub use window_folder::Cleanup;
