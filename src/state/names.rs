//! Output names of the queue's photos. A [`NamesRequest`] is answered on the scanner's thread, since it reads the disk.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    naming::{NamedPhoto, Naming},
    queue::{Item, ItemId, Queue},
};
use crate::{
    imaging::{IfExists, SaveOptions, replaced_inputs},
    restore::Recipe,
};

/// Output file of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its path.
    pub path: PathBuf,
    /// Whether the file existed.
    pub exists: bool,
}

/// Request for the output names of all photos.
#[derive(Debug)]
pub struct NamesRequest {
    /// Its number. Only rises.
    pub number: u64,
    /// Folder, template and format.
    pub naming: Naming,
    /// The photos.
    pub photos: Vec<Arc<Item>>,
    /// The pasted ones, whose results go elsewhere.
    pub pasted: Pasted,
}

/// Pasted pictures, which are stored in a folder of the program.
#[derive(Debug, Default)]
pub struct Pasted {
    /// The pictures.
    pub photos: HashSet<ItemId>,
    /// Preferred folders for their results, best first. They may not exist.
    pub folders: Vec<PathBuf>,
}

impl NamesRequest {
    /// Finds the names. `folder` selects the folder for pasted pictures, given the preferred ones; `exists` says whether a
    /// file exists.
    pub fn answer(
        &self,
        folder: impl FnOnce(&[PathBuf]) -> Option<PathBuf>,
        exists: impl Fn(&Path) -> bool,
    ) -> NamesAnswer {
        let Pasted { photos: pasted, folders } = &self.pasted;
        let folder = if pasted.is_empty() { None } else { folder(folders) };
        let path_of = |item: &Item| match (&folder, item.path.file_name()) {
            (Some(folder), Some(name)) if pasted.contains(&item.id) => folder.join(name),
            _ => item.path.clone(),
        };
        let paths: Vec<PathBuf> = self.photos.iter().map(|item| path_of(item)).collect();
        let photos = self.photos.iter().zip(&paths);
        let photos = photos.map(|(item, path)| NamedPhoto {
            path,
            subfolder: &item.subfolder,
            recipe: Recipe { repair: item.edits.effective_repair(item.recipe.repair), ..item.recipe },
            size: item.size,
        });
        let photos: Vec<_> = photos.collect();
        let target = |path: PathBuf| OutputFile { exists: exists(&path), path };
        let results = self.naming.targets(&photos, &exists);
        let options = self.naming.options;
        let read: Vec<PathBuf> = self.photos.iter().map(|item| item.path.clone()).collect();
        let replaced =
            if options.if_exists == IfExists::Replace { replaced_inputs(&results, &read) } else { Vec::new() };
        let id = |number: usize| self.photos[number].id;
        let replaced = replaced.into_iter().map(|(number, earlier)| (id(number), id(earlier))).collect();
        let targets = self.photos.iter().map(|item| item.id).zip(results.into_iter().map(target)).collect();
        NamesAnswer { number: self.number, targets: Targets { targets, replaced, options } }
    }
}

/// The answer to a [`NamesRequest`].
#[derive(Debug)]
pub struct NamesAnswer {
    number: u64,
    targets: Targets,
}

impl NamesAnswer {
    /// Output file of a photo.
    pub fn of(&self, id: ItemId) -> Option<PathBuf> {
        self.targets.of(id).map(|file| file.path.clone())
    }
}

/// Output files of all photos.
#[derive(Debug, Default)]
pub struct Targets {
    targets: HashMap<ItemId, OutputFile>,
    replaced: HashMap<ItemId, ItemId>,
    /// How to write them.
    pub options: SaveOptions,
}

impl Targets {
    /// Output file of a photo.
    pub fn of(&self, id: ItemId) -> Option<&OutputFile> {
        self.targets.get(&id)
    }

    /// The earlier photo in the list whose result replaces this one's file, of which it is another name.
    pub fn replaced_by(&self, id: ItemId) -> Option<ItemId> {
        self.replaced.get(&id).copied()
    }
}

/// Output names, and whether they are up to date.
#[derive(Debug, Default)]
pub struct OutputNames {
    naming: Naming,
    /// Number of the latest request, and of the latest answer.
    requested: u64,
    received: u64,
    /// Revision of the queue in the latest request. None if it is out of date.
    requested_revision: Option<u64>,
    latest: Targets,
}

impl OutputNames {
    /// Folder, template and format.
    pub fn naming(&self) -> &Naming {
        &self.naming
    }

    /// Sets folder, template and format.
    pub fn set_naming(&mut self, naming: Naming) {
        self.naming = naming;
        self.invalidate();
    }

    /// Marks the names as out of date, for example because files may have changed.
    pub fn invalidate(&mut self) {
        self.requested_revision = None;
    }

    /// Whether a new request is needed.
    pub fn are_stale(&self, queue: &Queue) -> bool {
        self.requested_revision != Some(queue.revision())
    }

    /// Makes a request for the names of all photos.
    pub fn request(&mut self, queue: &Queue, pasted: Pasted) -> NamesRequest {
        self.requested_revision = Some(queue.revision());
        self.requested += 1;
        self.request_once(queue.items().to_vec(), pasted)
    }

    /// The request for the names of these photos alone. Its answer is not to be received.
    pub fn request_once(&self, photos: Vec<Arc<Item>>, pasted: Pasted) -> NamesRequest {
        NamesRequest { number: self.requested, naming: self.naming.clone(), photos, pasted }
    }

    /// Applies an answer. Ignored if there was a later request.
    pub fn receive(&mut self, answer: NamesAnswer) {
        if answer.number == self.requested {
            (self.received, self.latest) = (answer.number, answer.targets);
        }
    }

    /// The names of this queue's photos. None while they are out of date.
    pub fn current(&self, queue: &Queue) -> Option<&Targets> {
        let up_to_date = self.requested_revision == Some(queue.revision()) && self.received == self.requested;
        up_to_date.then_some(&self.latest)
    }

    /// The latest known name of a photo, to be shown. May be out of date.
    pub fn of(&self, id: ItemId) -> Option<&OutputFile> {
        self.latest.of(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        restore::{Effect, MarkEdit, Recipe, Repair, Scale, Stroke},
        state::queue::{Edit, Found},
    };

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        add(&mut queue, names);
        queue
    }

    fn add(queue: &mut Queue, names: &[&str]) {
        let found = |name: &&str| Found { path: format!("/no/{name}").into(), subfolder: PathBuf::new() };
        queue.add(names.iter().map(found), Recipe::default());
    }

    fn ask(names: &mut OutputNames, queue: &Queue) -> NamesRequest {
        assert!(names.are_stale(queue));
        names.request(queue, Pasted::default())
    }

    fn template(template: &str) -> Naming {
        Naming { template: template.into(), ..Naming::default() }
    }

    fn named(names: &OutputNames, queue: &Queue) -> Option<Vec<String>> {
        let targets = names.current(queue)?;
        let name = |item: &Arc<Item>| targets.of(item.id).map(|target| target.path.display().to_string());
        queue.items().iter().map(name).collect()
    }

    /// Photos are removed, replaced and added, and each has its own name (issue 16).
    #[test]
    fn names_belong_to_photos_and_old_answers_are_ignored() {
        let (mut names, mut queue) = (OutputNames::default(), queue(&["A.png", "B.png", "C.png"]));
        names.set_naming(template("{name}"));
        let first = ask(&mut names, &queue);
        assert!(!names.are_stale(&queue), "once");
        names.receive(first.answer(|_| None, |_| false));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/A.png", "/no/B.png", "/no/C.png"]);
        let old = first.answer(|_| None, |_| false);

        let others: Vec<ItemId> = queue.items()[1..].iter().map(|item| item.id).collect();
        queue.edit(Edit::remove(&queue, |item| others.contains(&item.id)));
        let found = Found { path: "/no/X.png".into(), subfolder: PathBuf::new() };
        queue.replace_with(found, Recipe::default());
        add(&mut queue, &["F.png", "G.png"]);
        assert_eq!(named(&names, &queue), None, "not known yet");
        let request = ask(&mut names, &queue);
        names.receive(old);
        assert_eq!(named(&names, &queue), None, "an answer about other photos");
        names.receive(request.answer(|_| None, |_| false));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/X.png", "/no/F.png", "/no/G.png"]);
    }

    /// A brush that marked nothing repairs nothing.
    #[test]
    fn names_say_repaired_once_something_is_marked() {
        let (mut names, mut queue) = (OutputNames::default(), queue(&["a.png"]));
        let id = queue.items()[0].id;
        let stroke = |effect| MarkEdit::Stroke(Stroke { points: vec![[1.0, 2.0]], radius: 3.0, feather: 0.0, effect });
        let cases = [
            (vec![], "/no/a-denoised.png"),
            (vec![stroke(Effect::Erase)], "/no/a-denoised.png"),
            (vec![stroke(Effect::Add)], "/no/a-restored.png"),
        ];
        for (edits, expected) in cases {
            queue.edit(Edit::Marks(vec![(id, Repair::Given, edits.into())]));
            if names.are_stale(&queue) {
                let answer = ask(&mut names, &queue).answer(|_| None, |_| false);
                names.receive(answer);
            }
            assert_eq!(named(&names, &queue).unwrap(), [expected]);
        }
    }

    /// A partly typed template is never used (issue 16).
    #[test]
    fn only_the_last_template_counts() {
        let (mut names, queue) = (OutputNames::default(), queue(&["a.png", "b.png"]));
        let typed = ["{name}-", "{name}-n", "{name}-new"].map(|typed| {
            names.set_naming(template(typed));
            ask(&mut names, &queue)
        });
        for request in &typed[..2] {
            names.receive(request.answer(|_| None, |_| false));
            assert_eq!(named(&names, &queue), None);
        }
        names.receive(typed[2].answer(|_| None, |_| false));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/a-new.png", "/no/b-new.png"]);
        names.receive(typed[0].answer(|_| None, |_| false));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/a-new.png", "/no/b-new.png"]);
    }

    /// A pasted picture may be in a temporary folder (issue 16).
    #[test]
    fn results_of_pasted_pictures_go_elsewhere() {
        let (mut names, queue) = (OutputNames::default(), queue(&["pasted.png", "b.png"]));
        let pasted = Pasted { photos: HashSet::from([queue.items()[0].id]), folders: vec!["/kept".into()] };
        let request = names.request(&queue, pasted);
        names.receive(request.answer(|folders| folders.first().cloned(), |_| false));
        assert_eq!(named(&names, &queue).unwrap(), ["/kept/pasted-denoised.png", "/no/b-denoised.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_an_earlier_photo_is_known_when_results_replace_files() {
        let folder = tempfile::tempdir().unwrap();
        let [photo, link] = ["photo.png", "link.png"].map(|name| folder.path().join(name));
        std::fs::write(&photo, "a photo").unwrap();
        std::os::unix::fs::symlink(&photo, &link).unwrap();
        let mut queue = Queue::default();
        queue.add([photo, link].map(|path| Found { path, subfolder: PathBuf::new() }), Recipe::default());
        let [first, second] = [0, 1].map(|number| queue.items()[number].id);
        for (if_exists, expected) in [(IfExists::Replace, Some(first)), (IfExists::Rename, None)] {
            let mut names = OutputNames::default();
            let options = SaveOptions { if_exists, ..SaveOptions::default() };
            names.set_naming(Naming { options, ..template("{name}") });
            let answer = ask(&mut names, &queue).answer(|_| None, |path| path.exists());
            names.receive(answer);
            let targets = names.current(&queue).unwrap();
            assert_eq!((targets.replaced_by(first), targets.replaced_by(second)), (None, expected));
        }
    }

    #[test]
    fn every_change_needs_a_new_request() {
        let (mut names, mut queue) = (OutputNames::default(), queue(&["a.png", "b.png"]));
        let id = queue.items()[0].id;
        let mut numbers = Vec::new();
        let mut requested = |names: &mut OutputNames, queue: &Queue| {
            let request = ask(names, queue);
            numbers.push(request.number);
            names.receive(request.answer(|_| None, |_| false));
            assert!(names.current(queue).is_some());
        };
        requested(&mut names, &queue);
        queue.edit(Edit::Recipes(vec![(id, Recipe { scale: Scale::X2, ..Recipe::default() })]));
        assert!(names.current(&queue).is_none() && names.of(id).is_some(), "the old name is shown meanwhile");
        requested(&mut names, &queue);
        queue.edit(Edit::Move(id, 1));
        requested(&mut names, &queue);
        names.invalidate();
        assert!(names.current(&queue).is_none());
        requested(&mut names, &queue);
        assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
    }
}
