//! The page as a figure in somebody else's post: what its address asks for, and the letters it exchanges with the page around it.

pub mod post;
pub mod snippet;

use crate::browser::media::Shade;
use crate::browser::number;
use base::{Span, Time};

/// How a figure is shown, as the query of its address says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// The colours; the reader's own when nothing is said.
    pub shade: Option<Shade>,
    /// It runs as soon as it is there, unless the reader wants stillness.
    pub plays: bool,
    /// The moment at which it begins.
    pub from: Time,
    /// The moment at which it stands still.
    pub until: Option<Time>,
    /// Simulated seconds a second.
    pub speed: Option<f64>,
    /// What there is to press.
    pub controls: Controls,
    /// The page around it may not change the design either.
    pub is_read_only: bool,
    /// Verdicts are told only when the run has ended.
    pub hides_answers: bool,
    /// Title and description stand under it.
    pub has_captions: bool,
    /// The box that is selected.
    pub focus: Option<String>,
    /// The origin of the page around it, the only one it exchanges letters with.
    pub parent: Option<String>,
}

/// What there is to press.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// Play, the line of time, the verdict.
    #[default]
    Full,
    /// Play and the verdict.
    Play,
    /// Nothing.
    None,
}

impl Figure {
    /// What a query (with or without its `?`) asks for; nothing unless it says `embed`. What it cannot mean is left out.
    #[must_use]
    pub fn of(query: &str) -> Option<Figure> {
        let pairs = || query.trim_start_matches('?').split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs().find(|(name, _)| *name == "embed")?;
        let mut figure = Figure::default();
        pairs().for_each(|(name, value)| figure.take(name, value));
        Some(figure)
    }

    /// Takes an option by its name. What it cannot mean is left out.
    fn take(&mut self, name: &str, value: &str) {
        match name {
            "theme" => self.shade = matches!(value, "light" | "dark").then(|| Shade::named(value)),
            "autoplay" => self.plays = true,
            "from" => self.from = seconds(value).map_or(Time::ZERO, |span| Time::ZERO + span),
            "until" => self.until = seconds(value).map(|span| Time::ZERO + span),
            "speed" => self.speed = number(value).filter(|speed| *speed >= 0.001),
            "controls" => {
                self.controls = match value {
                    "play" => Controls::Play,
                    "none" => Controls::None,
                    _ => Controls::Full,
                }
            }
            "readonly" => self.is_read_only = true,
            "hide-answers" => self.hides_answers = true,
            "captions" => self.has_captions = true,
            "focus" => self.focus = is_name(value).then(|| value.to_string()),
            "parent" => self.parent = is_origin(value).then(|| value.to_string()),
            _ => {}
        }
    }

    /// What differs from a figure of which nothing is said, by name; a word that stands alone has no value.
    #[must_use]
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let seconds = |time: Time| (time.0 as f64 / 1e9).to_string();
        let controls = match self.controls {
            Controls::Full => None,
            Controls::Play => Some("play".to_string()),
            Controls::None => Some("none".to_string()),
        };
        let flag = |is_on: bool| is_on.then(String::new);
        let all = [
            ("theme", self.shade.map(|shade| shade.name().to_string())),
            ("autoplay", flag(self.plays)),
            ("from", (self.from > Time::ZERO).then(|| seconds(self.from))),
            ("until", self.until.map(seconds)),
            ("speed", self.speed.map(|speed| speed.to_string())),
            ("controls", controls),
            ("readonly", flag(self.is_read_only)),
            ("hide-answers", flag(self.hides_answers)),
            ("captions", flag(self.has_captions)),
            ("focus", self.focus.clone()),
            ("parent", self.parent.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The same figure with one option said, or no longer.
    #[must_use]
    pub fn with(&self, name: &str, value: Option<&str>) -> Figure {
        let mut figure = Figure::default();
        let others = self.options().into_iter().filter(|(other, _)| *other != name);
        others.for_each(|(other, value)| figure.take(other, &value));
        if let Some(value) = value {
            figure.take(name, value);
        }
        figure
    }
}

fn number(text: &str) -> Option<f64> {
    number::read(text).filter(|number| (0.0..=1e6).contains(number))
}

fn seconds(text: &str) -> Option<Span> {
    number(text.trim_end_matches('s')).map(|seconds| Span::from_millis_f64(seconds * 1_000.0))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A scheme, a host and perhaps a port: what a browser calls an origin. `null` and `*` are none.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    host.is_some_and(|host| !host.is_empty() && host.len() <= 260 && host.chars().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_without_the_word_is_no_figure() {
        assert_eq!(Figure::of(""), None);
        assert_eq!(Figure::of("?theme=dark&embedded"), None);
        assert_eq!(Figure::of("?embed"), Some(Figure::default()));
    }

    #[test]
    fn every_option_is_read_and_nonsense_is_left_out() {
        let asked = "?embed&theme=dark&autoplay&from=2.5&until=30s&speed=0.25&controls=play&readonly&hide-answers&captions&focus=posts\
                     &parent=https://blog.example:8080";
        let figure = Figure::of(asked).expect("a figure");
        assert_eq!((figure.from, figure.until), (Time(2_500_000_000), Some(Time(30_000_000_000))));
        assert_eq!((figure.speed, figure.controls, figure.plays), (Some(0.25), Controls::Play, true));
        assert!(figure.is_read_only && figure.hides_answers && figure.has_captions);
        assert_eq!(
            (figure.focus.as_deref(), figure.parent.as_deref()),
            (Some("posts"), Some("https://blog.example:8080"))
        );
        let said = figure.options().into_iter().map(|(name, value)| format!("&{name}={value}")).collect::<String>();
        assert_eq!(Figure::of(&format!("embed{said}")), Some(figure.clone()), "what is said is read the same");
        for (name, _) in figure.options() {
            let without = figure.with(name, None);
            assert!(without.options().iter().all(|(other, _)| *other != name), "{name} can be taken back");
        }
        let odd = "?embed&theme=pink&from=-1&until=NaN&speed=1e99&controls=all&focus=<b>&parent=*";
        assert_eq!(Figure::of(odd), Some(Figure::default()));
        for parent in ["null", "javascript:1", "https://", "https://a/b", "https://a%20b"] {
            assert_eq!(Figure::of(&format!("?embed&parent={parent}")), Some(Figure::default()), "{parent}");
        }
    }
}
