//! What blocks: dialogs, the clipboard, folders, files of the program's own. All of it off the window's thread.

mod clipboard;
pub mod diagnostics;
mod dialogs;
pub mod full_results;
pub mod log_file;
pub mod paste;
mod path_scanner;
pub mod pictures_folder;
mod reveal;
mod search;
mod settings_file;
mod store;
pub mod text_scale;

pub use clipboard::Picture;
pub use dialogs::{Dialogs, SystemDialogs};
pub use full_results::{FullResults, Needed};
pub use paste::PastedPictures;
pub use path_scanner::PathScanner;
pub use search::{Findings, Search};
pub use settings_file::{Memory, window_in};
pub use store::{Keeper, Store};
