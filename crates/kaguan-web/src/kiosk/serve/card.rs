//! 即时补卡 (Articles 25, 27 and 36): identity card, face, loss, application, card. What a clerk would verify is what the identity card and
//! the comparison of faces say; every step is a command about whoever laid the identity card on the reader, whatever a form names.

use super::{AtKiosk, CardView, DoneView, Question, ServePage, identity, whose};
use crate::Console;
use crate::agent::{Run, RunState, now_ms};
use crate::kiosk::hub::{Visit, Visitor};
use crate::may::May;
use crate::premade::making::run::Runner;
use crate::replacement::replace::CONSENT_TEXT;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::civil::Date;
use kaguan_domain::application::Presented;
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Consent, Purpose};
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::counter::{Collector, Shown};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::face::{FaceCheck, FaceResult};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::ids::{ApplicationId, CardId};
use kaguan_domain::instant::{can_make, waits_for_card};
use kaguan_domain::kiosk::CheckFace;
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::replacement::{Replace, due_at_kiosk, made_alone};
use kaguan_service::ports::FaceAsk;
use kaguan_service::{Command, Failure, Looked, Seen};
use std::sync::Arc;

const TITLE: &str = "挂失补卡（当场制卡）";
/// Why the file is looked at.
const WHY: &str = "本人在自助服务设施挂失补卡（脱敏显示）";
/// So often a face is compared in one visit.
const FACES: u8 = 3;
/// No camera's picture has to be larger.
const LARGEST_FACE: usize = 4 << 20;
const LEFT: &str = "等待时间过长，已为您退出。请重新放置身份证";

/// The identity card is asked for.
pub async fn page(State(console): State<Console>, kiosk: AtKiosk) -> ServePage {
    console.kiosks.leaves(&kiosk.session);
    ServePage::asks(&kiosk, TITLE, Question::Identity)
}

/// `YYYYMMDD`; nothing of 长期. What is neither has no last day that anybody could read, and is not taken.
fn last_day(until: &str) -> Result<Option<Date>, String> {
    if until == "长期" {
        return Ok(None);
    }
    let day = Date::strptime("%Y%m%d", until).map_err(|_| "身份证的有效期读不出，请到柜台办理")?;
    Ok(Some(day))
}

/// 读身份证.
pub async fn reads(State(console): State<Console>, kiosk: AtKiosk) -> Response {
    match visitor(&console, &kiosk).await {
        Ok(visitor) => {
            console.kiosks.comes(&kiosk.session, console.service.fresh(), Some(visitor), now_ms(&console));
            ServePage::asks(&kiosk, TITLE, Question::Face).into_response()
        }
        Err(why) => ServePage::asks(&kiosk, TITLE, Question::Identity).but(why).into_response(),
    }
}

async fn visitor(console: &Console, kiosk: &AtKiosk) -> Result<Visitor, String> {
    let identity = identity(console, kiosk).await?;
    let until = last_day(&identity.until)?;
    let who = Arc::new(whose(console, &identity).await?);
    let shown = Shown { kind: DocumentKind::IdentityCard, number: identity.number, electronic: false };
    // What stands on the identity card is judged before anybody is asked for a picture.
    let check = FaceCheck::silent("");
    let check = HolderCommand::CheckFace(CheckFace { shown: shown.clone(), until, check });
    console.service.would_do(&kiosk.ctx(console), &who, &check).await.map_err(|why| why.to_string())?;
    let chip = BASE64.decode(identity.photo.as_bytes()).unwrap_or_default();
    if chip.is_empty() {
        return Err("身份证芯片内的相片读不出，不能人脸核验，请到柜台办理".into());
    }
    Ok(Visitor { who, shown, until, chip: Arc::new(chip) })
}

/// Who stands there, with the identity card that was read.
fn here(console: &Console, kiosk: &AtKiosk) -> Result<(Visit, Visitor), Box<Response>> {
    let visit = kiosk.visit(console);
    let both = visit.and_then(|visit| visit.visitor.clone().map(|visitor| (visit, visitor)));
    both.ok_or_else(|| Box::new(ServePage::asks(kiosk, TITLE, Question::Identity).but(LEFT).into_response()))
}

/// The same once a face was found to be theirs.
fn seen_here(console: &Console, kiosk: &AtKiosk) -> Result<(Visit, Visitor), Box<Response>> {
    let (visit, visitor) = here(console, kiosk)?;
    match visit.seen {
        true => Ok((visit, visitor)),
        false => Err(Box::new(ServePage::asks(kiosk, TITLE, Question::Face).into_response())),
    }
}

fn over(console: &Console, kiosk: &AtKiosk, why: impl Into<String>) -> Response {
    console.kiosks.leaves(&kiosk.session);
    ServePage::sorry(kiosk, TITLE, why).into_response()
}

/// 人脸核验: only 一致 goes on.
pub async fn face(State(console): State<Console>, kiosk: AtKiosk, mut sent: Sent) -> Response {
    clause!(R14.2);
    let (visit, visitor) = match here(&console, &kiosk) {
        Ok(both) => both,
        Err(page) => return *page,
    };
    // Of several that were taken the last one is meant.
    let Some(live) = sent.take_files("face").pop() else {
        let why = "没有收到相片，请拍摄后再按一次";
        return ServePage::asks(&kiosk, TITLE, Question::Face).but(why).into_response();
    };
    if live.len() > LARGEST_FACE {
        let why = "相片过大，请重新拍摄";
        return ServePage::asks(&kiosk, TITLE, Question::Face).but(why).into_response();
    }
    if visit.faces >= FACES {
        return over(&console, &kiosk, "人脸核验三次未通过，请到柜台办理");
    }
    console.kiosks.tell(&kiosk.session, |v| v.faces += 1);
    let ask = FaceAsk { live, chip: visitor.chip.to_vec() };
    let document = (visitor.shown.clone(), visitor.until);
    match console.service.check_face(kiosk.ctx(&console), &visitor.who, document, ask).await {
        Ok(FaceResult::Same) => {
            console.kiosks.tell(&kiosk.session, |v| v.seen = true);
            Redirect::to("/kiosk/card/choice").into_response()
        }
        Ok(result @ (FaceResult::Different | FaceResult::NotComparable)) if visit.faces + 1 < FACES => {
            let why =
                format!("人脸核验结果：{}。请正对镜头再试一次；仍不通过的，请到柜台办理", result.name());
            ServePage::asks(&kiosk, TITLE, Question::Face).but(why).into_response()
        }
        Ok(result @ (FaceResult::Different | FaceResult::NotComparable)) => {
            over(&console, &kiosk, format!("人脸核验结果：{}。请到柜台办理", result.name()))
        }
        Err(why) => over(&console, &kiosk, why.to_string()),
    }
}

async fn looked(console: &Console, kiosk: &AtKiosk, visitor: &Visitor) -> Result<Seen<Looked>, Failure> {
    console.service.look(kiosk.ctx(console), visitor.who.id(), WHY).await
}

/// 补卡 of a card, as whoever stands there asks for it.
fn reissue(kiosk: &AtKiosk, card: CardId, form_no: &str, consents: bool) -> Replace {
    let changes = FormDraft { form_no: form_no.to_owned(), ..FormDraft::collected() };
    Replace {
        id: ApplicationId(0),
        purpose: Purpose::Reissue { old: card },
        form_no: form_no.to_owned(),
        changes: Box::new(changes),
        photo: None,
        outlet: kiosk.desk.outlet,
        collect_at: kiosk.desk.outlet,
        agent: None,
        consent: consents.then(|| Consent { text_version: CONSENT_TEXT.into(), by_guardian: false }),
        checks: Vec::new(),
        presented: Presented { at_counter: true, ..Presented::default() },
        proof: None,
    }
}

/// Why a refusal keeps somebody from something; `None` of what is stated, read or asked only when it is applied for.
fn kept_from(may: &May, seen: &Looked, command: HolderCommand) -> Option<Refusal> {
    let later = [Reason::MaterialDefective, Reason::ConsentMissing, Reason::RegisterUnavailable];
    may.refused(seen, &command).filter(|r| !later.contains(&r.reason))
}

/// The open application whose card can be made here now, or why it cannot.
fn to_make(console: &Console, kiosk: &AtKiosk, seen: &Looked) -> Option<Result<ApplicationId, String>> {
    let application = seen.file.open_application()?;
    let institutions = console.service.institutions();
    let can = || {
        made_alone(&seen.file, application)?;
        waits_for_card(&seen.file, application, &seen.batches)?;
        let outlet = institutions.org(kiosk.desk.outlet).ok_or(Reason::NotFound)?;
        can_make(outlet, &application.city, &application.bank)
    };
    if let Err(why) = can() {
        return Some(Err(why.sentence()));
    }
    if seen.has_rare() {
        return Some(Err("姓名含生僻字，须由经办人录入后制卡，请到柜台办理".into()));
    }
    if kiosk.desk.box_of(&application.bank).is_none() {
        return Some(Err(format!("本机没有{}的卡，请到柜台办理", application.bank.name())));
    }
    Some(Ok(application.id))
}

/// What can be done for whoever stands there.
pub async fn choice(State(console): State<Console>, kiosk: AtKiosk) -> Response {
    match seen_here(&console, &kiosk) {
        Ok((_, visitor)) => chosen(&console, &kiosk, &visitor, None).await,
        Err(page) => *page,
    }
}

async fn chosen(console: &Console, kiosk: &AtKiosk, visitor: &Visitor, wrong: Option<String>) -> Response {
    match choosing(console, kiosk, visitor, None).await {
        Ok(page) => ServePage { wrong, ..page }.into_response(),
        Err(over) => *over,
    }
}

/// The page of the choice, with what was done just before.
async fn choosing(
    console: &Console,
    kiosk: &AtKiosk,
    visitor: &Visitor,
    done: Option<DoneView>,
) -> Result<ServePage, Box<Response>> {
    let seen = match looked(console, kiosk, visitor).await {
        Ok(seen) => seen,
        Err(why) => return Err(Box::new(over(console, kiosk, why.to_string()))),
    };
    let may = May::alone(console, kiosk.ctx(console));
    let making = to_make(console, kiosk, &seen);
    // While one is to be made there is nothing else to ask for; but a card can be lost at any time.
    clause!(R25.1);
    let cards = seen.file.standing_cards().map(|card| card_view(kiosk, &may, &seen, card));
    let cards = cards.filter(|c| making.is_none() || c.lose).collect();
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let question = Question::Choice {
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        cards,
        make: matches!(making, Some(Ok(_))),
        why: making.and_then(Result::err).unwrap_or_default(),
        done,
    };
    Ok(ServePage::asks(kiosk, TITLE, question))
}

/// One card: what can be done with it here, and what keeps it from being made anew, which is told before its loss is reported.
fn card_view(kiosk: &AtKiosk, may: &May, seen: &Looked, card: &Card) -> CardView {
    let lose = HolderCommand::ReportFormalLoss(ReportFormal { card: card.id, verified: false, deputy: None });
    let again = HolderCommand::Replace(Box::new(reissue(kiosk, card.id, "", true)));
    let (no_loss, no_card) = (kept_from(may, seen, lose), kept_from(may, seen, again));
    let reissue = no_card.is_none();
    // What is due once it is lost is told before.
    let due = || due_at_kiosk(card, may.institutions(), may.today());
    let due = || due().map(|(what, way)| format!("{what}。{way}。")).unwrap_or_default();
    let why = match (&no_loss, no_card) {
        (_, None) => String::new(),
        (None, Some(not_lost)) if not_lost.reason == Reason::FormalLossNeeded => due(),
        (Some(loss), Some(not_lost)) if not_lost.reason == Reason::FormalLossNeeded => {
            // Where the loss itself is kept from, and not by the place, nobody is sent to report it elsewhere.
            let elsewhere = loss.reason == Reason::OutOfScope;
            if elsewhere { not_lost.sentence() + &due() } else { loss.sentence() }
        }
        (_, Some(kept)) => kept.sentence(),
    };
    let number = card.card_no.masked();
    CardView { card: card.id.0, number, bank: card.bank.name(), lose: no_loss.is_none(), reissue, why }
}

/// The card that a form names: of whoever stands there, or the rule does not find it.
fn named(sent: &Sent) -> CardId {
    CardId(sent.text("card").trim().parse().unwrap_or(-1))
}

/// 正式挂失.
pub async fn lose(State(console): State<Console>, kiosk: AtKiosk, sent: Sent) -> Response {
    clause!(R25.1);
    let (visit, visitor) = match seen_here(&console, &kiosk) {
        Ok(both) => both,
        Err(page) => return *page,
    };
    let card = named(&sent);
    // Whether it is the holder who says so, the rule reads in the file.
    let lose = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: false, deputy: None });
    let ctx = kiosk.command(&console, &visit, &format!("lose-{card}"));
    match console.service.execute(ctx, Command::of(visitor.who.id(), lose)).await {
        // Sent again it is not done again, and says the same.
        Ok(receipt) => {
            let done = DoneView { text: "已正式挂失，该卡已停用".into(), entry: receipt.entry };
            choosing(&console, &kiosk, &visitor, Some(done))
                .await
                .map_or_else(|over| *over, ServePage::into_response)
        }
        Err(why) => chosen(&console, &kiosk, &visitor, Some(why.to_string())).await,
    }
}

/// 补卡申请.
pub async fn apply(State(console): State<Console>, kiosk: AtKiosk, sent: Sent) -> Response {
    clause!(R27.1);
    let (visit, visitor) = match seen_here(&console, &kiosk) {
        Ok(both) => both,
        Err(page) => return *page,
    };
    match applied(&console, &kiosk, (&visit, &visitor), &sent).await {
        Ok(()) => Redirect::to("/kiosk/card/choice").into_response(),
        Err(why) => chosen(&console, &kiosk, &visitor, Some(why)).await,
    }
}

async fn applied(
    console: &Console,
    kiosk: &AtKiosk,
    (visit, visitor): (&Visit, &Visitor),
    sent: &Sent,
) -> Result<(), String> {
    let card = named(sent);
    if !sent.has("consent") {
        return Err("请先阅读授权申明并勾选同意".into());
    }
    let city = console.service.institutions().org(kiosk.desk.outlet).and_then(|o| o.city());
    let city = city.ok_or("本机所在网点没有地市，请到柜台办理")?;
    let said = |e: Failure| e.to_string();
    let form_no = console.service.next_form_no(&city).await.map_err(said)?;
    let replace = reissue(kiosk, card, &form_no, true);
    let key = visit.key(&format!("apply-{card}"));
    console.service.replace(kiosk.actor(), &key, visitor.who.id(), replace).await.map_err(said)?;
    Ok(())
}

/// The card is made at this machine, as a clerk has it made at a desk.
pub async fn make(State(console): State<Console>, kiosk: AtKiosk) -> Response {
    clause!(R36.2);
    let (_, visitor) = match seen_here(&console, &kiosk) {
        Ok(both) => both,
        Err(page) => return *page,
    };
    let seen = match looked(&console, &kiosk, &visitor).await {
        Ok(seen) => seen,
        Err(why) => return over(&console, &kiosk, why.to_string()),
    };
    let application = match to_make(&console, &kiosk, &seen) {
        Some(Ok(application)) => application,
        Some(Err(why)) => return chosen(&console, &kiosk, &visitor, Some(why)).await,
        None => return Redirect::to("/kiosk/card/choice").into_response(),
    };
    let run = Run {
        holder: visitor.who.id(),
        application,
        form_no: String::new(),
        printed_name: None,
        lines: Vec::new(),
        state: RunState::Running,
    };
    if console.desks.begin(&kiosk.session, run.clone()) {
        console.kiosks.tell(&kiosk.session, |v| v.made = Some(application));
        let (actor, outlet, token) = (kiosk.actor(), kiosk.desk.outlet, kiosk.token.clone());
        let console = console.clone();
        // What is on the card was confirmed before; nobody's number is shown large where others look on.
        let runner = Runner { console, actor, outlet, whose: kiosk.whose(), run, token, face_seen: true };
        tokio::spawn(runner.go());
    }
    Redirect::to("/kiosk/card/making").into_response()
}

/// How the making stands.
pub async fn making(State(console): State<Console>, kiosk: AtKiosk) -> Response {
    let visit = kiosk.visit(&console);
    let run = console.desks.run_of(&kiosk.session);
    let run = run.filter(|r| visit.as_ref().is_some_and(|v| v.made == Some(r.application)));
    let Some(run) = run else {
        return ServePage::asks(&kiosk, TITLE, Question::Identity).but(LEFT).into_response();
    };
    let staff = "制卡没有完成。请不要离开，请网点工作人员处理";
    match run.state {
        RunState::Running => {
            let question = Question::Making { lines: run.lines };
            let back = Some((1, "/kiosk/card/making"));
            ServePage { back, ..ServePage::asks(&kiosk, TITLE, question) }.into_response()
        }
        RunState::Made => ServePage::asks(&kiosk, TITLE, Question::Collect).into_response(),
        RunState::Stopped(why) | RunState::Ended(why) | RunState::NameAgain(why) => {
            over(&console, &kiosk, format!("{staff}（{}）", why.trim_end_matches('。')))
        }
        RunState::FaceReady(_) | RunState::LookAtFace => over(&console, &kiosk, staff),
    }
}

/// 领取: the holder has the card in hand, and signs for it by saying so.
pub async fn collect(State(console): State<Console>, kiosk: AtKiosk, sent: Sent) -> Response {
    clause!(R14.2);
    let (visit, visitor) = match seen_here(&console, &kiosk) {
        Ok(both) => both,
        Err(page) => return *page,
    };
    let seen = match looked(&console, &kiosk, &visitor).await {
        Ok(seen) => seen,
        Err(why) => return over(&console, &kiosk, why.to_string()),
    };
    let made = seen.file.cards.iter().find(|c| Some(c.application) == visit.made).map(|c| c.id);
    let Some(card) = made else { return Redirect::to("/kiosk/card/choice").into_response() };
    let had_another = seen.file.cards.iter().any(|c| c.id != card && !c.is_cancelled());
    let hand_over = HolderCommand::HandOver(HandOver {
        card,
        outlet: kiosk.desk.outlet,
        collector: Collector::Holder,
        // Whether it is the holder, the rule reads in the file.
        verified: false,
        signed: sent.has("signed"),
        shown: Some(visitor.shown.clone()),
        old_card_back: false,
        receipt_seen: false,
    });
    let ctx = kiosk.ctx(&console);
    match console.service.execute(ctx, Command::of(visitor.who.id(), hand_over)).await {
        Ok(receipt) => {
            console.kiosks.leaves(&kiosk.session);
            console.desks.forget_ended(&kiosk.session);
            let old = if had_another { "，旧卡同时停用" } else { "" };
            let told = format!(
                "新卡已领取，社保功能已启用{old}。请修改初始密码，并持本人有效身份证件到服务银行柜台激活银行账户。"
            );
            ServePage::says(&kiosk, TITLE, told, Some(receipt.entry)).into_response()
        }
        Err(why) => ServePage::asks(&kiosk, TITLE, Question::Collect).but(why.to_string()).into_response(),
    }
}
