//! How an application begins at a counter: whoever applies is looked for, and what is on record is filled in, so that nobody is asked
//! for what is known.

use crate::outcome::Failure;
use crate::ports::OnRecord;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::CityCode;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_domain::{refusal::Refusal, spelling};

/// Why somebody is looked for.
const WHY: &str = "受理个人申请：查找档案，并查询公安登记信息";

/// What is known of somebody who applies.
pub struct Begun {
    /// The files of whoever has this number: the card is replaced or exchanged, or the application is in work.
    pub on_file: Vec<Seen<Looked>>,
    /// The number as the document of today has it: fifteen digits as the eighteen that they became.
    pub number: String,
    /// What 公安 has on record.
    pub record: OnRecord,
}

impl Service {
    /// Looks for whoever applies, by the number of the document that the clerk holds in his hand, and asks 公安 what is on record of it.
    /// It leaves its line, also when nobody is on file.
    ///
    /// # Errors
    /// When this officer takes in no applications, or the number is none.
    pub async fn begin_application(
        &self,
        ctx: Ctx,
        kind: DocumentKind,
        number: &str,
    ) -> Result<Begun, Failure> {
        clause!(R8.3);
        self.may(&ctx.actor, Verb::Apply, &Place::Anywhere)?;
        if spelling::says_nothing(number) {
            return Err(Refusal::about(Reason::MaterialDefective, "请填写证件号码").into());
        }
        let what = LookedUp::read(number)
            .map_err(|e| Failure::from(Refusal::about(Reason::MaterialDefective, e.to_string())))?;
        let on_file = match self.look_up(ctx, &what, WHY).await {
            Ok(found) => found,
            Err(Failure::Refused(r)) if r.reason == Reason::NotFound => Vec::new(),
            Err(e) => return Err(e),
        };
        // 公安 has nobody under fifteen digits any more.
        let read = what.number.filter(|_| kind.has_citizen_shape());
        let number = read.map_or_else(|| spelling::looked_for(number), |n| n.as_str().to_owned());
        let record = self.partners().registers.on_record(kind, &number).await;
        Ok(Begun { on_file, number, record })
    }

    /// A 申领表编码 of the system for a form that has none on paper: 44, the city, `W`, the day and a number of the day. It is used up
    /// even when the form is not sent.
    pub async fn next_form_no(&self, city: &CityCode) -> Result<String, Failure> {
        clause!(R10.1);
        let day = self.now().date().strftime("%y%m%d").to_string();
        let n = self.store().reserve(&format!("form_no/{}/{day}", city.as_str()), 1).await?;
        Ok(format!("{}W{day}{n:06}", &city.as_str()[..4]))
    }
}
