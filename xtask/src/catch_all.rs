//! No match over our own commands, events and stages has a catch-all arm: whoever adds a variant is led to every place that must
//! know it. `matches!`, `if let` and `let … else` ask about some variants on purpose, and are fine.

use crate::scan::{rust_files, tests_begin};
use anyhow::Result;

/// The enums that grow with every verb.
const ENUMS: &[&str] = &[
    "BatchCommand",
    "BatchEvent",
    "BatchState",
    "BlankCommand",
    "BlankEvent",
    "BlankOrderCommand",
    "BlankOrderEvent",
    "BlankState",
    "Command",
    "HolderCommand",
    "HolderEvent",
    "InstitutionCommand",
    "InstitutionEvent",
    "IntentKind",
    "IntentState",
    "Letter",
    "NoticeKind",
    "Position",
    "Stage",
    "Step",
    "UnitCommand",
    "UnitEvent",
    "Verb",
];

/// Every match with a catch-all, as `file:line`.
pub fn findings() -> Result<Vec<String>> {
    let mut out = Vec::new();
    for (name, text) in rust_files()? {
        let source = name.starts_with("crates/") && name.contains("/src/");
        if !source {
            continue;
        }
        let tests = tests_begin(&name, &text);
        for (line, of) in catch_alls(&text) {
            if line <= tests {
                out.push(format!("{name}:{line}: a match over {of} with a catch-all arm; name the variants"));
            }
        }
    }
    Ok(out)
}

/// The line of each match over one of [`ENUMS`] that has a catch-all arm, and the enum.
fn catch_alls(text: &str) -> Vec<(usize, &'static str)> {
    let code = bare(text);
    let mut out = Vec::new();
    for (at, _) in code.match_indices("match ") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let Some(open) = block(&code, at) else { continue };
        let patterns = arms(&code[open + 1..]);
        let of = ENUMS.iter().copied().find(|e| patterns.iter().any(|p| names(p, e, &code[..at])));
        if let Some(of) = of.filter(|_| patterns.iter().any(|p| is_catch_all(p))) {
            out.push((code[..at].matches('\n').count() + 1, of));
        }
    }
    out
}

/// Whether a pattern names an enum: by its name, by an alias of the file, or as `Self` in its `impl`.
fn names(pattern: &str, of: &str, before: &str) -> bool {
    let has = |prefix: &str| {
        pattern
            .match_indices(&format!("{prefix}::"))
            .any(|(at, _)| !pattern[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let alias = before
        .match_indices(&format!("{of} as "))
        .filter(|(at, _)| !before[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .filter_map(|(at, m)| before[at + m.len()..].split([';', ',', '}']).next())
        .any(|a| has(a.trim()));
    let own = || {
        let head = before.rfind("\nimpl").map_or("", |at| before[at..].split('{').next().unwrap_or_default());
        let ty = head.rsplit(" for ").next().unwrap_or(head).trim_start_matches("\nimpl").trim();
        ty == of && has("Self")
    };
    has(of) || alias || own()
}

/// `_`, a tuple of them, or a name that takes whatever comes; an arm with a guard is none.
fn is_catch_all(pattern: &str) -> bool {
    let p = pattern.trim();
    let wild = |p: &str| !p.is_empty() && p.chars().all(|c| matches!(c, '_' | '(' | ')' | ',' | ' ' | '\n'));
    let binding = || {
        let lower = p.starts_with(|c: char| c.is_ascii_lowercase());
        lower && p.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && p != "true" && p != "false"
    };
    wild(p) || binding()
}

/// Where the block of a `match` opens, past its scrutinee.
fn block(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0;
    for (n, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at + n),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The patterns of the arms of a block whose opening brace was read.
fn arms(code: &str) -> Vec<String> {
    let (mut out, mut depth, mut pattern, mut in_pattern) = (Vec::new(), 0, String::new(), true);
    let mut chars = code.char_indices().peekable();
    while let Some((n, c)) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if in_pattern {
            if depth == 0 && code[n..].starts_with("=>") {
                out.push(std::mem::take(&mut pattern));
                chars.next();
                in_pattern = false;
            } else {
                pattern.push(c);
            }
        } else if depth == 0 && (c == ',' || (c == '}' && ends_arm(&code[n + 1..]))) {
            in_pattern = true;
            if c == '}' && chars.clone().find(|(_, c)| !c.is_whitespace()).is_some_and(|(_, c)| c == ',') {
                while chars.next().is_some_and(|(_, c)| c != ',') {}
            }
        }
    }
    out
}

/// Whether a closing brace ends an arm: what follows is not the rest of an expression.
fn ends_arm(rest: &str) -> bool {
    let next = rest.trim_start();
    !(next.starts_with('.') || next.starts_with('?') || next.starts_with("else") || next.starts_with(')'))
}

/// The code with comments and the insides of strings and characters blanked, line by line as long as before.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if c == '"' {
            let mut end = 1;
            while end < rest.len() && !rest[end..].starts_with('"') {
                let escaped = rest[end..].starts_with('\\');
                end += rest[end..].chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum::<usize>();
            }
            (end + 1).min(rest.len())
        } else if c == '\'' {
            // A lifetime has no closing quote near.
            let inside = rest[1..].chars().next().map_or(0, char::len_utf8);
            if rest[1..].starts_with('\\') {
                rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(1, |(n, _)| n + 3)
            } else if rest[1 + inside..].starts_with('\'') {
                inside + 2
            } else {
                0
            }
        } else {
            0
        };
        if skip == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..skip].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[skip..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catch_all_over_our_own_enums_is_found_and_nothing_else() {
        let of = |body: &str| {
            catch_alls(&format!("use x::HolderEvent as E;\nimpl Stage {{\n fn f() {{ {body} }}\n}}"))
        };
        assert_eq!(of("match e { HolderEvent::A { .. } => 1, _ => 2 }"), [(3, "HolderEvent")]);
        assert_eq!(of("match e { E::A => { 1 } other => 2 }").len(), 1);
        assert_eq!(of("match self { Self::Received => { x.map(|y| { y }) } _ => None }"), [(3, "Stage")]);
        assert_eq!(of("match (c, s) { (C::X, Step::Made { .. }) => Ok(()), _ => Err(()) }").len(), 1);
        assert!(
            of("match e { E::A => 1, E::B { x, .. } if x == \"_ =>\" => 2, E::B { .. } => 3 }").is_empty()
        );
        assert!(of("match text { \"a\" => E::A, _ => E::B }").is_empty(), "only patterns count");
        assert!(of("match e { E::A => match text { 'a' => 1, _ => 2 }, E::B => 3 }").is_empty());
        assert!(of("if matches!(e, E::A | E::B) {} let E::A = e else { return };").is_empty());
    }
}
