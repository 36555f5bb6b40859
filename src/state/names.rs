//! Which file the result of each photo of the list becomes, as the scanner finds out. Pure.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use super::{
    naming::Naming,
    queue::{Item, ItemId, Queue},
};
use crate::imaging::SaveOptions;

/// The file a result becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub path: PathBuf,
    /// Whether a file of that name was there.
    pub exists: bool,
}

/// A request for the names of all results.
#[derive(Debug)]
pub struct Request {
    /// Its number: a later request has a higher one.
    pub number: u64,
    /// Where the results go.
    pub naming: Naming,
    /// The photos.
    pub photos: Vec<Arc<Item>>,
    /// Those whose own folder is no place for results.
    pub pasted: Pasted,
}

/// Pasted pictures, which lie in a folder of the program's.
#[derive(Debug, Default)]
pub struct Pasted {
    /// The pictures.
    pub photos: HashSet<ItemId>,
    /// Folders for their results, if they exist. The best first.
    pub folders: Vec<PathBuf>,
}

impl Request {
    /// Finds them. Reads the disk. `folder` selects one of the folders for pasted pictures, or another.
    pub fn answer(&self, folder: impl FnOnce(&[PathBuf]) -> Option<PathBuf>) -> Answer {
        let Pasted { photos: pasted, folders } = &self.pasted;
        let folder = if pasted.is_empty() { None } else { folder(folders) };
        let path_of = |item: &Item| match (&folder, item.path.file_name()) {
            (Some(folder), Some(name)) if pasted.contains(&item.id) => folder.join(name),
            _ => item.path.clone(),
        };
        let paths: Vec<PathBuf> = self.photos.iter().map(|item| path_of(item)).collect();
        let photos = self.photos.iter().zip(&paths);
        let photos = photos.map(|(item, path)| (path.as_path(), item.within.as_path(), item.recipe));
        let target = |path: PathBuf| Target { exists: path.symlink_metadata().is_ok(), path };
        let paths = self.naming.targets(photos).into_iter().map(target);
        let targets = self.photos.iter().map(|item| item.id).zip(paths).collect();
        Answer { number: self.number, agreed: Agreed { targets, options: self.naming.options } }
    }
}

/// The answer to a [`Request`].
#[derive(Debug)]
pub struct Answer {
    number: u64,
    agreed: Agreed,
}

/// Names, and how the files are written.
#[derive(Debug, Default)]
pub struct Agreed {
    targets: HashMap<ItemId, Target>,
    /// How they are written.
    pub options: SaveOptions,
}

impl Agreed {
    /// The file of this photo's result.
    pub fn of(&self, id: ItemId) -> Option<&Target> {
        self.targets.get(&id)
    }
}

/// The names of the results, and whether they still hold.
#[derive(Debug, Default)]
pub struct Names {
    naming: Naming,
    /// The number of the latest request, and of the latest one that was answered.
    asked: u64,
    answered: u64,
    /// The state of the queue that request was about; none when it is to be asked again.
    about: Option<u64>,
    latest: Agreed,
}

impl Names {
    /// Where the results go.
    pub fn naming(&self) -> &Naming {
        &self.naming
    }

    /// Where they go from now on.
    pub fn change(&mut self, naming: Naming) {
        self.naming = naming;
        self.ask_again();
    }

    /// What lies on the disk may be different now.
    pub fn ask_again(&mut self) {
        self.about = None;
    }

    /// Whether something has changed since the scanner was asked.
    pub fn are_due(&self, queue: &Queue) -> bool {
        self.about != Some(queue.revision())
    }

    /// The request for the names of these photos' results.
    pub fn request(&mut self, queue: &Queue, pasted: Pasted) -> Request {
        self.about = Some(queue.revision());
        self.asked += 1;
        Request { number: self.asked, naming: self.naming.clone(), photos: queue.items().to_vec(), pasted }
    }

    /// Takes in an answer; one to an earlier request says nothing any more.
    pub fn hear(&mut self, answer: Answer) {
        if answer.number == self.asked {
            (self.answered, self.latest) = (answer.number, answer.agreed);
        }
    }

    /// The names that hold for this queue as it is; none as long as they are not known.
    pub fn agreed(&self, queue: &Queue) -> Option<&Agreed> {
        let hold = self.about == Some(queue.revision()) && self.answered == self.asked;
        hold.then_some(&self.latest)
    }

    /// The file of this photo's result, as far as is known: to be shown.
    pub fn of(&self, id: ItemId) -> Option<&Target> {
        self.latest.of(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        restore::{Recipe, Scale},
        state::queue::{Edit, Found},
    };

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        add(&mut queue, names);
        queue
    }

    fn add(queue: &mut Queue, names: &[&str]) {
        let found = |name: &&str| Found { path: format!("/no/{name}").into(), within: PathBuf::new() };
        queue.add(names.iter().map(found), Recipe::default());
    }

    fn ask(names: &mut Names, queue: &Queue) -> Request {
        assert!(names.are_due(queue));
        names.request(queue, Pasted::default())
    }

    fn template(template: &str) -> Naming {
        Naming { template: template.into(), ..Naming::default() }
    }

    fn named(names: &Names, queue: &Queue) -> Option<Vec<String>> {
        let agreed = names.agreed(queue)?;
        let name = |item: &Arc<Item>| agreed.of(item.id).map(|target| target.path.display().to_string());
        queue.items().iter().map(name).collect()
    }

    /// Photos are removed, replaced and added, and each has its own name (issue 16).
    #[test]
    fn names_belong_to_photos_and_old_answers_count_for_nothing() {
        let (mut names, mut queue) = (Names::default(), queue(&["A.png", "B.png", "C.png"]));
        names.change(template("{name}"));
        let first = ask(&mut names, &queue);
        assert!(!names.are_due(&queue), "once");
        names.hear(first.answer(|_| None));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/A.png", "/no/B.png", "/no/C.png"]);
        let old = first.answer(|_| None);

        let others: Vec<ItemId> = queue.items()[1..].iter().map(|item| item.id).collect();
        queue.edit(Edit::remove(&queue, |item| others.contains(&item.id)));
        let found = Found { path: "/no/X.png".into(), within: PathBuf::new() };
        queue.replace_with(found, Recipe::default());
        add(&mut queue, &["F.png", "G.png"]);
        assert_eq!(named(&names, &queue), None, "not known yet");
        let request = ask(&mut names, &queue);
        names.hear(old);
        assert_eq!(named(&names, &queue), None, "that was about other photos");
        names.hear(request.answer(|_| None));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/X.png", "/no/F.png", "/no/G.png"]);
    }

    /// A template that was typed only in part names nothing (issue 16).
    #[test]
    fn only_the_last_template_counts() {
        let (mut names, queue) = (Names::default(), queue(&["a.png", "b.png"]));
        let typed = ["{name}-", "{name}-n", "{name}-new"].map(|typed| {
            names.change(template(typed));
            ask(&mut names, &queue)
        });
        for request in &typed[..2] {
            names.hear(request.answer(|_| None));
            assert_eq!(named(&names, &queue), None);
        }
        names.hear(typed[2].answer(|_| None));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/a-new.png", "/no/b-new.png"]);
        names.hear(typed[0].answer(|_| None));
        assert_eq!(named(&names, &queue).unwrap(), ["/no/a-new.png", "/no/b-new.png"]);
    }

    /// A pasted picture lies in a folder that is gone with the window (issue 16).
    #[test]
    fn what_lies_where_nothing_stays_is_named_elsewhere() {
        let (mut names, queue) = (Names::default(), queue(&["pasted.png", "b.png"]));
        let pasted = Pasted { photos: HashSet::from([queue.items()[0].id]), folders: vec!["/kept".into()] };
        let request = names.request(&queue, pasted);
        names.hear(request.answer(|folders| folders.first().cloned()));
        assert_eq!(named(&names, &queue).unwrap(), ["/kept/pasted-denoised.png", "/no/b-denoised.png"]);
    }

    #[test]
    fn every_change_is_asked_about() {
        let (mut names, mut queue) = (Names::default(), queue(&["a.png", "b.png"]));
        let id = queue.items()[0].id;
        let mut numbers = Vec::new();
        let mut asked = |names: &mut Names, queue: &Queue| {
            let request = ask(names, queue);
            numbers.push(request.number);
            names.hear(request.answer(|_| None));
            assert!(names.agreed(queue).is_some());
        };
        asked(&mut names, &queue);
        queue.edit(Edit::Recipes(vec![(id, Recipe { scale: Scale::X2, ..Recipe::default() })]));
        assert!(names.agreed(&queue).is_none() && names.of(id).is_some(), "the name before is shown meanwhile");
        asked(&mut names, &queue);
        queue.edit(Edit::Move(id, 1));
        asked(&mut names, &queue);
        names.ask_again();
        assert!(names.agreed(&queue).is_none());
        asked(&mut names, &queue);
        assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
    }
}
