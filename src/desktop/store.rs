//! The program's JSON files: settings and queue. No failure is fatal: what can't be read is kept as another file, what
//! can't be written is reported.

use std::{
    fs::{self, File},
    io,
    io::Write,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use etcetera::AppStrategy;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{folders, imaging::quoted, state::Notice};

/// A folder of JSON files. Stored types have `#[serde(default)]`: unknown fields are ignored, missing ones have their
/// default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
    cache: PathBuf,
}

impl Store {
    /// A store in this folder, which is created when needed.
    pub fn at(folder: PathBuf) -> Self {
        Self { cache: folder.join("cache"), folder }
    }

    /// A store in the user's configuration folder. None if that is unknown.
    pub fn of_user() -> Option<Self> {
        folders::native().map(|folders| Self { folder: folders.config_dir(), cache: folders.cache_dir() })
    }

    /// The folder of the JSON files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder for large files that may be deleted.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Locks the file `name` for this process, until the returned lock file is closed. None if another process has the
    /// lock, or the lock file can't be created.
    pub fn lock(&self, name: &str) -> Option<File> {
        fs::create_dir_all(&self.folder).ok()?;
        let file = File::create(self.folder.join(format!("{name}.lock"))).ok()?;
        file.try_lock().ok().map(|()| file)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// Loads the file `name`; the default if there is none. An invalid file is renamed to `NAME.broken.json` and named in
    /// the notice.
    pub fn load<T: DeserializeOwned + Default>(&self, name: &str) -> (T, Option<Notice>) {
        self.load_by(name, |text| serde_json::from_slice(text).map(|value| (value, Vec::new())))
    }

    /// The same, but only invalid values are replaced by their defaults, and named in the notice. For small files.
    pub fn load_valid_parts<T: Serialize + DeserializeOwned + Default>(&self, name: &str) -> (T, Option<Notice>) {
        self.load_by(name, |text| {
            let written: Value = serde_json::from_slice(text)?;
            match serde_json::from_value(written.clone()) {
                Err(_) if written.is_object() => Ok(valid_parts(&written)?),
                read => Ok((read?, Vec::new())),
            }
        })
    }

    /// Loads a file with `read`, which returns the value and the names of invalid parts.
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
        let backup = self.folder.join(format!("{name}.broken.json"));
        let (value, fault, kept) = match read(&text) {
            Ok((value, bad)) if bad.is_empty() => return (value, None),
            Ok((value, bad)) => {
                let fault = format!("has values that can't be understood: {}", bad.join(", "));
                // The other values stay in use.
                (value, fault, fs::copy(&file, &backup).map(drop))
            }
            Err(error) => (T::default(), format!("can't be understood ({error})"), fs::rename(&file, &backup)),
        };
        let kept = match kept {
            Ok(()) => format!("It was kept as {}", quoted(&backup)),
            Err(error) => format!("It could not be kept ({error})"),
        };
        let sentence = format!("{} {fault}. {kept}, and the defaults are used instead.", quoted(&file));
        (value, Some(Notice::problem(sentence)))
    }

    /// Saves the file `name`. It is replaced atomically.
    ///
    /// # Errors
    /// If the folder can't be created or the file can't be written.
    pub fn save<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        fs::create_dir_all(&self.folder)?;
        // Replaces the target of a symbolic link, not the link.
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

/// The default with all valid values of `written`, and the names of the invalid ones.
fn valid_parts<T: Serialize + DeserializeOwned + Default>(written: &Value) -> serde_json::Result<(T, Vec<String>)> {
    let mut whole = serde_json::to_value(T::default())?;
    let mut bad = Vec::new();
    merge::<T>(&mut whole, "", written, &mut bad);
    let names = bad.into_iter().map(|pointer| pointer.trim_start_matches('/').replace('/', "."));
    Ok((serde_json::from_value(whole)?, names.collect()))
}

/// Puts `written` at a JSON pointer of `whole`, or those parts of it with which `whole` is still a valid `T`.
fn merge<T: DeserializeOwned>(whole: &mut Value, pointer: &str, written: &Value, bad: &mut Vec<String>) {
    let Some(value) = whole.pointer_mut(pointer) else { return };
    let before = std::mem::replace(value, written.clone());
    if serde_json::from_value::<T>(whole.clone()).is_ok() {
        return;
    }
    let Some(value) = whole.pointer_mut(pointer) else { return };
    match (&before, written) {
        (Value::Object(_), Value::Object(fields)) => {
            *value = before;
            for (name, written) in fields {
                // Unknown fields are ignored.
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                merge::<T>(whole, &pointer, written, bad);
            }
        }
        (Value::Array(_), Value::Array(values)) => {
            *value = Value::Array(Vec::new());
            let mut kept: Vec<Value> = Vec::new();
            for (number, written) in values.iter().enumerate() {
                kept.push(written.clone());
                if let Some(value) = whole.pointer_mut(pointer) {
                    *value = Value::Array(kept.clone());
                }
                if serde_json::from_value::<T>(whole.clone()).is_err() {
                    kept.pop();
                    bad.push(format!("{pointer}[{number}]"));
                }
            }
            if let Some(value) = whole.pointer_mut(pointer) {
                *value = Value::Array(kept);
            }
        }
        _ => {
            *value = before;
            bad.push(pointer.to_owned());
        }
    }
}

/// Maximum delay of a write because writing takes long: the changes a power cut may lose.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Writes a value that changes often in a thread, so that the window never waits for the disk. Values that take long to
/// write are written less often. Dropping it writes the last value.
#[derive(Debug)]
pub struct StoreWriter<T> {
    /// Taken when dropped, which ends the thread.
    latest: Option<Sender<T>>,
    errors: Receiver<io::Error>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Serialize + Send + 'static> StoreWriter<T> {
    /// Starts a thread that writes the file `name` at most `pause` after a change, or up to [`MAX_PAUSE`] if writing takes
    /// long.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn new(store: Store, name: &str, pause: Duration) -> io::Result<Self> {
        let (latest, values) = unbounded();
        // Holds one error; further ones are dropped, since they have the same cause.
        let (failed, errors) = bounded(1);
        let name = name.to_owned();
        let thread = thread::Builder::new().name("redawn-writer".to_owned()).spawn(move || {
            let mut writing = Duration::ZERO;
            while let Ok(mut value) = values.recv() {
                let due = Instant::now() + pause_after(writing, pause);
                while let Ok(newer) = values.recv_deadline(due) {
                    value = newer;
                }
                let started = Instant::now();
                if let Err(error) = store.save(&name, &value) {
                    let _ = failed.try_send(error);
                }
                writing = started.elapsed();
            }
        })?;
        Ok(Self { latest: Some(latest), errors, thread: Some(thread) })
    }

    /// Writes this value soon, unless a newer one replaces it.
    pub fn write(&self, value: T) {
        if let Some(latest) = &self.latest {
            // Fails only if the thread has panicked.
            let _ = latest.send(value);
        }
    }

    /// Why a value could not be written, if so.
    pub fn error(&self) -> Option<io::Error> {
        self.errors.try_recv().ok()
    }
}

/// Delay of the next write after one that took `writing`: `pause`, or so long that writing takes one twentieth of the
/// time, up to [`MAX_PAUSE`].
fn pause_after(writing: Duration, pause: Duration) -> Duration {
    pause.max((20 * writing).min(MAX_PAUSE))
}

impl<T> Drop for StoreWriter<T> {
    fn drop(&mut self) {
        self.latest.take();
        if let Some(thread) = self.thread.take() {
            // The thread has reported its panic itself.
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
    fn saved_values_are_loaded_and_no_temporary_file_is_left() {
        let (_folder, store) = store();
        assert_eq!(store.load::<Stored>("thing"), (Stored::default(), None), "no file is no problem");
        for count in [1, 2] {
            let stored = Stored { count, words: vec!["ä\"\n".into()] };
            store.save("thing", &stored).unwrap();
            assert_eq!(store.load::<Stored>("thing"), (stored, None));
        }
        let names: Vec<_> = fs::read_dir(store.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["thing.json"]);
    }

    #[test]
    fn an_invalid_file_is_renamed_and_reported() {
        let (_folder, store) = store();
        for text in ["", "{\"count\": 7", "{\"count\": \"seven\"}", "\u{0}\u{0}"] {
            put(&store, text);
            let (value, notice) = store.load::<Stored>("thing");
            assert_eq!(value, Stored::default());
            let message = notice.unwrap().text;
            assert!(message.contains("thing.json") && message.contains("thing.broken.json"), "{message}");
            assert_eq!(fs::read_to_string(store.folder().join("thing.broken.json")).unwrap(), text);
            assert!(!store.file("thing").exists());
        }
    }

    #[test]
    fn files_of_other_versions_are_loaded() {
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
    fn a_symbolic_link_stays_a_link() {
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
    fn the_latest_value_is_written_soon_and_at_the_end() {
        let (_folder, store) = store();
        let stored = |count| Stored { count, words: vec![] };
        let writer = StoreWriter::new(store.clone(), "thing", Duration::from_millis(10)).unwrap();
        writer.write(stored(1));
        let start = Instant::now();
        while store.load::<Stored>("thing").0 != stored(1) {
            assert!(start.elapsed() < Duration::from_secs(20), "never written");
            thread::sleep(Duration::from_millis(5));
        }
        drop(writer);

        let start = Instant::now();
        let writer = StoreWriter::new(store.clone(), "thing", Duration::from_secs(600)).unwrap();
        (2..9).for_each(|count| writer.write(stored(count)));
        assert_eq!(store.load::<Stored>("thing"), (stored(1), None), "not before its time");
        drop(writer);
        assert_eq!(store.load::<Stored>("thing"), (stored(8), None));
        assert!(start.elapsed() < Duration::from_secs(60), "dropping does not wait for the pause");
    }

    /// A queue of thousands of photos takes long to write, and changes with every photo (issue 16).
    #[test]
    fn values_that_take_long_to_write_are_written_less_often() {
        /// Takes long to write, and counts the writes.
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
        let writer = StoreWriter::new(store.clone(), "thing", Duration::from_millis(10)).unwrap();
        let started = Instant::now();
        let mut count = 0;
        while started.elapsed() < Duration::from_secs(2) {
            count += 1;
            writer.write(Slow(count, slow.1.clone()));
            thread::sleep(Duration::from_millis(5));
        }
        // One per second, except the first two.
        let most = started.elapsed().as_secs() + 2;
        drop(writer);
        let written = writes.load(std::sync::atomic::Ordering::Relaxed);
        assert!(u64::from(written) <= most + 1, "{written} times");
        let kept: u32 = serde_json::from_slice(&fs::read(store.file("thing")).unwrap()).unwrap();
        assert_eq!(kept, count, "the last value is written at the end");

        let pause = Duration::from_millis(50);
        assert_eq!(pause_after(Duration::from_millis(1), pause), pause, "a short queue");
        assert_eq!(pause_after(Duration::from_secs(9), pause), MAX_PAUSE);
        assert_eq!(pause_after(Duration::from_secs(9), Duration::from_secs(60)), Duration::from_secs(60));
    }

    #[test]
    fn a_file_is_locked_once() {
        let (_folder, store) = store();
        let first = store.lock("thing").expect("the first");
        assert!(store.lock("thing").is_none());
        assert!(store.lock("other").is_some());
        drop(first);
        assert!(store.lock("thing").is_some());
    }

    #[test]
    fn write_errors_are_reported() {
        let (folder, _) = store();
        // A file where the folder should be.
        let store = Store::at(folder.path().join("file"));
        fs::write(store.folder(), "").unwrap();
        let writer = StoreWriter::new(store, "thing", Duration::ZERO).unwrap();
        writer.write(1);
        let start = Instant::now();
        while writer.error().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "never reported");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
