//! Who may act for somebody, and how he is written (Article 8, item 3): judged here for every business, at whatever door somebody acts.
//! What a business asks for beside it its own article says.

use crate::application::form::is_phone;
use crate::calendar::add_months_clamped;
use crate::characters;
use crate::clause;
use crate::clause::Clause;
use crate::facts::application::{AgentGround, AgentRelation};
use crate::facts::document::DocumentKind;
use crate::facts::form::{AgentPart, ELDERLY_FROM, Field};
use crate::facts::name::HolderName;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::spelling;
use jiff::civil::Date;

/// What is wrong of whoever acts.
pub(crate) struct Wrong {
    /// Stable code of the defect.
    pub(crate) code: &'static str,
    /// What of him it is about.
    pub(crate) of: Vec<AgentPart>,
    pub(crate) clause: Clause,
    /// As a Chinese phrase without a full stop.
    pub(crate) what: String,
    /// What to do, as a Chinese phrase without a full stop.
    pub(crate) remedy: &'static str,
}

/// For what somebody acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActsFor {
    /// An application: Article 8 names for each ground who acts.
    Application,
    /// A card that is there, collected, given up or put right: as at an application.
    Card,
    /// 启用 and 激活: a guardian acts for the elderly, disabled and sick too (Article 16, item 3).
    Activation,
    /// 社保应用密码: the holder's own (Article 18); nobody but the guardian acts, for whoever cannot act alone.
    Pin,
}

impl ActsFor {
    fn whom(self) -> &'static str {
        match self {
            Self::Application => "申请人",
            Self::Card | Self::Activation | Self::Pin => "持卡人",
        }
    }

    /// What to do where the ground and the age do not fit, in the words of the form of the business.
    fn way_of_age(self) -> &'static str {
        match self {
            Self::Application => "请核对代办原因和出生日期",
            Self::Card | Self::Activation => "请按持卡人的年龄核对代办事由",
            Self::Pin => BY_THE_HOLDER,
        }
    }

    /// The same of the relation and the ground.
    fn way_of_relation(self) -> &'static str {
        match self {
            Self::Application => "请核对代办人与申请人的关系和代办原因",
            Self::Card | Self::Activation => "请核对代办人与持卡人的关系和代办事由",
            Self::Pin => BY_THE_HOLDER,
        }
    }
}

/// Who comes about a PIN.
const BY_THE_HOLDER: &str = "请持卡人本人办理；未成年人、无民事行为能力或限制民事行为能力人由监护人办理";

/// Whether a ground is one on which guardians act.
pub(super) fn for_guardians(ground: AgentGround) -> bool {
    match ground {
        AgentGround::Minor | AgentGround::Incapable => true,
        AgentGround::Elderly | AgentGround::Disabled | AgentGround::Sick | AgentGround::LongAbsent => false,
    }
}

/// What does not fit of a ground and the age of whom it is said; `under` says whether he is younger than so many years, `None` while
/// nobody knows.
pub(crate) fn ground_and_age(
    acts: ActsFor,
    ground: AgentGround,
    under: impl Fn(i32) -> Option<bool>,
) -> Option<Wrong> {
    let whom = acts.whom();
    let what = match ground {
        AgentGround::Elderly if under(ELDERLY_FROM) == Some(true) => {
            format!("{whom}未满六十周岁，不属于年龄偏大")
        }
        AgentGround::Minor if under(18) == Some(false) => format!("{whom}不是未成年人"),
        AgentGround::Elderly
        | AgentGround::Minor
        | AgentGround::Incapable
        | AgentGround::Disabled
        | AgentGround::Sick
        | AgentGround::LongAbsent => return None,
    };
    let (of, remedy) = (vec![AgentPart::Ground], acts.way_of_age());
    Some(Wrong { code: "agent_not_allowed", of, clause: clause!(R8.2), what, remedy })
}

/// What does not fit of the relation, the ground and the age: guardians act for minors and the incapable, and for nobody else; direct
/// relatives and lawful agents for others. What nobody has said yet speaks against nobody, save where nobody but a guardian may act.
pub(crate) fn relation_and_ground(
    acts: ActsFor,
    relation: Option<AgentRelation>,
    ground: Option<AgentGround>,
    minor: Option<bool>,
) -> Option<Wrong> {
    clause!(R18.1);
    let guardian = relation? == AgentRelation::Guardian;
    let of_a_ward = minor == Some(true) || ground.is_some_and(for_guardians);
    if acts == ActsFor::Pin {
        let of = if guardian { AgentPart::Ground } else { AgentPart::Relation };
        return (!guardian || !of_a_ward).then(|| Wrong {
            code: "agent_not_allowed",
            of: vec![of],
            clause: clause!(R8.2),
            what: "密码业务由持卡人本人办理，未成年人等由监护人办理".into(),
            remedy: BY_THE_HOLDER,
        });
    }
    let (of, what, remedy) = match ground.map(for_guardians) {
        Some(true | false) | None if minor == Some(true) && !guardian => {
            (AgentPart::Relation, "未成年人由监护人代办", "请由监护人办理")
        }
        Some(true) if !guardian => (
            AgentPart::Relation,
            "未成年人、无民事行为能力或限制民事行为能力的，由监护人代办",
            acts.way_of_relation(),
        ),
        Some(false) if guardian && acts == ActsFor::Application => (
            AgentPart::Relation,
            "行动不便或异地长期居住的老年人、残疾人、病患等，由直系亲属或其他合法代理人代办",
            acts.way_of_relation(),
        ),
        // A sick child has its guardian all the same.
        Some(false) if guardian && acts == ActsFor::Card && !of_a_ward => (
            AgentPart::Ground,
            "持卡人已成年，监护人代办的事由须为无民事行为能力或限制民事行为能力，年龄偏大、残疾、病患等由直系亲属或其他合法代理人代办",
            acts.way_of_relation(),
        ),
        Some(true | false) | None => return None,
    };
    Some(Wrong { code: "agent_not_allowed", of: vec![of], clause: clause!(R8.2), what: what.into(), remedy })
}

/// Whoever acts is of age, where his number says when he was born.
pub(crate) fn of_age(number: &str, today: Date) -> Option<Wrong> {
    let birth = SocialSecurityNumber::parse(&spelling::number(number)).ok()?.birth_date()?;
    (today < add_months_clamped(birth, 12 * 18)).then(|| Wrong {
        code: "agent_too_young",
        of: vec![AgentPart::DocumentNumber],
        clause: clause!(R8.2),
        what: "代办人未满十八周岁".into(),
        remedy: "请由成年代办人办理",
    })
}

/// Characters that nobody sees, in any of what was written of him.
pub(crate) fn unseen(written: &[(AgentPart, &str)]) -> Option<Wrong> {
    let found = written.iter().map(|(part, text)| (*part, characters::invisible_in(text)));
    let found: Vec<_> = found.filter(|(_, unseen)| !unseen.is_empty()).collect();
    let (_, first) = found.first()?;
    Some(Wrong {
        code: "invisible_character",
        of: found.iter().map(|(part, _)| *part).collect(),
        clause: clause!(R8.2),
        what: format!("代办人信息含有看不见的字符：{first}"),
        remedy: "请删除后重新填写",
    })
}

/// How his name and telephone number are written: as the document has the one, and so that the other can be called. What is empty is
/// not judged.
pub(crate) fn written(name: &str, kind: Option<DocumentKind>, phone: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let read = HolderName::parse(name).and_then(|name| kind.map_or(Ok(()), |kind| name.fits(kind)));
    if let (Err(e), false) = (read, spelling::says_nothing(name)) {
        wrong.push(Wrong {
            code: "bad_name",
            of: vec![AgentPart::Name],
            clause: clause!(R5.3),
            what: format!("代办人姓名{e}"),
            remedy: "请按代办人有效身份证件填写，生僻字写成[大写拼音]",
        });
    }
    let phone = Field::Phone.folded(phone);
    if !phone.is_empty() && !is_phone(&phone) {
        wrong.push(Wrong {
            code: "bad_phone",
            of: vec![AgentPart::Phone],
            clause: clause!(R8.2),
            what: "代办人联系电话不是有效的电话号码".into(),
            remedy: "请填写手机号码或带区号的固定电话",
        });
    }
    wrong
}
