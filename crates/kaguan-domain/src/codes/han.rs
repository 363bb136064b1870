//! Han characters by what one sees and hears of them (`data/han.txt`, from the Unihan database): how a clerk who cannot type a rare
//! character finds it. A reading is never taken over into a file: the clerk gives it (`docs/decisions/0002-rare-characters.md`).

use crate::characters;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// A Han character.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Han {
    pub character: char,
    /// 部首, 1 to 214 as in 康熙字典.
    pub radical: u8,
    /// 部首外笔画.
    pub rest: u8,
    /// 总笔画.
    pub strokes: u8,
    /// Readings without tones, `v` for ü.
    pub readings: Vec<&'static str>,
}

struct Tables {
    shapes: HashMap<char, (u8, u8, u8)>,
    sounds: HashMap<&'static str, &'static str>,
    readings: HashMap<char, Vec<&'static str>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let (mut shapes, mut sounds) = (HashMap::new(), HashMap::new());
    let mut readings: HashMap<char, Vec<&'static str>> = HashMap::new();
    for line in include_str!("../../../../data/han.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.split(' ');
        let (first, last) = (parts.next().unwrap_or_default(), line.rsplit(' ').next().unwrap_or_default());
        match first.parse() {
            Ok(radical) => {
                let mut number = || parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
                let (rest, strokes) = (number(), number());
                shapes.extend(last.chars().map(|c| (c, (radical, rest, strokes))));
            }
            Err(_) => {
                sounds.insert(first, last);
                for c in last.chars() {
                    readings.entry(c).or_default().push(first);
                }
            }
        }
    }
    Tables { shapes, sounds, readings }
});

/// What is known of a character; `None` of what is no Han character.
pub fn of(character: char) -> Option<Han> {
    let (radical, rest, strokes) = *TABLES.shapes.get(&character)?;
    let readings = TABLES.readings.get(&character).cloned().unwrap_or_default();
    Some(Han { character, radical, rest, strokes, readings })
}

/// What one sees and hears of the character that one looks for; all that is said must fit.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Sought {
    /// 拼音, without its tone, as one types it.
    pub pinyin: String,
    /// 总笔画.
    pub strokes: Option<u8>,
    /// 部件: the radical and what stands beside it, in any order (禾内); or the radical alone.
    pub parts: String,
}

/// Why nothing can be looked for, in Chinese.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SoughtError {
    #[error("请填写拼音、笔画、部件中的一项")]
    Nothing,
    #[error("拼音只写字母，如chui；ü写作v")]
    NotPinyin,
    #[error("部件中没有部首。请录入部首和其余部件，如“禾内”")]
    NoRadical,
}

/// Radical and strokes beside it, for each part that can be the radical.
fn shapes_of(parts: &str) -> Result<BTreeSet<(u8, Option<u8>)>, SoughtError> {
    let all = characters::fold(parts);
    let known: Vec<(u8, u8, u8)> = all.chars().filter_map(|c| TABLES.shapes.get(&c).copied()).collect();
    let radical = |(n, (radical, rest, _)): (usize, &(u8, u8, u8))| {
        let beside = known.iter().enumerate().filter(|(at, _)| *at != n);
        let strokes: u8 = beside.map(|(_, k)| k.2).fold(0, u8::saturating_add);
        (*rest == 0).then_some((*radical, (known.len() > 1).then_some(strokes)))
    };
    let found: BTreeSet<_> = known.iter().enumerate().filter_map(radical).collect();
    if found.is_empty() { Err(SoughtError::NoRadical) } else { Ok(found) }
}

/// The characters that fit, by their code points. What stands beside the radical is compared by its strokes, for of which parts a
/// character is made, the table does not say.
pub fn find(sought: &Sought) -> Result<Vec<Han>, SoughtError> {
    let pinyin: String = sought.pinyin.trim().to_lowercase().replace('ü', "v");
    let parts = sought.parts.trim();
    if pinyin.is_empty() && parts.is_empty() && sought.strokes.is_none() {
        return Err(SoughtError::Nothing);
    }
    if !pinyin.bytes().all(|b| b.is_ascii_lowercase()) {
        return Err(SoughtError::NotPinyin);
    }
    let shapes = if parts.is_empty() { None } else { Some(shapes_of(parts)?) };
    let fits = |(radical, rest, strokes): (u8, u8, u8)| {
        let shape = |(r, beside): &(u8, Option<u8>)| *r == radical && beside.is_none_or(|b| b == rest);
        sought.strokes.is_none_or(|s| s == strokes) && shapes.as_ref().is_none_or(|all| all.iter().any(shape))
    };
    let mut found: Vec<char> = if pinyin.is_empty() {
        TABLES.shapes.iter().filter(|(_, shape)| fits(**shape)).map(|(c, _)| *c).collect()
    } else {
        let said = TABLES.sounds.get(pinyin.as_str()).copied().unwrap_or_default();
        said.chars().filter(|c| TABLES.shapes.get(c).is_some_and(|s| fits(*s))).collect()
    };
    found.sort_unstable();
    Ok(found.into_iter().filter_map(of).collect())
}
