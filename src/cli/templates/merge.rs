//! Brings two changes of one text together: lines that only one side changed come from that side, and where both did, both
//! stand there between marks. It knows lines and nothing of YAML.

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merged {
    /// The text.
    pub(super) text: String,
    /// Places where both sides changed the same lines.
    pub(super) conflicts: usize,
}

/// Lays what `theirs` changed of `base` over what `ours` did.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Merged {
    let base: Vec<&str> = base.lines().collect();
    let ours: Vec<&str> = ours.lines().collect();
    let theirs: Vec<&str> = theirs.lines().collect();
    let (in_ours, in_theirs) = (same(&base, &ours), same(&base, &theirs));
    let mut merged = Merged {
        text: String::new(),
        conflicts: 0,
    };
    let (mut b, mut o, mut t) = (0, 0, 0);
    for (n, line) in base.iter().enumerate() {
        let (Some(in_ours), Some(in_theirs)) = (in_ours[n], in_theirs[n]) else {
            continue;
        };
        merged.settle(&base[b..n], &ours[o..in_ours], &theirs[t..in_theirs]);
        merged.lines(&[line]);
        (b, o, t) = (n + 1, in_ours + 1, in_theirs + 1);
    }
    merged.settle(&base[b..], &ours[o..], &theirs[t..]);
    merged
}

impl Merged {
    fn settle(&mut self, base: &[&str], ours: &[&str], theirs: &[&str]) {
        if ours == base || ours == theirs {
            self.lines(theirs);
        } else if theirs == base {
            self.lines(ours);
        } else {
            self.conflicts += 1;
            self.lines(&["<<<<<<< yours"]);
            self.lines(ours);
            self.lines(&["======="]);
            self.lines(theirs);
            self.lines(&[">>>>>>> library"]);
        }
    }

    fn lines(&mut self, lines: &[&str]) {
        for line in lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}

/// For each line of `a` the line of `b` that it is, as many as can be in order (longest common subsequence).
fn same(a: &[&str], b: &[&str]) -> Vec<Option<usize>> {
    let mut table = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i][j] = if a[i] == b[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = vec![None; a.len()];
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            found[i] = Some(j);
            (i, j) = (i + 1, j + 1);
        } else if table[i + 1][j] >= table[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(ours: &str, theirs: &str) -> (String, usize) {
        let lines = |text: &str| text.replace(' ', "\n");
        let merged = merge("a\nb\nc\nd\ne", &lines(ours), &lines(theirs));
        (merged.text.trim_end().replace('\n', " "), merged.conflicts)
    }

    #[test]
    fn what_one_side_changed_is_taken_from_it() {
        for (ours, theirs, both) in [
            ("a b c d e", "a B c d e", "a B c d e"),
            ("a b c D e", "a b c d e", "a b c D e"),
            ("A b c d e", "a b c d e f", "A b c d e f"),
            ("a b c e", "x a b c d e", "x a b c e"),
            ("a b X c d e", "a b X c d e", "a b X c d e"),
            ("b c d e", "a b c d", "b c d"),
        ] {
            assert_eq!(
                merged(ours, theirs),
                (both.to_owned(), 0),
                "{ours} / {theirs}"
            );
        }
    }

    #[test]
    fn where_both_changed_the_same_lines_both_stand_there() {
        let (text, conflicts) = merged("a b X d e", "a b Y d e");
        assert_eq!(conflicts, 1);
        assert_eq!(text, "a b <<<<<<< yours X ======= Y >>>>>>> library d e");
    }
}
