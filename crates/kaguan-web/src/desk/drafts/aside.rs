//! How a form came to be put aside: it was sent too late or before the password, its officer put it aside, or its page did while nobody pressed
//! anything. It is kept sealed among what was typed, under a name that no form has.

use crate::upload::Sent;
use std::collections::BTreeMap;

/// The name under which it stands among the fields.
const NAME: &str = ".how";
/// What is said of a draft of earlier days, which says nothing of it.
pub const SOMEHOW: &str = "存下的草稿，业务没有办理。";

/// How a form came to be put aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// It was sent when its session had ended.
    Late,
    /// It was sent, and the password has to be given again first.
    Unconfirmed,
    /// Its officer put it aside.
    Pressed,
    /// Its page put it aside, and it was not sent.
    ByItself,
}

impl How {
    const ALL: [Self; 4] = [Self::Late, Self::Unconfirmed, Self::Pressed, Self::ByItself];

    fn code(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Unconfirmed => "unconfirmed",
            Self::Pressed => "pressed",
            Self::ByItself => "by_itself",
        }
    }

    /// In a sentence that goes on after the time, in Chinese.
    pub fn said(self) -> &'static str {
        match self {
            Self::Late => "提交时登录已到期，业务没有办理。",
            Self::Unconfirmed => "提交时须先确认密码，业务没有办理。",
            Self::Pressed => "由您存为草稿，业务没有办理。",
            Self::ByItself => "页面自动存为草稿，当时没有提交，业务没有办理。",
        }
    }
}

/// What was typed, as a draft keeps it.
pub fn written(sent: &Sent, how: How) -> Vec<u8> {
    let mut fields: BTreeMap<&str, &str> = sent.fields().collect();
    fields.insert(NAME, how.code());
    serde_json::to_vec(&fields).expect("text is always JSON")
}

/// What was typed, and how it came to be put aside; `None` in a draft of earlier days.
pub fn read(body: &[u8]) -> (BTreeMap<String, String>, Option<How>) {
    let mut typed: BTreeMap<String, String> = serde_json::from_slice(body).unwrap_or_default();
    let how = typed.remove(NAME);
    let how = how.and_then(|code| How::ALL.into_iter().find(|how| how.code() == code));
    (typed, how)
}
