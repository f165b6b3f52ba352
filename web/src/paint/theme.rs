//! The colours and the type face of the page, as its style sheet has them.
//!
//! Every colour that is drawn is an [`Ink`]; its value is the custom property of the same name on the root element. Read once
//! for each change of theme: about 25 colours, well under a millisecond.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, Window};

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ink {
    /// `--bg`: the canvas.
    Bg,
    /// `--grid`: its dots.
    Grid,
    /// `--panel`: cards.
    Panel,
    /// `--raised`: chips on cards.
    Raised,
    /// `--line`: borders and quiet lines.
    Line,
    /// `--text`.
    Text,
    /// `--muted`: labels.
    Muted,
    /// `--faint`: what is there but not now.
    Faint,
    /// `--accent`: selection.
    Accent,
    /// `--ok`: healthy.
    Ok,
    /// `--slow`.
    Slow,
    /// `--bad`: failing.
    Bad,
    /// `--cut`: dead or unreachable.
    Cut,
    /// `--read`: what changes nothing.
    Read,
    /// `--write`: what changes state.
    Write,
    /// `--tint-1`, for owners, terms and kinds of errors, and so on to `--tint-6`.
    Tint1,
    /// `--tint-2`.
    Tint2,
    /// `--tint-3`.
    Tint3,
    /// `--tint-4`.
    Tint4,
    /// `--tint-5`.
    Tint5,
    /// `--tint-6`.
    Tint6,
}

impl Ink {
    /// All of them with their custom property, in the order of their values.
    pub const ALL: [(Ink, &'static str); 21] = [
        (Ink::Bg, "--bg"),
        (Ink::Grid, "--grid"),
        (Ink::Panel, "--panel"),
        (Ink::Raised, "--raised"),
        (Ink::Line, "--line"),
        (Ink::Text, "--text"),
        (Ink::Muted, "--muted"),
        (Ink::Faint, "--faint"),
        (Ink::Accent, "--accent"),
        (Ink::Ok, "--ok"),
        (Ink::Slow, "--slow"),
        (Ink::Bad, "--bad"),
        (Ink::Cut, "--cut"),
        (Ink::Read, "--read"),
        (Ink::Write, "--write"),
        (Ink::Tint1, "--tint-1"),
        (Ink::Tint2, "--tint-2"),
        (Ink::Tint3, "--tint-3"),
        (Ink::Tint4, "--tint-4"),
        (Ink::Tint5, "--tint-5"),
        (Ink::Tint6, "--tint-6"),
    ];

    /// One of the six tints, going round.
    #[must_use]
    pub fn tint(number: u64) -> Ink {
        [Ink::Tint1, Ink::Tint2, Ink::Tint3, Ink::Tint4, Ink::Tint5, Ink::Tint6][(number % 6) as usize]
    }
}

/// The values of all inks, and the type face.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    css: Vec<String>,
    rgb: Vec<(u8, u8, u8)>,
    font: String,
}

impl Theme {
    /// Reads what the style sheets say now. An ink without a property is drawn in the colour of text.
    ///
    /// # Errors
    /// What the browser said, when it has no document or no canvas.
    pub fn read(window: &Window) -> Result<Theme, JsValue> {
        let document = window.document().ok_or(JsValue::NULL)?;
        let body = document.body().ok_or(JsValue::NULL)?;
        let probe: HtmlElement = document.create_element("span")?.dyn_into()?;
        probe.set_hidden(true);
        body.append_child(&probe)?;
        let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
        canvas.set_width(Ink::ALL.len() as u32);
        canvas.set_height(1);
        let ctx: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
        for (at, (_, property)) in Ink::ALL.into_iter().enumerate() {
            // The browser resolves variables and functions; a pixel turns whatever notation it uses into bytes.
            probe.style().set_property("color", &format!("var({property})"))?;
            let value = window.get_computed_style(&probe)?.ok_or(JsValue::NULL)?.get_property_value("color")?;
            ctx.set_fill_style_str(&value);
            ctx.fill_rect(at as f64, 0.0, 1.0, 1.0);
        }
        let data = ctx.get_image_data(0.0, 0.0, Ink::ALL.len() as f64, 1.0)?.data();
        let rgb: Vec<(u8, u8, u8)> = data.chunks_exact(4).map(|pixel| (pixel[0], pixel[1], pixel[2])).collect();
        let css = rgb.iter().map(|(r, g, b)| format!("rgb({r},{g},{b})")).collect();
        let font = window.get_computed_style(&body)?.ok_or(JsValue::NULL)?.get_property_value("font-family")?;
        let font = if font.trim().is_empty() { "system-ui, sans-serif".to_string() } else { font };
        probe.remove();
        Ok(Theme { css, rgb, font })
    }

    /// Colours of a test's own.
    #[cfg(test)]
    pub(super) fn made_up(is_dark: bool) -> Theme {
        let shade = |at: usize| match Ink::ALL[at].0 {
            Ink::Text => {
                if is_dark {
                    240
                } else {
                    10
                }
            }
            Ink::Bg => {
                if is_dark {
                    10
                } else {
                    240
                }
            }
            _ => 60 + 8 * at as u8,
        };
        let rgb: Vec<(u8, u8, u8)> = (0..Ink::ALL.len()).map(|at| (shade(at), shade(at), shade(at))).collect();
        let css = rgb.iter().map(|(r, g, b)| format!("rgb({r},{g},{b})")).collect();
        Theme { css, rgb, font: "ui-sans-serif, \"Segoe UI\", sans-serif".to_string() }
    }

    /// An ink as CSS writes it.
    #[must_use]
    pub fn css(&self, ink: Ink) -> &str {
        &self.css[ink as usize]
    }

    /// An ink as red, green and blue.
    #[must_use]
    pub fn rgb(&self, ink: Ink) -> (u8, u8, u8) {
        self.rgb[ink as usize]
    }

    /// True when text is lighter than what it stands on.
    #[must_use]
    pub fn dark(&self) -> bool {
        let light = |ink: Ink| {
            let (r, g, b) = self.rgb(ink);
            3 * u32::from(r) + 6 * u32::from(g) + u32::from(b)
        };
        light(Ink::Text) > light(Ink::Bg)
    }

    /// The type face, as CSS writes it.
    #[must_use]
    pub fn font(&self) -> &str {
        &self.font
    }
}
