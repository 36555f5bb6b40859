//! The file of `--records`: one JSON line for each result, from which a later run knows what is done.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{self, Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{input::STANDARD, path_text::path_text, sha256::Hash};
use crate::{
    imaging::{Background, Depth, MetadataChoice, quoted},
    restore::{Recipe, networks},
};

/// A line of the file; its fields are documented in `args/help.rs`.
#[derive(Serialize)]
pub struct Record<'a> {
    pub name: &'a str,
    #[serde(flatten)]
    pub source: &'a InputState,
    pub output: &'a str,
    pub output_sha256: Hash,
    pub output_bytes: u64,
    #[serde(flatten)]
    pub method: &'a Method,
    pub sigma: f32,
    pub clean: bool,
    pub jpeg: Option<u8>,
    pub marks: Option<usize>,
    pub model: Option<&'static str>,
    pub device: Option<&'a str>,
    /// Of the CPU: its instructions and threads.
    pub driver: Option<&'a str>,
    pub seconds: f64,
    pub width: usize,
    pub height: usize,
    pub pages: usize,
    pub warnings: &'a [String],
    /// In seconds since 1970.
    pub finished: u64,
}

/// An input file as it was read.
#[derive(Debug, Clone, Serialize)]
pub struct InputState {
    /// Its absolute path; `-` for standard input.
    input: String,
    input_sha256: Hash,
    input_bytes: u64,
    /// In nanoseconds since 1970; none if the system has no such time.
    input_modified: Option<u64>,
}

impl InputState {
    /// Reads all of the file; `is_standard`: that of standard input.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn of(file: &Path, is_standard: bool) -> io::Result<Self> {
        let (input_bytes, input_modified) = size_and_time(file)?;
        let input = if is_standard { STANDARD.to_owned() } else { place_text(file) };
        Ok(Self { input, input_sha256: Hash::of_file(file)?, input_bytes, input_modified })
    }
}

/// Other paths of a file may have other texts, but no other file has the same.
fn place_text(file: &Path) -> String {
    path::absolute(file).map_or_else(|_| path_text(file), |file| path_text(&file))
}

fn size_and_time(file: &Path) -> io::Result<(u64, Option<u64>)> {
    let metadata = fs::metadata(file)?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok((metadata.len(), modified.and_then(|since| u64::try_from(since.as_nanos()).ok())))
}

/// All that the bytes of a result depend on, beside its input, its name's extension and the device.
#[derive(Debug, Clone, Serialize)]
pub struct Method {
    version: &'static str,
    /// SHA-256 of the networks that the recipe may use.
    weights: BTreeMap<&'static str, Hash>,
    recipe: Settings,
}

/// The settings of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// What is restored.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// JPEG, AVIF or WebP quality.
    pub quality: Option<u8>,
    /// Bits per channel.
    pub depth: Option<Depth>,
    /// Which metadata are kept.
    pub metadata: MetadataChoice,
    /// The background of transparent photos.
    pub background: Background,
    /// The mask of what to fill.
    pub repair_mask: Option<Hash>,
    /// The mask of where to restore.
    pub mask: Option<Hash>,
    /// Strength where it is black, in percent.
    pub elsewhere: u8,
    /// Whether damaged files are restored.
    pub damaged: bool,
    /// Whether only marks are written.
    pub only_marks: bool,
}

impl Method {
    /// The method of these settings in this program.
    pub fn new(settings: Settings) -> Self {
        let recipe = Settings { recipe: settings.recipe.with_model_that_counts(), ..settings };
        let weights = networks(&recipe.recipe).into_iter();
        let weights = weights.map(|network| (network.name(), Hash::of(network.file()))).collect();
        Self { version: env!("CARGO_PKG_VERSION"), weights, recipe }
    }

    /// The same with another mask of what to fill.
    pub fn with_repair_mask(&self, mask: Hash) -> Self {
        Self { recipe: Settings { repair_mask: Some(mask), ..self.recipe.clone() }, ..self.clone() }
    }

    /// Equal for equal methods, also after writing and reading.
    fn identity(&self) -> Hash {
        let text = serde_json::to_string(self).unwrap_or_default();
        identity(&serde_json::from_str(&text).unwrap_or_default())
    }
}

fn identity(line: &Value) -> Hash {
    Hash::of(json!([line["version"], line["weights"], line["recipe"]]).to_string().as_bytes())
}

/// What is known of an existing result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// It was made from this input by this method.
    Same,
    /// It was made by another method, or it or the input was changed since.
    Different,
    /// It was made from this file, which has other bytes and is in another place.
    OtherInput(PathBuf),
    /// No record names it.
    Unknown,
}

/// The file of records.
pub struct Records {
    path: PathBuf,
    /// None if there is no file yet.
    file: Option<File>,
    /// By name, the last record of each.
    known: HashMap<String, Known>,
    /// All before this position is known.
    read_to: u64,
}

struct Known {
    input: Box<str>,
    input_sha256: String,
    input_bytes: u64,
    input_modified: Option<u64>,
    output_bytes: u64,
    identity: Hash,
}

#[derive(Deserialize)]
struct StoredRecord {
    name: String,
    input: Box<str>,
    input_sha256: String,
    input_bytes: u64,
    input_modified: Option<u64>,
    output_bytes: u64,
}

impl Records {
    /// Opens the file, and creates it if it is missing.
    ///
    /// # Errors
    /// If that is not possible: a sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(|error| {
            format!("the records {} can't be written ({error}): choose another file with --records", quoted(path))
        })?;
        Ok(Self::new(path, Some(file)))
    }

    /// Opens the file for reading. If it does not exist, there are no records.
    ///
    /// # Errors
    /// If it exists and can't be read: a sentence.
    pub fn open_existing(path: &Path) -> Result<Self, String> {
        match File::open(path) {
            Ok(file) => Ok(Self::new(path, Some(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::new(path, None)),
            Err(error) => Err(format!("the records {} can't be read ({error})", quoted(path))),
        }
    }

    fn new(path: &Path, file: Option<File>) -> Self {
        Self { path: path.to_owned(), file, known: HashMap::new(), read_to: 0 }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, whatever other processes append at the same time, and syncs it.
    ///
    /// # Errors
    /// If it can't be written: a sentence.
    pub fn append(&mut self, record: &Record) -> Result<(), String> {
        self.append_line(record)
            .map_err(|error| format!("the records {} can't be written ({error})", quoted(&self.path)))
    }

    fn append_line(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        // Some file systems have no locks: there one write of one line has to do.
        let is_locked = file.lock().is_ok();
        let written = ends_with_a_line(file).and_then(|whole| {
            if !whole {
                // A process was killed, or the disk was full, within a line.
                line.insert(0, b'\n');
            }
            file.write_all(&line)?;
            file.sync_data()
        });
        if is_locked {
            file.unlock()?;
        }
        written
    }

    /// Reads what was appended since, by other processes too. Lines that are no records are ignored.
    ///
    /// # Errors
    /// If the file can't be read: a sentence.
    pub fn refresh(&mut self) -> Result<(), String> {
        self.read_new().map_err(|error| format!("the records {} can't be read ({error})", quoted(&self.path)))
    }

    fn read_new(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut new = Vec::new();
        let is_locked = file.lock_shared().is_ok();
        let read = file.seek(SeekFrom::Start(self.read_to)).and_then(|_| file.read_to_end(&mut new));
        if is_locked {
            file.unlock()?;
        }
        read?;
        // The last line may be unfinished: it is read again next time.
        self.read_to += new.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end as u64 + 1);
        for line in new.split(|&byte| byte == b'\n') {
            let Ok(value) = serde_json::from_slice::<Value>(line) else { continue };
            let Ok(record) = StoredRecord::deserialize(&value) else { continue };
            let StoredRecord { name, input, input_sha256, input_bytes, input_modified, output_bytes } = record;
            let identity = identity(&value);
            let known = Known { input, input_sha256, input_bytes, input_modified, output_bytes, identity };
            self.known.insert(name, known);
        }
        Ok(())
    }

    /// What is known of the existing result `output` of this name, in relation to an input and a method. The input is only read
    /// if its place, size or time has changed.
    pub fn of(&self, name: &str, input: &Path, output: &Path, method: &Method) -> Earlier {
        let Some(known) = self.known.get(name) else { return Earlier::Unknown };
        let earlier_input = Path::new(&*known.input);
        let is_same_place =
            *known.input == place_text(input) || same_file::is_same_file(earlier_input, input).unwrap_or(false);
        let has_same_bytes = || {
            let (bytes, modified) = size_and_time(input).ok()?;
            if bytes != known.input_bytes {
                return Some(false);
            }
            let is_untouched = is_same_place && modified.is_some() && modified == known.input_modified;
            Some(is_untouched || Hash::of_file(input).ok()?.to_string() == known.input_sha256)
        };
        let is_whole = || fs::metadata(output).is_ok_and(|file| file.len() == known.output_bytes);
        let is_same_result = known.identity == method.identity() && is_whole();
        if is_same_place && !is_same_result {
            return Earlier::Different;
        }
        match (has_same_bytes() == Some(true), is_same_result) {
            (true, true) => Earlier::Same,
            (false, _) if !is_same_place => Earlier::OtherInput(earlier_input.to_owned()),
            _ => Earlier::Different,
        }
    }
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::Noise;

    fn method(sigma: f32) -> Method {
        let recipe = Recipe { noise: Noise::Sigma(sigma), ..Recipe::default() };
        Method::new(Settings {
            recipe,
            quality: None,
            depth: None,
            metadata: MetadataChoice::Keep,
            background: Background::default(),
            repair_mask: None,
            mask: None,
            elsewhere: 0,
            damaged: false,
            only_marks: false,
        })
    }

    fn record(records: &mut Records, input: &Path, output: &Path, method: &Method) {
        let source = InputState::of(input, false).unwrap();
        let output_bytes = fs::metadata(output).unwrap().len();
        let record = Record {
            name: "box/a.png",
            source: &source,
            output: "out/box/a.png",
            output_sha256: Hash::of_file(output).unwrap(),
            output_bytes,
            method,
            sigma: 12.3,
            clean: false,
            jpeg: None,
            marks: None,
            model: None,
            device: None,
            driver: None,
            seconds: 0.5,
            width: 3,
            height: 4,
            pages: 1,
            warnings: &["one\nline".to_owned()],
            finished: now(),
        };
        records.append(&record).unwrap();
    }

    #[test]
    fn a_result_is_that_of_its_input_and_method() {
        let folder = tempfile::tempdir().unwrap();
        let [file, input, output] = ["records", "a.png", "b.png"].map(|name| folder.path().join(name));
        fs::write(&input, "input").unwrap();
        fs::write(&output, "output").unwrap();
        let mut writer = Records::open(&file).unwrap();
        let mut reader = Records::open_existing(&file).unwrap();
        let mut earlier = |name: &str, method: &Method| {
            reader.refresh().unwrap();
            reader.of(name, &input, &output, method)
        };
        let used = method(12.3);
        assert_eq!(earlier("box/a.png", &used), Earlier::Unknown);
        record(&mut writer, &input, &output, &used);
        assert_eq!(earlier("box/a.png", &used), Earlier::Same);
        assert_eq!(earlier("a.png", &used), Earlier::Unknown);
        assert_eq!(earlier("box/a.png", &method(12.4)), Earlier::Different);
        assert_eq!(earlier("box/a.png", &used.with_repair_mask(Hash::of(b""))), Earlier::Different);
        assert_eq!(earlier("box/a.png", &Method { version: "9.9", ..used.clone() }), Earlier::Different);

        // Copied elsewhere: another time, the same bytes.
        File::options().write(true).open(&input).unwrap().set_modified(UNIX_EPOCH).unwrap();
        assert_eq!(earlier("box/a.png", &used), Earlier::Same);
        fs::write(&input, "INPUT").unwrap();
        assert_eq!(earlier("box/a.png", &used), Earlier::Different);
        record(&mut writer, &input, &output, &used);
        assert_eq!(earlier("box/a.png", &used), Earlier::Same, "the last record counts");
        fs::write(&output, "out").unwrap();
        assert_eq!(earlier("box/a.png", &used), Earlier::Different);
    }

    #[test]
    fn a_result_of_another_photo_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let [file, input, output, other] = ["records", "a.png", "b.png", "c.png"].map(|name| folder.path().join(name));
        for (path, text) in [(&input, "input"), (&output, "output"), (&other, "other")] {
            fs::write(path, text).unwrap();
        }
        let mut records = Records::open(&file).unwrap();
        let used = method(1.0);
        record(&mut records, &input, &output, &used);
        records.refresh().unwrap();
        let earlier = |input: &Path, method: &Method| records.of("box/a.png", input, &output, method);
        assert_eq!(earlier(&other, &used), Earlier::OtherInput(input.clone()));
        assert_eq!(earlier(&other, &method(2.0)), Earlier::OtherInput(input.clone()));
        // Copied elsewhere.
        fs::write(&other, "input").unwrap();
        assert_eq!(earlier(&other, &used), Earlier::Same);
        assert_eq!(earlier(&other, &method(2.0)), Earlier::Different);
        // Another spelling, other bytes.
        fs::write(&input, "changed").unwrap();
        let spelled = folder.path().join("none/..").join("a.png");
        fs::create_dir(folder.path().join("none")).unwrap();
        assert_eq!(earlier(&spelled, &used), Earlier::Different);
    }

    #[test]
    fn an_unfinished_line_is_ended_and_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records");
        fs::write(&file, "{\"name\": \"box/a.p").unwrap();
        let mut records = Records::open(&file).unwrap();
        record(&mut records, &file, &file, &method(1.0));
        records.refresh().unwrap();
        assert_eq!(records.known.len(), 1);
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    }

    /// Threads with files of their own stand for processes.
    #[test]
    fn lines_of_several_writers_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records");
        let input = folder.path().join("a");
        fs::write(&input, "a").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut records = Records::open(&file).unwrap();
                    (0..25).for_each(|_| record(&mut records, &input, &input, &method(1.0)));
                });
            }
        });
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 100);
        assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["width"] == 3)));
    }
}
