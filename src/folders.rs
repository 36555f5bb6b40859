//! The system's folders for this program.

use std::path::PathBuf;

use etcetera::{AppStrategy, AppStrategyArgs, app_strategy};

/// The folders, as the system's conventions have them. None if the user's home folder is unknown.
pub fn native() -> Option<impl AppStrategy> {
    let args = AppStrategyArgs {
        top_level_domain: "io.github".to_owned(),
        author: "redawn".to_owned(),
        app_name: "Redawn".to_owned(),
    };
    app_strategy::choose_native_strategy(args).ok()
}

/// The folder for files that may be deleted.
pub fn cache() -> Option<PathBuf> {
    native().map(|folders| folders.cache_dir())
}
