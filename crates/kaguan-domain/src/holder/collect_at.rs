//! Correcting where the card of an application is collected, while nobody outside has its data (Article 29, Appendix 7).

use super::correct_details::{in_person, unverified};
use crate::application::taking::{collected_where, collects_for};
use crate::clause;
use crate::facts::application::{Application, Stage};
use crate::facts::batch::{BatchFile, Extraction};
use crate::facts::form::{Defect, Field};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{ApplicationId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// 更正领卡网点 of an application that was taken with a wrong one: 更正资料 of what stands in the application and not in the form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CorrectCollectAt {
    pub application: ApplicationId,
    /// The outlet where the card is collected from now on.
    pub collect_at: OrgId,
    /// Whether the clerk has verified the holder's document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
}

/// What becomes of a card that comes to the wrong outlet.
const BY_TRANSFER: &str = "请在成品卡到达后，由实际领卡的机构办理单卡转接";

/// Boxes are packed by the outlet that the bank's and the vendor's data name: from 批次确认 on it stays as it is, until the
/// confirmation is taken back or a failure comes back.
fn still_open(application: &Application, around: Around<'_>) -> Result<(), Refusal> {
    clause!(X7.1);
    let refused = |why: &str, way: &str| Err(Refusal::about(Reason::WrongStage, why).way(way));
    match &application.stage {
        Stage::Received
        | Stage::Accepted { .. }
        | Stage::OpeningFailed { .. }
        | Stage::ProductionFailed { .. } => Ok(()),
        Stage::InBatch { batch, .. } => match around.batches.get(batch).and_then(BatchFile::extraction) {
            Some(Extraction::Unconfirmed) => Ok(()),
            Some(Extraction::Awaited) => {
                let way = "服务银行提取前，请市卡管机构撤销批次确认后再更正领卡网点";
                refused("所在批次已确认", way)
            }
            Some(Extraction::Done) | None => {
                let way = format!("{BY_TRANSFER}；服务银行回盘开户失败的，回盘后可以更正领卡网点");
                refused("资料已交服务银行开户，成品卡按原领卡网点装箱", &way)
            }
        },
        Stage::AccountOpened { .. } => {
            let way = format!("{BY_TRANSFER}；卡商回盘制卡失败的，回盘后可以更正领卡网点");
            refused("银行账户已开立，成品卡按原领卡网点装箱", &way)
        }
        Stage::Personalising { .. } => {
            refused("正在即时制卡，制成后由制卡网点发放", "登记制卡失败后，可以更正领卡网点")
        }
        Stage::Made { .. } => {
            refused("社保卡已制成", "尚未领取的，请在成品卡到达后，由实际领卡的机构办理单卡转接")
        }
        Stage::Withdrawn { .. } => refused("该申请已撤销", "需要用卡的，请重新申请"),
        Stage::Declined { .. } => refused("该申请已作不予受理", "需要用卡的，请重新申请"),
    }
}

/// That a card of this application is not collected there.
fn not_there(application: &Application) -> Defect {
    let (clause, what) = collected_where(&application.purpose, &application.city, &application.bank);
    Defect::new(Field::CollectAt, "no_pick_up_outlet", clause, &what, "请从所列网点中选择领卡网点")
}

impl Rule for CorrectCollectAt {
    fn verb(&self) -> Verb {
        Verb::CorrectDetails
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        file.application(self.application).map_or(Place::Anywhere, |a| Place::At(a.outlet))
    }

    /// Decides 更正领卡网点 of an application of which nobody outside has data: at an outlet of the city of the card that hands out
    /// cards of its bank, as when it was taken.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R29.1);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        still_open(application, around)?;
        let there = around.institutions.org(self.collect_at);
        if application.collect_at == self.collect_at {
            let name = there.map_or("所选网点", |o| o.name.as_str());
            return Err(Refusal::about(Reason::NothingToDo, format!("领卡网点已是{name}")));
        }
        let Application { purpose, city, bank, .. } = application;
        let collected = there.is_some_and(|o| collects_for(purpose, o, city, bank, around.institutions));
        let defects: Vec<Defect> = [
            (!collected).then(|| not_there(application)),
            (!self.verified && in_person(file, ctx)).then(unverified),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !defects.is_empty() {
            return Err(Refusal::defects(defects));
        }
        let (application, collect_at) = (application.id, self.collect_at);
        Ok(vec![HolderEvent::CollectAtCorrected { application, collect_at }])
    }
}
