//! Removes properties from an XMP packet that refer to parts of its file that are not kept: thumbnails, extended XMP,
//! further pictures and videos, content credentials. Properties are identified by namespace, and written as attributes or
//! elements.

use std::collections::HashMap;

/// Which properties of a namespace are references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refers {
    All,
    /// Those whose names have one of these prefixes.
    Beginning(&'static [&'static str]),
    /// The one of this name, if its value contains this word.
    Containing(&'static str, &'static str),
    /// All, if their data is in extended XMP.
    IfExtended,
}

/// The usual prefix of a namespace, its URI (or the prefix of several URIs), and its references.
const NAMESPACES: [(&str, &str, Refers); 17] = [
    ("xmp", "http://ns.adobe.com/xap/1.0/", Refers::Beginning(&["Thumbnails"])),
    ("xap", "http://ns.adobe.com/xap/1.0/", Refers::Beginning(&["Thumbnails"])),
    ("xmpNote", "http://ns.adobe.com/xmp/note/", Refers::Beginning(&["HasExtendedXMP"])),
    ("Container", "http://ns.google.com/photos/1.0/container/", Refers::All),
    ("Item", "http://ns.google.com/photos/1.0/container/item/", Refers::All),
    ("Device", "http://ns.google.com/photos/dd/1.0/", Refers::All),
    ("GCamera", "http://ns.google.com/photos/1.0/camera/", Refers::Beginning(&["MotionPhoto", "MicroVideo"])),
    ("GDepth", "http://ns.google.com/photos/1.0/depthmap/", Refers::IfExtended),
    ("GImage", "http://ns.google.com/photos/1.0/image/", Refers::IfExtended),
    ("GAudio", "http://ns.google.com/photos/1.0/audio/", Refers::IfExtended),
    ("hdrgm", "http://ns.adobe.com/hdr-gain-map/1.0/", Refers::All),
    ("HDRGainMap", "http://ns.apple.com/HDRGainMap/1.0/", Refers::All),
    ("apdi", "http://ns.apple.com/pixeldatainfo/1.0/", Refers::All),
    ("MiCamera", "http://ns.xiaomi.com/photos/1.0/camera/", Refers::All),
    ("OpCamera", "http://ns.oplus.com/photos/1.0/camera/", Refers::All),
    ("GContainer", "http://ns.google.com/photos/1.0/container/", Refers::All),
    ("dcterms", "http://purl.org/dc/terms/", Refers::Containing("provenance", "jumbf")),
];

/// The packet without references; unchanged if a removed element has no end.
pub fn without_references(text: &str) -> String {
    let names = Prefixes::declared_in(text);
    let mut kept = String::with_capacity(text.len());
    // The element being removed, and the nesting depth within it.
    let mut removed: Option<(&str, usize)> = None;
    let mut pieces = pieces(text).peekable();
    while let Some(piece) = pieces.next() {
        match (Tag::of(piece), &mut removed) {
            (Some(Tag::Start { name, alone }), None) => {
                if !names.refers(name, pieces.peek().copied().unwrap_or_default()) {
                    push_tag(piece, name, &names, &mut kept);
                } else if !alone {
                    removed = Some((name, 1));
                }
            }
            (_, None) => kept.push_str(piece),
            (Some(Tag::Start { alone, .. }), Some((_, depth))) => *depth += usize::from(!alone),
            (Some(Tag::End(name)), Some((start, 1))) if name == *start => removed = None,
            (Some(Tag::End(_)), Some((_, 1))) => return text.to_owned(),
            (Some(Tag::End(_)), Some((_, depth))) => *depth -= 1,
            (None, Some(_)) => {}
        }
    }
    if removed.is_none() { kept } else { text.to_owned() }
}

/// Splits a packet into tags, texts, comments and processing instructions.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
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

#[derive(Debug, Clone, Copy)]
enum Tag<'a> {
    /// `alone`: an empty-element tag.
    Start {
        name: &'a str,
        alone: bool,
    },
    End(&'a str),
}

impl<'a> Tag<'a> {
    fn of(piece: &'a str) -> Option<Self> {
        let inner = piece.strip_prefix('<')?.strip_suffix('>')?;
        if let Some(name) = inner.strip_prefix('/') {
            return Some(Tag::End(name.trim_end()));
        }
        let name = inner.split(|letter: char| letter.is_whitespace() || letter == '/').next()?;
        let named = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        named.then_some(Tag::Start { name, alone: inner.ends_with('/') })
    }
}

/// Appends a tag without attributes that are references.
fn push_tag(tag: &str, name: &str, names: &Prefixes, kept: &mut String) {
    let (beginning, mut rest) = tag.split_at(1 + name.len());
    kept.push_str(beginning);
    while let Some((attribute, after)) = attribute(rest) {
        if !names.is_removed(attribute) {
            kept.push_str(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    kept.push_str(rest);
}

/// The next attribute of a tag (name and value), and the rest.
fn attribute(text: &str) -> Option<((&str, &str), &str)> {
    let (name, rest) = text.trim_start().split_once('=')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let (value, rest) = rest[1..].split_once(quote)?;
    Some(((name.trim_end(), value), rest))
}

/// The namespaces of a packet's prefixes.
struct Prefixes<'a> {
    declared: HashMap<&'a str, Option<Refers>>,
    extended: bool,
}

impl<'a> Prefixes<'a> {
    fn declared_in(text: &'a str) -> Self {
        let mut declared = HashMap::new();
        for piece in pieces(text) {
            let Some(Tag::Start { name, .. }) = Tag::of(piece) else { continue };
            let mut rest = &piece[1 + name.len()..];
            while let Some(((name, value), after)) = attribute(rest) {
                if let Some(prefix) = name.strip_prefix("xmlns:") {
                    let is_it = |uri: &str, refers| match refers {
                        Refers::All => value.starts_with(uri),
                        _ => value == uri,
                    };
                    let found = NAMESPACES.iter().find(|(_, uri, refers)| is_it(uri, *refers));
                    declared.insert(prefix, found.map(|(_, _, refers)| *refers));
                }
                rest = after;
            }
        }
        Self { declared, extended: text.contains("HasExtendedXMP") }
    }

    fn meaning(&self, prefix: &str) -> Option<Refers> {
        let usual = || NAMESPACES.iter().find(|(usual, ..)| *usual == prefix).map(|(_, _, refers)| *refers);
        self.declared.get(prefix).copied().unwrap_or_else(usual)
    }

    fn refers(&self, name: &str, value: &str) -> bool {
        let Some((prefix, name)) = name.split_once(':') else { return false };
        match self.meaning(prefix) {
            Some(Refers::All) => true,
            Some(Refers::Beginning(beginnings)) => beginnings.iter().any(|beginning| name.starts_with(beginning)),
            Some(Refers::Containing(property, word)) => name == property && value.contains(word),
            Some(Refers::IfExtended) => self.extended,
            None => false,
        }
    }

    /// Whether an attribute is removed: a reference, or the declaration of a prefix that is no longer used.
    fn is_removed(&self, (name, value): (&str, &str)) -> bool {
        match name.strip_prefix("xmlns:") {
            Some(prefix) => match self.meaning(prefix) {
                Some(Refers::All) => true,
                Some(Refers::IfExtended) => self.extended,
                _ => false,
            },
            None => self.refers(name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_removed_for_any_prefix_and_the_rest_is_unchanged() {
        let packet = r#"<?xpacket begin="" id="W5M0"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- <hdrgm:a> --><rdf:RDF>
            <rdf:Description rdf:about='' xmlns:C="http://ns.google.com/photos/1.0/container/" dc:format="a>b"
              xmlns:I="http://ns.google.com/photos/1.0/container/item/" xmlns:h = 'http://ns.adobe.com/hdr-gain-map/1.0/'
              xmlns:g="http://ns.google.com/photos/1.0/camera/" g:MotionPhoto="1" g:BurstID="7" h:Version="1.0"
              xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="self#jumbf=c2pa" dcterms:created="now">
              <h:GainMapMax><rdf:Seq><rdf:li>1</rdf:li></rdf:Seq></h:GainMapMax><dc:title>A</dc:title>
              <g:MicroVideoOffset>12</g:MicroVideoOffset>
              <C:Directory><rdf:Seq><rdf:li><C:Item I:Mime="image/jpeg"/></rdf:li><rdf:li/></rdf:Seq></C:Directory>
              <xmp:Thumbnails><rdf:Alt/></xmp:Thumbnails><xmp:Rating>4</xmp:Rating>
            </rdf:Description></rdf:RDF></x:xmpmeta>"#;
        let expected = r#"<?xpacket begin="" id="W5M0"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- <hdrgm:a> --><rdf:RDF>
            <rdf:Description rdf:about='' dc:format="a>b"
              xmlns:g="http://ns.google.com/photos/1.0/camera/" g:BurstID="7"
              xmlns:dcterms="http://purl.org/dc/terms/" dcterms:created="now">
              <dc:title>A</dc:title>
              
              
              <xmp:Rating>4</xmp:Rating>
            </rdf:Description></rdf:RDF></x:xmpmeta>"#;
        assert_eq!(without_references(packet), expected);
        assert_eq!(without_references(expected), expected);
        for (end, _) in packet.char_indices() {
            without_references(&packet[..end]);
        }
    }

    #[test]
    fn the_description_of_an_embedded_depth_map_is_kept() {
        let packet = |note: &str| format!("<a GDepth:Near='1'{note} b='2'/>");
        assert_eq!(without_references(&packet("")), packet(""));
        assert_eq!(without_references(&packet(" xmpNote:HasExtendedXMP='0A'")), "<a b='2'/>");
    }

    #[test]
    fn text_that_is_not_xml_is_unchanged() {
        for text in ["", "<", "a < b > c", "<hdrgm:a>", "<a hdrgm:b", "<a b='<", "</a></b>", "<a hdrgm:b>"] {
            assert_eq!(without_references(text).is_empty(), text.is_empty(), "{text}");
        }
        assert_eq!(without_references("<a><hdrgm:b></a>"), "<a><hdrgm:b></a>");
    }
}
