//! What is pasted into a page of one's own: the element, a frame, or a picture that leads to the design.

use super::Figure;

/// Where a design is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the page lies, with its closing slash.
    pub home: String,
    /// What follows `#s=` in its link.
    pub payload: String,
    /// Its title.
    pub title: String,
}

impl Place {
    /// The element of `embed.js`, with the script that makes it known.
    #[must_use]
    pub fn element(&self, figure: &Figure) -> String {
        let mut said = String::new();
        for (name, value) in figure.options() {
            said.push(' ');
            said.push_str(name);
            if !value.is_empty() {
                said.push_str(&format!("=\"{value}\""));
            }
        }
        let Place { home, payload, title } = self;
        format!(
            "<script defer src=\"{home}embed.js\"></script>\n<faultline-figure link=\"s={payload}\"{said} title=\"{}\"></faultline-figure>",
            escaped(title)
        )
    }

    /// The address of a figure.
    #[must_use]
    pub fn address(&self, figure: &Figure) -> String {
        let mut query = "embed".to_string();
        for (name, value) in figure.options() {
            query.push('&');
            query.push_str(name);
            if !value.is_empty() {
                query.push('=');
                query.push_str(&value);
            }
        }
        format!("{}?{query}#s={}", self.home, self.payload)
    }

    /// A frame, for pages that take no scripts.
    #[must_use]
    pub fn frame(&self, figure: &Figure) -> String {
        format!(
            "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height=\"480\" loading=\"lazy\"></iframe>",
            escaped(&self.address(figure)),
            escaped(&self.title)
        )
    }

    /// A picture that leads to the design, for places that take neither; `picture` is the file's name.
    #[must_use]
    pub fn markdown(&self, picture: &str) -> String {
        let title: String = self
            .title
            .chars()
            .filter(|c| !matches!(c, '[' | ']' | '\\' | '<' | '>' | '`') && !c.is_control())
            .collect();
        format!("[![{title}]({picture})]({}#s={})", self.home, self.payload)
    }
}

/// What may stand in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(title: &str) -> Place {
        Place { home: "https://example.org/f/".into(), payload: "AbC_-".into(), title: title.into() }
    }

    fn figure() -> Figure {
        Figure::of("embed&theme=dark&from=2.5&controls=play&captions&focus=posts").expect("a figure")
    }

    #[test]
    fn every_option_stands_in_the_element_and_in_the_frame() {
        let element = place("A feed").element(&figure());
        assert!(
            element.contains("link=\"s=AbC_-\" theme=\"dark\" from=\"2.5\" controls=\"play\" captions focus=\"posts\""),
            "{element}"
        );
        let frame = place("A feed").frame(&figure());
        let address = "https://example.org/f/?embed&amp;theme=dark&amp;from=2.5&amp;controls=play&amp;captions&amp;focus=posts#s=AbC_-";
        assert!(frame.contains(address), "{frame}");
    }

    #[test]
    fn an_address_is_read_as_it_was_meant() {
        let address = place("").address(&figure());
        let query = address.split(['?', '#']).nth(1).expect("a query");
        assert_eq!(Figure::of(query), Some(figure()));
    }

    #[test]
    fn a_title_stays_a_title() {
        let bad = "\"><script>alert(1)</script> [x](javascript:1) `\n";
        for html in [place(bad).element(&figure()), place(bad).frame(&figure())] {
            assert!(!html.contains("<script>") && html.contains("&quot;&gt;&lt;script&gt;"), "{html}");
        }
        let markdown = place(bad).markdown("a.svg");
        assert!(!markdown.contains("<script") && !markdown.contains('\n'), "{markdown}");
        assert_eq!(markdown.matches("](").count(), 2, "one picture, one link: {markdown}");
    }
}
