//! Doc comments: a public item of the regulation has one, and none says only what the name says already.

/// Whole comments, without their full stop, that tell a reader nothing.
const EMPTY: &[&str] = &[
    "About what",
    "All of them",
    "Bank",
    "By which outlet",
    "By whom",
    "City",
    "For which application",
    "For which outlet",
    "Fresh identity",
    "From whom",
    "How",
    "How far it is",
    "How many",
    "How many cards",
    "Identity",
    "In which batch",
    "It is not",
    "Its name",
    "Its number",
    "Name",
    "None is",
    "Of which card",
    "On which day",
    "Since when",
    "So many",
    "The account",
    "The body",
    "The card number",
    "The city",
    "The clause",
    "The form",
    "The frame",
    "The key",
    "The row",
    "They",
    "To whom",
    "Vendor",
    "What",
    "What for",
    "What it is",
    "What it says",
    "What the bank says",
    "What was done",
    "When",
    "Where",
    "Which",
    "Which application",
    "Which box",
    "Which card",
    "Which case",
    "Which file",
    "Which intent",
    "Which line",
    "Which pre-made card",
    "Which, and what",
    "Who",
    "Whose",
    "Why",
];

/// What is wrong with the comments of one file.
pub fn findings(name: &str, text: &str, out: &mut Vec<String>) {
    let mut documented = false;
    for (n, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        if let Some(comment) = bare.strip_prefix("/// ") {
            let empty = !documented && comment.strip_suffix('.').is_some_and(|c| EMPTY.contains(&c));
            let ends = text.lines().nth(n + 1).is_none_or(|next| !next.trim_start().starts_with("///"));
            if empty && ends {
                out.push(format!(
                    "{name}:{}: “{comment}” says nothing; say the unit, form or reason, or leave it out",
                    n + 1
                ));
            }
            documented = true;
            continue;
        }
        let item = ["pub fn ", "pub struct ", "pub enum ", "pub trait ", "pub type ", "pub const "];
        if name.starts_with("crates/kaguan-domain/src/")
            && !documented
            && item.iter().any(|i| line.starts_with(i))
        {
            out.push(format!("{name}:{}: a public item of the regulation without a comment", n + 1));
        }
        documented = documented && (bare.starts_with("#[") || bare.starts_with("///"));
    }
}

#[cfg(test)]
mod tests {
    fn found(name: &str, text: &str) -> usize {
        let mut out = Vec::new();
        super::findings(name, text, &mut out);
        out.len()
    }

    #[test]
    fn a_comment_that_says_nothing_is_found_and_one_that_goes_on_is_not() {
        let file = "crates/kaguan-files/src/photo.rs";
        assert_eq!(found(file, "struct A {\n    /// Which.\n    a: u8,\n}"), 1);
        assert_eq!(
            found(
                file,
                "struct A {\n    /// Which.\n    /// From 1.\n    a: u8,\n    /// Unix milliseconds.\n    b: i64,\n}"
            ),
            0
        );
    }

    #[test]
    fn a_public_item_of_the_regulation_has_a_comment() {
        let file = "crates/kaguan-domain/src/card.rs";
        assert_eq!(found(file, "/// 挂失 in force.\n#[derive(Clone)]\npub struct Loss;\n"), 0);
        assert_eq!(found(file, "#[derive(Clone)]\npub struct Loss;\n"), 1);
    }
}
