//! The notice about contents of a file that are not kept. The reader of each format visits everything in its file, and
//! adds whatever it neither keeps nor knows as part of the pixels (layout, thumbnails, file date). Notices about what an
//! output format does not support come from `encode`.

/// Maximum number of different names: a crafted file could have thousands.
const MAX_NAMES: usize = 12;

/// Names of contents that are not kept, for the sentence "These parts … are not kept: …".
#[derive(Debug, Default)]
pub struct Unkept {
    names: Vec<(String, usize)>,
    more: bool,
}

impl Unkept {
    /// Adds one name.
    pub fn name(&mut self, what: impl Into<String>) {
        let what = what.into();
        match self.names.iter().position(|(name, _)| *name == what) {
            Some(known) => self.names[known].1 += 1,
            None if self.names.len() < MAX_NAMES => self.names.push((what, 1)),
            None => self.more = true,
        }
    }

    /// The sentence, if there are any.
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
    fn each_name_occurs_once_with_its_count() {
        let mut unkept = Unkept::default();
        assert_eq!(Unkept::default().notice(), None);
        for what in ["gain map", "further picture", "further picture"] {
            unkept.name(what);
        }
        let notice = "These parts of its file are not kept: gain map, further picture (× 2).";
        assert_eq!(unkept.notice().as_deref(), Some(notice));

        let mut many = Unkept::default();
        (0..1_000).for_each(|number| many.name(number.to_string()));
        let notice = many.notice().unwrap();
        assert!(notice.ends_with(", 11, and more."), "{notice}");
    }
}
