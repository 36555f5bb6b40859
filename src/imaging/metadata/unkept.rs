//! The notice about what was in a file and is not kept. The reader of each format walks over all that its file holds, and
//! names here what it neither keeps nor knows as a part of the pixels (their layout, their thumbnails, the time the file
//! was made). What a format can't hold gets its notice when it is written (`encode`).

/// The most different things that are named: a crafted file could have thousands.
const MOST: usize = 12;

/// Names of what is not kept, as the middle of the sentence "These parts … are not kept: …".
#[derive(Debug, Default)]
pub struct Unkept {
    names: Vec<(String, usize)>,
    more: bool,
}

impl Unkept {
    /// Names one thing.
    pub fn name(&mut self, what: impl Into<String>) {
        let what = what.into();
        match self.names.iter().position(|(name, _)| *name == what) {
            Some(known) => self.names[known].1 += 1,
            None if self.names.len() < MOST => self.names.push((what, 1)),
            None => self.more = true,
        }
    }

    /// The sentence about all of them.
    pub fn notice(self) -> Option<String> {
        let names = self.names.into_iter().map(|(name, count)| match count {
            1 => name,
            count => format!("{name} (× {count})"),
        });
        let mut names: Vec<_> = names.collect();
        names.extend(self.more.then(|| "and more".to_string()));
        (!names.is_empty()).then(|| format!("These parts of its file are not kept: {}.", names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_named_once_and_counted() {
        let mut unkept = Unkept::default();
        assert_eq!(Unkept::default().notice(), None);
        for what in ["gain map", "further picture", "further picture"] {
            unkept.name(what);
        }
        let said = "These parts of its file are not kept: gain map, further picture (× 2).";
        assert_eq!(unkept.notice().as_deref(), Some(said));

        let mut many = Unkept::default();
        (0..1_000).for_each(|number| many.name(number.to_string()));
        let said = many.notice().unwrap();
        assert!(said.ends_with(", 11, and more."), "{said}");
    }
}
