//! The nearest known name of one that is not known.

/// How many letters have to be put in, left out, changed or exchanged with their neighbour to make one word of another.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// The known name that is meant, when one is near enough.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let plain = |t: &str| t.to_lowercase().replace(['_', '-', ' '], "");
    let near = |k: &&&str| {
        let far = distance(&plain(name), &plain(k));
        far <= (k.chars().count() / 3).max(1)
    };
    known.iter().filter(near).min_by_key(|k| distance(&plain(name), &plain(k))).copied()
}

/// What is said of an unknown name, to be read after it.
pub(super) fn unknown(name: &str, known: &[&str], what: &str) -> String {
    match (nearest(name, known), known) {
        (Some(near), _) => format!("不是已知的{what}，是否应为 {near}"),
        (None, []) => format!("不是已知的{what}，此处没有{what}"),
        (None, known) => format!("不是已知的{what}，可用的有 {}", known.join("、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let known = ["bank_card_no", "refused", "formal"];
        assert_eq!(nearest("refusd", &known), Some("refused"));
        assert_eq!(nearest("bankCardNo", &known), Some("bank_card_no"));
        assert_eq!(nearest("froaml", &known), Some("formal"));
        assert_eq!(nearest("amount", &known), None);
        assert_eq!(nearest(&"x".repeat(10_000), &known), None);
    }
}
