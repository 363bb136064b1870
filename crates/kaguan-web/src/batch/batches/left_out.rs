//! Whom no screening takes because the death is confirmed, and who has to be taken out of a batch for it (Article 33).

use crate::Console;
use crate::pages::Frame;
use crate::session::SignedIn;
use kaguan_domain::alive::by_forms;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::ids::{BankCode, BatchId, CityCode};
use kaguan_service::{Failure, LeftOut};
use std::collections::BTreeMap;

/// Somebody whom no screening takes, by the form.
pub struct LeftOutView {
    /// The address of the file.
    pub file: String,
    /// 申领表编码.
    pub form_no: String,
    pub city: &'static str,
    pub bank: &'static str,
    /// 加急.
    pub urgent: bool,
    /// 受理网点.
    pub outlet: String,
}

/// How many have to be taken out of each batch. One who may not see it is shown none.
pub(super) async fn in_batches(console: &Console, me: &Actor, frame: &mut Frame) -> BTreeMap<BatchId, usize> {
    match console.service.dead_in_batches_for(me).await {
        Ok(dead) => dead,
        Err(Failure::Refused(_)) => BTreeMap::new(),
        Err(why) => {
            frame.say(&why);
            BTreeMap::new()
        }
    }
}

/// Whom a screening leaves out, for whoever may screen.
pub(super) async fn listed(
    console: &Console,
    session: &str,
    me: &Actor,
    frame: &mut Frame,
) -> Vec<LeftOutView> {
    clause!(R33.1);
    let found = match console.service.left_out_for(me).await {
        Err(Failure::Refused(_)) => return Vec::new(),
        found => frame.list(found).unwrap_or_default(),
    };
    let institutions = console.service.institutions();
    let view = |one: LeftOut| LeftOutView {
        file: format!("/people/{}", console.service.key_of(session, one.holder)),
        form_no: one.form_no,
        city: one.city.name(),
        bank: one.bank.name(),
        urgent: one.urgent,
        outlet: institutions.org(one.outlet).map_or_else(|| "（未登记）".to_owned(), |o| o.name.clone()),
    };
    found.into_iter().map(view).collect()
}

/// What is said of them behind a screening that was done.
pub(super) async fn said(
    console: &Console,
    me: &SignedIn,
    (city, bank, urgent): (&CityCode, &BankCode, bool),
) -> String {
    clause!(R33.1);
    let mut left = match console.service.left_out_for(&me.actor()).await {
        Ok(left) => left,
        Err(why) => return format!("。死亡已核实、未纳入的申请现在查不到：{why}"),
    };
    left.retain(|one| one.city == *city && one.bank == *bank && one.urgent == urgent);
    if left.is_empty() {
        return String::new();
    }
    let forms = by_forms(left.iter().map(|one| one.form_no.as_str()));
    format!("。另有死亡已核实、未纳入的{forms}：由受理网点作不予受理，登记有误的办理恢复")
}
