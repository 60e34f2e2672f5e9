//! A diagram as an SVG document. Its colours follow the page it stands in, else the theme of whoever looks at it.

use std::fmt::Write;

use super::layout::{ENTRY, placed};
use super::{Diagram, StateKind, Transition};

/// Letters of a label that are drawn; the whole of it stands in its title.
const LETTERS: usize = 40;

const STYLE: &str = "\
.diagram{--d-ink:var(--ink,#1d1d1b);--d-soft:var(--ink-soft,#5d5d58);--d-ground:var(--ground,#fbfbfa);--d-box:var(--surface,#fff);--d-edge:var(--edge,#85857f)}\
@media(prefers-color-scheme:dark){.diagram{--d-ink:var(--ink,#ececea);--d-soft:var(--ink-soft,#a3a39d);--d-ground:var(--ground,#141413);--d-box:var(--surface,#1c1c1a);--d-edge:var(--edge,#7d7d77)}}\
.diagram .ground{fill:var(--d-ground)}\
.diagram rect.state{fill:var(--d-box);stroke:var(--d-edge)}\
.diagram text{fill:var(--d-ink);font:13px system-ui,sans-serif;text-anchor:middle}\
.diagram .label{fill:var(--d-soft);font-size:11px;text-anchor:start;paint-order:stroke;stroke:var(--d-ground);stroke-width:4px;stroke-linejoin:round}\
.diagram path{fill:none;stroke:var(--d-edge)}\
.diagram path.default{stroke-dasharray:4 4}\
.diagram marker path{fill:var(--d-edge);stroke:none}";

pub(super) fn drawn(diagram: &Diagram) -> String {
    let layout = placed(diagram);
    let (width, height) = (layout.width, layout.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram\" role=\"img\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
        escaped(&diagram.title)
    );
    let mut labels = String::new();
    for (n, row) in layout.rows.iter().enumerate() {
        if let (Some(transition), Some(next)) = (row.down, layout.rows.get(n + 1)) {
            let x = layout.left + layout.wide / 2.0;
            let y = row.top + row.height;
            path(
                &mut out,
                transition,
                &format!("M{x:.1} {y:.1}V{:.1}", next.top - 1.0),
            );
            labels.push_str(&label(transition, x + 8.0, (y + next.top) / 2.0 + 3.0));
        }
        let right = layout.left + layout.wide;
        for (transition, y, to) in &row.out {
            let target = &layout.rows[*to];
            let Some(lane) = target.lane else { continue };
            let entry = target.top + ENTRY;
            let round = if entry < *y { 6.0 } else { -6.0 };
            let d = format!(
                "M{right:.1} {y:.1}H{:.1}Q{lane:.1} {y:.1} {lane:.1} {:.1}V{:.1}Q{lane:.1} {entry:.1} {:.1} {entry:.1}H{:.1}",
                lane - 6.0,
                y - round,
                entry + round,
                lane - 6.0,
                right + 1.0
            );
            path(&mut out, transition, &d);
            labels.push_str(&label(transition, right + 8.0, y - 3.0));
        }
    }
    for row in &layout.rows {
        let round = match row.state.kind {
            StateKind::Start | StateKind::End => 17.0,
            StateKind::Waits => 8.0,
            StateKind::Works | StateKind::Other => 0.0,
        };
        let (left, wide) = (layout.left, layout.wide);
        let _ = writeln!(
            out,
            "<rect class=\"state\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" rx=\"{round}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            row.top,
            row.height,
            left + wide / 2.0,
            row.top + row.height / 2.0 + 4.5,
            escaped(&row.state.text)
        );
    }
    out.push_str(&labels);
    out.push_str("</svg>\n");
    out
}

fn path(out: &mut String, transition: &Transition, d: &str) {
    let class = if transition.default {
        " class=\"default\""
    } else {
        ""
    };
    let _ = writeln!(out, "<path{class} d=\"{d}\" marker-end=\"url(#tip)\"/>");
}

fn label(transition: &Transition, x: f64, y: f64) -> String {
    if transition.label.is_empty() {
        return String::new();
    }
    let whole = &transition.label;
    let mut short: String = whole.chars().take(LETTERS).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    format!(
        "<text class=\"label\" x=\"{x:.1}\" y=\"{y:.1}\">{}<title>{}</title></text>\n",
        escaped(&short),
        escaped(whole)
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
