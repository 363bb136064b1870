//! An office with work: people in every state, long names and rare ones, boxes on their way, pre-made cards, proposals that wait.

use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::ids::MaterialId;
use kaguan_testkit::World;

/// Names as they occur: of Xinjiang with their dots, rare characters in their spelling (R34.1), a long one of them, a short one.
const NAMES: [&str; 4] = [
    "阿卜杜热西提·阿卜杜外力·买买提依明·努尔麦麦提",
    "欧阳[JI][SHANG]",
    "[ZHUANG][ZHUANG][ZHUANG][ZHUANG][ZHUANG]",
    "吴用",
];

/// Fills the world; the numbers of people whose pages are worth a look.
pub async fn full(w: &World) -> Vec<String> {
    w.around.registers.set_photo(kaguan_testkit::portrait().0.clone());
    w.with_card(1).await;
    let named = |n: u32, name: &str| {
        let mut filled = w.apply(n, w.outlet());
        filled.draft.name = name.to_owned();
        if name.contains('[') {
            let digest = kaguan_testkit::portrait().1.clone();
            let id = MaterialId(w.service.fresh());
            filled.presented.materials.push(Enclosed { id, kind: MaterialKind::Identity, digest });
        }
        filled
    };
    for (n, name) in (2..).zip(NAMES) {
        w.takes_in(n, named(n, name)).await;
    }
    let made = w.cards_made().await;
    w.at_outlet(made, w.outlet()).await;
    w.applicant(6, w.outlet()).await;
    w.cards_made().await;
    w.applicant(7, w.bank_outlet()).await;
    w.applicant(8, w.outlet()).await;
    [1, 2, 3, 6, 8].map(|n| w.draft(n).document_number).into()
}
