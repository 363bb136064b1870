//! 制卡方式: 即时制卡 is offered first wherever an application is taken (R11.2), with the banks whose pre-made cards this outlet has.

use crate::Console;
use crate::pages::FieldView;
use crate::session::SignedIn;
use kaguan_domain::facts::form::Field;
use kaguan_service::Failure;

/// Under which value a form says that the counter makes the card.
const INSTANT: &str = "instant";
const BATCH: &str = "batch";

/// The choice, and what is said beside it.
pub struct OfferView {
    pub field: FieldView,
    pub says: String,
}

/// Whether a form that was sent asks for the card at the counter.
pub fn wants_instant(making: &str) -> bool {
    making == INSTANT
}

/// The choice: as it was made, or 即时制卡 where this outlet has cards for it. When the stock cannot be seen, why.
pub async fn offer(console: &Console, me: &SignedIn, chosen: &str) -> (OfferView, Option<Failure>) {
    let (banks, failed) = match console.service.banks_in_stock(&me.actor()).await {
        Ok(banks) => (banks, None),
        // Whoever keeps no stock has none.
        Err(Failure::Refused(_)) => (Vec::new(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let usual = if banks.is_empty() { BATCH } else { INSTANT };
    let names: Vec<&str> = banks.iter().map(|b| b.name()).collect();
    let says = match names.is_empty() {
        true => "本网点没有预制卡，不能即时制卡；可引导申请人到有预制卡的网点办理。".to_owned(),
        false => format!("本网点现有{}的预制卡，请先向申请人推荐即时制卡。", names.join("、")),
    };
    let name = |code: &str, name: &str| (code.to_owned(), name.to_owned());
    // Where there is no card to make it of, it is offered to nobody; who has chosen it sees his choice, and what is said of it.
    let instant = (!banks.is_empty() || wants_instant(chosen)).then(|| name(INSTANT, "即时制卡（立等可取）"));
    let field = FieldView {
        name: Field::Making.code(),
        title: Field::Making.title(),
        required: false,
        focus: false,
        value: if chosen.is_empty() { usual.to_owned() } else { chosen.to_owned() },
        choices: instant.into_iter().chain([name(BATCH, "批量制卡")]).collect(),
    };
    (OfferView { field, says }, failed)
}
