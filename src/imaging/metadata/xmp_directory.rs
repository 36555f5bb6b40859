//! The directory of a file's parts in XMP (Google's container).

use super::xmp_text::{Tag, pieces, set};

/// The directory of a file that consists of the main picture and a gain map of `bytes`; none if it has no gain map.
/// `prefixes`: those of the items' properties.
pub fn of_gain_map<'a>(
    directory: &str,
    prefixes: impl Iterator<Item = &'a str> + Clone,
    bytes: usize,
) -> Option<String> {
    // The length of the main picture is not needed to find the next part, and 0 if there is one.
    let mut wanted = vec![("Primary", 0), ("GainMap", bytes)];
    let mut kept = String::with_capacity(directory.len());
    let mut item: Option<String> = None;
    for piece in pieces(directory) {
        let (begins, ends) = match Tag::of(piece) {
            Some(Tag::Start { name, alone }) if name.ends_with(":li") => (true, alone),
            Some(Tag::End(name)) => (false, name.ends_with(":li")),
            _ => (false, false),
        };
        if begins {
            item = Some(String::new());
        }
        item.as_mut().unwrap_or(&mut kept).push_str(piece);
        if let Some(mut item) = item.take_if(|_| ends)
            && let Some(found) = wanted.iter().position(|(meaning, _)| item.contains(meaning))
        {
            let (_, length) = wanted.swap_remove(found);
            for prefix in prefixes.clone().chain(["Item"]) {
                item = set(&item, &format!("{prefix}:Length"), &length.to_string());
                item = set(&item, &format!("{prefix}:Padding"), "0");
            }
            kept.push_str(&item);
        }
    }
    (!wanted.iter().any(|(meaning, _)| *meaning == "GainMap")).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIDEO: &str = "<rdf:li rdf:parseType='Resource'><C:Item I:Semantic='MotionPhoto' I:Length='7'/></rdf:li>";

    #[test]
    fn only_the_picture_and_the_map_are_left() {
        let directory = |[padding, length]: [u32; 2], others: &str| {
            format!(
                "<C:Directory><rdf:Seq>\
                 <rdf:li rdf:parseType='Resource'><C:Item I:Semantic='Primary' I:Padding=\"{padding}\"/></rdf:li>\
                 <rdf:li rdf:parseType='Resource'><C:Item rdf:parseType='Resource'><I:Length>{length}</I:Length>\
                 <I:Semantic>GainMap</I:Semantic></C:Item></rdf:li>{others}</rdf:Seq></C:Directory>"
            )
        };
        let expected = directory([0, 1234], "");
        let edited = |text: &str| of_gain_map(text, ["I"].into_iter(), 1234);
        assert_eq!(edited(&directory([12, 99], VIDEO)).as_ref(), Some(&expected));
        assert_eq!(edited(&expected).as_ref(), Some(&expected));
        let alone = "<Container:Directory><rdf:Seq><rdf:li Item:Semantic='GainMap' Item:Length='5'/></rdf:Seq></Container:Directory>";
        assert_eq!(edited(alone), Some(alone.replace("'5'", "'1234'")));
        assert_eq!(edited(&format!("<C:Directory><rdf:Seq>{VIDEO}</rdf:Seq></C:Directory>")), None);
    }
}
