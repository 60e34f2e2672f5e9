//! Where two texts differ, line by line.
//! Whether a difference is wrong is left to whoever asks.

/// Lines that are gone (`-`) and new (`+`), with one line before each run of them.
pub fn difference(old: &str, new: &str) -> Vec<String> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    // Longest common subsequence: transcripts are short, so the square table costs nothing worth saving.
    let mut table = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    let mut before: Option<&str> = None;
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            before = Some(old[i]);
            i += 1;
            j += 1;
            continue;
        }
        if let Some(line) = before.take() {
            out.push(format!("  {line}"));
        }
        if j == new.len() || (i < old.len() && table[i + 1][j] >= table[i][j + 1]) {
            out.push(format!("- {}", old[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", new[j]));
            j += 1;
        }
    }
    out
}
