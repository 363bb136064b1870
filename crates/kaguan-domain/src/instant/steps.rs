//! 新即时制卡 at a desk, step by step (Appendix 9): each step is in the journal before the desk is asked and again when it has answered,
//! so that whoever goes on after a crash, at whichever desk of the outlet, knows what may be on the card. Every failure ends in one of
//! three: the blank in stock, the card spoiled and booked, the card good and booked.

use crate::clause;
use crate::counter::is_verified;
use crate::ctx::Actor;
use crate::facts::application::{Application, Stage};
use crate::facts::failure::RowFailure;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::making::{self, MakingStep, Next, StepState};
use crate::ids::{ApplicationId, BlankId, DeskId, OrgId};
use crate::instant::face::{card_of, printed_name};
use crate::instant::personalise::{Begin, printed_at, under_way};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::replacement::made_alone;
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// What a desk read from the card under its reader.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCard {
    /// 卡识别码.
    pub chip: String,
    /// 社保卡卡号.
    pub card_no: String,
    /// 社会保障号码; empty on a blank.
    pub number: String,
    /// 姓名, with 姓名扩展.
    pub name: String,
    /// 发卡日期, `YYYYMMDD`; empty on a blank.
    pub issued: String,
}

impl std::fmt::Debug for ReadCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadCard({})", self.chip)
    }
}

/// 新即时制卡 at a desk: the blank that came out of the box is taken for the application.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BeginAtDesk {
    pub begin: Begin,
    pub desk: DeskId,
    /// As it was read under the reader.
    pub read: ReadCard,
    /// The name with the rare characters themselves, when they stand in brackets in the file (X9.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_name: Option<String>,
}

/// A desk is about to be asked for a step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AskStep {
    pub application: ApplicationId,
    pub blank: BlankId,
    pub desk: DeskId,
    pub step: MakingStep,
}

/// What came of a step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    Done,
    /// 读出: what is on the card now.
    Read(ReadCard),
    /// The driver has failed.
    Failed {
        /// By the published table.
        code: i32,
        /// In Chinese.
        words: String,
    },
    /// The desk did not begin.
    NotBegun,
}

/// The desk has answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AnswerStep {
    pub application: ApplicationId,
    pub blank: BlankId,
    pub desk: DeskId,
    pub step: MakingStep,
    pub outcome: StepOutcome,
}

/// 退回库存 of a card on which nothing was written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Return {
    pub application: ApplicationId,
    pub blank: BlankId,
}

/// What comes next for a card that a desk makes; `None` for any other application.
pub fn making_of(application: &Application) -> Option<Next> {
    making::next(application.steps())
}

/// The driver says that it could not begin: 加载动态库错, 读卡器连接错, 未建立连接, 不支持该命令; and the desk, that the province's 加密机 was silent when
/// it was asked, which is before anything is written.
const NOT_BEGUN: [i32; 5] = [-5, -11, -12, -13, -3703];
/// The card was not there or has lost its power: 无卡, 有卡未上电, 卡无应答. What it has, it has still.
const NO_POWER: [i32; 3] = [-2, -3, -4];

/// Whether a step that failed may be done again on the same card. A face that may be half printed never is.
fn again(step: MakingStep, code: i32) -> bool {
    match step {
        MakingStep::Print => NOT_BEGUN.contains(&code),
        MakingStep::Load
        | MakingStep::Write
        | MakingStep::CaPrepare
        | MakingStep::CaWrite
        | MakingStep::ReadBack => NOT_BEGUN.contains(&code) || NO_POWER.contains(&code),
    }
}

/// The desk stands at the outlet that makes the card.
fn at_outlet(around: Around<'_>, desk: DeskId, outlet: OrgId) -> Result<(), Refusal> {
    let known = around.institutions.desk(desk).filter(|d| d.ended.is_none());
    let known = known.ok_or_else(|| Refusal::about(Reason::NotFound, "已配对的制卡桌面机"))?;
    if known.outlet != outlet {
        return Err(Refusal::about(Reason::OutOfScope, "该制卡桌面机属于另一网点"));
    }
    Ok(())
}

impl Rule for BeginAtDesk {
    fn verb(&self) -> Verb {
        self.begin.verb()
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        self.begin.place(file, around)
    }

    fn blank(&self) -> Option<BlankId> {
        self.begin.blank()
    }

    /// Decides the beginning: the card under the reader is the one that is taken, and nobody's data are on it.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.2);
        clause!(X9.3);
        at_outlet(asked.around, self.desk, self.begin.outlet)?;
        if let Actor::Kiosk(own) = asked.ctx.actor {
            clause!(R36.2);
            if own != self.desk || !is_verified(false, asked.file, asked.ctx) {
                return Err(Reason::HolderNotVerified.into());
            }
            let application = asked.file.application(self.begin.application);
            application.map_or(Ok(()), |application| made_alone(asked.file, application))?;
        }
        let details = &asked.file.person.as_ref().ok_or(Reason::NotFound)?.details;
        let name = printed_name(&details.name, self.printed_name.as_deref())?;
        let mut events = self.begin.decide(asked)?;
        for event in &events {
            if let HolderEvent::InstantBegun { card_no, made, .. } = event {
                let wrong = |about: &str| Err(Refusal::about(Reason::WrongBlank, about));
                if self.read.chip != made.chip.as_str() || self.read.card_no != card_no.as_str() {
                    return wrong("读出的卡识别码、卡号与预制卡登记的不符");
                }
                if !self.read.number.is_empty() || !self.read.name.is_empty() {
                    return wrong("芯片内已有个人资料，不是空白预制卡，请登记作废");
                }
            }
        }
        let application = self.begin.application;
        events.extend(name.map(|name| HolderEvent::PrintedNameStated { application, name }));
        let (step, state) = (MakingStep::Load, StepState::Done);
        events.push(HolderEvent::InstantStepped { application, step, desk: self.desk, state });
        Ok(events)
    }
}

impl Rule for AskStep {
    fn verb(&self) -> Verb {
        Verb::Personalise
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        printed_at(file, self.application)
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides that a step is asked for: only the one that comes next, of a desk of this outlet.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.2);
        let (application, outlet, _, made) = under_way(file, self.application, self.blank)?;
        at_outlet(around, self.desk, outlet)?;
        if making_of(application) != Some(Next::Ask(self.step)) {
            return Err(Refusal::about(Reason::WrongStage, format!("现在不是{}", self.step.name())));
        }
        let application = application.id;
        let keys = (self.step == MakingStep::CaWrite)
            .then(|| HolderEvent::CardKeysTaken { application, chip: made.chip.clone() });
        let (step, desk, state) = (self.step, self.desk, StepState::Asked);
        Ok(keys.into_iter().chain([HolderEvent::InstantStepped { application, step, desk, state }]).collect())
    }
}

/// What on the card is not as it was written, in Chinese.
fn differ(
    file: &HolderFile,
    application: &Application,
    read: &ReadCard,
    asked: Asked<'_>,
) -> Vec<&'static str> {
    clause!(R36.2);
    let (Some((name, issued)), Some(person), Stage::Personalising { card_no, made, .. }) =
        (card_of(file, application, asked.ctx.today()), &file.person, &application.stage)
    else {
        return vec!["申请"];
    };
    let issued = issued.strftime("%Y%m%d").to_string();
    let all = [
        ("卡识别码", read.chip == made.chip.as_str()),
        ("卡号", read.card_no == card_no.as_str()),
        ("社会保障号码", read.number == person.details.ssn.as_str()),
        ("姓名", read.name == name),
        ("发卡日期", read.issued == issued),
    ];
    all.into_iter().filter(|(_, same)| !same).map(|(what, _)| what).collect()
}

impl Rule for AnswerStep {
    fn verb(&self) -> Verb {
        Verb::Personalise
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        printed_at(file, self.application)
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides what an answer means: the step is done; or it may be done again; or the card is spoiled, in the same commit.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.3);
        let (application, outlet, ..) = under_way(asked.file, self.application, self.blank)?;
        let last = application.steps().last();
        if !last.is_some_and(|l| (l.step, l.desk, l.state) == (self.step, self.desk, StepState::Asked)) {
            return Err(Refusal::about(Reason::WrongStage, "该步骤没有在等待这台桌面机的结果"));
        }
        let stepped = |state| HolderEvent::InstantStepped {
            application: application.id,
            step: self.step,
            desk: self.desk,
            state,
        };
        let spoiled = |reason: String| HolderEvent::InstantFailed {
            application: application.id,
            blank: self.blank,
            outlet,
            failure: RowFailure::Counter { reason },
        };
        Ok(match &self.outcome {
            StepOutcome::Done if self.step == MakingStep::ReadBack => {
                return Err(Refusal::about(Reason::MaterialDefective, "须有读出的资料"));
            }
            StepOutcome::Done => vec![stepped(StepState::Done)],
            StepOutcome::Read(read) => match differ(asked.file, application, read, asked) {
                same if same.is_empty() => vec![stepped(StepState::Done)],
                wrong => {
                    let reason = format!("读出的{}与本次制卡资料不符", wrong.join("、"));
                    vec![stepped(StepState::Failed { code: None }), spoiled(reason)]
                }
            },
            StepOutcome::NotBegun => vec![stepped(StepState::Failed { code: None })],
            StepOutcome::Failed { code, .. } if again(self.step, *code) => {
                vec![stepped(StepState::Failed { code: Some(*code) })]
            }
            StepOutcome::Failed { code, words } => {
                let reason = format!("{}失败：{words}（{code}）", self.step.name());
                vec![stepped(StepState::Failed { code: Some(*code) }), spoiled(reason)]
            }
        })
    }
}

impl Rule for Return {
    fn verb(&self) -> Verb {
        Verb::FailInstant
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        printed_at(file, self.application)
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides it: only while nothing can be on the chip. A card that was begun to write is spoiled or becomes somebody's.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.3);
        let (application, outlet, ..) = under_way(file, self.application, self.blank)?;
        if application.steps().is_empty() || making::is_written(application.steps()) {
            let about = "卡内可能已写入资料，不能退回库存；请继续制卡或登记制卡失败";
            return Err(Refusal::about(Reason::WrongStage, about));
        }
        Ok(vec![HolderEvent::InstantReturned { application: application.id, blank: self.blank, outlet }])
    }
}
