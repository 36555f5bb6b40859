//! Removes properties from an XMP packet that refer to parts of its file that are not kept: thumbnails, extended XMP,
//! further pictures and videos, content credentials. Properties are identified by namespace, and written as attributes or
//! elements.

use std::collections::HashMap;

use super::{
    xmp_directory,
    xmp_text::{Tag, attribute, pieces},
};

/// The parts of its file that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    None,
    /// The gain map, of this length in bytes.
    GainMap {
        bytes: usize,
    },
}

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
    /// All, unless the gain map is kept.
    GainMap,
    /// The directory of a file's parts.
    Directory,
    /// The properties of the directory's items.
    Items,
}

impl Refers {
    /// Whether it applies to all namespaces whose URIs begin with the given one.
    fn covers_several_namespaces(self) -> bool {
        matches!(self, Refers::All | Refers::GainMap | Refers::Directory | Refers::Items)
    }
}

/// The usual prefix of a namespace, its URI (or the prefix of several URIs), and its references.
const NAMESPACES: [(&str, &str, Refers); 17] = [
    ("xmp", "http://ns.adobe.com/xap/1.0/", Refers::Beginning(&["Thumbnails"])),
    ("xap", "http://ns.adobe.com/xap/1.0/", Refers::Beginning(&["Thumbnails"])),
    ("xmpNote", "http://ns.adobe.com/xmp/note/", Refers::Beginning(&["HasExtendedXMP"])),
    ("Item", "http://ns.google.com/photos/1.0/container/item/", Refers::Items),
    ("Container", "http://ns.google.com/photos/1.0/container/", Refers::Directory),
    ("GContainer", "http://ns.google.com/photos/1.0/container/", Refers::Directory),
    ("Device", "http://ns.google.com/photos/dd/1.0/", Refers::All),
    ("GCamera", "http://ns.google.com/photos/1.0/camera/", Refers::Beginning(&["MotionPhoto", "MicroVideo"])),
    ("GDepth", "http://ns.google.com/photos/1.0/depthmap/", Refers::IfExtended),
    ("GImage", "http://ns.google.com/photos/1.0/image/", Refers::IfExtended),
    ("GAudio", "http://ns.google.com/photos/1.0/audio/", Refers::IfExtended),
    ("hdrgm", "http://ns.adobe.com/hdr-gain-map/1.0/", Refers::GainMap),
    ("HDRGainMap", "http://ns.apple.com/HDRGainMap/1.0/", Refers::GainMap),
    ("apdi", "http://ns.apple.com/pixeldatainfo/1.0/", Refers::GainMap),
    ("MiCamera", "http://ns.xiaomi.com/photos/1.0/camera/", Refers::All),
    ("OpCamera", "http://ns.oplus.com/photos/1.0/camera/", Refers::All),
    ("dcterms", "http://purl.org/dc/terms/", Refers::Containing("provenance", "jumbf")),
];

/// The packet without references to other parts than `parts`; unchanged if a removed element has no end.
pub fn without_references(text: &str, parts: Parts) -> String {
    let names = Prefixes::declared_in(text, parts);
    let mut kept = String::with_capacity(text.len());
    // The element being removed, its offset, and the nesting depth within it.
    let mut removed: Option<(&str, usize, usize)> = None;
    let (mut pieces, mut at) = (pieces(text).peekable(), 0);
    while let Some(piece) = pieces.next() {
        at += piece.len();
        match (Tag::of(piece), &mut removed) {
            (Some(Tag::Start { name, alone }), None) => {
                if !names.refers(name, pieces.peek().copied().unwrap_or_default()) {
                    push_tag(piece, name, &names, &mut kept);
                } else if !alone {
                    removed = Some((name, at - piece.len(), 1));
                }
            }
            (_, None) => kept.push_str(piece),
            (Some(Tag::Start { alone, .. }), Some((_, _, depth))) => *depth += usize::from(!alone),
            (Some(Tag::End(name)), Some((start, from, 1))) if name == *start => {
                kept.extend(names.directory(start, &text[*from..at]));
                removed = None;
            }
            (Some(Tag::End(_)), Some((_, _, 1))) => return text.to_owned(),
            (Some(Tag::End(_)), Some((_, _, depth))) => *depth -= 1,
            (None, Some(_)) => {}
        }
    }
    if removed.is_none() { kept } else { text.to_owned() }
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

/// The namespaces of a packet's prefixes.
struct Prefixes<'a> {
    declared: HashMap<&'a str, Option<Refers>>,
    extended: bool,
    parts: Parts,
}

impl<'a> Prefixes<'a> {
    fn declared_in(text: &'a str, parts: Parts) -> Self {
        let mut declared = HashMap::new();
        for piece in pieces(text) {
            let Some(Tag::Start { name, .. }) = Tag::of(piece) else { continue };
            let mut rest = &piece[1 + name.len()..];
            while let Some(((name, value), after)) = attribute(rest) {
                if let Some(prefix) = name.strip_prefix("xmlns:") {
                    let is_it = |uri: &str, refers: Refers| match refers.covers_several_namespaces() {
                        true => value.starts_with(uri),
                        false => value == uri,
                    };
                    let found = NAMESPACES.iter().find(|(_, uri, refers)| is_it(uri, *refers));
                    declared.insert(prefix, found.map(|(_, _, refers)| *refers));
                }
                rest = after;
            }
        }
        Self { declared, extended: text.contains("HasExtendedXMP"), parts }
    }

    fn meaning(&self, prefix: &str) -> Option<Refers> {
        let usual = || NAMESPACES.iter().find(|(usual, ..)| *usual == prefix).map(|(_, _, refers)| *refers);
        self.declared.get(prefix).copied().unwrap_or_else(usual)
    }

    fn refers(&self, name: &str, value: &str) -> bool {
        let Some((prefix, name)) = name.split_once(':') else { return false };
        match self.meaning(prefix) {
            Some(Refers::All | Refers::Directory | Refers::Items) => true,
            Some(Refers::GainMap) => self.parts == Parts::None,
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
                Some(Refers::GainMap | Refers::Directory | Refers::Items) => self.parts == Parts::None,
                Some(Refers::IfExtended) => self.extended,
                _ => false,
            },
            None => self.refers(name, value),
        }
    }

    /// What replaces an element that refers to parts: of a directory, the items of the parts that are kept.
    fn directory(&self, name: &str, element: &str) -> Option<String> {
        let Parts::GainMap { bytes } = self.parts else { return None };
        let (prefix, _) = name.split_once(':')?;
        (self.meaning(prefix)? == Refers::Directory).then_some(())?;
        let of_items = self.declared.iter().filter(|(_, meaning)| **meaning == Some(Refers::Items));
        xmp_directory::of_gain_map(element, of_items.map(|(prefix, _)| *prefix), bytes)
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
        assert_eq!(without_references(packet, Parts::None), expected);
        assert_eq!(without_references(expected, Parts::None), expected);
        for (end, _) in packet.char_indices() {
            without_references(&packet[..end], Parts::None);
        }
    }

    #[test]
    fn references_to_a_kept_gain_map_stay() {
        let packet = |motion: &str, items: &str| {
            format!(
                "<a xmlns:C='http://ns.google.com/photos/1.0/container/' \
                 xmlns:I='http://ns.google.com/photos/1.0/container/item/' \
                 xmlns:h='http://ns.adobe.com/hdr-gain-map/1.0/' h:Version='1.0'{motion}>{items}</a>"
            )
        };
        let directory = |items: &str| format!("<C:Directory><rdf:Seq>{items}</rdf:Seq></C:Directory>");
        let map = |length: usize| format!("<rdf:li><C:Item I:Semantic='GainMap' I:Length='{length}'/></rdf:li>");
        let video = "<rdf:li><C:Item I:Semantic='MotionPhoto' I:Length='7'/></rdf:li>";
        let kept = |text: &str| without_references(text, Parts::GainMap { bytes: 12 });
        let expected = packet("", &directory(&map(12)));
        let found = kept(&packet(" GCamera:MotionPhoto='1'", &directory(&[&map(99), video].concat())));
        assert_eq!(found, expected);
        assert_eq!(kept(&expected), expected);
        assert_eq!(kept(&packet("", &directory(video))), packet("", ""));
        assert_eq!(without_references(&expected, Parts::None), "<a></a>");
    }

    #[test]
    fn the_description_of_an_embedded_depth_map_is_kept() {
        let packet = |note: &str| format!("<a GDepth:Near='1'{note} b='2'/>");
        assert_eq!(without_references(&packet(""), Parts::None), packet(""));
        assert_eq!(without_references(&packet(" xmpNote:HasExtendedXMP='0A'"), Parts::None), "<a b='2'/>");
    }

    #[test]
    fn text_that_is_not_xml_is_unchanged() {
        for text in ["", "<", "a < b > c", "<hdrgm:a>", "<a hdrgm:b", "<a b='<", "</a></b>", "<a hdrgm:b>"] {
            assert_eq!(without_references(text, Parts::None).is_empty(), text.is_empty(), "{text}");
        }
        assert_eq!(without_references("<a><hdrgm:b></a>", Parts::None), "<a><hdrgm:b></a>");
    }
}
