//! What the program remembers from one run to the next: a folder of small JSON files of its own.
//!
//! What is stored only makes life easier, so nothing here is fatal: what can't be read is set aside, what
//! can't be written is told.

use std::{
    fs::{self, File},
    io,
    io::Write,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use etcetera::{AppStrategy, AppStrategyArgs, app_strategy};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{imaging::quoted, state::Notice};

/// A folder of small JSON files of the program's own. Types that are stored take `#[serde(default)]`: unknown
/// fields are ignored, missing ones are the default's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
    cache: PathBuf,
}

impl Store {
    /// The files in this folder. It is made when something is saved.
    pub fn at(folder: PathBuf) -> Self {
        Self { cache: folder.join("cache"), folder }
    }

    /// The user's own, where the system keeps configurations; none when that can't be found out.
    pub fn of_user() -> Option<Self> {
        native_folders().map(|folders| Self { folder: folders.config_dir(), cache: folders.cache_dir() })
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where files are that may be large, and that can be done without.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The right to be the only one that stores under `name`, as long as the file that is given is open; none when
    /// another one has it, or when the folder takes no files.
    pub fn claim(&self, name: &str) -> Option<File> {
        fs::create_dir_all(&self.folder).ok()?;
        let file = File::create(self.folder.join(format!("{name}.lock"))).ok()?;
        file.try_lock().ok().map(|()| file)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// What was stored under `name`; the default where there is nothing. A file that can't be understood is set
    /// aside as `NAME.broken.json` and named in the notice.
    pub fn load<T: DeserializeOwned + Default>(&self, name: &str) -> (T, Option<Notice>) {
        self.load_by(name, |text| serde_json::from_slice(text).map(|value| (value, Vec::new())))
    }

    /// The same, but values in it that can't be understood are the default's, each alone; they are named in the
    /// notice. For small files.
    pub fn load_what_fits<T: Serialize + DeserializeOwned + Default>(&self, name: &str) -> (T, Option<Notice>) {
        self.load_by(name, |text| {
            let written: Value = serde_json::from_slice(text)?;
            match serde_json::from_value(written.clone()) {
                Err(_) if written.is_object() => Ok(fitting(&written)?),
                read => Ok((read?, Vec::new())),
            }
        })
    }

    /// Loads what `read` makes of a file: a value, and the names of what was left out.
    fn load_by<T: Default>(
        &self,
        name: &str,
        read: impl FnOnce(&[u8]) -> serde_json::Result<(T, Vec<String>)>,
    ) -> (T, Option<Notice>) {
        let file = self.file(name);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (T::default(), None),
            Err(error) => {
                let sentence = format!("{} can't be read ({error}). The defaults are used.", quoted(&file));
                return (T::default(), Some(Notice::problem(sentence)));
            }
        };
        let aside = self.folder.join(format!("{name}.broken.json"));
        let (value, wrong, kept) = match read(&text) {
            Ok((value, bad)) if bad.is_empty() => return (value, None),
            Ok((value, bad)) => {
                let wrong = format!("has values that can't be understood: {}", bad.join(", "));
                // What else is in it stays where it is.
                (value, wrong, fs::copy(&file, &aside).map(drop))
            }
            Err(error) => (T::default(), format!("can't be understood ({error})"), fs::rename(&file, &aside)),
        };
        let kept = match kept {
            Ok(()) => format!("It was set aside as {}", quoted(&aside)),
            Err(error) => format!("It can't be set aside either ({error})"),
        };
        let sentence = format!("{} {wrong}. {kept}, and the defaults are used instead.", quoted(&file));
        (value, Some(Notice::problem(sentence)))
    }

    /// Stores `value` under `name`: written beside the file and renamed into its place, so that a whole file is
    /// there at any time.
    ///
    /// # Errors
    /// When the folder can't be made or the file can't be written.
    pub fn save<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        fs::create_dir_all(&self.folder)?;
        // A symbolic link to a file elsewhere stays a link.
        let file = self.file(name);
        let file = fs::canonicalize(&file).unwrap_or(file);
        let mut written =
            tempfile::Builder::new().prefix(&format!(".{name}-")).tempfile_in(file.parent().unwrap_or(&self.folder))?;
        written.write_all(&text)?;
        written.as_file().sync_all()?;
        written.persist(&file)?;
        Ok(())
    }
}

/// The default with all values of `written` that can be understood in it, and the names of the others.
fn fitting<T: Serialize + DeserializeOwned + Default>(written: &Value) -> serde_json::Result<(T, Vec<String>)> {
    let mut whole = serde_json::to_value(T::default())?;
    let mut bad = Vec::new();
    fit::<T>(&mut whole, "", written, &mut bad);
    let names = bad.into_iter().map(|place| place.trim_start_matches('/').replace('/', "."));
    Ok((serde_json::from_value(whole)?, names.collect()))
}

/// Puts `written` at a place (a JSON pointer) of `whole`, or as much of it as leaves that a `T`.
fn fit<T: DeserializeOwned>(whole: &mut Value, place: &str, written: &Value, bad: &mut Vec<String>) {
    let Some(there) = whole.pointer_mut(place) else { return };
    let before = std::mem::replace(there, written.clone());
    if serde_json::from_value::<T>(whole.clone()).is_ok() {
        return;
    }
    let Some(there) = whole.pointer_mut(place) else { return };
    match (&before, written) {
        (Value::Object(_), Value::Object(fields)) => {
            *there = before;
            for (name, written) in fields {
                // What another version wrote is not this one's business.
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                fit::<T>(whole, &place, written, bad);
            }
        }
        (Value::Array(_), Value::Array(values)) => {
            *there = Value::Array(Vec::new());
            let mut kept: Vec<Value> = Vec::new();
            for (number, written) in values.iter().enumerate() {
                kept.push(written.clone());
                if let Some(there) = whole.pointer_mut(place) {
                    *there = Value::Array(kept.clone());
                }
                if serde_json::from_value::<T>(whole.clone()).is_err() {
                    kept.pop();
                    bad.push(format!("{place}[{number}]"));
                }
            }
            if let Some(there) = whole.pointer_mut(place) {
                *there = Value::Array(kept);
            }
        }
        _ => {
            *there = before;
            bad.push(place.to_owned());
        }
    }
}

/// The folders that the system sets apart for this program.
pub(super) fn native_folders() -> Option<impl AppStrategy> {
    let args = AppStrategyArgs {
        top_level_domain: "io.github".to_owned(),
        author: "redawn".to_owned(),
        app_name: "Redawn".to_owned(),
    };
    app_strategy::choose_native_strategy(args).ok()
}

/// The longest that changes are gathered because writing them takes long: what a power cut takes at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Stores the latest of a value that changes often, on a thread of its own: the window never waits for a disk.
/// A value that takes long to write is written less often, so that writing takes a small share of the time.
/// When it is dropped the last value is written first.
#[derive(Debug)]
pub struct Keeper<T> {
    /// Taken when dropped: that ends the thread.
    latest: Option<Sender<T>>,
    troubles: Receiver<io::Error>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Serialize + Send + 'static> Keeper<T> {
    /// Keeps values under `name` in `store`, each at most `pause` after it came, or up to [`LONGEST_PAUSE`] where
    /// writing takes long.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(store: Store, name: &str, pause: Duration) -> io::Result<Self> {
        let (latest, values) = unbounded();
        // One is told; what else goes wrong meanwhile is the same trouble.
        let (trouble, troubles) = bounded(1);
        let name = name.to_owned();
        let thread = thread::Builder::new().name("redawn-keeper".to_owned()).spawn(move || {
            let mut writing = Duration::ZERO;
            while let Ok(mut value) = values.recv() {
                let due = Instant::now() + pause_after(writing, pause);
                while let Ok(newer) = values.recv_deadline(due) {
                    value = newer;
                }
                let begun = Instant::now();
                if let Err(error) = store.save(&name, &value) {
                    let _ = trouble.try_send(error);
                }
                writing = begun.elapsed();
            }
        })?;
        Ok(Self { latest: Some(latest), troubles, thread: Some(thread) })
    }

    /// Stores this, unless a newer one comes at once.
    pub fn keep(&self, value: T) {
        if let Some(latest) = &self.latest {
            // The thread listens as long as this is there.
            let _ = latest.send(value);
        }
    }

    /// Why a value could not be stored, if so.
    pub fn trouble(&self) -> Option<io::Error> {
        self.troubles.try_recv().ok()
    }
}

/// How long changes are gathered after a write that took `writing`: `pause`, or so long that writing takes one
/// twentieth of the time, but no longer than [`LONGEST_PAUSE`].
fn pause_after(writing: Duration, pause: Duration) -> Duration {
    pause.max((20 * writing).min(LONGEST_PAUSE))
}

impl<T> Drop for Keeper<T> {
    fn drop(&mut self) {
        self.latest.take();
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Stored {
        count: u32,
        words: Vec<String>,
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("deep/redawn"));
        (folder, store)
    }

    fn put(store: &Store, text: &str) {
        fs::create_dir_all(store.folder()).unwrap();
        fs::write(store.file("thing"), text).unwrap();
    }

    #[test]
    fn what_was_saved_comes_back_and_nothing_is_left_beside_it() {
        let (_folder, store) = store();
        assert_eq!(store.load::<Stored>("thing"), (Stored::default(), None), "nothing there is no problem");
        for count in [1, 2] {
            let stored = Stored { count, words: vec!["ä\"\n".into()] };
            store.save("thing", &stored).unwrap();
            assert_eq!(store.load::<Stored>("thing"), (stored, None));
        }
        let names: Vec<_> = fs::read_dir(store.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["thing.json"]);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_set_aside_and_named() {
        let (_folder, store) = store();
        for text in ["", "{\"count\": 7", "{\"count\": \"seven\"}", "\u{0}\u{0}"] {
            put(&store, text);
            let (value, notice) = store.load::<Stored>("thing");
            assert_eq!(value, Stored::default());
            let said = notice.unwrap().text;
            assert!(said.contains("thing.json") && said.contains("thing.broken.json"), "{said}");
            assert_eq!(fs::read_to_string(store.folder().join("thing.broken.json")).unwrap(), text);
            assert!(!store.file("thing").exists());
        }
    }

    #[test]
    fn other_versions_are_understood() {
        let (_folder, store) = store();
        for (text, count, words) in
            [("{\"count\": 7, \"colour\": [1]}", 7, vec![]), ("{\"words\": [\"a\"]}", 0, vec!["a".to_owned()])]
        {
            put(&store, text);
            assert_eq!(store.load::<Stored>("thing"), (Stored { count, words }, None), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_elsewhere_stays_a_link() {
        let (folder, store) = store();
        let elsewhere = folder.path().join("elsewhere.json");
        put(&store, "");
        fs::remove_file(store.file("thing")).unwrap();
        fs::write(&elsewhere, "{}").unwrap();
        std::os::unix::fs::symlink(&elsewhere, store.file("thing")).unwrap();
        store.save("thing", &Stored { count: 5, words: vec![] }).unwrap();
        assert!(store.file("thing").is_symlink());
        assert!(fs::read_to_string(elsewhere).unwrap().contains('5'));
    }

    #[test]
    fn the_keeper_writes_the_latest_soon_and_at_the_end() {
        let (_folder, store) = store();
        let stored = |count| Stored { count, words: vec![] };
        let keeper = Keeper::new(store.clone(), "thing", Duration::from_millis(10)).unwrap();
        keeper.keep(stored(1));
        let start = Instant::now();
        while store.load::<Stored>("thing").0 != stored(1) {
            assert!(start.elapsed() < Duration::from_secs(20), "never written");
            thread::sleep(Duration::from_millis(5));
        }
        drop(keeper);

        let start = Instant::now();
        let keeper = Keeper::new(store.clone(), "thing", Duration::from_secs(600)).unwrap();
        (2..9).for_each(|count| keeper.keep(stored(count)));
        assert_eq!(store.load::<Stored>("thing"), (stored(1), None), "not before its time");
        drop(keeper);
        assert_eq!(store.load::<Stored>("thing"), (stored(8), None));
        assert!(start.elapsed() < Duration::from_secs(60), "the end does not wait");
    }

    /// A list of thousands of photos takes long to write, and changes with every photo (issue 16).
    #[test]
    fn what_takes_long_to_write_is_written_seldom() {
        /// Takes its time, and counts how often it is written.
        #[derive(Clone)]
        struct Slow(u32, std::sync::Arc<std::sync::atomic::AtomicU32>);

        impl Serialize for Slow {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                thread::sleep(Duration::from_millis(50));
                to.serialize_u32(self.0)
            }
        }

        let (_folder, store) = store();
        let writes = std::sync::Arc::default();
        let slow = Slow(0, std::sync::Arc::clone(&writes));
        let keeper = Keeper::new(store.clone(), "thing", Duration::from_millis(10)).unwrap();
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < Duration::from_secs(2) {
            count += 1;
            keeper.keep(Slow(count, slow.1.clone()));
            thread::sleep(Duration::from_millis(5));
        }
        // Each at least a second after the one before, but the second.
        let most = begun.elapsed().as_secs() + 2;
        drop(keeper);
        let written = writes.load(std::sync::atomic::Ordering::Relaxed);
        assert!(u64::from(written) <= most + 1, "{written} times");
        let kept: u32 = serde_json::from_slice(&fs::read(store.file("thing")).unwrap()).unwrap();
        assert_eq!(kept, count, "the last one at the end");

        let pause = Duration::from_millis(50);
        assert_eq!(pause_after(Duration::from_millis(1), pause), pause, "a short list");
        assert_eq!(pause_after(Duration::from_secs(9), pause), LONGEST_PAUSE);
        assert_eq!(pause_after(Duration::from_secs(9), Duration::from_secs(60)), Duration::from_secs(60));
    }

    #[test]
    fn only_one_may_store_at_a_time() {
        let (_folder, store) = store();
        let first = store.claim("thing").expect("the first");
        assert!(store.claim("thing").is_none());
        assert!(store.claim("other").is_some());
        drop(first);
        assert!(store.claim("thing").is_some());
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let (folder, _) = store();
        // A file where the folder should be.
        let store = Store::at(folder.path().join("file"));
        fs::write(store.folder(), "").unwrap();
        let keeper = Keeper::new(store, "thing", Duration::ZERO).unwrap();
        keeper.keep(1);
        let start = Instant::now();
        while keeper.trouble().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "never told");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
