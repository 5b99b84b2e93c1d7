//! Reads the attributes of HTML that links need. Reads well-formed pages, as mdBook writes them:
//! `<` always starts a tag.

/// Elements whose content is not HTML.
const RAW: [&str; 2] = ["script", "style"];

/// The attributes of a page that links need.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The values of `id`, and of `name` in `<a name>`.
    pub(super) ids: Vec<String>,
    /// The values of `href` and `src`.
    pub(super) links: Vec<String>,
    /// The value of `<base href>`.
    pub(super) base: Option<String>,
}

impl Page {
    pub(super) fn parse(html: &str) -> Self {
        let mut page = Self::default();
        let mut rest = html;
        while let Some((_, tag)) = rest.split_once('<') {
            if let Some(comment) = tag.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let name_length = tag
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(tag.len());
            let (name, after) = tag.split_at(name_length);
            rest = page.attributes(name, after);
            if RAW.contains(&name) {
                let end = format!("</{name}");
                rest = rest.find(&end).map_or("", |at| &rest[at..]);
            }
        }
        page
    }

    /// Stores the attributes of an opening tag, and returns the text after the tag.
    fn attributes<'h>(&mut self, tag: &str, mut rest: &'h str) -> &'h str {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let Some(end) = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)) else {
                return "";
            };
            let (name, after) = rest.split_at(end);
            if let Some(after_tag) = after.strip_prefix('>') {
                return after_tag;
            }
            rest = after.trim_start();
            let Some(after_equals) = rest.strip_prefix('=') else {
                continue;
            };
            let (value, after_value) = value(after_equals.trim_start());
            rest = after_value;
            match (tag, name) {
                ("base", "href") => self.base = Some(decode(value)),
                (_, "href" | "src") => self.links.push(decode(value)),
                (_, "id") | ("a", "name") => self.ids.push(decode(value)),
                _ => {}
            }
        }
    }
}

/// An attribute's value, and the text after it.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Decodes the character references that attributes have.
fn decode(value: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(value.to_owned(), |text, (reference, character)| {
        text.replace(reference, character)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(html: &str) -> (Vec<String>, Vec<String>) {
        let Page { ids, links, .. } = Page::parse(html);
        (ids, links)
    }

    #[test]
    fn finds_links_and_ids_in_any_order_and_quotes() {
        let (ids, links) = parsed(
            "<h2 class=\"x\" id='one'><a href=#one>1</a></h2>\n<img alt=\"a > b\"\n src = \"p.png\"/><a name=\"two\"></a>",
        );
        assert_eq!(ids, ["one", "two"]);
        assert_eq!(links, ["#one", "p.png"]);
    }

    #[test]
    fn ignores_text_comments_scripts_and_styles() {
        let html = "href=\"a\" <!-- <a href=\"b\"> --><script src=\"c.js\">x = '<a href=\"d\">';</script>\
            <style>a::after { content: '<a href=\"e\">' }</style><code>&lt;a href=\"f\"&gt;</code>";
        assert_eq!(parsed(html), (vec![], vec!["c.js".to_owned()]));
    }

    #[test]
    fn ignores_attributes_with_similar_names() {
        let html = "<a data-href=\"a\" hrefs=\"b\" disabled href=\"c\">";
        assert_eq!(parsed(html).1, ["c"]);
    }

    #[test]
    fn decodes_references_once() {
        assert_eq!(parsed("<a href=\"a?b&amp;c=&#x27;&amp;lt;\">").1, ["a?b&c='&lt;"]);
    }

    #[test]
    fn keeps_the_base_apart() {
        let page = Page::parse("<base href=\"/book/\"><a href=\"a.html\">");
        assert_eq!(page.base.as_deref(), Some("/book/"));
        assert_eq!(page.links, ["a.html"]);
    }

    #[test]
    fn ends_with_a_tag_that_is_not_closed() {
        assert_eq!(
            parsed("<p id=\"a\"><a href=\"b"),
            (vec!["a".into()], vec!["b".into()])
        );
    }
}
