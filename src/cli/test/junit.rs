//! The results of `turnwise test` in the XML that build servers read.

use super::{How, Outcome};

pub(super) fn report(outcomes: &[Outcome]) -> String {
    let count = |wanted: fn(&How) -> bool| outcomes.iter().filter(|o| wanted(&o.how)).count();
    let failures = count(|how| matches!(how, How::Differs(_)));
    let errors = count(|how| matches!(how, How::Unplayable { .. }));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
         <testsuite name=\"transcripts\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">\n",
        outcomes.len()
    );
    for outcome in outcomes {
        let (name, file) = (
            escaped(&outcome.name),
            escaped(&outcome.path.display().to_string()),
        );
        let head =
            format!("    <testcase classname=\"transcripts\" name=\"{name}\" file=\"{file}\"");
        match &outcome.how {
            How::Same | How::Taken => out.push_str(&format!("{head}/>\n")),
            How::Differs(lines) => out.push_str(&format!(
                "{head}>\n      <failure message=\"differs\">{}</failure>\n    </testcase>\n",
                escaped(&lines.join("\n"))
            )),
            How::Unplayable { line, message } => out.push_str(&format!(
                "{head}>\n      <error message=\"line {line}: {}\"/>\n    </testcase>\n",
                escaped(message)
            )),
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Signs that mean something in XML as themselves; those that XML can't hold are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
