//! 加急制卡 (Article 11): for whom a card is made in five working days.

use crate::clause;
use serde::{Deserialize, Serialize};

/// The grounds that Article 11 一(二) names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgentKind {
    /// 急需用卡
    Need,
    /// 行动不便的老年人
    Elderly,
    /// 残疾人
    Disabled,
    /// 等特殊人群
    Other,
}

impl UrgentKind {
    /// All, in the order of the article.
    pub const ALL: [Self; 4] = [Self::Need, Self::Elderly, Self::Disabled, Self::Other];

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Need => "急需用卡",
            Self::Elderly => "行动不便的老年人",
            Self::Disabled => "残疾人",
            Self::Other => "其他特殊人群",
        }
    }

    /// The name under which a form sends it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Need => "need",
            Self::Elderly => "elderly",
            Self::Disabled => "disabled",
            Self::Other => "other",
        }
    }

    /// Whether it says something only with words of its own.
    pub fn needs_words(self) -> bool {
        clause!(R11.1);
        matches!(self, Self::Need | Self::Other)
    }
}

/// Why an application is urgent, as the clerk states it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UrgentGround {
    pub kind: UrgentKind,
    /// 具体情形, in Chinese; may be empty where the kind says enough.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

impl UrgentGround {
    /// 事由 with what was written of it.
    pub fn said(&self) -> String {
        match self.words.trim() {
            "" => self.kind.name().to_owned(),
            words => format!("{}：{words}", self.kind.name()),
        }
    }
}
