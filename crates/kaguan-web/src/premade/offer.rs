//! 制卡方式: 即时制卡 is offered first wherever an application is taken (R11.2), with the banks whose pre-made cards this outlet has.

use crate::Console;
use crate::pages::FieldView;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::facts::form::Field;
use kaguan_domain::ids::BankCode;
use kaguan_service::Failure;
use std::collections::BTreeSet;

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

fn named<'a>(banks: impl Iterator<Item = &'a BankCode>) -> String {
    banks.map(BankCode::name).collect::<Vec<_>>().join("、")
}

/// The choice, or why the stock cannot be seen with it; of the banks that the card may be of, where they are known (none of them: it is not yet).
pub async fn offer(
    console: &Console,
    me: &SignedIn,
    chosen: &str,
    of: &BTreeSet<BankCode>,
) -> (OfferView, Option<Failure>) {
    let (in_stock, failed) = match console.service.banks_in_stock(&me.actor()).await {
        Ok(banks) => (banks, None),
        // Whoever keeps no stock has none.
        Err(Failure::Refused(_)) => (Vec::new(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    (of_stock(&in_stock, chosen, of), failed)
}

/// As it was made, or 即时制卡 where there are cards for it.
fn of_stock(in_stock: &[BankCode], chosen: &str, of: &BTreeSet<BankCode>) -> OfferView {
    clause!(R36.2);
    let banks: Vec<_> = in_stock.iter().filter(|b| of.is_empty() || of.contains(*b)).collect();
    let usual = if banks.is_empty() { BATCH } else { INSTANT };
    let says = match (banks.is_empty(), in_stock.is_empty()) {
        (true, true) => "本网点没有预制卡，不能即时制卡；可引导申请人到有预制卡的网点办理。".to_owned(),
        (true, false) => {
            let bank = named(of.iter());
            format!(
                "本网点没有{bank}的预制卡，不能即时制卡；请选择批量制卡，或引导申请人到有预制卡的网点办理。"
            )
        }
        (false, _) => {
            let bank = named(banks.iter().copied());
            format!("本网点现有{bank}的预制卡，请先向申请人推荐即时制卡。")
        }
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
    OfferView { field, says }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, INSTANT, of_stock};
    use kaguan_domain::clause;
    use kaguan_domain::ids::BankCode;

    #[test]
    fn art_36_2_a_card_is_offered_at_once_only_where_there_are_pre_made_cards_of_its_bank() {
        clause!(R36.2);
        let bank = |code: &str| BankCode(code.into());
        let offered = |chosen, of: &[&str]| {
            let of = of.iter().map(|code| bank(code)).collect();
            let view = of_stock(&[bank("95588")], chosen, &of);
            let choices: Vec<_> = view.field.choices.into_iter().map(|(code, _)| code).collect();
            (choices, view.field.value, view.says)
        };
        // Which bank it will be is not known yet, or is one of several.
        for of in [&[][..], &["95588"], &["95533", "95588"]] {
            let (choices, value, says) = offered("", of);
            assert_eq!((choices, value.as_str()), (vec![INSTANT.to_owned(), BATCH.to_owned()], INSTANT));
            assert_eq!(says, "本网点现有中国工商银行的预制卡，请先向申请人推荐即时制卡。");
        }
        let (choices, value, says) = offered("", &["95533"]);
        assert_eq!((choices, value.as_str()), (vec![BATCH.to_owned()], BATCH));
        assert!(says.starts_with("本网点没有中国建设银行的预制卡，不能即时制卡；请选择批量制卡"), "{says}");
        // Who has chosen it sees his choice.
        let (choices, value, _) = offered(INSTANT, &["95533"]);
        assert_eq!((choices.len(), value.as_str()), (2, INSTANT));
    }
}
