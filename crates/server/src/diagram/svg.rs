//! A small SVG writer: everything that is written is escaped.

use std::fmt::Write;

/// An SVG document in the making.
#[derive(Default)]
pub(super) struct Svg {
    out: String,
}

/// How a shape looks.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) fill: &'static str,
    pub(super) stroke: &'static str,
    pub(super) width: f64,
    pub(super) dash: &'static str,
}

impl Look {
    pub(super) const fn of(fill: &'static str, stroke: &'static str, width: f64) -> Self {
        Look { fill, stroke, width, dash: "" }
    }

    pub(super) const fn dashed(self, dash: &'static str) -> Self {
        Look { dash, ..self }
    }
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) colour: &'static str,
    pub(super) bold: bool,
    pub(super) anchor: &'static str,
}

impl Svg {
    fn paint(&mut self, look: Look) {
        let _ = write!(self.out, " fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"", look.fill, look.stroke, look.width);
        if !look.dash.is_empty() {
            let _ = write!(self.out, " stroke-dasharray=\"{}\"", look.dash);
        }
    }

    /// A rectangle: x, y, width, height; with rounded corners.
    pub(super) fn rect(&mut self, (x, y, w, h): (f64, f64, f64, f64), radius: f64, look: Look) {
        let _ = write!(self.out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"{radius}\"");
        self.paint(look);
        self.out.push_str("/>\n");
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, look: Look) {
        let _ = write!(self.out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"");
        self.paint(look);
        self.out.push_str("/>\n");
    }

    /// A path with its own data, moved to a place.
    pub(super) fn path(&mut self, data: &str, (x, y): (f64, f64), look: Look) {
        let _ = write!(self.out, "<path transform=\"translate({x:.1} {y:.1})\" d=\"{}\"", escape(data));
        self.paint(look);
        self.out.push_str(" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n");
    }

    /// Lines from point to point with round corners, and an arrow head at the end.
    pub(super) fn arrow(&mut self, points: &[(f64, f64)], look: Look, head: &'static str) {
        let mut data = String::new();
        for (ix, (x, y)) in points.iter().enumerate() {
            let corner = (ix > 0).then(|| points.get(ix + 1)).flatten();
            match (ix, corner) {
                (0, _) => {
                    let _ = write!(data, "M{x:.1} {y:.1}");
                }
                (_, None) => {
                    let _ = write!(data, "L{x:.1} {y:.1}");
                }
                (_, Some(next)) => {
                    let (before, after) = (toward((*x, *y), points[ix - 1]), toward((*x, *y), *next));
                    let _ =
                        write!(data, "L{:.1} {:.1}Q{x:.1} {y:.1} {:.1} {:.1}", before.0, before.1, after.0, after.1);
                }
            }
        }
        let _ = write!(self.out, "<path d=\"{data}\" marker-end=\"url(#{head})\"");
        self.paint(look);
        self.out.push_str("/>\n");
    }

    /// A line of text; `whole` is shown when the pointer rests on it.
    pub(super) fn text(&mut self, (x, y): (f64, f64), text: &str, whole: &str, look: Type) {
        let weight = if look.bold { " font-weight=\"600\"" } else { "" };
        let _ = write!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"{weight}>{}",
            look.size,
            look.colour,
            look.anchor,
            escape(text)
        );
        if whole != text {
            let _ = write!(self.out, "<title>{}</title>", escape(whole));
        }
        self.out.push_str("</text>\n");
    }

    /// The whole document.
    pub(super) fn finish(self, width: f64, height: f64, title: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
             font-family=\"Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif\">\n\
             <title>{}</title>\n<defs>\n{}{}</defs>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escape(title),
            head("arrow", "#475569", true),
            head("message", "#64748b", false),
            self.out
        )
    }
}

fn head(id: &str, colour: &str, filled: bool) -> String {
    let fill = if filled { colour } else { "#ffffff" };
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0.5 0.5L9.5 5L0.5 9.5z\" fill=\"{fill}\" \
         stroke=\"{colour}\"/></marker>\n"
    )
}

/// A point up to 7 away from `at` in the direction of `to`, at most half way.
fn toward(at: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to.0 - at.0, to.1 - at.1);
    let length = dx.hypot(dy);
    if length < 0.5 {
        return at;
    }
    let step = 7.0_f64.min(length / 2.0) / length;
    (at.0 + dx * step, at.1 + dy * step)
}

/// Text for XML; characters that XML does not know become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
