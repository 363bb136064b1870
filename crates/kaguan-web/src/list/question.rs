//! What an address asks of the lists on its page goes on with whatever is done there: with the forms of their rows, whose answer shows the
//! lists as they were chosen, to what a row opens and back, into a draft, and past the sign-in page and the password. It goes on by the names of
//! lists alone, and nobody's number with it.

use super::{Asked, at};
use form_urlencoded::{Serializer, byte_serialize};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;

/// What else pages are asked for that names nobody: an area, an urgency, a kind, the first and the last day, a year.
const PLAIN: [&str; 8] = ["city", "group", "kind", "of", "from", "to", "until", "year"];
/// What a page of something of the system's own is asked of, by its plain number.
const OWN: [&str; 2] = ["batch", "order"];
/// More than a page of lists asks.
const MOST: usize = 100;
/// The longest name of something that can be chosen, in bytes.
const LONGEST: usize = 200;

/// Whether a name is a list's: the list, a point, and one of its columns or what is done with it.
fn is_of_list(name: &str) -> bool {
    let word = |part: &str| {
        (1..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    name.split_once('.').is_some_and(|(list, what)| word(list) && word(what))
}

/// Whether a value can stand in any address: no list is chosen from by somebody's number.
fn names_nobody(value: &str) -> bool {
    value.len() <= LONGEST && SocialSecurityNumber::parse(value).is_err()
}

/// Whether a value is a code in words, or an area or a day in digits: no name, no telephone and no number of a document or card.
fn is_plain(value: &str) -> bool {
    let words = value.len() <= 32 && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let digits = value.len() <= 10 && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    words || digits
}

/// Whether a value is an identity that the system gave: digits, and no number of anybody.
fn is_own(value: &str) -> bool {
    value.len() <= 19 && value.bytes().all(|b| b.is_ascii_digit()) && names_nobody(value)
}

fn is_file(name: &str) -> bool {
    name.ends_with(".as")
}

impl Asked {
    fn of_question(question: &str) -> impl Iterator<Item = (String, String)> {
        let all = form_urlencoded::parse(question.as_bytes()).into_owned();
        all.filter(|(_, value)| !value.is_empty()).take(MOST)
    }

    /// What an address asks of its lists, but for a file: the answer to a form is a page.
    pub fn of_lists(question: &str) -> Self {
        let keeps =
            |(name, value): &(String, String)| is_of_list(name) && !is_file(name) && names_nobody(value);
        Self(Self::of_question(question).filter(keeps).collect())
    }

    /// The same with what else names nobody, to be asked again at its page. A file is asked for again only when nothing of its question is
    /// left out: it would be another one.
    fn again(question: &str) -> Self {
        let keeps = |(name, value): &(String, String)| match name.as_str() {
            plain if PLAIN.contains(&plain) => is_plain(value),
            own if OWN.contains(&own) => is_own(value),
            name => is_of_list(name) && names_nobody(value),
        };
        let (mut kept, left_out): (Vec<_>, Vec<_>) = Self::of_question(question).partition(keeps);
        if !left_out.is_empty() {
            kept.retain(|(name, _)| !is_file(name));
        }
        Self(kept)
    }

    fn question(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// As it stands behind what an address has in its question already; empty when nothing is asked.
    pub fn behind(&self) -> String {
        match self.0.is_empty() {
            true => String::new(),
            false => format!("&{}", self.question()),
        }
    }
}

/// The same address with what is asked of lists besides, before the place on its page. What it asks of a list itself is all that is asked of it.
pub fn beside(address: &str, behind: &str) -> String {
    let (asks, place) = address.split_at(address.find('#').unwrap_or(address.len()));
    let (_, own) = asks.split_once('?').unwrap_or_default();
    let list = |pair: &str| pair.split_once('.').map(|(list, _)| list.to_owned());
    let own: Vec<String> = own.split('&').filter_map(list).collect();
    let goes_on = |pair: &&str| !pair.is_empty() && list(pair).is_none_or(|list| !own.contains(&list));
    let question: Vec<&str> = behind.split('&').filter(goes_on).collect();
    match (question.is_empty(), asks.contains('?')) {
        (true, _) => address.to_owned(),
        (false, asks_already) => {
            let joint = if asks_already { '&' } else { '?' };
            format!("{asks}{joint}{}{place}", question.join("&"))
        }
    }
}

/// The address of a page with what is asked of lists on another one, which leads to it.
pub fn lists_again(path: &str, question: &str) -> String {
    beside(path, &Asked::of_lists(question).behind())
}

/// The address of a page with what can be asked of it again.
pub fn asked_again(path: &str, question: &str) -> String {
    at(path, &Asked::again(question).question())
}

/// A page with its question, as one address has it in its own question.
pub fn within(address: &str) -> String {
    match address.split_once('?') {
        None => address.to_owned(),
        Some((path, question)) => {
            format!("{path}%3F{}", byte_serialize(question.as_bytes()).collect::<String>())
        }
    }
}

/// The page of a list that an address asks for as a file; `None` when it asks for a page.
pub fn page_of_file(address: &str) -> Option<String> {
    let (path, question) = address.split_once('?')?;
    let asked: Vec<(String, String)> = Asked::of_question(question).collect();
    let (files, page): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(name, _)| is_file(name));
    (!files.is_empty()).then(|| at(path, &Asked(page).question()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_of_lists_goes_on_and_nobodys_number_does() {
        let asked = |question: &str| Asked::of_lists(question).behind();
        let chosen = "boxes.way=kept&boxes.show=number&boxes.show=cards&boxes.sort=-cards&boxes.from=7";
        assert_eq!(asked(&format!("once=ab-1&{chosen}&draft=9&boxes.as=csv")), format!("&{chosen}"));
        assert_eq!(asked("number=440106199001010013&name=x&once=ab-1"), "");
        assert_eq!(asked("boxes.way=11010519491231002X&Boxes.way=1&.way=2&boxes.=3&boxes.way="), "");
        assert_eq!(beside("/x", &asked(chosen)), format!("/x?{chosen}"));
        assert_eq!((beside("/x?a=1", "&b.c=2"), beside("/x", "")), ("/x?a=1&b.c=2".into(), "/x".into()));
        assert_eq!(beside("/x?a=1#place", "&b.c=2&d.e=3"), "/x?a=1&b.c=2&d.e=3#place");
        assert_eq!(
            beside("/x?b.c=1#place", "&b.c=2&b.sort=c"),
            "/x?b.c=1#place",
            "it asks of that list itself"
        );
        assert_eq!(asked("due.owner=%E5%B8%82&x.y=%26once%3D1"), "&due.owner=%E5%B8%82&x.y=%26once%3D1");
    }

    #[test]
    fn a_file_is_asked_for_again_with_its_whole_question_or_not_at_all() {
        let again = |question: &str| asked_again("/clocks/due", question);
        for whole in [
            "due.as=xlsx&due.owner=bank",
            "city=4401&group=late&due.as=csv",
            "kind=one_card&from=2026-11-01",
            "from=2026-11-10&until=2026-11-20&ledger.as=csv",
            "batch=912507745076872785&hops.as=csv",
            "order=914935207362659928&moves.sort=at&moves.as=xlsx",
        ] {
            assert_eq!(again(whole), format!("/clocks/due?{whole}"));
        }
        assert_eq!(again("looked_for=x&due.owner=bank&due.as=csv"), "/clocks/due?due.owner=bank");
        assert_eq!(again("city=13800138000&from=440106199001010013"), "/clocks/due");
        assert_eq!(again("batch=440106199001010013&order=A1&hops.as=csv"), "/clocks/due");
        assert_eq!(page_of_file("/x?a.b=1&a.as=csv").as_deref(), Some("/x?a.b=1"));
        assert_eq!(page_of_file("/x?a.as=csv").as_deref(), Some("/x"));
        assert!(page_of_file("/x?a.b=1").is_none() && page_of_file("/x").is_none());
    }

    #[test]
    fn a_page_with_its_question_is_one_answer_of_another_question() {
        let inside = within("/batches?batches.bank=%E5%B7%A5&batches.as=csv");
        let found: Vec<_> =
            form_urlencoded::parse(format!("next={inside}&sent=1").as_bytes()).into_owned().collect();
        assert_eq!(found[0].1, "/batches?batches.bank=%E5%B7%A5&batches.as=csv");
        assert_eq!((found.len(), within("/batches/7")), (2, "/batches/7".to_owned()));
    }
}
