//! The text of an XMP packet: its tags, their attributes, simple properties.

/// Splits a packet into tags, texts, comments and processing instructions.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let up_to = |mark: &str| rest.find(mark).map(|at| at + mark.len());
        let end = match rest {
            "" => return None,
            _ if rest.starts_with("<!--") => up_to("-->"),
            _ if rest.starts_with("<![CDATA[") => up_to("]]>"),
            _ if rest.starts_with("<?") => up_to("?>"),
            _ if rest.starts_with('<') => tag_length(rest),
            _ => rest.find('<'),
        };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(piece)
    })
}

/// Length of a tag; an attribute value can contain ">".
fn tag_length(tag: &str) -> Option<usize> {
    let mut quote = None;
    let end = tag.bytes().position(|byte| match quote {
        Some(mark) => {
            quote = Some(mark).filter(|mark| byte != *mark);
            false
        }
        None => {
            quote = Some(byte).filter(|byte| matches!(byte, b'"' | b'\''));
            byte == b'>'
        }
    });
    end.map(|end| end + 1)
}

/// A tag of an element.
#[derive(Debug, Clone, Copy)]
pub enum Tag<'a> {
    /// `alone`: an empty-element tag.
    Start {
        name: &'a str,
        alone: bool,
    },
    End(&'a str),
}

impl<'a> Tag<'a> {
    /// None for other pieces.
    pub fn of(piece: &'a str) -> Option<Self> {
        let inner = piece.strip_prefix('<')?.strip_suffix('>')?;
        if let Some(name) = inner.strip_prefix('/') {
            return Some(Tag::End(name.trim_end()));
        }
        let name = inner.split(|letter: char| letter.is_whitespace() || letter == '/').next()?;
        let named = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        named.then_some(Tag::Start { name, alone: inner.ends_with('/') })
    }
}

/// The next attribute of a tag (name and value), and the rest.
pub fn attribute(text: &str) -> Option<((&str, &str), &str)> {
    let (name, rest) = text.trim_start().split_once('=')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let (value, rest) = rest[1..].split_once(quote)?;
    Some(((name.trim_end(), value), rest))
}

/// Sets a simple property, written as an attribute or an element, at every occurrence. In one pass: a packet can contain
/// it a million times.
pub fn set(text: &str, name: &str, value: &str) -> String {
    let (mut new, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(name) {
        let (before, after) = rest.split_at(at + name.len());
        new.push_str(before);
        rest = after;
        let (opening, end_mark) = match after.as_bytes() {
            [b'=', quote @ (b'"' | b'\''), ..] => (2, char::from(*quote)),
            [b'>', ..] if before[..at].ends_with('<') => (1, '<'),
            _ => continue,
        };
        if let Some(length) = after[opening..].find(end_mark) {
            new.push_str(&after[..opening]);
            new.push_str(value);
            rest = &after[opening + length..];
        }
    }
    new.push_str(rest);
    new
}
