//! What may be tried with each card of a file: every form is offered by the domain's own decision.

use super::{bare_enable, bare_hand_over};
use crate::counter::{REASONS, bare_post, posting};
use crate::distribution::on_the_way::whereabouts;
use crate::may::May;
use crate::pages::{CannotView, CardView, CaseView};
use crate::session::SignedIn;
use kaguan_domain::activation::{Activate, ConfirmVisit, RecordVisit};
use kaguan_domain::application::Presented;
use kaguan_domain::cancellation::{
    Cancel, RecordAccountClosed, left_of_cleaned, somebody_comes, usual_reason,
};
use kaguan_domain::clause;
use kaguan_domain::collection::{is_handed_out, left_at_old_bank, reminder, shows_receipt};
use kaguan_domain::dispatch::{HolderCommand as C, Position, card_position};
use kaguan_domain::facts::activation::{ActivationManner, Found};
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::card::{Account, Card, ECard, Social};
use kaguan_domain::facts::custody::RecallReason;
use kaguan_domain::facts::intent::{Intent, IntentState};
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::restriction::{CardIs, CaseState, Conduct};
use kaguan_domain::ids::{ApplicationId, BankCode};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary, loss_said};
use kaguan_domain::pin::RecordPin;
use kaguan_domain::recall::{
    Destroy, OfferAgain, TakeBack, counts_as, is_to_be_given_back, offer_said, recall_said, use_said,
    waits_given_back,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_domain::restriction::{
    Confiscate, Decide, Lift, Propose, confiscated_said, is_confiscated, to_confiscate,
};
use kaguan_service::{Looked, Seen};

/// Whether a card can be used now, in a sentence, and how it is shown: `ok`, `bad` or neither. What stops it comes first.
fn headline(c: &Card, place: Option<Position>) -> (String, &'static str) {
    let cancelled = matches!(c.social, Social::Cancelled { .. });
    if !c.holds.is_empty() && !cancelled {
        let stopped = if c.is_held() { "，现在不能使用" } else { "" };
        let tone = if c.is_held() { "bad" } else { "" };
        return (format!("{}{stopped}", c.holds_said()), tone);
    }
    // Nobody uses a card that an office has, whatever it was before.
    if is_to_be_given_back(c) {
        return ("已回收，待保管机构办理二次发放后发还".into(), "");
    }
    if waits_given_back(c) && c.social != Social::NotEnabled {
        return (format!("待发还：{}", place.map_or("卡片所在不明", Position::name)), "");
    }
    match (&c.social, &c.account) {
        (Social::Cancelled { .. }, Account::Closed { .. }) => ("已注销，账户已销户".into(), ""),
        (Social::Cancelled { .. }, Account::PreOpened | Account::Active { .. }) => {
            ("已注销，账户待销户".into(), "")
        }
        (Social::Enabled { .. }, Account::Active { .. } | Account::PreOpened) if !c.is_pin_locked() => {
            (use_said(c).into(), "ok")
        }
        (Social::Enabled { .. }, Account::Active { .. } | Account::PreOpened | Account::Closed { .. }) => {
            (use_said(c).into(), "")
        }
        (Social::NotEnabled, _) => {
            (format!("{}：{}", use_said(c), place.map_or("卡片所在不明", Position::name)), "")
        }
    }
}

/// 电子社保卡 of a card: its number, masked, or why there is none yet. Of somebody whose death is confirmed none is asked for.
fn e_card(c: &Card, dead: bool) -> String {
    clause!(R33.1);
    let state = match c.e_card() {
        ECard::Normal => "正常",
        ECard::IdentityOnly => "仅身份凭证",
        ECard::Suspended => "暂停",
        ECard::Cancelled => "注销",
    };
    match &c.signed_e_card {
        Some(signed) => format!("{}（{state}，{}签发）", signed.number.masked(), signed.at.date()),
        None if c.is_cancelled() => "该卡已注销，没有签发".into(),
        None if dead => "死亡已核实，没有签发".into(),
        None => "已申领，平台尚未返回卡号".into(),
    }
}

/// 社保功能, 社保密码, 银行账户, 进度, 卡片所在, 有效期至, 电子社保卡.
fn facets(c: &Card, place: Option<Position>, has_it: String, dead: bool) -> Vec<(&'static str, String)> {
    let social = match c.social {
        Social::NotEnabled => "未启用",
        Social::Enabled { .. } => "已启用",
        Social::Cancelled { .. } => "已注销",
    };
    let account = match c.account {
        Account::PreOpened => "预开户",
        Account::Active { .. } => "已激活",
        Account::Closed { .. } => c.closed_said().unwrap_or("已销户"),
    };
    let place = place.map_or("数据不一致，请联系管理员", Position::name);
    let at_bank = at_bank(c);
    let at_bank = (!at_bank.is_empty()).then(|| ("银行侧办理", at_bank.join("；")));
    // The chip of a cancelled card is asked for no PIN any more.
    let pin = (!c.is_cancelled()).then(|| ("社保密码", c.pin_said()));
    [("社保功能", social.to_owned())]
        .into_iter()
        .chain(pin)
        .chain([("银行账户", account.to_owned())])
        .chain(at_bank)
        .chain([
            ("进度", place.into()),
            ("卡片所在", has_it),
            ("有效期至", c.valid_until.to_string()),
            ("电子社保卡", e_card(c, dead)),
        ])
        .collect()
}

/// What the bank was asked to mirror and has not confirmed: it may still pay out on a card that is lost here (Article 23).
fn at_bank(c: &Card) -> Vec<String> {
    clause!(R23.1);
    let said = |i: &Intent| {
        let (kind, state) = (i.kind.name(), i.state.name());
        match &i.state {
            IntentState::Confirmed { .. } => None,
            IntentState::Wanted => Some(format!("{kind}：{state}，自{}", i.wanted_at.local())),
            IntentState::InDoubt { since } => Some(format!("{kind}：{state}，自{}", since.local())),
            IntentState::Refused { at, reason } => Some(format!("{kind}：{state}，{}，{reason}", at.local())),
            IntentState::Settled { at, note } => {
                let open = if c.is_left_to_close(i) { "，账户尚未销户" } else { "" };
                Some(format!("{kind}：{state}{open}，{}，{note}", at.local()))
            }
            IntentState::Dropped { at, reason } => Some(format!("{kind}：{state}，{}，{reason}", at.local())),
        }
    };
    c.intents.iter().filter_map(said).collect()
}

/// What the first of two clerks recorded today of a visit; empty when nobody did.
fn visited(may: &May, c: &Card) -> String {
    clause!(R16.4);
    let Some(visit) = c.visit.as_ref().filter(|v| v.at.date() == may.today()) else { return String::new() };
    let by = may.institutions().officer(visit.first).map_or("", |o| o.name.as_str());
    let ground = visit.ground.map(|g| format!("，上门事由：{}", g.name())).unwrap_or_default();
    format!("上门核验已由{by}于{}登记{ground}，待另一名经办人当日本人登录确认", visit.at.local())
}

/// 变更服务银行-现场办理 before anything is filled in.
fn bare_change(me: &SignedIn, c: &Card) -> CarryOut {
    let replace = Replace {
        id: ApplicationId(0),
        purpose: Purpose::BankChange { old: c.id },
        form_no: String::new(),
        changes: Box::default(),
        photo: None,
        proof: None,
        outlet: me.org.id,
        collect_at: me.org.id,
        agent: None,
        consent: None,
        checks: Vec::new(),
        presented: Presented::default(),
    };
    CarryOut { replace, verified: false, shown: None, risks_acknowledged: false }
}

/// One card, with what its viewer may try.
pub(super) fn card_view(may: &May, me: &SignedIn, seen: &Seen<Looked>, c: &Card) -> CardView {
    let card = c.id;
    let can = |command: C| may.about(seen, &command);
    let pins = [
        (PinChange::Changed, "changed", "修改密码"),
        (PinChange::Unlocked, "unlocked", "解锁密码"),
        (PinChange::Reset, "reset", "重置密码"),
        (PinChange::Locked, "locked", "登记密码锁定"),
    ];
    let reasons = CancelReason::ALL.into_iter().filter(|r| can(C::Cancel(Cancel::of(card, *r))));
    let reasons: Vec<CancelReason> = reasons.collect();
    let cases = c.restrictions.iter().map(|r| CaseView {
        case: r.case.0,
        said: r.said(card),
        line: r.line(card),
        decide: can(C::DecideRestriction(Decide { card, case: r.case, approved: true, why: String::new() })),
        lift: can(C::LiftRestriction(Lift { card, case: r.case, reason: "x".into() })),
        lifted_by: r.lifted_by(),
        confiscate: can(C::Confiscate(Confiscate { card, case: r.case, at: me.org.id })),
    });
    let to = me.org.bank.clone().unwrap_or(BankCode(String::new()));
    let changing = seen.file.bank_change().is_some_and(|b| b.old == card);
    let found = Found::default();
    let record = RecordVisit { card, found, verified: false, shown: None, deputy: None, ground: None };
    let confirm = ConfirmVisit { card, found, verified: false, shown: None, deputy: None };
    let visited = visited(may, c);
    let batch = seen.batches.get(&c.batch);
    let place = card_position(c, batch, may.institutions());
    let (headline, tone) = headline(c, place);
    let take_back = |reason| C::TakeBack(TakeBack { card, reason, at: me.org.id });
    let bare_pin = |change| {
        C::RecordPin(RecordPin {
            card,
            change,
            verified: false,
            shown: None,
            guardian: None,
            risks_told: false,
        })
    };
    let reserve = C::ReserveBankChange(Reserve { card, to: to.clone() });
    let case = kaguan_domain::ids::CaseId(0);
    let propose = C::ProposeRestriction(Propose {
        card,
        case,
        ground: "x".into(),
        conduct: Some(Conduct::OtherLaw),
        card_is: Some(CardIs::Genuine),
    });
    let closed = RecordAccountClosed { card, settled: true, given_back_at: None };
    // What stands against 注销 is told of whoever may be dead only where a death is no reason either.
    let usual = if can(C::Cancel(Cancel::of(card, CancelReason::Dead))) {
        CancelReason::Dead
    } else {
        usual_reason(c)
    };
    let businesses = [
        ("/collect", "领取", C::HandOver(bare_hand_over(me, card))),
        ("/enable", "社保功能启用", C::Enable(bare_enable(card))),
        ("/activate", "银行账户激活", C::Activate(Activate::in_manner(card, ActivationManner::FaceToFace))),
        (
            "/loss",
            "临时挂失",
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: false, deputy: None }),
        ),
        ("/loss", "正式挂失", C::ReportFormalLoss(ReportFormal { card, verified: false, deputy: None })),
        ("/loss", "解除挂失", C::ReleaseLoss(Release { card, verified: false, deputy: None })),
        ("/pin", "修改密码", bare_pin(PinChange::Changed)),
        ("/pin", "解锁密码", bare_pin(PinChange::Unlocked)),
        ("/pin", "重置密码", bare_pin(PinChange::Reset)),
        ("/bank-change", "变更服务银行-现场预约", reserve.clone()),
        ("/cancel", "注销", C::Cancel(Cancel::of(card, usual))),
        ("/cancel", "银行账户销户", C::RecordAccountClosed(closed)),
        ("/offer-again", "二次发放", C::OfferAgain(OfferAgain { card })),
        ("/restrict", "提出限制", propose.clone()),
    ];
    // A death is no reason while the registers have not confirmed it: where that is done is told beside the other reasons.
    let dead = C::Cancel(Cancel::of(card, CancelReason::Dead));
    let dead =
        can(C::Cancel(Cancel::of(card, CancelReason::MovedOut))).then_some(("/cancel", "注销（死亡）", dead));
    let refused = businesses.into_iter().chain(dead).filter_map(|(path, name, command)| {
        if !may.may(command.rule().verb()) || may.about(seen, &command) {
            return None;
        }
        Some(CannotView { path, name, why: may.refused(seen, &command)?.sentence() })
    });
    let post = posting(may, me, seen, c);
    let stays = bare_post(may, me, card);
    let stays = (may.may(stays.rule().verb()) && !post.any()).then(|| may.refused(seen, &stays)).flatten();
    let stays = stays.map(|why| CannotView { path: "/post", name: "邮递上门", why: why.sentence() });
    let unsigned = post.unsigned.clone();
    let unsigned = unsigned.map(|why| CannotView { path: "/post", name: "凭取件码签收", why });
    // That the account is settled is stated at 销户, and not where a card is taken back.
    let settled = |command: &C| may.refusal(seen, command) != Some(Reason::NotSettled);
    let takes = |back: &C| settled(back) && may.about(seen, back);
    let recalls = REASONS.into_iter().filter(|(_, _, reason)| takes(&take_back(*reason)));
    // Why it is not taken back now, by the reason that is true of it.
    let back = take_back(counts_as(c));
    let why = may.refused(seen, &back).filter(|_| may.may(back.rule().verb()) && !takes(&back));
    let name = match counts_as(c) {
        RecallReason::Exchanged => "回收（换发的旧卡）",
        RecallReason::Cancelled => "回收（注销的卡）",
        RecallReason::Uncollected
        | RecallReason::HolderDead
        | RecallReason::Confiscated
        | RecallReason::FoundAgain => "回收（逾期未领）",
    };
    // Why no case in force takes it from its holder, or whose turn it is to take it from whoever keeps it.
    let mut in_force = c.restrictions.iter().filter(|r| r.state == CaseState::InForce).map(|r| r.case);
    let case = to_confiscate(c).or_else(|| in_force.next().filter(|_| !is_confiscated(c)));
    let confiscate = case.map(|case| C::Confiscate(Confiscate { card, case, at: me.org.id }));
    let confiscate = confiscate.filter(|command| may.may(command.rule().verb()) && !c.is_cancelled());
    let not_confiscated = confiscate.and_then(|command| may.refused(seen, &command));
    let not_confiscated =
        not_confiscated.map(|why| CannotView { path: "/recall", name: "收缴", why: why.sentence() });
    let not_taken = why.map(|why| CannotView { path: "/recall", name, why: why.sentence() });
    let child = seen.file.person.as_ref().is_some_and(|p| p.details.needs_guardian(may.today()));
    let left = left_at_old_bank(&seen.file, c).unwrap_or_default();
    CardView {
        headline,
        tone,
        facets: facets(c, place, whereabouts(c, seen, may.institutions()), seen.file.death_confirmed()),
        cannot: refused.chain(not_taken).chain(not_confiscated).chain(stays).chain(unsigned).collect(),
        id: card.0,
        number: c.card_no.masked(),
        issuer: format!("{} {}", c.city.name(), c.bank.name()),
        no_post: may.institutions().no_post_in(&c.city, may.today()).unwrap_or_default(),
        hand_over: can(C::HandOver(bare_hand_over(me, card))),
        reminder: format!("{}{left}", reminder(&me.org, c, child)),
        left,
        offered: offer_said(&seen.file, &me.org, c),
        recalled: recall_said(c, may.institutions()),
        confiscated: confiscated_said(c, &me.org),
        closed: format!("账户资金已结转，账户已销户{}", left_of_cleaned(c, may.institutions())),
        loss_said: loss_said(&seen.file, c),
        old_card: kaguan_domain::replacement::brings_the_old(&seen.file, card),
        receipt: shows_receipt(&seen.file, c),
        enable: can(C::Enable(bare_enable(card))),
        activate: can(C::Activate(Activate::in_manner(card, ActivationManner::FaceToFace))),
        record_visit: visited.is_empty() && can(C::RecordVisit(record)),
        confirm_visit: can(C::ConfirmVisit(confirm)),
        visited,
        pins: pins.into_iter().filter(|p| can(bare_pin(p.0))).map(|p| (p.1, p.2)).collect(),
        lose_temporarily: can(C::ReportTemporaryLoss(ReportTemporary {
            card,
            identity: None,
            verified: false,
            deputy: None,
        })),
        lose_formally: can(C::ReportFormalLoss(ReportFormal { card, verified: false, deputy: None })),
        release: can(C::ReleaseLoss(Release { card, verified: false, deputy: None })),
        cancel: reasons.iter().map(|r| (r.code(), r.name())).collect(),
        cancel_asked_for: reasons.iter().any(|r| somebody_comes(c, *r)),
        in_hand: is_handed_out(c, batch),
        close: can(C::RecordAccountClosed(RecordAccountClosed { card, settled: true, given_back_at: None })),
        take_back: recalls.map(|(code, name, _)| (code, name)).collect(),
        destroy: can(C::Destroy(Destroy { card })),
        offer_again: can(C::OfferAgain(OfferAgain { card })),
        post,
        reserve: me.org.bank.is_some() && can(reserve),
        approve: changing && can(C::ApproveBankChange(Approve { refused: None })),
        call_off: changing && can(C::CallOffBankChange(CallOff { lapsed: false })),
        carry_out: changing && can(C::CarryOutBankChange(Box::new(bare_change(me, c)))),
        propose: can(propose),
        cases: cases.collect(),
    }
}
