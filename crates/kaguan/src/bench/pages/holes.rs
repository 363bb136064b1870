//! What is one person's, batch's or card's own in the texts of a story, and what stands there in each copy. Numbers are verified when
//! they are read: each copy has right check digits.

use anyhow::{Context, ensure};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::social_security_number::check_character;
use kaguan_domain::ids::{BankCardNumber, CardNumber};
use std::collections::{BTreeSet, HashMap};

/// Identities of 2026 are this large; times in microseconds are not, and of people's numbers only those that begin with 81 to 83.
const IDENTITY: i64 = 800_000_000_000_000_000;
/// The characters that names of copies are told apart by.
const SYLLABLES: &str = "安邦宝博昌朝晨成传春达德东恩方丰福刚高光国海汉和恒宏厚华怀惠家坚建健江杰金景敬俊开康科奎兰乐理良林龙茂梅民";

/// What stands in a hole.
#[derive(Clone)]
pub enum Hole {
    /// The same in every copy.
    Fixed(String),
    /// An identity: the copies of one follow each other.
    Identity(i64),
    /// A text that ends with an identity.
    Ending(String, i64),
    /// A citizen's number: two digits that stay, then four of the copy, then birth and sequence.
    Citizen(String),
    /// 申领表编码: five characters that stay, and eleven digits.
    Form(String, i64),
    /// 社保卡卡号 of a city's letter.
    Card(char, i64),
    /// 银行卡号: seven digits that stay.
    BankCard(String, i64),
    /// 卡识别码: sixteen hexadecimal digits that stay.
    Chip(String, i64),
    /// A passport, a permit, or a social security number with one: eight digits after what stays.
    Document(String, i64),
    /// A name.
    Name(String),
}

/// How many numbers of each kind were given.
#[derive(Default)]
pub struct Numbers {
    given: HashMap<(&'static str, char), i64>,
    /// Copies of all stories so far.
    copies: i64,
}

impl Numbers {
    /// So many numbers of a kind that nobody else has; the first of them.
    fn take(&mut self, kind: &'static str, letter: char, n: i64) -> i64 {
        let next = self.given.entry((kind, letter)).or_insert(1);
        *next += n;
        *next - n
    }

    /// The last card number of each letter.
    pub fn cards(&self) -> impl Iterator<Item = (char, i64)> {
        self.given.iter().filter(|((kind, _), _)| *kind == "card").map(|((_, letter), n)| (*letter, *n))
    }
}

/// What was found in the texts of a story.
#[derive(Default)]
pub struct Holes {
    fixed: HashMap<i64, i64>,
    identities: BTreeSet<i64>,
    names: BTreeSet<String>,
    numbers: Vec<Claim>,
    batches: Vec<String>,
}

/// Runs of letters and digits, with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        let from = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        (from < at).then(|| (from, &text[from..at]))
    })
}

impl Holes {
    /// An officer of the story is somebody else in the copies, the same in all of them.
    pub fn fix(&mut self, here: i64, there: i64) {
        self.fixed.insert(here, there);
    }

    /// Looks for identities and names in a JSON text.
    pub fn look(&mut self, text: &str) {
        for (_, word) in words(text) {
            if let Some(id) = word.parse().ok().filter(|n| *n >= IDENTITY)
                && word.len() == 18
                && !self.fixed.contains_key(&id)
            {
                self.identities.insert(id);
            }
        }
        for after in text.split("\"name\":\"").skip(1) {
            let name = after.split('"').next().unwrap_or_default();
            if name.chars().count() > 1 && (!name.is_ascii() || name.contains(' ')) {
                self.names.insert(name.to_owned());
            }
        }
    }

    /// A number that only one may have.
    pub fn number(&mut self, claim: &Claim) {
        if claim.kind.is_of_a_person()
            && let Some(number) = claim.value.rsplit('/').next().and_then(|n| n.parse().ok())
        {
            self.identities.remove(&number);
        }
        self.numbers.push(claim.clone());
    }

    /// The number of a batch.
    pub fn batch(&mut self, number: &str) {
        self.batches.push(number.to_owned());
    }

    pub fn identities(&self) -> BTreeSet<i64> {
        self.identities.clone()
    }

    /// Decides what stands where.
    pub fn settle(
        self,
        places: &HashMap<i64, i64>,
        numbers: &mut Numbers,
        copies: i64,
    ) -> anyhow::Result<Settled> {
        let mut out = Settled { holes: Vec::new(), words: HashMap::new(), names: HashMap::new() };
        for (here, there) in &self.fixed {
            out.word(here.to_string(), Hole::Fixed(there.to_string()));
        }
        let place = |id: i64| places.get(&id).copied().context("an identity without a place");
        for id in &self.identities {
            out.word(id.to_string(), Hole::Identity(place(*id)?));
        }
        for number in &self.batches {
            let (head, id) = number.split_at_checked(9).context("a short batch number")?;
            out.word(number.clone(), Hole::Ending(head.to_owned(), place(id.parse()?)?));
        }
        // Documents before the social security numbers that have them inside.
        let mut all: Vec<&Claim> = self.numbers.iter().collect();
        all.sort_by_key(|c| c.kind == ClaimKind::SocialSecurityNumber);
        for claim in all {
            out.number(claim, numbers, copies)?;
        }
        for name in self.names {
            out.holes.push(Hole::Name(name.clone()));
            out.names.insert(name, out.holes.len() - 1);
        }
        // Copies of different stories are different people.
        let first = numbers.copies;
        numbers.copies += copies;
        ensure!(numbers.copies < 10_000, "more than 10,000 copies");
        out.holes.iter_mut().for_each(|hole| hole.begin_at(first));
        Ok(out)
    }
}

/// What stands where.
pub struct Settled {
    holes: Vec<Hole>,
    words: HashMap<String, usize>,
    names: HashMap<String, usize>,
}

impl Settled {
    fn word(&mut self, word: String, hole: Hole) {
        self.holes.push(hole);
        self.words.insert(word, self.holes.len() - 1);
    }

    fn number(&mut self, claim: &Claim, numbers: &mut Numbers, copies: i64) -> anyhow::Result<()> {
        let word = claim.value.rsplit('/').next().unwrap_or_default().to_owned();
        if self.words.contains_key(&word) {
            return Ok(());
        }
        let mut take = |kind, letter| numbers.take(kind, letter, copies);
        let hole = match claim.kind {
            ClaimKind::SocialSecurityNumber | ClaimKind::Document => {
                let b = word.as_bytes();
                if b.len() == 18 && check_character(&b[..17]) == Some(b[17]) {
                    Hole::Citizen(word.clone())
                } else if claim.kind == ClaimKind::Document {
                    let head = word.len().checked_sub(8).context("a short document")?;
                    Hole::Document(word[..head].to_owned(), take("document", '-'))
                } else {
                    let inside = self.words.get(&word[word.len() - 9..]).map(|h| self.holes[*h].clone());
                    let Some(Hole::Document(_, n)) = inside else {
                        anyhow::bail!("{word} is of no document")
                    };
                    Hole::Document(word[..word.len() - 8].to_owned(), n)
                }
            }
            ClaimKind::FormNumber => Hole::Form(word[..5].to_owned(), take("form", '-')),
            ClaimKind::CardNumber => {
                let letter = word.chars().next().context("an empty card number")?;
                Hole::Card(letter, take("card", letter))
            }
            ClaimKind::BankCardNumber => Hole::BankCard(word[..7].to_owned(), take("bank card", '-')),
            ClaimKind::Account => Hole::Document(word[..5].to_owned(), take("account", '-')),
            ClaimKind::ECard => Hole::Document(word[..word.len() - 8].to_owned(), take("e-card", '-')),
            ClaimKind::Chip => Hole::Chip(word[..16].to_owned(), take("chip", '-')),
            // A receipt's number is the identity of the application in these stories, and no unit application is in them.
            ClaimKind::FeeReceipt | ClaimKind::UnitForm => return Ok(()),
        };
        self.word(word, hole);
        Ok(())
    }

    /// A text in pieces.
    pub fn cut<T>(&self, text: &str, plain: impl Fn(String) -> T, hole: impl Fn(usize) -> T) -> Vec<T> {
        let mut found: Vec<(usize, usize, usize)> =
            words(text).filter_map(|(at, w)| Some((at, at + w.len(), *self.words.get(w)?))).collect();
        for (at, _) in text.match_indices('"') {
            let rest = &text[at + 1..];
            let Some(end) = rest.find('"') else { break };
            if let Some(name) = self.names.get(&rest[..end]) {
                found.push((at + 1, at + 1 + end, *name));
            }
        }
        found.sort_unstable();
        let (mut out, mut from) = (Vec::new(), 0);
        for (begin, end, which) in found {
            if begin > from {
                out.push(plain(text[from..begin].to_owned()));
            }
            out.push(hole(which));
            from = end;
        }
        if from < text.len() {
            out.push(plain(text[from..].to_owned()));
        }
        out
    }

    pub fn into_list(self) -> Vec<Hole> {
        self.holes
    }
}

impl Hole {
    /// Says which copy of all stories the first of this story is; only what goes by the copy wants to know.
    fn begin_at(&mut self, first: i64) {
        if let Self::Citizen(text) | Self::Name(text) = self {
            *text = format!("{first}|{text}");
        }
    }

    /// What stands there in a copy.
    pub fn fill(&self, copy: i64, out: &mut String) {
        use std::fmt::Write;
        let nth = |text: &str| -> (i64, String) {
            let (first, text) = text.split_once('|').unwrap_or(("0", text));
            (first.parse::<i64>().unwrap_or_default() + copy, text.to_owned())
        };
        // Writing to a string does not fail.
        let _ = match self {
            Self::Fixed(text) => out.write_str(text),
            Self::Identity(n) => write!(out, "{}", n + copy),
            Self::Ending(head, n) => write!(out, "{head}{}", n + copy),
            Self::Citizen(text) => {
                let (nth, text) = nth(text);
                let body = format!("{}{nth:04}{}", &text[..2], &text[6..17]);
                let check = check_character(body.as_bytes()).map_or('0', char::from);
                write!(out, "{body}{check}")
            }
            Self::Form(head, n) => write!(out, "{head}{:011}", n + copy),
            Self::Card(letter, n) => {
                let number = u32::try_from(n + copy).ok().and_then(|n| CardNumber::allocate(*letter, n));
                out.write_str(number.as_ref().map_or("", CardNumber::as_str))
            }
            Self::BankCard(head, n) => {
                let number = BankCardNumber::with_check(&format!("{head}{:011}", n + copy));
                out.write_str(number.as_ref().map_or("", BankCardNumber::as_str))
            }
            Self::Chip(head, n) => write!(out, "{head}{:016X}", n + copy),
            Self::Document(head, n) => write!(out, "{head}{:08}", n + copy),
            Self::Name(text) => {
                let (nth, text) = nth(text);
                if text.is_ascii() {
                    let letter = |n: i64| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
                    write!(out, "{text} {}{}{}", letter(nth / 676), letter(nth / 26), letter(nth))
                } else {
                    let of = |n: i64| {
                        let all = SYLLABLES.chars().count();
                        SYLLABLES.chars().nth(usize::try_from(n).unwrap_or_default() % all).unwrap_or('安')
                    };
                    let all = i64::try_from(SYLLABLES.chars().count()).unwrap_or(1);
                    let mut letters = text.chars();
                    let surname = letters.next().unwrap_or('王');
                    write!(out, "{surname}{}{}{}", letters.as_str(), of(nth % all), of(nth / all))
                }
            }
        };
    }
}
