//! 不予受理: a written voucher with the reason, its article and the remedy (R8.5).

use crate::clause;
use crate::facts::application::{Ground, Stage};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::ApplicationId;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_outlet_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// Declines an application that waits at this office.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decline {
    pub application: ApplicationId,
    /// The voucher's text.
    pub ground: Ground,
}

impl Ground {
    /// Everything that is missing or wrong of a voucher's text, as phrases for the clerk, each by itself: what is written is not told again.
    pub fn wrong(&self) -> Vec<String> {
        clause!(R8.5);
        let items = [("原因", &self.reason), ("依据", &self.article), ("解决途径", &self.remedy)];
        let empty = items.into_iter().filter(|(_, written)| spelling::says_nothing(written));
        let mut wrong: Vec<String> = empty.map(|(item, _)| format!("书面凭证的{item}没有写明")).collect();
        if !spelling::says_nothing(&self.article) && !names_article(&self.article) {
            wrong.push("书面凭证的依据须写明条款，如“第八条”".into());
        }
        wrong
    }
}

impl Rule for Decline {
    fn verb(&self) -> Verb {
        Verb::Decline
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_outlet_of(file, self.application)
    }

    /// An application can be declined until a batch holds it, and after a failure came back.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R8.5);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        let outside = matches!(
            application.stage,
            Stage::Received
                | Stage::Accepted { .. }
                | Stage::OpeningFailed { .. }
                | Stage::ProductionFailed { .. }
        );
        if !outside {
            return Err(Reason::WrongStage.into());
        }
        let (g, wrong) = (&self.ground, self.ground.wrong());
        if !wrong.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
        }
        let (id, by) = (application.id, super::taking::clerk(ctx));
        let mut events = vec![HolderEvent::Declined { application: id, ground: g.clone(), by }];
        events.extend(file.clock_ends(id, ctx.today()));
        events.extend(crate::replacement::ended::given_up(file, application, ctx));
        Ok(events)
    }
}

/// Whether an article is named: 第八条, 第8条, 《社会保险法》第五十八条 or an appendix, whatever stands around it. What the applicant reads on
/// his voucher is looked up by it.
fn names_article(text: &str) -> bool {
    clause!(R8.5);
    let text = spelling::half_width(text);
    let number = |c: &char| c.is_ascii_digit() || "〇零一二三四五六七八九十百".contains(*c);
    let begins = |rest: &str, end: &str| {
        let written = rest.trim_start();
        let n: usize = written.chars().take_while(number).map(char::len_utf8).sum();
        n > 0 && written[n..].trim_start().starts_with(end)
    };
    let article = text.match_indices('第').any(|(at, sign)| begins(&text[at + sign.len()..], "条"));
    let appendix = text.match_indices("附件").any(|(at, sign)| begins(&text[at + sign.len()..], ""));
    article || appendix
}
